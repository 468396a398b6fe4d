"""A second factor of logins: a secret shared with a program of the user's, and recovery codes."""

from collections.abc import Sequence
from dataclasses import dataclass

from storage.database.pool import Database
from storage.database.query import Command, Query, Scalar
from storage.events import log


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """The secret; whether logins ask for its codes; the step of the code that was used last."""

    secret: bytes
    is_on: bool
    last_step: int


SECOND_FACTOR = Query(
    """
    SELECT secret, confirmed_at IS NOT NULL AS is_on, last_step FROM second_factors
     WHERE user_id = $1""",
    SecondFactor,
)


async def get(db: Database, user_id: int) -> SecondFactor | None:
    """Return the user's, on or not yet; None without one."""
    return await SECOND_FACTOR.maybe(db, user_id)


SET_SECRET = Command("""
    INSERT INTO second_factors (user_id, secret) SELECT id, $2 FROM users
     WHERE id = $1 AND deleted_at IS NULL
    ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, last_step = 0
     WHERE second_factors.confirmed_at IS NULL""")


async def begin(db: Database, user_id: int, secret: bytes) -> bool:
    """Keep a secret until it is confirmed; False when one is on."""
    return bool(await SET_SECRET.run(db, user_id, secret))


SPEND_STEP = Command("""
    UPDATE second_factors SET last_step = $3, confirmed_at = coalesce(confirmed_at, now())
     WHERE user_id = $1 AND secret = $2 AND last_step < $3""")


async def spend_step(db: Database, user_id: int, secret: bytes, step: int) -> bool:
    """Use a code up; False when that one, or a later one, was used before."""
    return bool(await SPEND_STEP.run(db, user_id, secret, step))


FORGET_RECOVERY_CODES = Command("DELETE FROM recovery_codes WHERE user_id = $1")
ADD_RECOVERY_CODES = Command("""
    INSERT INTO recovery_codes (user_id, hash)
    SELECT f.user_id, hash FROM second_factors f, unnest($2::bytea[]) AS hash
     WHERE f.user_id = $1""")


async def confirm(
    db: Database, user_id: int, secret: bytes, step: int, hashes: Sequence[bytes]
) -> bool:
    """Have logins ask for codes from now on; these recovery codes stand in for them.

    False, and nothing is done, when the code was used before, or the secret is another by now.
    """
    async with db.transaction() as connection:
        await log.lock(connection, [user_id])
        if not await SPEND_STEP.run(connection, user_id, secret, step):
            return False
        await FORGET_RECOVERY_CODES.run(connection, user_id)
        await ADD_RECOVERY_CODES.run(connection, user_id, hashes)
        return True


async def replace_recovery_codes(db: Database, user_id: int, hashes: Sequence[bytes]) -> None:
    """Put these in place of all recovery codes of before."""
    async with db.transaction() as connection:
        await log.lock(connection, [user_id])
        await FORGET_RECOVERY_CODES.run(connection, user_id)
        await ADD_RECOVERY_CODES.run(connection, user_id, hashes)


SPEND_RECOVERY_CODE = Command("""
    UPDATE recovery_codes SET used_at = now()
     WHERE user_id = $1 AND hash = $2 AND used_at IS NULL""")


async def spend_recovery_code(db: Database, user_id: int, recovery_hash: bytes) -> bool:
    """Use a recovery code up; False when there is no such one, or it was used."""
    return bool(await SPEND_RECOVERY_CODE.run(db, user_id, recovery_hash))


RECOVERY_CODES_LEFT = Scalar(
    "SELECT count(*) FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL", int
)


async def recovery_codes_left(db: Database, user_id: int) -> int:
    """Return how many recovery codes are still good."""
    return await RECOVERY_CODES_LEFT.one(db, user_id)


END_SECOND_FACTOR = Command("DELETE FROM second_factors WHERE user_id = $1")


async def end(db: Database, user_id: int) -> None:
    """Have logins ask for the password alone."""
    async with db.transaction() as connection:
        await log.lock(connection, [user_id])
        await FORGET_RECOVERY_CODES.run(connection, user_id)
        await END_SECOND_FACTOR.run(connection, user_id)
