"""Notifications: one for each cause, and none that is unread once its cause is undone.

How they go: storage/withdrawn_notifications.py. All at once are marked as read by the id up to
which they are (the *read mark*, user_seq.notifications_read_up_to).
"""

from collections.abc import Sequence

import asyncpg

from storage import jobs
from storage.database.columns import Columns
from storage.database.notification_columns import NOTIFICATION, UNREAD, read_up_to
from storage.database.paging import after, page_by_id
from storage.database.pool import Database
from storage.database.query import Command, Executor, Query, Scalar
from storage.database.visibility import NOBODY, may_interact, not_blocked, not_muted
from storage.errors import NotFound
from storage.events import log
from storage.events.types import NotificationCreated, NotificationRead
from storage.record import record
from storage.records import Notification, Page


@record
class NotificationDraft:
    """A notification to add: who did what, and the post or the message that it was done to."""

    user_id: int
    kind: str
    actor_id: int
    post_id: int | None
    message_id: int | None = None


@record
class Notified:
    """A notification that a write has made, and its event in the user's log."""

    notification: Notification
    logged: log.AppendedEvent


@record
class _AddedNotification:
    user_id: int
    notification: Notification


ADDED_NOTIFICATION = Columns(
    _AddedNotification, {"user_id": "n.user_id", "notification": NOTIFICATION}
)
# The actors by their array, too: a join with the rows alone reads all users up to the last actor.
ADD_NOTIFICATIONS = Query(
    f"""
    WITH n AS (
        INSERT INTO notifications (user_id, kind, actor_id, post_id, message_id)
        SELECT g.user_id, g.kind, g.actor_id, g.post_id, g.message_id
          FROM unnest((SELECT $1::bigint[]), (SELECT $2::text[]), (SELECT $3::bigint[]),
                      (SELECT $4::bigint[]), (SELECT $5::bigint[]))
            AS g (user_id, kind, actor_id, post_id, message_id)
         WHERE (g.user_id <> g.actor_id OR g.kind = 'poll')
           AND {may_interact("g.user_id", "g.actor_id")}
           AND {not_muted("g.user_id", "g.actor_id")}
        ON CONFLICT ON CONSTRAINT notifications_once DO NOTHING
        RETURNING *)
    SELECT {ADDED_NOTIFICATION}
      FROM n JOIN users a ON a.id = n.actor_id AND a.id = ANY((SELECT $3::bigint[])::bigint[])
     ORDER BY n.id""",
    ADDED_NOTIFICATION,
)


async def add(
    connection: asyncpg.Connection, drafts: Sequence[NotificationDraft]
) -> list[Notified]:
    """Store and log those that are wanted and not there yet; the users' counters are locked."""
    return (await add_and_log(connection, drafts, []))[0] if drafts else []


async def add_and_log(
    connection: asyncpg.Connection,
    drafts: Sequence[NotificationDraft],
    entries: Sequence[log.EventDraft],
) -> tuple[list[Notified], list[log.AppendedEvent]]:
    """Do so, and append these to the logs of users whose counters are locked, in one go."""
    added = await ADD_NOTIFICATIONS.all(
        connection,
        [draft.user_id for draft in drafts],
        [draft.kind for draft in drafts],
        [draft.actor_id for draft in drafts],
        [draft.post_id for draft in drafts],
        [draft.message_id for draft in drafts],
    )
    logged = await log.append(connection, [*map(_created, added), *entries])
    notified = [
        Notified(row.notification, event) for row, event in zip(added, logged, strict=False)
    ]
    return notified, logged[len(added) :]


def _created(row: _AddedNotification) -> log.EventDraft:
    return log.EventDraft(
        user_id=row.user_id,
        event=NotificationCreated,
        actor_id=row.notification.actor.id,
        ref=row.notification.id,
        unread_notifications=1,
    )


# That a notification n by a user a is to be seen. Where it is not, a job is about to remove it: the
# account is deactivated, the post deleted, or the actor blocked.
LISTED = f"""a.deleted_at IS NULL AND {not_blocked("n.user_id", "n.actor_id")}
    AND (SELECT author_id FROM posts WHERE id = n.post_id) IS DISTINCT FROM {NOBODY}"""

NEWEST_NOTIFICATIONS = Query(
    f"""
    SELECT {NOTIFICATION} FROM notifications n JOIN users a ON a.id = n.actor_id
     WHERE n.user_id = $1 AND n.id < $2 AND (NOT $3 OR n.read_at IS NULL)
       AND n.id > CASE WHEN $3 THEN {read_up_to("$1")} ELSE 0 END AND {LISTED}
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
     WHERE n.user_id = $1 AND n.id = ANY($2::bigint[]) AND {LISTED}""",
    NOTIFICATION,
)


