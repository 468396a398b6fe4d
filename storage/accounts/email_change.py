"""Changing the address of an account: the new one is confirmed by a link that is sent there."""

from dataclasses import dataclass

import asyncpg

from storage import jobs
from storage.accounts import addresses, mail_tokens
from storage.accounts.accounts import TAKEN
from storage.database.pool import Database
from storage.database.query import Command, Query, Scalar
from storage.errors import EmailTaken
from storage.events import log

ADDRESS_IS_ANOTHERS = Scalar(
    f"SELECT EXISTS (SELECT FROM users WHERE ({addresses.HAS_ADDRESS}) AND id <> $4)", bool
)
SET_PENDING_EMAIL = Command("""
    UPDATE users SET pending_email = $2 WHERE id = $1 AND password_hash = $3
       AND deleted_at IS NULL""")


async def ask(db: Database, user_id: int, password_hash: str, email: str, nonce: str) -> bool:
    """Have a link mailed to the new address, and the present one told.

    A link that was mailed for another address before is good no longer. False, and nothing is done,
    when that is not the account's password hash (any more).

    Raises:
        EmailTaken: Another account has it, however its domain is written.
    """
    async with db.transaction() as connection:
        await log.lock(connection, [user_id])
        if await ADDRESS_IS_ANOTHERS.one(connection, *addresses.forms(email), user_id):
            raise EmailTaken()
        if not await SET_PENDING_EMAIL.run(connection, user_id, email, password_hash):
            return False
        for kind in ("email.change", "email.changing"):
            await jobs.enqueue(connection, kind, {"user_id": user_id, "nonce": nonce})
        return True


CANCEL_EMAIL_CHANGE = Command("UPDATE users SET pending_email = NULL WHERE id = $1")


async def cancel(db: Database, user_id: int) -> None:
    """Leave the address as it is: the link that was mailed is good no longer."""
    await CANCEL_EMAIL_CHANGE.run(db, user_id)


@dataclass(frozen=True, slots=True)
class _Addresses:
    """The present address, and the one that is to take its place; "" for none."""

    present: str
    pending: str


ADDRESSES = Query(
    "SELECT email AS present, coalesce(pending_email, '') AS pending FROM users WHERE id = $1",
    _Addresses,
)
CHANGE_EMAIL = Command("""
    UPDATE users SET email = pending_email, pending_email = NULL, email_verified_at = now()
     WHERE id = $1""")


async def confirm(db: Database, token_hash: bytes, nonce: str) -> bool:
    """Redeem a token: its address is the user's, and the one before is told.

    False for a token that is not valid.

    Raises:
        EmailTaken: Another account has taken the address meanwhile.
    """
    try:
        async with mail_tokens.redeeming(db, token_hash, "email_change") as redeemed:
            if redeemed is None:
                return False
            connection, user_id = redeemed
            mine = await ADDRESSES.one(connection, user_id)
            if await ADDRESS_IS_ANOTHERS.one(connection, *addresses.forms(mine.pending), user_id):
                raise EmailTaken()
            await CHANGE_EMAIL.run(connection, user_id)
            # Links that were sent to the address before are good for that one only.
            payload = {"user_id": user_id, "email": mine.present, "nonce": nonce}
            await jobs.enqueue(connection, "email.changed", payload)
    except asyncpg.UniqueViolationError as error:
        raise TAKEN[str(error.constraint_name)]() from error
    return True
