"""Messages within conversations."""

from handlers.context import Actor, Context
from handlers.error_codes import ErrorCode
from handlers.idempotency import idempotency_key
from handlers.operation import Answer, operation
from handlers.rate_limits import Bucket
from handlers.schemas.fields import Nothing
from handlers.schemas.messages import InMessage, ListMessages, SendMessage, UpdateMessage
from handlers.schemas.outputs import UnreadCount
from storage import notifications
from storage.errors import NotFound
from storage.events.types import MessageCreated, MessageDeleted, MessageUpdated
from storage.messaging import messages
from storage.records import Message, Page


@operation(
    "message.list",
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
    request_schema=SendMessage,
    response=Message,
    bucket=Bucket.MESSAGE,
    errors=(ErrorCode.BLOCKED, ErrorCode.NOT_FOUND),
    is_command=True,
)
async def send(
    context: Context, actor: Actor, conversation_id: int, content: str, client_id: str | None
) -> Message | Answer:
    """Send a message. A retry with the same client_id answers the first result."""
    body = {"conversation_id": conversation_id, "content": content}
    sent = await messages.send(
        context.db,
        actor.user_id,
        conversation_id,
        content,
        client_id,
        idempotency_key(actor.user_id, "message", client_id, body),
    )
    if not sent.deliveries:
        return Answer(sent.message, 200)
    context.notifier.to_users(
        MessageCreated(sent.message),
        actor.user_id,
        [(delivery.user_id, delivery.seq) for delivery in sent.deliveries],
        sent.message.created_at,
    )
    return sent.message


@operation("message.unread_count", request_schema=Nothing, response=UnreadCount)
async def unread_count(context: Context, actor: Actor) -> UnreadCount:
    """Count the unread messages over all my conversations."""
    unread = await notifications.unread(context.db, actor.user_id)
    return UnreadCount(unread.messages)


@operation(
    "message.update",
    request_schema=UpdateMessage,
    response=Message,
    bucket=Bucket.MESSAGE,
    errors=(ErrorCode.BLOCKED, ErrorCode.NOT_AUTHOR, ErrorCode.NOT_FOUND),
    is_command=True,
)
async def edit(
    context: Context, actor: Actor, id: int, content: str, conversation_id: int | None = None
) -> Message:
    """Replace the content of my message."""
    await _check_conversation(context, actor, id, conversation_id)
    changed = await messages.edit(context.db, actor.user_id, id, content)
    _notify(context, actor, MessageUpdated(changed.message), changed)
    return changed.message


@operation(
    "message.delete",
    request_schema=InMessage,
    bucket=Bucket.MESSAGE,
    errors=(ErrorCode.NOT_AUTHOR, ErrorCode.NOT_FOUND),
    is_command=True,
)
async def delete(
    context: Context, actor: Actor, id: int, conversation_id: int | None = None
) -> None:
    """Take my message back: its place stays, its content goes."""
    await _check_conversation(context, actor, id, conversation_id)
    changed = await messages.delete(context.db, actor.user_id, id)
    _notify(context, actor, MessageDeleted(changed.message.conversation_id, id), changed)


async def _check_conversation(
    context: Context, actor: Actor, message_id: int, conversation_id: int | None
) -> None:
    """Raise NotFound unless the message is in the conversation, where the path names one."""
    if conversation_id is None:
        return
    message = await messages.get(context.db, actor.user_id, message_id)
    if message.conversation_id != conversation_id:
        raise NotFound("message")


def _notify(
    context: Context,
    actor: Actor,
    event: MessageUpdated | MessageDeleted,
    changed: messages.MessageChange,
) -> None:
    for logged in changed.logged:
        context.notifier.to_user(event, actor.user_id, logged.user_id, logged.seq, logged.at)
