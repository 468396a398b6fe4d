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

from dataclasses import dataclass

import asyncpg

from storage.database.columns import Columns
from storage.database.pool import Database
from storage.database.query import Query
from storage.database.visibility import is_active
from storage.posts import feed
from storage.posts.feed import ENTRY_POST, FEED_VERSION, HIDDEN_AUTHORS, WalkedEntry
from storage.records import Page, Post

# Entries by anybody since the walk: to look through these costs less than another walk.
LATER_MAX = 400


@dataclass(frozen=True, slots=True)
class TimelineHead:
    """The top of a feed: all entries down to the last of these, whether shown or not.

    The newest is first, and some have been removed. complete: there are no older ones.
    """

    snapshot: str
    version: str
    entry_ids: list[int]
    complete: bool


@dataclass(frozen=True, slots=True)
class MergedEntry(WalkedEntry):
    """An entry of a merged page; new_ids are all the entries that came since the walk."""

    new_ids: list[int]


MERGED_ENTRY = Columns(
    MergedEntry,
    {
        "rank": "e.id",
        "snapshot": "pg_current_snapshot()::text",
        "version": "$3::text",
        "shown": "true",
        "post": ENTRY_POST,
        "new_ids": "ARRAY(SELECT id FROM news)",
    },
)
# $2 to $4 are the head's snapshot, version and entry_ids; above id $5 it has all that there were.
MERGE_TIMELINE_HEAD = Query(
    f"""
    WITH head AS MATERIALIZED (
        SELECT $2::text::pg_snapshot AS snapshot WHERE {FEED_VERSION} = $3::text),
    hidden AS MATERIALIZED ({HIDDEN_AUTHORS}),
    later AS MATERIALIZED (
        SELECT id, xid, actor_id = $1 OR actor_id IN (
                   SELECT followed_id FROM follows WHERE follower_id = $1) AS followed
          FROM feed_entries WHERE xid >= (SELECT pg_snapshot_xmin(snapshot) FROM head)
         ORDER BY xid LIMIT {LATER_MAX} + 1),
    news AS MATERIALIZED (
        SELECT id FROM head CROSS JOIN later
         WHERE followed AND id > $5 AND NOT pg_visible_in_snapshot(xid, snapshot)),
    entries AS MATERIALIZED (
        SELECT DISTINCT ON (e.post_id) e.id, e.post_id, e.actor_id, e.kind
          FROM feed_entries e JOIN users actor ON actor.id = e.actor_id
         WHERE e.id = ANY($4::bigint[] || ARRAY(SELECT id FROM news)) AND e.removed_xid IS NULL
           AND (actor.id = $1 OR ({is_active("actor")}))
           AND actor.id NOT IN (SELECT id FROM hidden)
           AND EXISTS (SELECT FROM head) AND (SELECT count(*) <= {LATER_MAX} FROM later)
         ORDER BY e.post_id, e.id DESC)
    SELECT {MERGED_ENTRY}
      FROM entries e JOIN posts p ON p.id = e.post_id
      JOIN users u ON u.id = p.author_id JOIN users r ON r.id = e.actor_id
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
            db, user_id, head.snapshot, head.version, ids, above, limit + 1
        )
    except asyncpg.DataError:  # what was cached may be anything
        return None
    if not shown or (len(shown) <= limit and not complete):
        return None
    ids = sorted([*shown[0].new_ids, *ids], reverse=True)
    return feed.page_of(shown, limit), TimelineHead(shown[0].snapshot, head.version, ids, complete)
