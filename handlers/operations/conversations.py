"""Conversations: opened, listed, changed, read."""

from collections.abc import Sequence

from handlers.context import Actor, Context
from handlers.error_codes import ErrorCode
from handlers.errors import OperationError
from handlers.groups import tell
from handlers.messages import tell_of_reading
from handlers.operation import Answer, operation
from handlers.rate_limits import Bucket
from handlers.schemas.messages import (
    CreateConversation,
    InConversation,
    ReadConversation,
    UpdateConversation,
)
from handlers.schemas.outputs import UnreadCount
from handlers.schemas.paging import Paged
from storage.messaging import conversations, groups, opening, read_receipts
from storage.messaging.group_roles import WhoMay
from storage.records import Conversation, Page
from storage.scopes import Scope


@operation(
    "conversation.create",
    scope=Scope.MESSAGES_WRITE,
    request_schema=CreateConversation,
    response=Conversation,
    bucket=Bucket.WRITE,
    errors=(
        ErrorCode.SELF_TARGET,
        ErrorCode.BLOCKED,
        ErrorCode.NOT_ACCEPTED,
        ErrorCode.NOT_FOUND,
        ErrorCode.REQUEST_LIMIT,
    ),
    is_command=True,
)
async def create(
    context: Context, actor: Actor, participants: list[int], title: str | None
) -> Conversation | Answer:
    """Open a conversation; the one with the same single user is made once.

    Where they have asked me, I accept their request.
    """
    others = [user_id for user_id in dict.fromkeys(participants) if user_id != actor.user_id]
    if not others:
        raise OperationError(ErrorCode.SELF_TARGET, "A conversation takes somebody else.")
    opened = await opening.create(context.db, actor.user_id, others, title)
    tell(context, actor, opened.told)
    conversation = await conversations.get(context.db, actor.user_id, opened.conversation_id)
    return conversation if opened.is_new else Answer(conversation, 200)


@operation(
    "conversation.list",
    scope=Scope.MESSAGES_READ,
    request_schema=Paged,
    response=[Conversation],
    is_command=True,
)
async def latest(
    context: Context, actor: Actor, limit: int, cursor: str | None
) -> Page[Conversation]:
    """List my conversations but for requests, latest activity first."""
    return await conversations.latest(context.db, actor.user_id, limit, cursor)


@operation(
    "conversation.get",
    scope=Scope.MESSAGES_READ,
    request_schema=InConversation,
    response=Conversation,
    errors=(ErrorCode.NOT_FOUND,),
)
async def get(context: Context, actor: Actor, conversation_id: int) -> Conversation:
    """Get a conversation that I am in."""
    return await conversations.get(context.db, actor.user_id, conversation_id)


@operation(
    "conversation.update",
    scope=Scope.MESSAGES_WRITE,
    request_schema=UpdateConversation,
    response=Conversation,
    bucket=Bucket.WRITE,
    errors=(
        ErrorCode.BLOCKED,
        ErrorCode.BANNED,
        ErrorCode.NOT_A_GROUP,
        ErrorCode.ROLE_REQUIRED,
        ErrorCode.NOT_FOUND,
        ErrorCode.CONVERSATION_FULL,
    ),
    is_command=True,
)
async def update(
    context: Context,
    actor: Actor,
    conversation_id: int,
    title: str | None = None,
    add: Sequence[int] = (),
    leave: bool = False,
    who_may_add: WhoMay | None = None,
    who_may_rename: WhoMay | None = None,
    who_may_pin: WhoMay | None = None,
) -> Conversation:
    """Give a group another title or who may do what in it, add people to it, or leave it."""
    change = groups.GroupUpdate(title, add, leave, who_may_add, who_may_rename, who_may_pin)
    changed = await groups.update(context.db, actor.user_id, conversation_id, change)
    tell(context, actor, changed.told)
    return changed.conversation


@operation(
    "conversation.read",
    scope=Scope.MESSAGES_WRITE,
    request_schema=ReadConversation,
    response=UnreadCount,
    bucket=Bucket.MESSAGE,
    errors=(ErrorCode.NOT_FOUND,),
    is_command=True,
)
async def read(context: Context, actor: Actor, conversation_id: int, up_to: int) -> UnreadCount:
    """Mark a conversation as read up to a message; answers how many are left in it."""
    done = await read_receipts.mark_read(context.db, actor.user_id, conversation_id, up_to)
    tell_of_reading(context, actor.user_id, done)
    return UnreadCount(done.unread_count)
