"""Messages within conversations."""

from typing import Any

from handlers.context import Actor, Context
from handlers.error_codes import ErrorCode
from handlers.groups import tell
from handlers.idempotency import idempotency_key
from handlers.messages import check_conversation, named_in, send_message, tell_update
from handlers.operation import Answer, operation
from handlers.rate_limits import Bucket
from handlers.schemas.fields import Nothing
from handlers.schemas.messages import InMessage, ListMessages, SendMessage, UpdateMessage
from handlers.schemas.outputs import UnreadCount
from handlers.text.entities import hashtags
from handlers.text.limits import words
from storage import notifications
from storage.events.types import MessageDeleted
from storage.messaging import message_changes, messages, requests
from storage.records import Message, Page
from storage.scopes import Scope


@operation(
    "message.list",
    scope=Scope.MESSAGES_READ,
    request_schema=ListMessages,
    response=[Message],
    errors=(ErrorCode.NOT_FOUND,),
    is_command=True,
)
async def newest(
    context: Context, actor: Actor, conversation_id: int, limit: int, cursor: str | None
) -> Page[Message]:
    """List the messages of a conversation, the newest first."""
    return await messages.newest(context.db, actor.user_id, conversation_id, limit, cursor)


@operation(
    "message.send",
    scope=Scope.MESSAGES_WRITE,
    request_schema=SendMessage,
    response=Message,
    bucket=Bucket.MESSAGE,
    errors=(ErrorCode.BLOCKED, ErrorCode.NOT_FOUND, ErrorCode.REQUEST_LIMIT),
    is_command=True,
)
async def send(
    context: Context,
    actor: Actor,
    conversation_id: int,
    content: str,
    media_ids: list[int] | None,
    reply_to_id: int | None,
    client_id: str | None,
) -> Message | Answer:
    """Send a message. A retry with the same client_id answers the first result.

    The message request that it answers is accepted.
    """
    body: dict[str, Any] = {"conversation_id": conversation_id, "content": content}
    body |= {"media_ids": media_ids} if media_ids else {}
    body |= {"reply_to_id": reply_to_id} if reply_to_id else {}
    key = idempotency_key(actor.user_id, "message", client_id, body)
    given = (actor.user_id, conversation_id, words(content), key, media_ids or (), reply_to_id)
    try:
        sent = await send_message(context, *given)
    except messages.AnswersRequest:
        tell(context, actor, await requests.accept(context.db, actor.user_id, conversation_id))
        sent = await send_message(context, *given)
    return sent.message if sent.user_ids else Answer(sent.message, 200)


@operation(
    "message.unread_count", scope=Scope.MESSAGES_READ, request_schema=Nothing, response=UnreadCount
)
async def unread_count(context: Context, actor: Actor) -> UnreadCount:
    """Count the unread messages over all my conversations."""
    unread = await notifications.unread(context.db, actor.user_id)
    return UnreadCount(unread.messages)


@operation(
    "message.update",
    scope=Scope.MESSAGES_WRITE,
    request_schema=UpdateMessage,
    response=Message,
    bucket=Bucket.MESSAGE,
    errors=(ErrorCode.BLOCKED, ErrorCode.NOT_AUTHOR, ErrorCode.NOT_FOUND),
    is_command=True,
)
async def edit(
    context: Context,
    actor: Actor,
    id: int,
    content: str | None = None,
    media_ids: list[int] | None = None,
    conversation_id: int | None = None,
) -> Message:
    """Change my message; what is left out stays as it is."""
    said = None if content is None else words(content)
    await check_conversation(context, actor, id, conversation_id)
    names = None if said is None else named_in(said)
    tags = hashtags(said) if said and names else ()
    changed = await message_changes.edit(
        context.db, actor.user_id, id, said, media_ids, names, tags
    )
    tell_update(context, actor, changed)
    context.notifier.notifications_withdrawn(changed.withdrawn)
    context.notifier.notifications_created(changed.notified)
    await context.media.discard(changed.images)
    return changed.message


@operation(
    "message.delete",
    scope=Scope.MESSAGES_WRITE,
    request_schema=InMessage,
    bucket=Bucket.MESSAGE,
    errors=(ErrorCode.NOT_AUTHOR, ErrorCode.NOT_FOUND),
    is_command=True,
)
async def delete(
    context: Context, actor: Actor, id: int, conversation_id: int | None = None
) -> None:
    """Take my message back: its place stays, its content goes."""
    await check_conversation(context, actor, id, conversation_id)
    changed = await message_changes.delete(context.db, actor.user_id, id)
    event = MessageDeleted(changed.message.conversation_id, id)
    context.notifier.appended(event, actor.user_id, changed.logged)
    context.notifier.notifications_withdrawn(changed.withdrawn)
    await context.media.discard(changed.images)
