"""Passwords, and the sessions that end when they are changed."""

from storage.accounts import mail_tokens, sessions
from storage.database.pool import Database
from storage.database.query import Command, Scalar
from storage.events import log

PASSWORD_HASH = Scalar("SELECT password_hash FROM users WHERE id = $1 AND deleted_at IS NULL", str)


async def hash_of(db: Database, user_id: int) -> str | None:
    """Return the hash of a user's password; None without such a user."""
    return await PASSWORD_HASH.maybe(db, user_id)


CHANGE_PASSWORD = Command("""
    UPDATE users SET password_hash = $3
     WHERE id = $1 AND password_hash = $2 AND deleted_at IS NULL""")


async def change(db: Database, user_id: int, old_hash: str, new_hash: str, session_id: int) -> bool:
    """Change the password; over are then the user's other sessions, and what links were mailed for.

    That is to reset the password, and to change the address: whoever asked knew the old password
    (a trigger sees to it, password_changed).

    False, and nothing is done, when old_hash is so no longer.
    """
    async with db.transaction() as connection:
        await log.lock(connection, [user_id])
        if not await CHANGE_PASSWORD.run(connection, user_id, old_hash, new_hash):
            return False
        await mail_tokens.revoke_all(connection, user_id, "password_reset")
        await sessions.revoke_all(connection, user_id, but=session_id)
        return True


async def renew_hash(db: Database, user_id: int, old_hash: str, new_hash: str) -> None:
    """Store another hash of the same password, unless old_hash is so no longer."""
    await CHANGE_PASSWORD.run(db, user_id, old_hash, new_hash)


# Who could read the mail has the address.
RESET_PASSWORD = Command("""
    UPDATE users SET password_hash = $2, email_verified_at = coalesce(email_verified_at, now())
     WHERE id = $1""")


async def reset(db: Database, token_hash: bytes, new_hash: str) -> int | None:
    """Redeem a mailed token and set the password of its user, whose sessions are over then.

    Return who that is; None for a token that is not valid.
    """
    async with mail_tokens.redeeming(db, token_hash, "password_reset") as redeemed:
        if redeemed is None:
            return None
        connection, user_id = redeemed
        await RESET_PASSWORD.run(connection, user_id, new_hash)
        await mail_tokens.revoke_all(connection, user_id, "password_reset")
        await sessions.revoke_all(connection, user_id)
        return user_id
