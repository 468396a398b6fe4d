"""Sessions: one row a refresh-token family.

Refresh tokens are signed and carry (session, generation), so nothing secret is stored: the row
knows which generation is current. Rotation is one UPDATE that only one of many parallel callers
wins; the others, holding the generation just left, are given the same successor.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from storage.database.paging import after, cut
from storage.database.pool import Database
from storage.database.query import Query
from storage.errors import NotFound, SessionEnded
from storage.records import Page

GRACE = timedelta(seconds=30)  # how long a refresh token goes on working beside an unused successor


@dataclass(frozen=True, slots=True)
class Session:
    id: int
    user_id: int
    is_admin: bool


# The lock has a login with the former password either see that it was changed, or be over before
# the change looks for sessions to end.
OPEN = """
    INSERT INTO sessions (user_id, expires_at, user_agent, address)
    SELECT id, now() + $3, $4, $5 FROM users
     WHERE id = $1 AND password_hash = $2 AND deleted_at IS NULL FOR SHARE
    RETURNING id"""


async def open_session(
    db: Database,
    user_id: int,
    password_hash: str,
    lifetime: timedelta,
    user_agent: str,
    address: str | None,
) -> int | None:
    """The id of a new session, at generation 0; None when this is no longer the user's password."""
    session_id: int | None = await db.fetchval(
        OPEN, user_id, password_hash, lifetime, user_agent[:200], address
    )
    return session_id


ACTIVE = Query(
    """
    SELECT s.id, s.user_id, u.is_admin FROM sessions s JOIN users u ON u.id = s.user_id
     WHERE s.id = $1 AND s.revoked_at IS NULL AND s.expires_at > now()
       AND u.suspended_at IS NULL AND u.deleted_at IS NULL""",
    Session,
)


async def active(db: Database, session_id: int) -> Session | None:
    return await ACTIVE.maybe(db, session_id)


ENDED = """
    SELECT given.id FROM unnest($1::bigint[]) AS given (id)
      LEFT JOIN sessions s ON s.id = given.id LEFT JOIN users u ON u.id = s.user_id
     WHERE s.id IS NULL OR s.revoked_at IS NOT NULL OR u.suspended_at IS NOT NULL
        OR u.deleted_at IS NOT NULL"""


async def ended(db: Database, session_ids: list[int]) -> list[int]:
    """Which of these are over: revoked, or their user suspended or gone."""
    return [row["id"] for row in await db.fetch(ENDED, session_ids)]


ROTATE = """
    UPDATE sessions s SET generation = generation + 1, rotated_at = now(), expires_at = now() + $3
      FROM users u
     WHERE s.id = $1 AND s.generation = $2 AND s.revoked_at IS NULL AND s.expires_at > now()
       AND u.id = s.user_id AND u.suspended_at IS NULL AND u.deleted_at IS NULL
    RETURNING s.generation"""

CURRENT = """
    SELECT s.generation FROM sessions s JOIN users u ON u.id = s.user_id
     WHERE s.id = $1 AND s.generation = $2 + 1 AND s.rotated_at > now() - $3::interval
       AND s.revoked_at IS NULL AND s.expires_at > now()
       AND u.suspended_at IS NULL AND u.deleted_at IS NULL"""


async def rotate(db: Database, session_id: int, generation: int, lifetime: timedelta) -> int:
    """The generation that follows this one.

    SessionEnded when the session is over, or when the token was used up before: then somebody holds
    a copy of it, and the whole family is revoked.
    """
    following = await db.fetchval(ROTATE, session_id, generation, lifetime)
    if following is None:
        following = await db.fetchval(CURRENT, session_id, generation, GRACE)
    if following is None:
        await revoke(db, session_id)
        raise SessionEnded("This refresh token is no longer good.")
    return int(following)


REVOKE = "UPDATE sessions SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL"


async def revoke(db: Database, session_id: int) -> None:
    await db.execute(REVOKE, session_id)


@dataclass(frozen=True, slots=True)
class OwnSession:
    """As its user sees it. last_used_at: when its tokens were last renewed."""

    id: int
    created_at: datetime
    last_used_at: datetime
    user_agent: str
    address: str | None
    current: bool


LIST = Query(
    """
    SELECT id, created_at, rotated_at AS last_used_at, user_agent, host(address) AS address,
           id = $2 AS current
      FROM sessions
     WHERE user_id = $1 AND id < $3 AND revoked_at IS NULL AND expires_at > now()
     ORDER BY id DESC LIMIT $4""",
    OwnSession,
)


async def newest(
    db: Database, user_id: int, current_id: int, limit: int, cursor: str | None
) -> Page[OwnSession]:
    """Those that are alive."""
    rows = await LIST.all(db, user_id, current_id, after(cursor), limit + 1)
    return cut(rows, limit, lambda row: row, lambda row: row.id)


REVOKE_OWN = """
    UPDATE sessions SET revoked_at = now()
     WHERE id = $2 AND user_id = $1 AND revoked_at IS NULL AND expires_at > now()"""


async def revoke_own(db: Database, user_id: int, session_id: int) -> None:
    """NotFound unless it is a live session of this user."""
    if await db.execute(REVOKE_OWN, user_id, session_id) == "UPDATE 0":
        raise NotFound("session")


REVOKE_ALL = """
    UPDATE sessions SET revoked_at = now()
     WHERE user_id = $1 AND id IS DISTINCT FROM $2 AND revoked_at IS NULL RETURNING id"""


async def revoke_all(
    connection: asyncpg.Connection, user_id: int, but: int | None = None
) -> list[int]:
    """The ids of the user's sessions, which are over now, all but one."""
    return [row["id"] for row in await connection.fetch(REVOKE_ALL, user_id, but)]


TRIM = """
    DELETE FROM sessions WHERE id IN (
        SELECT id FROM sessions
         WHERE coalesce(revoked_at, expires_at) < now() - interval '30 days' LIMIT 5000)"""


async def trim(db: Database) -> None:
    """Forget sessions that ended a month ago, with where they were used from."""
    await db.execute(TRIM)
