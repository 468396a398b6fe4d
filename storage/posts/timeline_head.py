"""The first page of a feed made out of what an earlier walk found there.

It is exact, whatever has happened since, and cheaper than another walk. A timeline head is what a
walk found: entry ids, and as of when. One statement compares it with the present:

- whom the reader follows, or is kept from, and who is suspended must be as they were
  (FEED_VERSION);
- entries by those followed that the walk's snapshot did not see are merged in. They are looked for
  among all that came to the site since, by transaction, so that those which took their ids earlier
  and committed later are found, too;
- entries that were removed since are left out.

What of that suffices for a page is the page, and the statement's own snapshot goes into its cursor;
everything but the ids is read anew. So a head needs no invalidation, wherever it is cached and
however it comes to be out of date, and an author costs nothing to write to, by however many they
are followed.
"""

import asyncpg

from storage.database.columns import Columns
from storage.database.pool import Database
from storage.database.query import Query
from storage.database.visibility import is_active
from storage.posts import feed
from storage.posts.feed_walk import (
    ENTRY_POST,
    ENTRY_SOURCES,
    FEED_VERSION,
    HIDDEN_AUTHORS,
    Entry,
    followed,
    is_shown,
)
from storage.record import record
from storage.records import Page, Post

# Entries by anybody since the walk: to look through these costs less than another walk.
LATER_MAX = 100


@record
class TimelineHead:
    """The top of a feed: all entries down to the last of these, whether shown or not.

    The newest is first, and some have been removed. complete: there are no older ones.
    """

    snapshot: str
    version: str
    entry_ids: list[int]
    complete: bool


@record
class MergedEntry(Entry):
    """An entry of a merged page; new_ids are all the entries that came since the walk."""

    new_ids: list[int]


MERGED_ENTRY = Columns(
    MergedEntry,
    {
        "rank": "e.id",
        "snapshot": "pg_current_snapshot()::text",
        "post": ENTRY_POST,
        "new_ids": "ARRAY(SELECT id FROM news)",
    },
)
# Whom the head's snapshot did not see came later, or was open then: each of these is looked up, so
# that one which stays open costs nothing.
LATER_ENTRIES = f"""
    SELECT * FROM (
        (SELECT id, actor_id FROM feed_entries
          WHERE xid >= (SELECT pg_snapshot_xmax(snapshot) FROM head)
          ORDER BY xid LIMIT {LATER_MAX} + 1)
        UNION ALL
        (SELECT e.id, e.actor_id FROM head CROSS JOIN pg_snapshot_xip(snapshot) AS open (xid)
          CROSS JOIN LATERAL (SELECT * FROM feed_entries WHERE xid = open.xid OFFSET 0) e)) entries
     LIMIT {LATER_MAX} + 1"""

# $2 to $4 are the head's snapshot, version and entry_ids; above id $5 it has all that there were.
# The ids are an array in a text, as asyncpg asks of each id in a list whether it is a list, too.
# Whoever posted is the post's author, or nobody is: that the author is shown is asked of all alike.
# The entries are put in order before their posts are looked up, so that a page ends the search.
MERGE_TIMELINE_HEAD = Query(
    f"""
    WITH head AS MATERIALIZED (
        SELECT $2::text::pg_snapshot AS snapshot WHERE {FEED_VERSION} = $3::text),
    hidden AS MATERIALIZED ({HIDDEN_AUTHORS}),
    later AS MATERIALIZED ({LATER_ENTRIES}),
    news AS MATERIALIZED (
        SELECT id FROM later
         WHERE id > $5 AND {followed("actor_id", few="true")}),
    entries AS MATERIALIZED (
        SELECT DISTINCT ON (e.post_id) e.id, e.post_id, e.actor_id, e.kind
          FROM feed_entries e
         WHERE e.id = ANY($4::text::bigint[] || ARRAY(SELECT id FROM news))
           AND e.removed_xid IS NULL
           AND (e.kind = 'post' OR {is_shown("e.actor_id")})
           AND EXISTS (SELECT FROM head) AND (SELECT count(*) <= {LATER_MAX} FROM later)
         ORDER BY e.post_id, e.id DESC)
    SELECT {MERGED_ENTRY}
      FROM (SELECT * FROM entries ORDER BY id DESC OFFSET 0) {ENTRY_SOURCES}
     WHERE p.author_id NOT IN (SELECT id FROM hidden) AND {is_active("u")}
     ORDER BY e.id DESC LIMIT $6""",
    MERGED_ENTRY,
)


async def walk(db: Database, user_id: int, limit: int) -> tuple[Page[Post], TimelineHead | None]:
    """Return the first page, as feed.home() has it, and the head of the walk.

    An empty feed has no head.
    """
    walked, complete = await feed.top(db, user_id, limit)
    head = None
    if walked and walked[0].version is not None:
        ids = [entry.rank for entry in walked]
        head = TimelineHead(walked[0].snapshot, walked[0].version, ids, complete)
    return feed.page_of(walked, limit), head


async def merge(
    db: Database, user_id: int, limit: int, head: TimelineHead
) -> tuple[Page[Post], TimelineHead] | None:
    """Return the first page as it is now, and the head to cache from now on.

    None where only a walk helps, be it that the head's snapshot is none of PostgreSQL's.
    """
    ids = head.entry_ids[: 2 * limit + 1]  # it may be that of a longer page
    complete = head.complete and len(ids) == len(head.entry_ids)
    above = 0 if complete else ids[-1]
    try:
        shown = await MERGE_TIMELINE_HEAD.all(
            db, user_id, head.snapshot, head.version, f"{{{str(ids)[1:-1]}}}", above, limit + 1
        )
    except asyncpg.DataError:  # what was cached may be anything
        return None
    if not shown or (len(shown) <= limit and not complete):
        return None
    ids = sorted([*shown[0].new_ids, *ids], reverse=True)
    merged = TimelineHead(shown[0].snapshot, head.version, ids, complete)
    return feed.page_of_shown(shown, limit), merged
