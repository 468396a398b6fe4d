"""What the operations on messages have in common."""

from collections.abc import Sequence
from dataclasses import replace

from handlers.context import Actor, Context
from handlers.text.entities import hashtags, mentioned_usernames
from storage import idempotency
from storage.errors import NotFound
from storage.events.types import (
    ConversationRead,
    ConversationReadByMe,
    MessageCreated,
    MessageRequestReceived,
    MessageUpdated,
)
from storage.messaging import mentions, messages
from storage.messaging.message_changes import MessageChange
from storage.messaging.read_receipts import ReadReceipt
from storage.notifications import Notified


async def send_message(
    context: Context,
    sender_id: int,
    conversation_id: int,
    content: str,
    key: idempotency.Key | None = None,
    media_ids: Sequence[int] = (),
    reply_to_id: int | None = None,
) -> messages.SentMessage:
    """Store a message and what notifies whom it names, and tell all whom it concerns.

    Raises what storage.messaging.messages.send does.
    """
    notified: list[Notified] = []
    names = named_in(content)
    sent = await messages.send(
        context.db,
        sender_id,
        conversation_id,
        content,
        key.key if key else None,
        key,
        media_ids,
        reply_to_id,
        mentions.adding(names, hashtags(content), notified) if names else None,
    )
    if not sent.user_ids:  # it was sent before
        return sent
    at = sent.message.created_at
    numbers = dict(zip(sent.user_ids, sent.numbers, strict=True))
    if sent.asked_ids:
        asked = [(user_id, numbers.pop(user_id)) for user_id in sent.asked_ids]
        context.notifier.to_users(MessageRequestReceived(sent.message), sender_id, asked, at)
    if sent.kept_ids:
        kept = [(user_id, numbers.pop(user_id)) for user_id in sent.kept_ids]
        alone = MessageCreated(replace(sent.message, reply_to=None))
        context.notifier.to_users(alone, sender_id, kept, at)
    context.notifier.to_users(MessageCreated(sent.message), sender_id, numbers.items(), at)
    context.notifier.notifications_created(notified)
    return sent


def tell_of_reading(context: Context, user_id: int, receipt: ReadReceipt) -> None:
    """Tell the reader's own sockets what is left, and the others how far it is read."""
    mine = ConversationReadByMe(
        receipt.conversation_id, user_id, receipt.up_to, receipt.unread_count
    )
    others = ConversationRead(receipt.conversation_id, user_id, receipt.up_to)
    by_me = [one for one in receipt.logged if one.user_id == user_id]
    by_others = [one for one in receipt.logged if one.user_id != user_id]
    context.notifier.appended(mine, user_id, by_me)
    context.notifier.appended(others, user_id, by_others)


def named_in(content: str) -> list[str]:
    """Return whom a message mentions; most have no sign of it, and are not looked through."""
    return mentioned_usernames(content) if "@" in content or "＠" in content else []


def tell_update(context: Context, actor: Actor, changed: MessageChange) -> None:
    """Notify participants of a message as it is now, and of what it answers if they may see it."""
    whole = MessageUpdated(changed.for_all)
    alone = MessageUpdated(replace(changed.for_all, reply_to=None))
    kept = [one for one in changed.logged if one.user_id in changed.kept_ids]
    others = [one for one in changed.logged if one.user_id not in changed.kept_ids]
    context.notifier.appended(alone, actor.user_id, kept)
    context.notifier.appended(whole, actor.user_id, others)


async def check_conversation(
    context: Context, actor: Actor, message_id: int, conversation_id: int | None
) -> None:
    """Raise NotFound unless the message is in the conversation, where the path names one."""
    if conversation_id is None:
        return
    message = await messages.get(context.db, actor.user_id, message_id)
    if message.conversation_id != conversation_id:
        raise NotFound("message")
