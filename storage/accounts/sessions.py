"""Sessions: one row for each family of refresh tokens.

Refresh tokens are signed and carry (session, generation), so nothing secret is stored: the row
knows which generation is current. Rotation is one UPDATE that only one of many parallel callers
wins; the others, holding the generation just left, are given the same successor.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from storage.database.paging import after, page_by_id
from storage.database.pool import Database
from storage.database.query import Command, Query, Scalar
from storage.errors import NotFound, SessionEnded
from storage.records import Page

GRACE = timedelta(seconds=30)  # how long a refresh token goes on working beside an unused successor


@dataclass(frozen=True, slots=True)
class Session:
    """A session that is good now, and whose it is."""

    id: int
    user_id: int
    is_admin: bool


# The lock has a login with the former password either see that it was changed, or be over before
# the change looks for sessions to end.
OPEN_SESSION = Scalar(
    """
    INSERT INTO sessions (user_id, expires_at, user_agent, address)
    SELECT id, now() + $3, $4, $5 FROM users
     WHERE id = $1 AND password_hash = $2 AND deleted_at IS NULL FOR SHARE
    RETURNING id""",
    int,
)


async def open_session(
    db: Database,
    user_id: int,
    password_hash: str,
    lifetime: timedelta,
    user_agent: str,
    address: str | None,
) -> int | None:
    """Open a session, at generation 0, and return its id.

    None when this is no longer the hash of the user's password.
    """
    return await OPEN_SESSION.maybe(db, user_id, password_hash, lifetime, user_agent[:200], address)


ACTIVE_SESSION = Query(
    """
    SELECT s.id, s.user_id, u.is_admin FROM sessions s JOIN users u ON u.id = s.user_id
     WHERE s.id = $1 AND s.revoked_at IS NULL AND s.expires_at > now()
       AND u.suspended_at IS NULL AND u.deleted_at IS NULL""",
    Session,
)


async def active(db: Database, session_id: int) -> Session | None:
    """Return a session; None when it is over, or its user suspended or gone."""
    return await ACTIVE_SESSION.maybe(db, session_id)


ENDED_SESSIONS = Scalar(
    """
    SELECT given.id FROM unnest($1::bigint[]) AS given (id)
      LEFT JOIN sessions s ON s.id = given.id LEFT JOIN users u ON u.id = s.user_id
     WHERE s.id IS NULL OR s.revoked_at IS NOT NULL OR u.suspended_at IS NOT NULL
        OR u.deleted_at IS NOT NULL""",
    int,
)


async def ended(db: Database, session_ids: list[int]) -> list[int]:
    """Return which of these are over: revoked, or their user suspended or gone."""
    return await ENDED_SESSIONS.all(db, session_ids)


ROTATE_SESSION = Scalar(
    """
    UPDATE sessions s SET generation = generation + 1, rotated_at = now(), expires_at = now() + $3
      FROM users u
     WHERE s.id = $1 AND s.generation = $2 AND s.revoked_at IS NULL AND s.expires_at > now()
       AND u.id = s.user_id AND u.suspended_at IS NULL AND u.deleted_at IS NULL
    RETURNING s.generation""",
    int,
)

SUCCESSOR_IN_GRACE = Scalar(
    """
    SELECT s.generation FROM sessions s JOIN users u ON u.id = s.user_id
     WHERE s.id = $1 AND s.generation = $2 + 1 AND s.rotated_at > now() - $3::interval
       AND s.revoked_at IS NULL AND s.expires_at > now()
       AND u.suspended_at IS NULL AND u.deleted_at IS NULL""",
    int,
)


async def rotate(db: Database, session_id: int, generation: int, lifetime: timedelta) -> int:
    """Renew a session and return the generation that follows this one.

    Raises:
        SessionEnded: The session is over, or the token was used up before: then somebody holds a
            copy of it, and the whole family is revoked.
    """
    following = await ROTATE_SESSION.maybe(db, session_id, generation, lifetime)
    if following is None:
        following = await SUCCESSOR_IN_GRACE.maybe(db, session_id, generation, GRACE)
    if following is None:
        await revoke(db, session_id)
        raise SessionEnded("This refresh token is no longer good.")
    return following


REVOKE_SESSION = Command(
    "UPDATE sessions SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL"
)


async def revoke(db: Database, session_id: int) -> None:
    """End a session, if it is not over already."""
    await REVOKE_SESSION.run(db, session_id)


@dataclass(frozen=True, slots=True)
class OwnSession:
    """A session as its user sees it; last_used_at is when its tokens were last renewed."""

    id: int
    created_at: datetime
    last_used_at: datetime
    user_agent: str
    address: str | None
    current: bool


OWN_SESSIONS = Query(
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
    """Return a user's live sessions, the newest first."""
    rows = await OWN_SESSIONS.all(db, user_id, current_id, after(cursor), limit + 1)
    return page_by_id(rows, limit)


REVOKE_OWN_SESSION = Command("""
    UPDATE sessions SET revoked_at = now()
     WHERE id = $2 AND user_id = $1 AND revoked_at IS NULL AND expires_at > now()""")


async def revoke_own(db: Database, user_id: int, session_id: int) -> None:
    """End a session. NotFound unless it is a live session of this user."""
    if not await REVOKE_OWN_SESSION.run(db, user_id, session_id):
        raise NotFound("session")


REVOKE_SESSIONS_OF_USER = Scalar(
    """
    UPDATE sessions SET revoked_at = now()
     WHERE user_id = $1 AND id IS DISTINCT FROM $2 AND revoked_at IS NULL RETURNING id""",
    int,
)


async def revoke_all(
    connection: asyncpg.Connection, user_id: int, but: int | None = None
) -> list[int]:
    """End all sessions of a user, but for one, and return their ids."""
    return await REVOKE_SESSIONS_OF_USER.all(connection, user_id, but)


TRIM_SESSIONS = Command("""
    DELETE FROM sessions WHERE id IN (
        SELECT id FROM sessions
         WHERE coalesce(revoked_at, expires_at) < now() - interval '30 days' LIMIT 5000)""")


async def trim(db: Database) -> None:
    """Delete sessions that ended a month ago, with where they were used from."""
    await TRIM_SESSIONS.run(db)
