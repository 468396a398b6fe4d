"""Feed entries as live delivery and recovery need them.

What came after a moment is found by transaction, not by id: ids are taken before they commit.
"""

from storage.database.columns import Columns
from storage.database.pool import Database
from storage.database.post_columns import QUOTED, live_post
from storage.database.query import Command, Executor, Query, Scalar
from storage.database.trimming import in_portions, trimming
from storage.database.visibility import is_active
from storage.posts.feed_walk import (
    ENTRY_POST,
    ENTRY_SOURCES,
    HIDDEN_AUTHORS,
    followed,
    is_shown,
)
from storage.record import record
from storage.records import Post


@record
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

# The same for one viewer, $1: but for what it quotes, as it came live.
FEED_ENTRY_TO_ONE = FEED_ENTRY.replace(post=live_post(ENTRY_POST).replace(quoted=QUOTED))

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


# Entries by anybody since the moment: to look through these costs less than to look for those of
# each author, of whom there may be thousands.
LATER_MAX = 2_000


def _came(of_one_actor: str, later_max: int) -> str:
    """Select, as `came`, entries in the feed of $1 that transaction $2 or a later one made.

    They are all, or those that a statement selects of one actor, whose id is actors.id.
    """
    count = "(SELECT count(*) FROM later)"
    return f"""
    hidden AS MATERIALIZED ({HIDDEN_AUTHORS}),
    later AS MATERIALIZED (
        SELECT * FROM feed_entries WHERE xid >= $2::text::xid8 ORDER BY xid LIMIT {later_max} + 1),
    actors AS (
        SELECT $1 AS id UNION ALL SELECT followed_id FROM follows WHERE follower_id = $1),
    came AS MATERIALIZED (
        SELECT * FROM later
         WHERE {count} <= {later_max} AND removed_xid IS NULL
           AND {followed("actor_id", few=f"{count} < 100")}
        UNION ALL
        SELECT e.* FROM actors CROSS JOIN LATERAL ({of_one_actor}) e WHERE {count} > {later_max})"""


# Of an entry e: asked about in their order, until there are enough.
MAY_SHOW = f"""{is_shown("e.actor_id")}
           AND {is_shown("(SELECT author_id FROM posts WHERE id = e.post_id)")}"""


MISSED_ENTRY = FEED_ENTRY.replace(post=ENTRY_POST)


def missed_entries(later_max: int) -> Query[FeedEntry]:
    """Select what missed() returns, the newest first.

    Of a post its newest entry counts, by the order in which entries came; of one actor it has two
    at most, so that twice as many of each actor are enough.
    """
    newest = f"""
        SELECT e.* FROM feed_entries e JOIN posts p ON p.id = e.post_id
         WHERE e.actor_id = actors.id AND e.xid >= $2::text::xid8 AND e.removed_xid IS NULL
           AND {is_shown("p.author_id")}
         ORDER BY e.xid DESC, e.id DESC LIMIT 2 * $3"""
    return Query(
        f"""
    WITH {_came(newest, later_max)},
    newest AS (
        SELECT DISTINCT ON (post_id) * FROM came ORDER BY post_id, xid DESC, id DESC)
    SELECT {MISSED_ENTRY}
      FROM (
        SELECT e.* FROM (SELECT * FROM newest ORDER BY xid DESC, id DESC OFFSET 0) e
         WHERE {MAY_SHOW} ORDER BY e.xid DESC, e.id DESC LIMIT $3) {ENTRY_SOURCES}
     ORDER BY e.xid DESC, e.id DESC""",
        MISSED_ENTRY,
    )


MISSED_ENTRIES = missed_entries(LATER_MAX)


async def missed(db: Executor, user_id: int, xid: int, limit: int) -> tuple[list[Post], bool]:
    """Return the newest of what came into a user's feed in transaction xid or later, oldest first.

    The second value says whether there is more.
    """
    rows = await MISSED_ENTRIES.all(db, user_id, str(xid), limit + 1)
    return [row.post for row in reversed(rows[:limit])], len(rows) > limit


def entries_again(later_max: int) -> Query[FeedEntry]:
    """Select what again() returns."""
    oldest = f"""
        SELECT e.* FROM feed_entries e JOIN posts p ON p.id = e.post_id
         WHERE e.actor_id = actors.id AND e.xid >= $2::text::xid8 AND e.removed_xid IS NULL
           AND NOT (e.id = ANY($3::bigint[])) AND {is_shown("p.author_id")}
         ORDER BY e.xid LIMIT $4"""
    return Query(
        f"""
    WITH {_came(oldest, later_max)}
    SELECT {FEED_ENTRY_TO_ONE}
      FROM (
        SELECT e.* FROM (SELECT * FROM came ORDER BY xid, id OFFSET 0) e
         WHERE NOT (e.id = ANY($3::bigint[])) AND {MAY_SHOW}
         ORDER BY e.xid, e.id LIMIT $4) {ENTRY_SOURCES}
     ORDER BY e.xid, e.id""",
        FEED_ENTRY_TO_ONE,
    )


ENTRIES_AGAIN = entries_again(LATER_MAX)


async def again(
    db: Executor, user_id: int, xid: int, excluded_ids: list[int], limit: int
) -> list[FeedEntry]:
    """Return what came into a user's feed in transaction xid or later, as it came live.

    Oldest first, but for the excluded entries; at most `limit`.
    """
    return await ENTRIES_AGAIN.all(db, user_id, str(xid), excluded_ids, limit)


TRIM_REMOVED_ENTRIES = Command(trimming("feed_entries", "removed_at < now() - interval '1 day'"))


async def trim(db: Database) -> int:
    """Delete retweets taken back longer ago than any walk lasts; return how many."""
    return await in_portions(db, TRIM_REMOVED_ENTRIES)
