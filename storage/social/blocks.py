"""Blocks, which keep two users apart, and mutes, which hide one from the other."""

from dataclasses import replace

import asyncpg

from storage.database.pool import Database
from storage.database.query import Command, Scalar
from storage.errors import NotFound
from storage.events import log
from storage.messaging.read_receipts import uncount_blocked
from storage.social import relationships
from storage.social.relationships import DELETE_FOLLOW, RelationshipChange
from storage.withdrawn_notifications import hide_actor, unfollowed

USER_EXISTS = Scalar("SELECT EXISTS (SELECT FROM users WHERE id = $1 AND deleted_at IS NULL)", bool)

BLOCK = Command(
    "INSERT INTO blocks (blocker_id, blocked_id) VALUES ($1, $2) ON CONFLICT DO NOTHING"
)
UNBLOCK = Command("DELETE FROM blocks WHERE blocker_id = $1 AND blocked_id = $2")
MUTE = Command("INSERT INTO mutes (muter_id, muted_id) VALUES ($1, $2) ON CONFLICT DO NOTHING")
UNMUTE = Command("DELETE FROM mutes WHERE muter_id = $1 AND muted_id = $2")


async def block(db: Database, user_id: int, other_id: int) -> list[RelationshipChange]:
    """Block a user; return what that changed for whom, nothing when it was so already.

    Neither follows the other any more; what the other caused is gone from the user's
    notifications, and what the other wrote is unread no more. NotFound.
    """
    async with db.transaction() as connection:
        await _begin(connection, user_id, other_id)
        if not await BLOCK.run(connection, user_id, other_id):
            return []
        followed = await DELETE_FOLLOW.run(connection, user_id, other_id)
        was_followed = await DELETE_FOLLOW.run(connection, other_id, user_id)
        withdrawn = await hide_actor(connection, user_id, other_id)
        if followed:
            withdrawn += await unfollowed(connection, other_id, user_id)
        change = await relationships.log_change(connection, user_id, other_id)
        receipts = await uncount_blocked(connection, user_id, other_id)
        changes = [replace(change, withdrawn=withdrawn, receipts=receipts)]
        if was_followed:
            changes.append(await relationships.log_change(connection, other_id, user_id))
        return changes


async def unblock(db: Database, user_id: int, other_id: int) -> list[RelationshipChange]:
    """Unblock a user; return what that changed, nothing when it was so already. NotFound."""
    return await _write(db, UNBLOCK, user_id, other_id)


async def mute(db: Database, user_id: int, other_id: int) -> list[RelationshipChange]:
    """Keep a user out of the feed and the notifications, which that user cannot tell. NotFound."""
    return await _write(db, MUTE, user_id, other_id)


async def unmute(db: Database, user_id: int, other_id: int) -> list[RelationshipChange]:
    """Unmute a user; return what that changed, nothing when it was so already. NotFound."""
    return await _write(db, UNMUTE, user_id, other_id)


async def _write(
    db: Database, statement: Command, user_id: int, other_id: int
) -> list[RelationshipChange]:
    async with db.transaction() as connection:
        await _begin(connection, user_id, other_id)
        if not await statement.run(connection, user_id, other_id):
            return []
        return [await relationships.log_change(connection, user_id, other_id)]


async def _begin(connection: asyncpg.Connection, user_id: int, other_id: int) -> None:
    await log.lock(connection, (user_id, other_id))
    if not await USER_EXISTS.one(connection, other_id):
        raise NotFound("user")
