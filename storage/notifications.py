"""Notifications: one a cause, however often it is done and undone."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from storage.database.columns import NOTIFICATION, row
from storage.database.paging import after, cut
from storage.database.pool import Database
from storage.database.query import Executor, Query
from storage.errors import NotFound
from storage.events import log
from storage.events.types import NotificationCreated, NotificationRead
from storage.records import Notification, Page


@dataclass(frozen=True, slots=True)
class New:
    user_id: int
    kind: str
    actor_id: int
    post_id: int | None


@dataclass(frozen=True, slots=True)
class Notified:
    """A notification that a write has made, and where it stands in the user's log."""

    notification: Notification
    logged: log.AppendedEvent


@dataclass(frozen=True, slots=True)
class Created:
    user_id: int
    notification: Notification


ADD = Query(
    f"""
    WITH n AS (
        INSERT INTO notifications (user_id, kind, actor_id, post_id)
        SELECT g.user_id, g.kind, g.actor_id, g.post_id
          FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[])
            AS g (user_id, kind, actor_id, post_id)
         WHERE g.user_id <> g.actor_id
           AND NOT EXISTS (SELECT FROM blocks b
                WHERE (b.blocker_id = g.user_id AND b.blocked_id = g.actor_id)
                   OR (b.blocker_id = g.actor_id AND b.blocked_id = g.user_id))
           AND NOT EXISTS (SELECT FROM mutes m
                WHERE m.muter_id = g.user_id AND m.muted_id = g.actor_id)
        ON CONFLICT ON CONSTRAINT notifications_once DO NOTHING
        RETURNING *)
    SELECT n.user_id, {row(NOTIFICATION)} AS notification
      FROM n JOIN users a ON a.id = n.actor_id ORDER BY n.id""",
    Created,
)


async def add(connection: asyncpg.Connection, new: Sequence[New]) -> list[Notified]:
    """Store and log those that are wanted and not there yet; the users' counters are locked."""
    if not new:
        return []
    created = await ADD.all(
        connection,
        [notice.user_id for notice in new],
        [notice.kind for notice in new],
        [notice.actor_id for notice in new],
        [notice.post_id for notice in new],
    )
    logged = await log.append(
        connection,
        [
            log.EventDraft(
                user_id=row.user_id,
                event=NotificationCreated,
                actor_id=row.notification.actor.id,
                ref=row.notification.id,
                unread_notifications=1,
            )
            for row in created
        ],
    )
    return [Notified(row.notification, at) for row, at in zip(created, logged, strict=True)]


LIST = Query(
    f"""
    SELECT {NOTIFICATION} FROM notifications n JOIN users a ON a.id = n.actor_id
     WHERE n.user_id = $1 AND n.id < $2 AND (n.read_at IS NULL OR NOT $3)
     ORDER BY n.id DESC LIMIT $4""",
    Notification,
)


async def newest(
    db: Database, user_id: int, limit: int, cursor: str | None, *, unread: bool
) -> Page[Notification]:
    rows = await LIST.all(db, user_id, after(cursor), unread, limit + 1)
    return cut(rows, limit, lambda row: row, lambda row: row.id)


SOME = Query(
    f"""
    SELECT {NOTIFICATION} FROM notifications n JOIN users a ON a.id = n.actor_id
     WHERE n.user_id = $1 AND n.id = ANY($2::bigint[])""",
    Notification,
)


async def some(db: Executor, user_id: int, ids: Sequence[int]) -> list[Notification]:
    """Those of these that are the user's, in no order."""
    return await SOME.all(db, user_id, ids)


@dataclass(frozen=True, slots=True)
class Unread:
    notifications: int
    messages: int


UNREAD = Query(
    """
    SELECT unread_notifications AS notifications, unread_messages AS messages
      FROM user_seq WHERE user_id = $1""",
    Unread,
)


async def unread(db: Executor, user_id: int) -> Unread:
    return await UNREAD.one(db, user_id)


@dataclass(frozen=True, slots=True)
class Read:
    """What a reading has changed: which ids (None: all there were), and how it was logged."""

    ids: list[int] | None
    logged: log.AppendedEvent


MARK = """
    UPDATE notifications SET read_at = now()
     WHERE user_id = $1 AND read_at IS NULL AND ($2::bigint[] IS NULL OR id = ANY($2))
    RETURNING id"""

OWNED = "SELECT count(*) FROM notifications WHERE user_id = $1 AND id = ANY($2::bigint[])"


async def mark_read(db: Database, user_id: int, ids: Sequence[int] | None) -> Read | None:
    """Mark these (None: all) as read; None when they all were. NotFound for one not the user's."""
    async with db.transaction() as connection:
        await log.lock(connection, [user_id])
        if ids is not None and await connection.fetchval(OWNED, user_id, ids) < len(set(ids)):
            raise NotFound("notification")
        marked = [row["id"] for row in await connection.fetch(MARK, user_id, ids)]
        if not marked:
            return None
        told = None if ids is None else sorted(marked)
        entry = log.EventDraft(
            user_id=user_id,
            event=NotificationRead,
            actor_id=user_id,
            data={"ids": told},
            unread_notifications=-len(marked),
        )
        (logged,) = await log.append(connection, [entry])
        return Read(told, logged)
