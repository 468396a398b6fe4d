"""Accounts: who can log in, and as whom one is seen."""

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from storage.accounts import mail
from storage.database.columns import USER
from storage.database.pool import Database
from storage.database.query import Query
from storage.errors import EmailTaken, NotFound, UsernameTaken
from storage.records import Me, User


@dataclass(frozen=True, slots=True)
class Credentials:
    """known_here: the user has a live session from the address of the one who asks."""

    user_id: int
    password_hash: str
    suspended_at: datetime | None
    known_here: bool


TAKEN = {
    "users_username_key": UsernameTaken,
    "users_email_key": EmailTaken,
}

CREATE = """
    WITH created AS (
        INSERT INTO users (username, email, password_hash, display_name, is_admin)
        VALUES ($1, $2, $3, $4, $5) RETURNING id),
    profile AS (INSERT INTO profiles (user_id) SELECT id FROM created),
    counter AS (INSERT INTO user_seq (user_id) SELECT id FROM created)
    SELECT id FROM created"""


async def create(
    db: Database,
    *,
    username: str,
    email: str,
    password_hash: str,
    display_name: str,
    is_admin: bool = False,
    verify: str | None = None,
) -> int:
    """The new user's id. Conflict when the name or the address is taken, whatever the case.

    verify is the nonce of the link that is mailed to verify the address; None: no mail.
    """
    try:
        async with db.transaction() as connection:
            user_id: int = await connection.fetchval(
                CREATE, username, email, password_hash, display_name, is_admin
            )
            if verify is not None:
                await mail.order_verification(connection, user_id, verify)
    except asyncpg.UniqueViolationError as error:
        raise TAKEN[str(error.constraint_name)]() from error
    return user_id


CREDENTIALS = Query(
    """
    SELECT id AS user_id, password_hash, suspended_at,
           EXISTS (SELECT FROM sessions s WHERE s.user_id = users.id AND s.revoked_at IS NULL
                      AND s.expires_at > now() AND s.address = $2) AS known_here
      FROM users
     WHERE (lower(username) = lower($1) OR lower(email) = lower($1)) AND deleted_at IS NULL""",
    Credentials,
)


async def credentials(db: Database, login: str, address: str) -> Credentials | None:
    """Of the user with this username or e-mail address, for somebody at a network address."""
    return await CREDENTIALS.maybe(db, login, address)


NAMED = "SELECT id FROM users WHERE lower(username) = lower($1)"


async def named(db: Database, username: str) -> int | None:
    """The id of the user of this name, whatever its case."""
    found: int | None = await db.fetchval(NAMED, username)
    return found


# Of users u, profiles f and user_seq s.
OWN = f"""{USER}, u.email, u.is_admin, s.unread_notifications, s.unread_messages,
    u.email_verified_at IS NOT NULL AS email_verified, u.digest_mails"""

ME = Query(
    f"""
    SELECT {OWN}
      FROM users u JOIN profiles f ON f.user_id = u.id JOIN user_seq s ON s.user_id = u.id
     WHERE u.id = $1""",
    Me,
)


async def me(db: Database, user_id: int) -> Me:
    return await ME.one(db, user_id)


ONE = Query(
    f"""
    SELECT {USER} FROM users u JOIN profiles f ON f.user_id = u.id
     WHERE u.id = $2 AND u.deleted_at IS NULL""",
    User,
)


async def get(db: Database, viewer_id: int | None, user_id: int) -> User:
    if user := await ONE.maybe(db, viewer_id, user_id):
        return user
    raise NotFound("user")


SET_DIGEST = "UPDATE users SET digest_mails = $2 WHERE id = $1 AND deleted_at IS NULL"


async def set_digest_mails(db: Database, user_id: int, wanted: bool) -> None:
    """Whether the user is mailed of new followers and unread notifications."""
    await db.execute(SET_DIGEST, user_id, wanted)
