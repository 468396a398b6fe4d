"""Notifications that go because what caused them was undone, deleted, or is somebody's to hide.

The unread count follows, and an event tells the user's clients which ones are gone. Whoever calls
has locked the counters of the users whose notifications these are.
"""

from collections.abc import Iterable, Sequence

import asyncpg

from storage import jobs
from storage.database.notification_columns import UNREAD
from storage.database.pool import Database
from storage.database.query import Query, Scalar
from storage.events import log
from storage.events.types import NotificationDeleted
from storage.record import record

BATCH = 500  # that one transaction removes: 15 ms


@record
class Withdrawn:
    """The ids of notifications that are gone, and the event of it in their user's log."""

    ids: list[int]
    logged: log.AppendedEvent


@record
class _Removed:
    user_id: int
    ids: list[int]
    unread: int


REMOVE_NOTIFICATIONS = Query(
    f"""
    WITH n AS (
        DELETE FROM notifications WHERE id = ANY((SELECT $1::bigint[])::bigint[]) RETURNING *)
    SELECT user_id, array_agg(id ORDER BY id) AS ids,
           count(*) FILTER (WHERE {UNREAD})::integer AS unread
      FROM n GROUP BY user_id ORDER BY user_id""",
    _Removed,
)


async def remove(connection: asyncpg.Connection, ids: Sequence[int]) -> list[Withdrawn]:
    """Remove notifications by their ids, and log that to the users whose they were."""
    if not ids:
        return []
    removed = await REMOVE_NOTIFICATIONS.all(connection, ids)
    logged = await log.append(
        connection,
        [
            log.EventDraft(
                user_id=row.user_id,
                event=NotificationDeleted,
                actor_id=row.user_id,
                data={"ids": row.ids},
                unread_notifications=-row.unread,
            )
            for row in removed
        ],
    )
    return [Withdrawn(row.ids, event) for row, event in zip(removed, logged, strict=True)]


UNREAD_ABOUT_POST = Scalar(
    f"""
    SELECT id FROM notifications n
     WHERE user_id = ANY((SELECT $1::bigint[])::bigint[]) AND actor_id = $2 AND kind = $3
       AND post_id = $4
       AND {UNREAD}""",
    int,
)
UNREAD_OF_FOLLOW = Scalar(
    f"""
    SELECT id FROM notifications n
     WHERE user_id = $1 AND actor_id = $2 AND kind = 'follow' AND {UNREAD}""",
    int,
)


async def undone(
    connection: asyncpg.Connection, user_ids: Iterable[int], kind: str, actor_id: int, post_id: int
) -> list[Withdrawn]:
    """Remove what these users have not read of what the actor has undone to a post."""
    found = await UNREAD_ABOUT_POST.all(connection, list(user_ids), actor_id, kind, post_id)
    return await remove(connection, found)


async def unfollowed(
    connection: asyncpg.Connection, user_id: int, follower_id: int
) -> list[Withdrawn]:
    """Remove the notification of a follow that is undone, unless the user has read it."""
    return await remove(connection, await UNREAD_OF_FOLLOW.all(connection, user_id, follower_id))


NOTIFICATIONS_BY_ACTOR = Scalar(
    f"""
    SELECT id FROM notifications WHERE user_id = $1 AND actor_id = $2 AND id <= $3
     LIMIT {BATCH}""",
    int,
)
NEWEST_NOTIFICATION = Scalar(
    "SELECT coalesce(max(id), 0) FROM notifications WHERE user_id = $1", int
)


async def hide_actor(
    connection: asyncpg.Connection, user_id: int, actor_id: int
) -> list[Withdrawn]:
    """Remove what an actor caused to a user, who has blocked them: what is much, by a job.

    Lists leave it out as long as the block stands, so none of it is seen meanwhile.
    """
    newest = await NEWEST_NOTIFICATION.one(connection, user_id)
    found = await NOTIFICATIONS_BY_ACTOR.all(connection, user_id, actor_id, newest)
    if len(found) == BATCH:
        payload = {"user_id": user_id, "actor_id": actor_id, "up_to": newest}
        await jobs.enqueue(connection, "notifications.hide_actor", payload)
    return await remove(connection, found)


async def hide_actor_further(db: Database, user_id: int, actor_id: int, up_to: int) -> bool:
    """Remove a batch more of what an actor caused until then; return whether that was all."""
    async with db.transaction() as connection:
        await log.lock(connection, [user_id])
        found = await NOTIFICATIONS_BY_ACTOR.all(connection, user_id, actor_id, up_to)
        await remove(connection, found)
    return len(found) < BATCH
