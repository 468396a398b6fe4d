"""Message requests: conversations that wait until I accept them."""

from handlers.context import Actor, Context
from handlers.error_codes import ErrorCode
from handlers.groups import tell
from handlers.operation import operation
from handlers.rate_limits import Bucket
from handlers.schemas.fields import Nothing
from handlers.schemas.messages import InConversation
from handlers.schemas.outputs import UnreadCount
from handlers.schemas.paging import Paged
from storage.messaging import conversations, requests
from storage.records import Conversation, Page
from storage.scopes import Scope


@operation(
    "message_request.list",
    scope=Scope.MESSAGES_READ,
    request_schema=Paged,
    response=[Conversation],
    is_command=True,
)
async def latest(
    context: Context, actor: Actor, limit: int, cursor: str | None
) -> Page[Conversation]:
    """List the message requests that wait for my answer, latest activity first."""
    return await requests.latest(context.db, actor.user_id, limit, cursor)


@operation(
    "message_request.unread_count",
    scope=Scope.MESSAGES_READ,
    request_schema=Nothing,
    response=UnreadCount,
    is_command=True,
)
async def unread_count(context: Context, actor: Actor) -> UnreadCount:
    """Count the message requests that have something that I have not read."""
    return UnreadCount(await requests.unread(context.db, actor.user_id))


@operation(
    "message_request.accept",
    scope=Scope.MESSAGES_WRITE,
    request_schema=InConversation,
    response=Conversation,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.NOT_FOUND,),
    is_command=True,
)
async def accept(context: Context, actor: Actor, conversation_id: int) -> Conversation:
    """Have a message request among my conversations from now on."""
    tell(context, actor, await requests.accept(context.db, actor.user_id, conversation_id))
    return await conversations.get(context.db, actor.user_id, conversation_id)


@operation(
    "message_request.decline",
    scope=Scope.MESSAGES_WRITE,
    request_schema=InConversation,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.NOT_FOUND,),
    is_command=True,
)
async def decline(context: Context, actor: Actor, conversation_id: int) -> None:
    """Have a message request gone for me, and what else is written there; nobody is told."""
    tell(context, actor, await requests.decline(context.db, actor.user_id, conversation_id))
