"""Tells the browsers of a user of an event, by Web Push."""

from collections.abc import Sequence

import orjson

from handlers.jobs.context import Gone, JobContext
from storage.accounts import push
from storage.accounts.push import Pushable
from storage.events import replay
from storage.events.declaration import DurableEvent
from storage.events.types import MessageCreated, NotificationCreated
from storage.messaging import read_receipts
from storage.records import Message, Notification

EXCERPT = 160  # characters of what was written; a push service takes 4,096 bytes in all


async def spread(context: JobContext, events: Sequence[Sequence[int]]) -> None:
    """Enqueue a delivery of each event, a user and a number, to each of the user's sessions."""
    await push.spread(context.db, [Pushable(user_id, seq) for user_id, seq in events])


async def deliver(context: JobContext, session_id: int, seq: int) -> None:
    """Push the event, unless it was read, is no longer to be seen, or the session is over."""
    subscription = await push.get(context.db, session_id)
    if subscription is None or context.pusher is None:
        return
    user_id = subscription.user_id
    found = await replay.read(context.db, user_id, seq - 1, 1)
    data = found[0].data if found and found[0].seq == seq else None
    if data is None or await _is_read(context, user_id, data):
        return
    told = _told(data)
    try:
        await context.pusher.push(subscription, orjson.dumps(told), topic=f"{told['tag']}")
    except Gone:
        await push.unsubscribe(context.db, session_id, subscription.endpoint)


async def _is_read(context: JobContext, user_id: int, event: DurableEvent) -> bool:
    match event:
        case NotificationCreated(notification):
            return notification.read or await _is_message_read(context, user_id, notification)
        case MessageCreated(message):
            return message.deleted or await read_receipts.has_read(
                context.db, user_id, message.conversation_id, message.id
            )
        case _:
            return True


async def _is_message_read(context: JobContext, user_id: int, of: Notification) -> bool:
    if of.message_id is None or of.conversation_id is None:
        return False
    return of.message is None or await read_receipts.has_read(
        context.db, user_id, of.conversation_id, of.message_id
    )


def _told(event: DurableEvent) -> dict[str, object]:
    """Say what the service worker is to show; `tag` names what a later one replaces."""
    match event:
        case MessageCreated(message):
            return _told_message(message)
        case NotificationCreated(notification):
            return _told_notification(notification)
        case _:
            raise TypeError(event)


def _told_message(message: Message) -> dict[str, object]:
    return {
        "kind": "message",
        "actor": message.sender.display_name,
        "text": _excerpt(message.content or "".join(one.alt for one in message.media[:1])),
        "path": f"/messages/{message.conversation_id}",
        "tag": f"message-{message.conversation_id}",
    }


def _told_notification(notification: Notification) -> dict[str, object]:
    actor, post, message = notification.actor, notification.post, notification.message
    if message is not None:
        # In place of what is pushed of the message itself, and that in its place.
        return {
            "kind": notification.kind,
            "actor": actor.display_name,
            "text": _excerpt(message.content),
            "path": f"/messages/{notification.conversation_id}",
            "tag": f"message-{notification.conversation_id}",
        }
    about = post.author.username if post else actor.username
    return {
        "kind": notification.kind,
        "actor": actor.display_name,
        "text": _excerpt(post.content) if post else "",
        "path": f"/@{about}/posts/{post.id}" if post else f"/@{about}",
        "tag": f"{notification.kind}-{post.id if post else actor.id}",
    }


def _excerpt(text: str) -> str:
    return text if len(text) <= EXCERPT else f"{text[: EXCERPT - 1]}…"
