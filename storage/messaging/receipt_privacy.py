"""Who is told how far somebody has read: read receipts, which an account can switch off.

Who has them off tells nobody but their own devices, and is told by nobody. What was read before
they were switched on again stays untold in both directions: only marks above the last message of
then are shown, so nobody sees what was read meanwhile, nor sees others' marks by switching them on
for a moment.
"""

from storage.database.paging import MAX_ID
from storage.database.pool import Database
from storage.database.query import Command
from storage.events import log

OFF = MAX_ID  # no mark is above it

TURN_OFF = Command(f"UPDATE users SET read_receipts_after = {OFF} WHERE id = $1")
TURN_ON = Command(f"""
    UPDATE users SET read_receipts_after = coalesce(
           pg_sequence_last_value(pg_get_serial_sequence('messages', 'id')), 0)
     WHERE id = $1 AND read_receipts_after = {OFF}""")


async def set_read_receipts(db: Database, user_id: int, wanted: bool) -> None:
    """Switch a user's read receipts on or off, after all marks that are just being told."""
    async with db.transaction() as connection:
        await log.lock(connection, [user_id])
        await (TURN_ON if wanted else TURN_OFF).run(connection, user_id)


def after(user_id: str) -> str:
    """Return above which a mark must be for a user to tell it, or to be told."""
    return f"(SELECT read_receipts_after FROM users WHERE id = {user_id})"


def is_told(mark: str, of_user_id: str, to_user_id: str) -> str:
    """Return the condition that a mark, which is of some message, is told by a user to another.

    It is what `after` of both says, but looked for among those few who have anything there.
    """
    return f"""NOT EXISTS (SELECT FROM users r WHERE r.id IN ({of_user_id}, {to_user_id})
                   AND r.read_receipts_after > 0 AND r.read_receipts_after >= {mark})"""
