"""Sessions: one row a refresh-token family.

Refresh tokens are signed and carry (session, generation), so nothing secret is stored: the row
knows which generation is current. Rotation is one UPDATE that only one of many parallel callers
wins; the others, holding the generation just left, are given the same successor.
"""

from dataclasses import dataclass
from datetime import timedelta

from storage.errors import SessionEnded
from storage.pool import Database
from storage.query import Query

GRACE = timedelta(seconds=30)  # how long a refresh token goes on working beside an unused successor


@dataclass(frozen=True, slots=True)
class Session:
    id: int
    user_id: int
    is_admin: bool


OPEN = """
    INSERT INTO sessions (user_id, expires_at, user_agent, address)
    VALUES ($1, now() + $2, $3, $4) RETURNING id"""


async def open_session(
    db: Database, user_id: int, lifetime: timedelta, user_agent: str, address: str | None
) -> int:
    """The id of a new session, at generation 0."""
    session_id: int = await db.fetchval(OPEN, user_id, lifetime, user_agent[:200], address)
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
