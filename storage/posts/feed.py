"""Feeds: posts and retweets by some users, newest first, a post once.

A walk through pages sees the feed as it was when the walk began: its cursor carries the snapshot of
its first page, and an entry counts by whether that snapshot sees the transaction that made it or
took it back. So nothing that existed at the start repeats or is skipped, whatever happens
meanwhile. What came after a moment: storage/posts/feed_entries.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from storage.database.columns import POST, Columns, user_ref
from storage.database.paging import MAX_ID, decode, encode
from storage.database.pool import Database
from storage.database.query import Query, Scalar
from storage.database.visibility import is_active
from storage.errors import BadCursor
from storage.records import Page, Post

# The users whose entries make up the feed of $1: those followed and oneself, but for the hidden.
FEED_ACTORS = f"""
    SELECT $1::bigint AS id UNION ALL
    SELECT followed_id FROM follows JOIN users u ON u.id = followed_id
     WHERE follower_id = $1 AND {is_active("u")}
       AND followed_id NOT IN (SELECT id FROM hidden)"""

# Whom $1 has blocked, and who has blocked $1.
BLOCKED_EITHER_WAY = """
    SELECT blocked_id AS id FROM blocks WHERE blocker_id = $1
    UNION ALL SELECT blocker_id FROM blocks WHERE blocked_id = $1"""

# Whose posts $1 never sees in a feed, by whomever they are retweeted.
HIDDEN_AUTHORS = f"{BLOCKED_EITHER_WAY} UNION ALL SELECT muted_id FROM mutes WHERE muter_id = $1"

# Changes with whom $1 follows, blocks, mutes or is blocked by, and with who is active: of two
# numbers that only grow the sum is as good as both. Where commits were lost, by a restore or a
# failover, the numbers are given out again, but by a server that was started at another time.
FEED_VERSION = """(
    SELECT concat(extract(epoch FROM pg_postmaster_start_time()), '/', coalesce(sum(version), 0))
      FROM feed_versions WHERE user_id IN (0, $1))"""

# The post p of an entry e, by users r.
ENTRY_POST = POST.replace(
    retweeted_by=user_ref("r").within("CASE e.kind WHEN 'retweet' THEN {} END")
)


@dataclass(frozen=True, slots=True)
class WalkedEntry:
    """An entry that a walk has come to.

    It is not shown when a newer entry has shown its post. version is the FEED_VERSION of the feed's
    reader.
    """

    rank: int
    snapshot: str
    version: str | None
    shown: bool
    post: Post


def _walk(actors: str, hidden: str, version: str = "NULL::text") -> Query[WalkedEntry]:
    """Select the newest $4 entries of these actors, without the posts of the hidden.

    They are below $2 and above $5, as snapshot $3 (NULL: now) sees them. $1 is the viewer.

    The newest $4 are by the $4 actors whose newest are the newest, and none is older than the last
    of these: so one entry each is looked at of most actors, and not $4.
    """
    visible = """pg_visible_in_snapshot({e}.xid, snapshot) AND
        ({e}.removed_xid IS NULL OR NOT pg_visible_in_snapshot({e}.removed_xid, snapshot))"""
    columns = Columns(
        WalkedEntry,
        {
            "rank": "e.id",
            "snapshot": "snapshot::text",
            "version": version,
            "shown": f"""p.author_id NOT IN (SELECT id FROM hidden) AND {is_active("u")}
                 AND NOT EXISTS (
                   SELECT FROM feed_entries newer
                    WHERE newer.post_id = e.post_id AND newer.id > e.id
                      AND newer.actor_id IN (SELECT id FROM actors)
                      AND {visible.format(e="newer")})""",
            "post": ENTRY_POST,
        },
    )
    return Query(
        f"""
        WITH walk AS (SELECT coalesce($3::text::pg_snapshot, pg_current_snapshot()) AS snapshot),
        hidden AS MATERIALIZED ({hidden}),
        actors AS MATERIALIZED ({actors}),
        newest AS MATERIALIZED (
            SELECT actors.id, entry.id AS rank FROM actors CROSS JOIN walk CROSS JOIN LATERAL (
                SELECT e.id FROM feed_entries e
                 WHERE e.actor_id = actors.id AND e.id < $2 AND e.id > $5
                   AND {visible.format(e="e")}
                 ORDER BY e.id DESC LIMIT 1) entry
             ORDER BY entry.id DESC LIMIT $4),
        reach AS MATERIALIZED (
            SELECT CASE count(*) WHEN $4 THEN min(rank) ELSE $5 + 1 END AS rank FROM newest),
        recent AS MATERIALIZED (
            SELECT entry.* FROM newest CROSS JOIN walk CROSS JOIN reach CROSS JOIN LATERAL (
                SELECT e.* FROM feed_entries e
                 WHERE e.actor_id = newest.id AND e.id BETWEEN reach.rank AND newest.rank
                   AND {visible.format(e="e")}
                 ORDER BY e.id DESC LIMIT $4) entry
             ORDER BY entry.id DESC LIMIT $4)
        SELECT {columns}
          FROM recent e CROSS JOIN walk JOIN posts p ON p.id = e.post_id
          JOIN users u ON u.id = p.author_id JOIN users r ON r.id = e.actor_id
         ORDER BY e.id DESC""",
        columns,
    )


HOME_FEED = _walk(FEED_ACTORS, HIDDEN_AUTHORS, FEED_VERSION)
# $6 is whose they are. A mute does not empty the page of the muted.
USER_FEED = _walk(
    "SELECT $6::bigint AS id WHERE $6 NOT IN (SELECT id FROM hidden)", BLOCKED_EITHER_WAY
)

PLACE_IN_FEED = Scalar(
    f"""
    WITH hidden AS MATERIALIZED ({HIDDEN_AUTHORS}), actors AS MATERIALIZED ({FEED_ACTORS})
    SELECT coalesce(
        (SELECT max(id) FROM feed_entries
          WHERE post_id = $2 AND removed_xid IS NULL AND actor_id IN (SELECT id FROM actors)),
        (SELECT id FROM feed_entries
          WHERE post_id = (SELECT max(id) FROM posts WHERE id <= $2) AND kind = 'post'),
        0)""",
    int,
)


async def home(
    db: Database, user_id: int, limit: int, cursor: str | None, since_id: int | None = None
) -> Page[Post]:
    """Return what user_id, and those whom they follow, posted and retweeted.

    since_id ends the list above a post: at its place in this feed when the walk begins, which is
    that of its newest retweet, if it has any there, else its own. A post that the feed does not
    have counts by its own place, one that is gone by that of the post before it. A retweet moves a
    post up, and above nothing that is listed below it: a client that must miss nothing asks for
    what came after its last cursor (feed_entries.missed).
    """
    floor = 0
    if since_id is not None and cursor is None:
        floor = await PLACE_IN_FEED.one(db, user_id, since_id)
    return await _page(HOME_FEED, db, user_id, limit, cursor, floor)


async def by_user(
    db: Database, viewer_id: int | None, user_id: int, limit: int, cursor: str | None
) -> Page[Post]:
    """Return what one user posted and retweeted."""
    return await _page(USER_FEED, db, viewer_id, limit, cursor, 0, user_id)


async def _page(
    walk: Query[WalkedEntry],
    db: Database,
    viewer_id: int | None,
    limit: int,
    cursor: str | None,
    floor: int,
    *more: int,
) -> Page[Post]:
    rank, snapshot, floor = _cursor(cursor) if cursor else (MAX_ID, None, floor)
    try:
        walked, _ = await _walked(walk, db, viewer_id, limit, rank, snapshot, floor, *more)
    except asyncpg.DataError as error:  # a snapshot that PostgreSQL cannot read
        raise BadCursor from error
    return page_of(walked, limit, floor)


async def top(db: Database, user_id: int, limit: int) -> tuple[list[WalkedEntry], bool]:
    """Return the newest entries of a home feed, and whether these are all.

    Of them more than `limit` are shown, unless they are all.
    """
    return await _walked(HOME_FEED, db, user_id, limit, MAX_ID, None, 0)


async def _walked(
    walk: Query[WalkedEntry],
    db: Database,
    viewer_id: int | None,
    limit: int,
    rank: int,
    snapshot: str | None,
    floor: int,
    *more: int,
) -> tuple[list[WalkedEntry], bool]:
    walked: list[WalkedEntry] = []
    shown = 0
    while True:
        found = await walk.all(db, viewer_id, rank, snapshot, limit + 1, floor, *more)
        walked += found
        shown += sum(entry.shown for entry in found)
        if len(found) <= limit:
            return walked, True
        if shown > limit:
            return walked, False
        rank, snapshot = walked[-1].rank, walked[-1].snapshot


def page_of(walked: Sequence[WalkedEntry], limit: int, floor: int = 0) -> Page[Post]:
    """Return a page of `limit` out of entries of which more are shown, or which are all."""
    shown = [entry for entry in walked if entry.shown]
    posts = [entry.post for entry in shown[:limit]]
    if len(shown) <= limit:
        return Page(posts, None)
    last = shown[limit - 1]
    return Page(posts, encode(last.rank, last.snapshot, floor))


def _cursor(cursor: str) -> tuple[int, str | None, int]:
    rank, snapshot, floor = decode(cursor, int, str, int)
    return int(rank), str(snapshot), int(floor)
