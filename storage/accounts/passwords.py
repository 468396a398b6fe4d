"""Passwords: whose sessions end when they are changed."""

from dataclasses import dataclass

from storage.accounts import mail_tokens, sessions
from storage.database.pool import Database
from storage.events import log

HASH = "SELECT password_hash FROM users WHERE id = $1 AND deleted_at IS NULL"


async def hash_of(db: Database, user_id: int) -> str | None:
    found: str | None = await db.fetchval(HASH, user_id)
    return found


CHANGE = """
    UPDATE users SET password_hash = $3
     WHERE id = $1 AND password_hash = $2 AND deleted_at IS NULL"""


async def change(
    db: Database, user_id: int, old_hash: str, new_hash: str, session_id: int
) -> list[int] | None:
    """The user's other sessions, which are over now; None when old_hash is so no longer.

    Mailed links to reset the password are good no longer, either.
    """
    async with db.transaction() as connection:
        await log.lock(connection, [user_id])
        if await connection.execute(CHANGE, user_id, old_hash, new_hash) == "UPDATE 0":
            return None
        await mail_tokens.withdraw(connection, user_id, "password_reset")
        return await sessions.revoke_all(connection, user_id, but=session_id)


@dataclass(frozen=True, slots=True)
class Reset:
    """Whose password was set anew, and their sessions, which are over now."""

    user_id: int
    session_ids: list[int]


# Who could read the mail has the address.
SET = """
    UPDATE users SET password_hash = $2, email_verified_at = coalesce(email_verified_at, now())
     WHERE id = $1"""


async def reset(db: Database, link_hash: bytes, new_hash: str) -> Reset | None:
    """Spend a link and set the password; None for a link that is good no longer."""
    user_id = await mail_tokens.owner(db, link_hash, "password_reset")
    if user_id is None:
        return None
    async with db.transaction() as connection:
        await log.lock(connection, [user_id])
        if await mail_tokens.redeem(connection, link_hash, "password_reset") is None:
            return None
        await connection.execute(SET, user_id, new_hash)
        await mail_tokens.withdraw(connection, user_id, "password_reset")
        return Reset(user_id, await sessions.revoke_all(connection, user_id))
