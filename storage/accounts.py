"""Accounts: who can log in, and as whom one is seen."""

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from storage.errors import Conflict, NotFound
from storage.pool import Database
from storage.query import Query
from storage.records import Me, User
from storage.shapes import USER


@dataclass(frozen=True, slots=True)
class Credentials:
    user_id: int
    password_hash: str
    suspended_at: datetime | None


TAKEN = {
    "users_username_key": Conflict("username", "This username is taken."),
    "users_email_key": Conflict("email", "This e-mail address is taken."),
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
) -> int:
    """The new user's id. Conflict when the name or the address is taken, whatever the case."""
    try:
        user_id: int = await db.fetchval(
            CREATE, username, email, password_hash, display_name, is_admin
        )
    except asyncpg.UniqueViolationError as error:
        raise TAKEN[str(error.constraint_name)] from error
    return user_id


CREDENTIALS = Query(
    """
    SELECT id AS user_id, password_hash, suspended_at FROM users
     WHERE (lower(username) = lower($1) OR lower(email) = lower($1)) AND deleted_at IS NULL""",
    Credentials,
)


async def credentials(db: Database, login: str) -> Credentials | None:
    """Of the user with this username or e-mail address."""
    return await CREDENTIALS.maybe(db, login)


NAMED = "SELECT id FROM users WHERE lower(username) = lower($1)"


async def named(db: Database, username: str) -> int | None:
    """The id of the user of this name, whatever its case."""
    found: int | None = await db.fetchval(NAMED, username)
    return found


ME = Query(
    f"""
    SELECT {USER}, u.email, u.is_admin, s.unread_notifications, s.unread_messages
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
