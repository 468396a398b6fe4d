"""Conversations: opened, listed, changed, read."""

from collections.abc import Mapping, Sequence

from handlers.context import Actor, Context
from handlers.error_codes import ErrorCode
from handlers.errors import OperationError
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
from storage.events.types import (
    ConversationCreated,
    ConversationRead,
    ConversationReadByMe,
    ConversationUpdated,
)
from storage.messaging import conversations, groups, read_receipts
from storage.messaging.conversations import ParticipantView
from storage.records import Conversation, Page


@operation(
    "conversation.create",
    request_schema=CreateConversation,
    response=Conversation,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.SELF_TARGET, ErrorCode.BLOCKED, ErrorCode.NOT_FOUND),
    is_command=True,
)
async def create(
    context: Context, actor: Actor, participants: list[int], title: str | None
) -> Conversation | Answer:
    """Open a conversation; the one with the same single user is made once."""
    others = [user_id for user_id in dict.fromkeys(participants) if user_id != actor.user_id]
    if not others:
        raise OperationError(ErrorCode.SELF_TARGET, "A conversation takes somebody else.")
    opened = await conversations.create(context.db, actor.user_id, others, title)
    _notify(context, actor, ConversationCreated, opened.views)
    conversation = await conversations.get(context.db, actor.user_id, opened.conversation_id)
    return conversation if opened.views else Answer(conversation, 200)


@operation("conversation.list", request_schema=Paged, response=[Conversation], is_command=True)
async def latest(
    context: Context, actor: Actor, limit: int, cursor: str | None
) -> Page[Conversation]:
    """List my conversations, latest activity first."""
    return await conversations.latest(context.db, actor.user_id, limit, cursor)


@operation(
    "conversation.get",
    request_schema=InConversation,
    response=Conversation,
    errors=(ErrorCode.NOT_FOUND,),
)
async def get(context: Context, actor: Actor, conversation_id: int) -> Conversation:
    """Get a conversation that I am in."""
    return await conversations.get(context.db, actor.user_id, conversation_id)


@operation(
    "conversation.update",
    request_schema=UpdateConversation,
    response=Conversation,
    bucket=Bucket.WRITE,
    errors=(
        ErrorCode.BLOCKED,
        ErrorCode.NOT_A_GROUP,
        ErrorCode.NOT_FOUND,
        ErrorCode.CONVERSATION_FULL,
    ),
)
async def update(
    context: Context,
    actor: Actor,
    conversation_id: int,
    title: str | None = None,
    add: Sequence[int] = (),
    leave: bool = False,
) -> Conversation:
    """Give a group another title, add people to it, or leave it."""
    change = groups.GroupUpdate(title, add, leave)
    changed = await groups.update(context.db, actor.user_id, conversation_id, change)
    _notify(context, actor, ConversationUpdated, changed.updated)
    _notify(context, actor, ConversationCreated, changed.created)
    return changed.conversation


def _notify(
    context: Context,
    actor: Actor,
    event: type[ConversationCreated] | type[ConversationUpdated],
    seats: Mapping[int, ParticipantView],
) -> None:
    """Notify participants of a change, each with their own view of the conversation."""
    for user_id, seat in seats.items():
        context.notifier.to_user(
            event(seat.conversation), actor.user_id, user_id, seat.logged.seq, seat.logged.at
        )


@operation(
    "conversation.read",
    request_schema=ReadConversation,
    response=UnreadCount,
    bucket=Bucket.MESSAGE,
    errors=(ErrorCode.NOT_FOUND,),
    is_command=True,
)
async def read(context: Context, actor: Actor, conversation_id: int, up_to: int) -> UnreadCount:
    """Mark a conversation as read up to a message; answers how many are left in it."""
    done = await read_receipts.mark_read(context.db, actor.user_id, conversation_id, up_to)
    others = ConversationRead(conversation_id, actor.user_id, up_to)
    mine = ConversationReadByMe(conversation_id, actor.user_id, up_to, done.unread_count)
    for logged in done.logged:
        event = mine if logged.user_id == actor.user_id else others
        context.notifier.to_user(event, actor.user_id, logged.user_id, logged.seq, logged.at)
    return UnreadCount(done.unread_count)
