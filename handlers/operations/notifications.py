"""One's own notifications."""

from handlers.context import Actor, Context
from handlers.error_codes import ErrorCode
from handlers.operation import operation
from handlers.rate_limits import Bucket
from handlers.schemas.fields import ById, Nothing
from handlers.schemas.notifications import ListNotifications, ReadNotifications
from handlers.schemas.outputs import UnreadCount
from storage import notifications
from storage.errors import NotFound
from storage.events.types import NotificationRead
from storage.records import Notification, Page
from storage.scopes import Scope


@operation(
    "notification.list",
    scope=Scope.NOTIFICATIONS_READ,
    request_schema=ListNotifications,
    response=[Notification],
    is_command=True,
)
async def newest(
    context: Context, actor: Actor, limit: int, cursor: str | None, unread: bool
) -> Page[Notification]:
    """List my notifications, the newest first; of messages only by a token for these, too."""
    return await notifications.newest(context.db, actor.user_id, limit, cursor, unread=unread)


@operation(
    "notification.unread_count",
    scope=Scope.NOTIFICATIONS_READ,
    request_schema=Nothing,
    response=UnreadCount,
)
async def unread_count(context: Context, actor: Actor) -> UnreadCount:
    """Count my unread notifications."""
    unread = await notifications.unread(context.db, actor.user_id)
    return UnreadCount(unread.notifications)


@operation(
    "notification.read",
    scope=Scope.NOTIFICATIONS_WRITE,
    request_schema=ReadNotifications,
    response=UnreadCount,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.NOT_FOUND,),
    is_command=True,
)
async def read(context: Context, actor: Actor, ids: list[int] | None) -> UnreadCount:
    """Mark notifications as read: these, or all."""
    if ids is None:
        done = await notifications.mark_all_read(context.db, actor.user_id)
    else:
        done = await notifications.mark_read(context.db, actor.user_id, ids)
    if done is None:
        unread = await notifications.unread(context.db, actor.user_id)
        return UnreadCount(unread.notifications)
    left = done.logged.unread_notifications
    context.notifier.appended(NotificationRead(done.ids, left), actor.user_id, [done.logged])
    return UnreadCount(left)


@operation(
    "notification.read_one",
    scope=Scope.NOTIFICATIONS_WRITE,
    request_schema=ById,
    response=Notification,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.NOT_FOUND,),
)
async def read_one(context: Context, actor: Actor, id: int) -> Notification:
    """Mark one notification as read; of a message only by a token for these, too."""
    if not actor.may(Scope.MESSAGES_READ):  # the answer quotes it
        found = await notifications.get_many(context.db, actor.user_id, [id])
        if any(one.message_id is not None for one in found):
            raise NotFound("notification")
    await read(context, actor, [id])
    if found := await notifications.get_many(context.db, actor.user_id, [id]):
        return found[0]
    raise NotFound("notification")
