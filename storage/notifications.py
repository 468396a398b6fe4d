"""Notifications: one for each cause, however often it is done and undone."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from storage.database.columns import NOTIFICATION, Columns
from storage.database.paging import after, page_by_id
from storage.database.pool import Database
from storage.database.query import Executor, Query, Scalar
from storage.errors import NotFound
from storage.events import log
from storage.events.types import NotificationCreated, NotificationRead
from storage.records import Notification, Page


@dataclass(frozen=True, slots=True)
class NotificationDraft:
    """A notification to add: who did what, and the post that it was done to."""

    user_id: int
    kind: str
    actor_id: int
    post_id: int | None


@dataclass(frozen=True, slots=True)
class Notified:
    """A notification that a write has made, and its event in the user's log."""

    notification: Notification
    logged: log.AppendedEvent


@dataclass(frozen=True, slots=True)
class _AddedNotification:
    user_id: int
    notification: Notification


ADDED_NOTIFICATION = Columns(
    _AddedNotification, {"user_id": "n.user_id", "notification": NOTIFICATION}
)
ADD_NOTIFICATIONS = Query(
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
    SELECT {ADDED_NOTIFICATION}
      FROM n JOIN users a ON a.id = n.actor_id ORDER BY n.id""",
    ADDED_NOTIFICATION,
)


async def add(
    connection: asyncpg.Connection, drafts: Sequence[NotificationDraft]
) -> list[Notified]:
    """Store and log those that are wanted and not there yet; the users' counters are locked."""
    if not drafts:
        return []
    added = await ADD_NOTIFICATIONS.all(
        connection,
        [draft.user_id for draft in drafts],
        [draft.kind for draft in drafts],
        [draft.actor_id for draft in drafts],
        [draft.post_id for draft in drafts],
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
            for row in added
        ],
    )
    return [Notified(row.notification, event) for row, event in zip(added, logged, strict=True)]


NEWEST_NOTIFICATIONS = Query(
    f"""
    SELECT {NOTIFICATION} FROM notifications n JOIN users a ON a.id = n.actor_id
     WHERE n.user_id = $1 AND n.id < $2 AND (n.read_at IS NULL OR NOT $3)
     ORDER BY n.id DESC LIMIT $4""",
    NOTIFICATION,
)


async def newest(
    db: Database, user_id: int, limit: int, cursor: str | None, *, unread: bool
) -> Page[Notification]:
    """Return a user's notifications (unread: only those), the newest first."""
    rows = await NEWEST_NOTIFICATIONS.all(db, user_id, after(cursor), unread, limit + 1)
    return page_by_id(rows, limit)


NOTIFICATIONS_BY_ID = Query(
    f"""
    SELECT {NOTIFICATION} FROM notifications n JOIN users a ON a.id = n.actor_id
     WHERE n.user_id = $1 AND n.id = ANY($2::bigint[])""",
    NOTIFICATION,
)


async def get_many(db: Executor, user_id: int, ids: Sequence[int]) -> list[Notification]:
    """Return those of these that are the user's, in no order."""
    return await NOTIFICATIONS_BY_ID.all(db, user_id, ids)


@dataclass(frozen=True, slots=True)
class Unread:
    """How many notifications and messages a user has not read."""

    notifications: int
    messages: int


UNREAD_COUNTS = Query(
    """
    SELECT unread_notifications AS notifications, unread_messages AS messages
      FROM user_seq WHERE user_id = $1""",
    Unread,
)


async def unread(db: Executor, user_id: int) -> Unread:
    """Return a user's unread counts."""
    return await UNREAD_COUNTS.one(db, user_id)


@dataclass(frozen=True, slots=True)
class ReadNotifications:
    """Which notifications were marked as read (None: all there were), and the event of it."""

    ids: list[int] | None
    logged: log.AppendedEvent


MARK_NOTIFICATIONS_READ = Scalar(
    """
    UPDATE notifications SET read_at = now()
     WHERE user_id = $1 AND read_at IS NULL AND ($2::bigint[] IS NULL OR id = ANY($2))
    RETURNING id""",
    int,
)

COUNT_OWN_NOTIFICATIONS = Scalar(
    "SELECT count(*) FROM notifications WHERE user_id = $1 AND id = ANY($2::bigint[])", int
)


async def mark_read(
    db: Database, user_id: int, ids: Sequence[int] | None
) -> ReadNotifications | None:
    """Mark these (None: all) as read; None when they all were. NotFound for one not the user's."""
    async with db.transaction() as connection:
        await log.lock(connection, [user_id])
        if ids is not None:
            own = await COUNT_OWN_NOTIFICATIONS.one(connection, user_id, ids)
            if own < len(set(ids)):
                raise NotFound("notification")
        marked = await MARK_NOTIFICATIONS_READ.all(connection, user_id, ids)
        if not marked:
            return None
        named = None if ids is None else sorted(marked)
        draft = log.EventDraft(
            user_id=user_id,
            event=NotificationRead,
            actor_id=user_id,
            data={"ids": named},
            unread_notifications=-len(marked),
        )
        (logged,) = await log.append(connection, [draft])
        return ReadNotifications(named, logged)