async def get_many(db: Executor, user_id: int, ids: Sequence[int]) -> list[Notification]:
    """Return those of these that are the user's, in no order."""
    return await NOTIFICATIONS_BY_ID.all(db, user_id, ids)


@record
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


@record
class ReadNotifications:
    """Which notifications were marked as read (None: all there were), and the event of it."""

    ids: list[int] | None
    logged: log.AppendedEvent


MARK_NOTIFICATIONS_READ = Scalar(
    f"""
    UPDATE notifications n SET read_at = now()
     WHERE user_id = $1 AND id = ANY($2::bigint[]) AND {UNREAD} RETURNING id""",
    int,
)

COUNT_OWN_NOTIFICATIONS = Scalar(
    "SELECT count(*) FROM notifications WHERE user_id = $1 AND id = ANY($2::bigint[])", int
)


async def mark_read(db: Database, user_id: int, ids: Sequence[int]) -> ReadNotifications | None:
    """Mark these as read; None when they all were. NotFound for one that is not the user's."""
    async with db.transaction() as connection:
        await log.lock(connection, [user_id])
        own = await COUNT_OWN_NOTIFICATIONS.one(connection, user_id, ids)
        if own < len(set(ids)):
            raise NotFound("notification")
        marked = sorted(await MARK_NOTIFICATIONS_READ.all(connection, user_id, ids))
        return await _log_read(connection, user_id, marked, len(marked)) if marked else None


@record
class _ToMark:
    """How many a user has not read, as counted, and the newest of them (None: none is there)."""

    unread: int
    newest: int | None


NOTIFICATIONS_TO_MARK = Query(
    """
    SELECT unread_notifications AS unread, (
           SELECT max(id) FROM notifications n
            WHERE n.user_id = s.user_id AND read_at IS NULL
              AND id > notifications_read_up_to) AS newest
      FROM user_seq s WHERE user_id = $1""",
    _ToMark,
)
SET_READ_MARK = Command("UPDATE user_seq SET notifications_read_up_to = $2 WHERE user_id = $1")


async def mark_all_read(db: Database, user_id: int) -> ReadNotifications | None:
    """Mark all there are as read; None when they were.

    However many they are, that is one row: ids are drawn under the lock of the user's counter, so
    what comes later has a higher one. Their own rows follow, those beyond the first batch by a job.
    """
    async with db.transaction() as connection:
        await log.lock(connection, [user_id])
        found = await NOTIFICATIONS_TO_MARK.one(connection, user_id)
        if not found.unread and found.newest is None:
            return None
        if found.newest is not None:
            await SET_READ_MARK.run(connection, user_id, found.newest)
            if await SETTLE_READ.maybe(connection, user_id, 0) is not None:
                await jobs.enqueue(
                    connection,
                    "notifications.settle_read",
                    {"user_id": user_id},
                    dedupe_key=f"notifications.settle_read:{user_id}",
                )
        return await _log_read(connection, user_id, None, found.unread)


async def _log_read(
    connection: asyncpg.Connection, user_id: int, ids: list[int] | None, fewer: int
) -> ReadNotifications:
    draft = log.EventDraft(
        user_id=user_id,
        event=NotificationRead,
        actor_id=user_id,
        data={"ids": ids},
        unread_notifications=-fewer,
    )
    (logged,) = await log.append(connection, [draft])
    return ReadNotifications(ids, logged)


SETTLED_AT_ONCE = 300  # rows below the read mark that one transaction sets: 20 ms
SETTLE_READ = Scalar(
    f"""
    WITH found AS MATERIALIZED (
        SELECT id FROM notifications
         WHERE user_id = $1 AND read_at IS NULL AND id > $2 AND id <= {read_up_to("$1")}
         ORDER BY id LIMIT {SETTLED_AT_ONCE}),
    settled AS (
        UPDATE notifications SET read_at = now() WHERE id = ANY(ARRAY(SELECT id FROM found)))
    SELECT id FROM found ORDER BY id OFFSET {SETTLED_AT_ONCE - 1}""",
    int,
)
# An instance of the release before counts what it marks or deletes by read_at alone.
RECOUNT_UNREAD = Command(f"""
    UPDATE user_seq SET unread_notifications = found.unread
      FROM (SELECT count(*) AS unread FROM notifications
             WHERE user_id = $1 AND read_at IS NULL AND id > {read_up_to("$1")}) found
     WHERE user_id = $1 AND unread_notifications <> found.unread""")


async def settle_read(db: Database, user_id: int, after: int) -> int | None:
    """Mark a batch of what is below the read mark and above this id.

    Return the id after which there may be more, None when that was all.
    """
    async with db.transaction() as connection:
        await log.lock(connection, [user_id])
        last = await SETTLE_READ.maybe(connection, user_id, after)
        if last is None:
            await RECOUNT_UNREAD.run(connection, user_id)
        return last
