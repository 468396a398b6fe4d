"""Whom a user blocks and mutes, for that user to look through."""

from storage.database.columns import USER, Columns
from storage.database.paging import MAX_ID, Ranked, decode, encode
from storage.database.pool import Database
from storage.database.query import Query
from storage.records import Page, User


def _newest(table: str, by: str, other: str) -> Query[Ranked[User]]:
    """Return the statement of a list that is ordered by when each was added, in microseconds.

    One person has few of these: the primary key finds them, and they are sorted for each page.
    """
    columns = Columns(
        Ranked[User], {"rank": "(extract(epoch FROM k.created_at) * 1e6)::bigint", "item": USER}
    )
    return Query(
        f"""
        SELECT {columns}
          FROM {table} k JOIN users u ON u.id = k.{other} JOIN profiles f ON f.user_id = u.id
         WHERE k.{by} = $1 AND u.deleted_at IS NULL
           AND ((extract(epoch FROM k.created_at) * 1e6)::bigint, u.id) < ($2::bigint, $3::bigint)
         ORDER BY 1 DESC, u.id DESC LIMIT $4""",
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
    rank, id = decode(cursor, int, int) if cursor else (MAX_ID, MAX_ID)
    rows = await query.all(db, user_id, rank, id, limit + 1)
    following = encode(rows[limit - 1].rank, rows[limit - 1].item.id) if rows[limit:] else None
    return Page([row.item for row in rows[:limit]], following)
