"""Messages that are pinned in their conversation."""

from handlers.context import Actor, Context
from handlers.error_codes import ErrorCode
from handlers.messages import check_conversation
from handlers.operation import operation
from handlers.rate_limits import Bucket
from handlers.schemas.messages import InMessage, ListMessages
from storage.messaging import pins
from storage.records import Message, Page, Pin
from storage.scopes import Scope

REFUSALS = (
    ErrorCode.BLOCKED,
    ErrorCode.NOT_ACCEPTED,
    ErrorCode.NOT_FOUND,
    ErrorCode.ROLE_REQUIRED,
)


@operation(
    "message.pin",
    scope=Scope.MESSAGES_WRITE,
    request_schema=InMessage,
    response=Message,
    bucket=Bucket.WRITE,
    errors=(*REFUSALS, ErrorCode.PIN_LIMIT),
    is_command=True,
)
async def pin(
    context: Context, actor: Actor, id: int, conversation_id: int | None = None
) -> Message:
    """Pin a message, where all in the conversation find it."""
    await check_conversation(context, actor, id, conversation_id)
    return _tell(context, await pins.pin(context.db, actor.user_id, id))


@operation(
    "message.unpin",
    scope=Scope.MESSAGES_WRITE,
    request_schema=InMessage,
    response=Message,
    bucket=Bucket.WRITE,
    errors=REFUSALS,
    is_command=True,
)
async def unpin(
    context: Context, actor: Actor, id: int, conversation_id: int | None = None
) -> Message:
    """Have a message pinned no longer."""
    await check_conversation(context, actor, id, conversation_id)
    return _tell(context, await pins.unpin(context.db, actor.user_id, id))


def _tell(context: Context, changed: pins.PinChange) -> Message:
    context.notifier.appended(changed.event, changed.message.sender.id, changed.logged)
    return changed.message


@operation(
    "pin.list",
    scope=Scope.MESSAGES_READ,
    request_schema=ListMessages,
    response=[Pin],
    errors=(ErrorCode.NOT_FOUND,),
    is_command=True,
)
async def latest(
    context: Context, actor: Actor, conversation_id: int, limit: int, cursor: str | None
) -> Page[Pin]:
    """List what is pinned in a conversation, the last pinned first."""
    return await pins.latest(context.db, actor.user_id, conversation_id, limit, cursor)
