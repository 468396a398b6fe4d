"""Blocks, which keep two users apart, and mutes, which keep one out of the other's sight."""

import asyncpg

from storage.database.pool import Database
from storage.errors import NotFound
from storage.events import log
from storage.social import relationships
from storage.social.relationships import UNFOLLOW, Changed

PRESENT = "SELECT EXISTS (SELECT FROM users WHERE id = $1 AND deleted_at IS NULL)"

BLOCK = "INSERT INTO blocks (blocker_id, blocked_id) VALUES ($1, $2) ON CONFLICT DO NOTHING"
UNBLOCK = "DELETE FROM blocks WHERE blocker_id = $1 AND blocked_id = $2"
MUTE = "INSERT INTO mutes (muter_id, muted_id) VALUES ($1, $2) ON CONFLICT DO NOTHING"
UNMUTE = "DELETE FROM mutes WHERE muter_id = $1 AND muted_id = $2"

FORGET = """
    WITH gone AS (
        DELETE FROM notifications WHERE user_id = $1 AND actor_id = $2 RETURNING read_at)
    SELECT count(*) FROM gone WHERE read_at IS NULL"""


async def block(db: Database, user_id: int, other_id: int) -> list[Changed]:
    """Keep the other away: neither follows the other any more, and what the other caused is gone
    from the user's notifications. What it changed for whom; nothing when it was so already.

    NotFound.
    """
    async with db.transaction() as connection:
        await _begin(connection, user_id, other_id)
        if await connection.execute(BLOCK, user_id, other_id) == "INSERT 0 0":
            return []
        await connection.execute(UNFOLLOW, user_id, other_id)
        was_followed = await connection.execute(UNFOLLOW, other_id, user_id) != "UPDATE 0"
        unread = await connection.fetchval(FORGET, user_id, other_id)
        changes = [await relationships.changed(connection, user_id, other_id, -unread)]
        if was_followed:
            changes.append(await relationships.changed(connection, other_id, user_id))
        return changes


async def unblock(db: Database, user_id: int, other_id: int) -> list[Changed]:
    return await _write(db, UNBLOCK, user_id, other_id)


async def mute(db: Database, user_id: int, other_id: int) -> list[Changed]:
    """Out of the user's feed, and no notifications any more; the other cannot tell."""
    return await _write(db, MUTE, user_id, other_id)


async def unmute(db: Database, user_id: int, other_id: int) -> list[Changed]:
    return await _write(db, UNMUTE, user_id, other_id)


async def _write(db: Database, sql: str, user_id: int, other_id: int) -> list[Changed]:
    async with db.transaction() as connection:
        await _begin(connection, user_id, other_id)
        if (await connection.execute(sql, user_id, other_id)).endswith(" 0"):
            return []
        return [await relationships.changed(connection, user_id, other_id)]


async def _begin(connection: asyncpg.Connection, user_id: int, other_id: int) -> None:
    await log.lock(connection, (user_id, other_id))
    if not await connection.fetchval(PRESENT, other_id):
        raise NotFound("user")
