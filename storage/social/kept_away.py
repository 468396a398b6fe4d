"""Whom a user blocks and mutes, for that user to look through."""

from storage.database.columns import Columns
from storage.database.paging import Ranked, after_tie, page_by_rank_and_id
from storage.database.pool import Database
from storage.database.query import Query
from storage.database.user_columns import USER
from storage.records import Page, User


def _newest(table: str, by: str, other: str) -> Query[Ranked[User]]:
    """Return the statement of a list that is ordered by when each was added, in microseconds.

    One person has few of these: the primary key finds them, and they are sorted for each page.
    """
    columns = Columns(Ranked[User], {"rank": "k.rank", "item": USER})
    rank = "(extract(epoch FROM created_at) * 1e6)::bigint"
    return Query(
        f"""
        SELECT {columns} FROM (
            SELECT {other} AS id, {rank} AS rank FROM {table}
             WHERE {by} = $1 AND ({rank}, {other}) < ($2::bigint, $3::bigint)
               AND (SELECT deleted_at FROM users WHERE id = {other}) IS NULL
             ORDER BY 2 DESC, 1 DESC LIMIT $4) k
          JOIN users u ON u.id = k.id JOIN profiles f ON f.user_id = k.id
         ORDER BY k.rank DESC, k.id DESC""",
        columns,
    )


BLOCKED_USERS = _newest("blocks", "blocker_id", "blocked_id")
MUTED_USERS = _newest("mutes", "muter_id", "muted_id")


async def blocked(db: Database, user_id: int, limit: int, cursor: str | None) -> Page[User]:
    """Return whom a user blocks, the newest block first."""
    return await _page(BLOCKED_USERS, db, user_id, limit, cursor)


async def muted(db: Database, user_id: int, limit: int, cursor: str | None) -> Page[User]:
    """Return whom a user mutes, the newest mute first."""
    return await _page(MUTED_USERS, db, user_id, limit, cursor)


async def _page(
    query: Query[Ranked[User]], db: Database, user_id: int, limit: int, cursor: str | None
) -> Page[User]:
    rows = await query.all(db, user_id, *after_tie(cursor), limit + 1)
    return page_by_rank_and_id(rows, limit)
