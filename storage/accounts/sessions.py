"""Sessions: one row for each family of refresh tokens.

Refresh tokens are signed and carry (session, generation), so nothing secret is stored: the row
knows which generation is current. Rotation is one UPDATE that only one of many parallel callers
wins; the others, holding the generation just left, are given the same successor.
"""

from datetime import datetime, timedelta

import asyncpg

from storage import jobs
from storage.database.paging import after, page_by_id
from storage.database.pool import Database
from storage.database.query import Command, Query, Scalar
from storage.errors import NotFound, SessionEnded
from storage.record import record
from storage.records import Page

GRACE = timedelta(seconds=30)  # how long a refresh token goes on working beside an unused successor


# That a session s of a user u was ended: itself, or with all others up to an id but one.
REVOKED = """(s.revoked_at IS NOT NULL
    OR (s.id <= u.sessions_ended_up_to AND s.id <> u.session_kept))"""


@record
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
    f"""
    SELECT s.id, s.user_id, u.is_admin FROM sessions s JOIN users u ON u.id = s.user_id
     WHERE s.id = $1 AND NOT {REVOKED} AND s.expires_at > now()
       AND u.suspended_at IS NULL AND u.deleted_at IS NULL""",
    Session,
)


async def active(db: Database, session_id: int) -> Session | None:
    """Return a session; None when it is over, or its user suspended or gone."""
    return await ACTIVE_SESSION.maybe(db, session_id)


ENDED_SESSIONS = Scalar(
    f"""
    SELECT given.id FROM unnest($1::bigint[]) AS given (id)
      LEFT JOIN sessions s ON s.id = given.id LEFT JOIN users u ON u.id = s.user_id
     WHERE s.id IS NULL OR {REVOKED} OR u.suspended_at IS NOT NULL
        OR u.deleted_at IS NOT NULL""",
    int,
)


async def ended(db: Database, session_ids: list[int]) -> list[int]:
    """Return which of these are over: revoked, or their user suspended or gone."""
    return await ENDED_SESSIONS.all(db, session_ids)


ROTATE_SESSION = Scalar(
    f"""
    UPDATE sessions s SET generation = generation + 1, rotated_at = now(), expires_at = now() + $3
      FROM users u
     WHERE s.id = $1 AND s.generation = $2 AND NOT {REVOKED} AND s.expires_at > now()
       AND u.id = s.user_id AND u.suspended_at IS NULL AND u.deleted_at IS NULL
    RETURNING s.generation""",
    int,
)

SUCCESSOR_IN_GRACE = Scalar(
    f"""
    SELECT s.generation FROM sessions s JOIN users u ON u.id = s.user_id
     WHERE s.id = $1 AND s.generation = $2 + 1 AND s.rotated_at > now() - $3::interval
       AND NOT {REVOKED} AND s.expires_at > now()
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


@record
class OwnSession:
    """A session as its user sees it; last_used_at is when its tokens were last renewed."""

    id: int
    created_at: datetime
    last_used_at: datetime
    user_agent: str
    address: str | None
    current: bool


OWN_SESSIONS = Query(
    f"""
    SELECT s.id, s.created_at, rotated_at AS last_used_at, user_agent, host(address) AS address,
           s.id = $2 AS current
      FROM sessions s JOIN users u ON u.id = s.user_id
     WHERE user_id = $1 AND s.id < $3 AND NOT s.is_token AND NOT {REVOKED}
       AND expires_at > now()
     ORDER BY s.id DESC LIMIT $4""",
    OwnSession,
)


async def newest(
    db: Database, user_id: int, current_id: int, limit: int, cursor: str | None
) -> Page[OwnSession]:
    """Return a user's live sessions, the newest first."""
    rows = await OWN_SESSIONS.all(db, user_id, current_id, after(cursor), limit + 1)
    return page_by_id(rows, limit)


REVOKE_OWN_SESSION = Command(f"""
    UPDATE sessions s SET revoked_at = now() FROM users u
     WHERE s.id = $2 AND s.user_id = $1 AND u.id = $1 AND NOT s.is_token AND NOT {REVOKED}
       AND expires_at > now()""")


async def revoke_own(db: Database, user_id: int, session_id: int) -> None:
    """End a session. NotFound unless it is a live session of this user."""
    if not await REVOKE_OWN_SESSION.run(db, user_id, session_id):
        raise NotFound("session")


SET_SESSIONS_ENDED = Command("""
    UPDATE users SET session_kept = coalesce($2, 0), sessions_ended_up_to = (
           SELECT coalesce(max(id), 0) FROM sessions WHERE user_id = $1)
     WHERE id = $1""")
BATCH = 500  # rows that one transaction sets
SETTLE_REVOKED = Command(f"""
    UPDATE sessions SET revoked_at = now() WHERE id = ANY(ARRAY(
        SELECT s.id FROM users u JOIN sessions s ON s.user_id = u.id
         WHERE u.id = $1 AND s.revoked_at IS NULL AND {REVOKED}
         ORDER BY s.id DESC LIMIT {BATCH}))""")


async def revoke_all(connection: asyncpg.Connection, user_id: int, but: int | None = None) -> None:
    """End all sessions of a user, but for one, whose row of users is locked.

    However many they are, that is one row. Their own follow, those beyond the newest by a job.
    """
    await SET_SESSIONS_ENDED.run(connection, user_id, but)
    if await SETTLE_REVOKED.run(connection, user_id) == BATCH:
        await jobs.enqueue(
            connection,
            "sessions.settle_revoked",
            {"user_id": user_id},
            dedupe_key=f"sessions.settle_revoked:{user_id}",
        )


async def settle_revoked(db: Database, user_id: int) -> bool:
    """Set revoked_at of a batch of sessions that are over; return whether that was all."""
    return await SETTLE_REVOKED.run(db, user_id) < BATCH


@record
class _Swept:
    last: int | None
    gone: int


# In the order of ids, as no index tells which are over.
SWEEP_SESSIONS = Query(
    """
    WITH part AS MATERIALIZED (
        SELECT id, coalesce(revoked_at, expires_at) < now() - interval '30 days' AS over
          FROM sessions WHERE id > $1 ORDER BY id LIMIT 5000),
    gone AS (
        DELETE FROM sessions WHERE id = ANY(ARRAY(SELECT id FROM part WHERE over)) RETURNING id)
    SELECT (SELECT max(id) FROM part) AS last, (SELECT count(*) FROM gone) AS gone""",
    _Swept,
)


async def trim(db: Database) -> int:
    """Delete sessions that ended a month ago, with where they were used from; return how many."""
    last: int | None = 0
    trimmed = 0
    while last is not None:
        swept = await SWEEP_SESSIONS.one(db, last)
        last = swept.last
        trimmed += swept.gone
    return trimmed
