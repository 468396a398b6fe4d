"""The first page of a feed out of what an earlier walk found there: exact, whatever has happened
since, and cheaper than another walk.

A front is what a walk found: entry ids, and as of when. One statement holds it against the present:

- whom the reader follows, or is kept from, and who is suspended must be as they were (VERSION);
- entries by those followed that the walk's snapshot did not see are merged in. They are looked for
  among all that came to the site since, by transaction, so that those which took their ids earlier
  and committed later are found, too;
- entries that were removed since are left out.

What of that suffices for a page is the page, and the statement's own snapshot goes into its cursor;
everything but the ids is read anew. So a front needs no invalidation, wherever it is kept and
however it comes to be out of date, and an author costs nothing to write to, by however many they
are followed.
"""

from dataclasses import dataclass

from storage.database.columns import row
from storage.database.pool import Database
from storage.database.query import Query
from storage.posts import feed
from storage.posts.feed import ENTRY_POST, HIDDEN, VERSION, Seen
from storage.records import Page, Post

# Entries by anybody since the front: to look through these costs less than another walk.
LATER_MAX = 400


@dataclass(frozen=True, slots=True)
class TimelineHead:
    """The top of a feed: all entries down to the last of these, the newest first, whether shown or
    not, and some that have been removed. complete: there are no older ones."""

    snapshot: str
    version: str
    entry_ids: list[int]
    complete: bool


@dataclass(frozen=True, slots=True)
class Merged(Seen):
    """news are the entries that came since the front."""

    news: list[int]


# $2 to $4 are the front's snapshot, version and entry_ids; above id $5 it has all that there were.
MERGE = Query(
    f"""
    WITH front AS MATERIALIZED (
        SELECT $2::text::pg_snapshot AS snapshot WHERE {VERSION} = $3::text),
    hidden AS MATERIALIZED ({HIDDEN}),
    later AS MATERIALIZED (
        SELECT id, xid, actor_id = $1 OR actor_id IN (
                   SELECT followed_id FROM follows WHERE follower_id = $1) AS followed
          FROM feed_entries WHERE xid >= (SELECT pg_snapshot_xmin(snapshot) FROM front)
         ORDER BY xid LIMIT {LATER_MAX} + 1),
    news AS MATERIALIZED (
        SELECT id FROM front CROSS JOIN later
         WHERE followed AND id > $5 AND NOT pg_visible_in_snapshot(xid, snapshot)),
    entries AS MATERIALIZED (
        SELECT DISTINCT ON (e.post_id) e.id, e.post_id, e.actor_id, e.kind
          FROM feed_entries e JOIN users actor ON actor.id = e.actor_id
         WHERE e.id = ANY($4::bigint[] || ARRAY(SELECT id FROM news)) AND e.removed_xid IS NULL
           AND (actor.id = $1 OR actor.suspended_at IS NULL)
           AND actor.id NOT IN (SELECT id FROM hidden)
           AND EXISTS (SELECT FROM front) AND (SELECT count(*) <= {LATER_MAX} FROM later)
         ORDER BY e.post_id, e.id DESC)
    SELECT e.id AS rank, pg_current_snapshot()::text AS snapshot, $3::text AS version,
           true AS shown, {row(ENTRY_POST)} AS post, ARRAY(SELECT id FROM news) AS news
      FROM entries e JOIN posts p ON p.id = e.post_id
      JOIN users u ON u.id = p.author_id JOIN users r ON r.id = e.actor_id
     WHERE p.author_id NOT IN (SELECT id FROM hidden) AND u.suspended_at IS NULL
     ORDER BY e.id DESC LIMIT $6""",
    Merged,
)


async def walk(db: Database, user_id: int, limit: int) -> tuple[Page[Post], TimelineHead | None]:
    """The first page, as feed.home() has it, and what to keep of the walk: nothing of an empty
    feed."""
    seen, complete = await feed.top(db, user_id, limit)
    front = None
    if seen and seen[0].version is not None:
        ids = [entry.rank for entry in seen]
        front = TimelineHead(seen[0].snapshot, seen[0].version, ids, complete)
    return feed.cut(seen, limit), front


async def merge(
    db: Database, user_id: int, limit: int, front: TimelineHead
) -> tuple[Page[Post], TimelineHead] | None:
    """The first page as it is now, and what to keep from now on; None where only a walk helps.

    asyncpg.DataError for a front that makes no sense.
    """
    ids = front.entry_ids[: 2 * limit + 1]  # it may be that of a longer page
    complete = front.complete and len(ids) == len(front.entry_ids)
    above = 0 if complete else ids[-1]
    shown = await MERGE.all(db, user_id, front.snapshot, front.version, ids, above, limit + 1)
    if not shown or (len(shown) <= limit and not complete):
        return None
    ids = sorted([*shown[0].news, *ids], reverse=True)
    return feed.cut(shown, limit), TimelineHead(shown[0].snapshot, front.version, ids, complete)
