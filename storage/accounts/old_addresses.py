"""Addresses from before each had one form only: rewritten to it, where no other account has it."""

from dataclasses import dataclass

import asyncpg

from storage.accounts import addresses
from storage.database.pool import Database
from storage.database.query import Command, Query

BATCH = 500


@dataclass(frozen=True, slots=True)
class _Address:
    user_id: int
    email: str


# An address of ASCII alone has one form, but for capitals.
OLD_ADDRESSES = Query(
    f"""
    SELECT id AS user_id, email FROM users
     WHERE id > $1 AND octet_length(email) <> length(email) AND deleted_at IS NULL
     ORDER BY id LIMIT {BATCH}""",
    _Address,
)
# With the links that were mailed to it, which are good for the address that they were sent to.
REWRITE_ADDRESS = Command("""
    WITH links AS (
        UPDATE mail_tokens t SET email = $3 FROM users u
         WHERE t.user_id = $1 AND u.id = $1 AND u.email = $2 AND lower(t.email) = lower($2))
    UPDATE users SET email = $3 WHERE id = $1 AND email = $2""")


async def rewrite_all(db: Database) -> None:
    """Give each address the form that it would be kept in now, a row a statement.

    One that no mail can go to stays as it is, and so does one that another account has in its new
    form: both accounts go on by the form that each has. Done again it changes nothing.
    """
    after, found = 0, [_Address(0, "")]
    while found:
        found = await OLD_ADDRESSES.all(db, after)
        for old in found:
            await _rewrite(db, old)
            after = old.user_id


async def _rewrite(db: Database, old: _Address) -> None:
    try:
        kept = addresses.canonical(old.email)
    except addresses.UnusableAddress:
        return
    if kept != old.email:
        try:
            await REWRITE_ADDRESS.run(db, old.user_id, old.email, kept)
        except asyncpg.UniqueViolationError:
            return
