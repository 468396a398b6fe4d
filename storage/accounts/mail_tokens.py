"""Tokens that are sent in links by mail, each valid once: only a hash of each is stored."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Literal

import asyncpg

from storage.database.pool import Database
from storage.database.query import Command, Executor, Scalar
from storage.database.trimming import in_portions, trimming
from storage.events import log

Purpose = Literal["password_reset", "email_verify", "email_change"]

LIFETIME: dict[Purpose, timedelta] = {
    "password_reset": timedelta(hours=1),
    "email_verify": timedelta(days=7),
    "email_change": timedelta(days=1),
}
HOURLY_MAX = 5  # tokens of a purpose that a user is sent in an hour, however many are asked for


def _address_for(purpose: str) -> str:
    """Return the address of users u that a token of this purpose is sent to."""
    return f"CASE {purpose} WHEN 'email_change' THEN u.pending_email ELSE u.email END"


ISSUE_TOKEN = Scalar(
    f"""
    WITH issued AS (
        INSERT INTO mail_tokens (hash, user_id, purpose, email, expires_at)
        SELECT $1, u.id, $3, {_address_for("$3")}, now() + $4 FROM users u
         WHERE u.id = $2 AND u.deleted_at IS NULL AND {_address_for("$3")} IS NOT NULL
           AND $5 > (SELECT count(*) FROM mail_tokens WHERE user_id = $2 AND purpose = $3
                        AND created_at > now() - interval '1 hour')
        ON CONFLICT (hash) DO NOTHING RETURNING hash)
    SELECT EXISTS (SELECT FROM issued) OR EXISTS (
        SELECT FROM mail_tokens WHERE hash = $1 AND used_at IS NULL AND expires_at > now())""",
    bool,
)


async def issue(db: Database, token_hash: bytes, user_id: int, purpose: Purpose) -> bool:
    """Make the token valid, for the user's address of now; issued again it stays as it is.

    That is the present address, or the one that is to be it (`email_change`).

    False when it should not be sent: too many were, or it is used or expired by now.
    """
    lifetime = LIFETIME[purpose]
    return await ISSUE_TOKEN.one(db, token_hash, user_id, purpose, lifetime, HOURLY_MAX)


# Of mail_tokens t and users u: token $1 is valid for purpose $2.
TOKEN_IS_VALID = f"""t.hash = $1 AND t.purpose = $2 AND t.used_at IS NULL AND t.expires_at > now()
    AND u.id = t.user_id AND lower({_address_for("t.purpose")}) = lower(t.email)
    AND u.deleted_at IS NULL AND u.suspended_at IS NULL"""

TOKEN_OWNER = Scalar(f"SELECT u.id FROM mail_tokens t, users u WHERE {TOKEN_IS_VALID}", int)


async def owner(db: Executor, token_hash: bytes, purpose: Purpose) -> int | None:
    """Return whose token this is; None unless it is valid now."""
    return await TOKEN_OWNER.maybe(db, token_hash, purpose)


REDEEM_TOKEN = Scalar(
    f"UPDATE mail_tokens t SET used_at = now() FROM users u WHERE {TOKEN_IS_VALID} RETURNING u.id",
    int,
)


@asynccontextmanager
async def redeeming(
    db: Database, token_hash: bytes, purpose: Purpose
) -> AsyncIterator[tuple[asyncpg.Connection, int] | None]:
    """Use a token up together with what it is for, in one transaction that holds its user's lock.

    Gives the connection and whose the token is; None, and nothing is done, unless it was valid.
    """
    user_id = await owner(db, token_hash, purpose)
    if user_id is None:
        yield None
        return
    async with db.transaction() as connection:
        await log.lock(connection, [user_id])
        redeemed = await REDEEM_TOKEN.maybe(connection, token_hash, purpose)
        yield None if redeemed is None else (connection, redeemed)


REVOKE_TOKENS = Command("""
    UPDATE mail_tokens SET used_at = now()
     WHERE user_id = $1 AND purpose = $2 AND used_at IS NULL""")


async def revoke_all(connection: asyncpg.Connection, user_id: int, purpose: Purpose) -> None:
    """Make all of a user's tokens of this purpose invalid."""
    await REVOKE_TOKENS.run(connection, user_id, purpose)


SET_EMAIL_VERIFIED = Command("""
    UPDATE users SET email_verified_at = coalesce(email_verified_at, now()) WHERE id = $1""")


async def verify_email(db: Database, token_hash: bytes) -> bool:
    """Redeem a token: its address is the user's. False for a token that is not valid."""
    async with redeeming(db, token_hash, "email_verify") as redeemed:
        if redeemed is None:
            return False
        connection, user_id = redeemed
        await SET_EMAIL_VERIFIED.run(connection, user_id)
        return True


TRIM_TOKENS = Command(trimming("mail_tokens", "expires_at < now() - interval '7 days'"))


async def trim(db: Database) -> int:
    """Delete tokens that expired a week ago; return how many."""
    return await in_portions(db, TRIM_TOKENS)
