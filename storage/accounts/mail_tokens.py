"""Links that are sent by mail, good once: only a hash of the secret in each is kept."""

from datetime import timedelta
from typing import Literal

import asyncpg

from storage.database.pool import Database
from storage.database.query import Executor
from storage.events import log

Purpose = Literal["password_reset", "email_verify"]

LIFETIME: dict[Purpose, timedelta] = {
    "password_reset": timedelta(hours=1),
    "email_verify": timedelta(days=7),
}
HOURLY = 5  # links of a purpose that a user is sent within an hour, however many are asked for

ISSUE = """
    WITH issued AS (
        INSERT INTO mail_tokens (hash, user_id, purpose, email, expires_at)
        SELECT $1, u.id, $3, u.email, now() + $4 FROM users u
         WHERE u.id = $2 AND u.deleted_at IS NULL
           AND $5 > (SELECT count(*) FROM mail_tokens WHERE user_id = $2 AND purpose = $3
                        AND created_at > now() - interval '1 hour')
        ON CONFLICT (hash) DO NOTHING RETURNING hash)
    SELECT EXISTS (SELECT FROM issued) OR EXISTS (
        SELECT FROM mail_tokens WHERE hash = $1 AND used_at IS NULL AND expires_at > now())"""


async def issue(db: Database, link_hash: bytes, user_id: int, purpose: Purpose) -> bool:
    """Make the link good, for the user's present address; issued again it stays as it is.

    False when it should not be sent: too many were, or it is used or expired by now.
    """
    good: bool = await db.fetchval(ISSUE, link_hash, user_id, purpose, LIFETIME[purpose], HOURLY)
    return good


GOOD = """t.hash = $1 AND t.purpose = $2 AND t.used_at IS NULL AND t.expires_at > now()
    AND u.id = t.user_id AND lower(u.email) = lower(t.email)
    AND u.deleted_at IS NULL AND u.suspended_at IS NULL"""

OWNER = f"SELECT u.id FROM mail_tokens t, users u WHERE {GOOD}"


async def owner(db: Executor, link_hash: bytes, purpose: Purpose) -> int | None:
    """Whose link this is; None unless it is good now."""
    user_id: int | None = await db.fetchval(OWNER, link_hash, purpose)
    return user_id


REDEEM = f"UPDATE mail_tokens t SET used_at = now() FROM users u WHERE {GOOD} RETURNING u.id"


async def redeem(db: Executor, link_hash: bytes, purpose: Purpose) -> int | None:
    """Whose link this was; None, and nothing done, unless it was good until now."""
    user_id: int | None = await db.fetchval(REDEEM, link_hash, purpose)
    return user_id


WITHDRAW = """
    UPDATE mail_tokens SET used_at = now()
     WHERE user_id = $1 AND purpose = $2 AND used_at IS NULL"""


async def withdraw(connection: asyncpg.Connection, user_id: int, purpose: Purpose) -> None:
    """Have all links of this purpose be good no longer."""
    await connection.execute(WITHDRAW, user_id, purpose)


VERIFIED = """
    UPDATE users SET email_verified_at = coalesce(email_verified_at, now()) WHERE id = $1"""


async def verify_email(db: Database, link_hash: bytes) -> bool:
    """Spend a link: its address is the user's. False for a link that is good no longer."""
    user_id = await owner(db, link_hash, "email_verify")
    if user_id is None:
        return False
    async with db.transaction() as connection:
        await log.lock(connection, [user_id])
        if await redeem(connection, link_hash, "email_verify") is None:
            return False
        await connection.execute(VERIFIED, user_id)
        return True


TRIM = "DELETE FROM mail_tokens WHERE expires_at < now() - interval '7 days'"


async def trim(db: Database) -> None:
    await db.execute(TRIM)
