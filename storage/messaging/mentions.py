"""Mentions in messages of groups: whoever is in the group and named is notified.

Who it is goes by the notifications themselves. Blocks, and whom and which words one mutes, keep
them away as those of posts (storage/notifications.py, storage/social/muted_words.py).
"""

from collections.abc import Awaitable, Callable, Sequence

import asyncpg

from storage import notifications, withdrawn_notifications
from storage.database.notification_columns import UNREAD
from storage.database.query import Scalar
from storage.events import log
from storage.notifications import NotificationDraft, Notified
from storage.records import Message
from storage.social import muted_words
from storage.withdrawn_notifications import Withdrawn

KIND = "message_mention"

# Those of group $1 with these names (lower case) who see message $3.
NAMED = Scalar(
    """
    SELECT v.user_id FROM participants v JOIN users u ON u.id = v.user_id
      JOIN conversations c ON c.id = v.conversation_id
     WHERE v.conversation_id = $1 AND c.kind = 'group' AND v.left_at IS NULL
       AND v.visible_after < $3 AND lower(u.username) = ANY($2::text[]) AND u.deleted_at IS NULL""",
    int,
)


async def add(
    connection: asyncpg.Connection, message: Message, names: Sequence[str], tags: Sequence[str]
) -> list[Notified]:
    """Notify those whom a message names, once each; the counters of all in it are locked.

    tags are its hashtags in their one spelling. Who has muted words of it hears nothing.
    """
    if not names:
        return []
    named = set(await NAMED.all(connection, message.conversation_id, names, message.id))
    if named:
        named -= await muted_words.hiding(connection, named, [message.content], tags)
    return await notifications.add(
        connection,
        [
            NotificationDraft(user_id, KIND, message.sender.id, None, message.id)
            for user_id in sorted(named)
        ],
    )


def adding(
    names: Sequence[str], tags: Sequence[str], notified: list[Notified]
) -> Callable[[asyncpg.Connection, Message], Awaitable[None]]:
    """Return what does so within the transaction of a new message, and tells the list of it."""

    async def with_message(connection: asyncpg.Connection, message: Message) -> None:
        notified.extend(await add(connection, message, names, tags))

    return with_message


NOTIFIED = Scalar("SELECT user_id FROM notifications WHERE message_id = $1", int)


async def lock_notified(connection: asyncpg.Connection, message_id: int, told: Scalar[int]) -> None:
    """Lock the counters of whom a message has notified, with those whom `told` selects.

    Before those are locked alone, in one order; nothing where all who are notified are among them.
    """
    if notified := set(await NOTIFIED.all(connection, message_id)):
        place = await CONVERSATION_OF.one(connection, message_id)
        others = set(await told.all(connection, place))
        if not notified <= others:
            await log.lock(connection, notified | others)


CONVERSATION_OF = Scalar("SELECT conversation_id FROM messages WHERE id = $1", int)
UNREAD_OF_MESSAGE = Scalar(
    f"""
    SELECT n.id FROM notifications n JOIN users u ON u.id = n.user_id
     WHERE n.message_id = $1 AND lower(u.username) <> ALL($2::text[]) AND {UNREAD}""",
    int,
)
ALL_OF_MESSAGE = Scalar("SELECT id FROM notifications WHERE message_id = $1", int)


async def withdraw_unnamed(
    connection: asyncpg.Connection, message_id: int, names: Sequence[str]
) -> list[Withdrawn]:
    """Remove what those have not read whom a message names no longer."""
    found = await UNREAD_OF_MESSAGE.all(connection, message_id, names)
    return await withdrawn_notifications.remove(connection, found)


async def withdraw_all(connection: asyncpg.Connection, message_id: int) -> list[Withdrawn]:
    """Remove all notifications of a message that is taken back, read or not."""
    found = await ALL_OF_MESSAGE.all(connection, message_id)
    return await withdrawn_notifications.remove(connection, found)
