"""Feed entries as live delivery and recovery need them.

What came after a moment is found by transaction, not by id: ids are taken before they commit.
"""

from dataclasses import dataclass

from storage.database.columns import Columns, live_post
from storage.database.pool import Database
from storage.database.query import Command, Executor, Query, Scalar
from storage.database.trimming import in_portions, trimming
from storage.database.visibility import is_active
from storage.posts.feed import ENTRY_POST, FEED_ACTORS, HIDDEN_AUTHORS
from storage.records import Post


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """An entry for live delivery: made by transaction xid, with the post as no viewer's own."""

    entry_id: int
    xid: int
    actor_id: int
    post: Post


FEED_ENTRY = Columns(
    FeedEntry,
    {
        "entry_id": "e.id",
        "xid": "e.xid::text::bigint",
        "actor_id": "e.actor_id",
        "post": live_post(ENTRY_POST),
    },
)

FEED_ENTRY_BY_ID = Query(
    f"""
    SELECT {FEED_ENTRY}
      FROM feed_entries e JOIN posts p ON p.id = e.post_id
      JOIN users u ON u.id = p.author_id JOIN users r ON r.id = e.actor_id
     WHERE e.id = $1 AND e.removed_xid IS NULL AND {is_active("u")} AND {is_active("r")}""",
    FEED_ENTRY,
)


async def get(db: Executor, entry_id: int) -> FeedEntry | None:
    """Return an entry; None when it is gone already."""
    return await FEED_ENTRY_BY_ID.maybe(db, entry_id)


HORIZON = Scalar("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint", int)

FEED_ENTRIES_SINCE = Query(
    f"""
    SELECT {FEED_ENTRY}
      FROM feed_entries e JOIN posts p ON p.id = e.post_id
      JOIN users u ON u.id = p.author_id JOIN users r ON r.id = e.actor_id
     WHERE e.xid >= $1::text::xid8 AND e.actor_id = ANY($2::bigint[]) AND e.removed_xid IS NULL
       AND NOT (e.id = ANY($3::bigint[])) AND {is_active("u")} AND {is_active("r")}
     ORDER BY e.xid, e.id LIMIT $4""",
    FEED_ENTRY,
)


async def horizon(db: Executor) -> int:
    """Return the transaction below which all have ended: what a later `since` must start from."""
    return await HORIZON.one(db)


async def since(
    db: Executor, xid: int, actor_ids: list[int], excluded_ids: list[int], limit: int
) -> list[FeedEntry]:
    """Return entries of these actors made by transaction xid or later, but for the excluded."""
    return await FEED_ENTRIES_SINCE.all(db, str(xid), actor_ids, excluded_ids, limit)


MISSED_ENTRY = FEED_ENTRY.replace(post=ENTRY_POST)
MISSED_ENTRIES = Query(
    f"""
    WITH hidden AS MATERIALIZED ({HIDDEN_AUTHORS}), actors AS MATERIALIZED ({FEED_ACTORS}),
    newest AS (
        SELECT DISTINCT ON (e.post_id) e.* FROM actors CROSS JOIN LATERAL (
            SELECT * FROM feed_entries
             WHERE actor_id = actors.id AND xid >= $2::text::xid8 AND removed_xid IS NULL
             ORDER BY xid DESC LIMIT $3) e
         ORDER BY e.post_id, e.id DESC)
    SELECT {MISSED_ENTRY}
      FROM newest e JOIN posts p ON p.id = e.post_id
      JOIN users u ON u.id = p.author_id JOIN users r ON r.id = e.actor_id
     WHERE p.author_id NOT IN (SELECT id FROM hidden) AND {is_active("u")}
     ORDER BY e.xid DESC, e.id DESC LIMIT $3""",
    MISSED_ENTRY,
)


async def missed(db: Executor, user_id: int, xid: int, limit: int) -> tuple[list[Post], bool]:
    """Return the newest of what came into a user's feed in transaction xid or later, oldest first.

    The second value says whether there is more.
    """
    rows = await MISSED_ENTRIES.all(db, user_id, str(xid), limit + 1)
    return [row.post for row in reversed(rows[:limit])], len(rows) > limit


ENTRIES_AGAIN = Query(
    f"""
    WITH hidden AS MATERIALIZED ({HIDDEN_AUTHORS}), actors AS MATERIALIZED ({FEED_ACTORS})
    SELECT {FEED_ENTRY}
      FROM actors CROSS JOIN LATERAL (
        SELECT e.* FROM feed_entries e JOIN posts p ON p.id = e.post_id
          JOIN users u ON u.id = p.author_id
         WHERE e.actor_id = actors.id AND e.xid >= $2::text::xid8 AND e.removed_xid IS NULL
           AND NOT (e.id = ANY($3::bigint[]))
           AND p.author_id NOT IN (SELECT id FROM hidden) AND {is_active("u")}
         ORDER BY e.xid LIMIT $4) e
      JOIN posts p ON p.id = e.post_id
      JOIN users u ON u.id = p.author_id JOIN users r ON r.id = e.actor_id
     WHERE {is_active("r")}
     ORDER BY e.xid, e.id LIMIT $4""",
    FEED_ENTRY,
)


async def again(
    db: Executor, user_id: int, xid: int, excluded_ids: list[int], limit: int
) -> list[FeedEntry]:
    """Return what came into a user's feed in transaction xid or later, as it came live.

    Oldest first, but for the excluded entries; at most `limit`.
    """
    return await ENTRIES_AGAIN.all(db, user_id, str(xid), excluded_ids, limit)


TRIM_REMOVED_ENTRIES = Command(trimming("feed_entries", "removed_at < now() - interval '1 day'"))


async def trim(db: Database) -> None:
    """Delete retweets taken back longer ago than any walk lasts."""
    await in_portions(db, TRIM_REMOVED_ENTRIES)
