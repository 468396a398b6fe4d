"""Invitations into a group, and requests to join one."""

from handlers.context import Actor, Context
from handlers.error_codes import ErrorCode
from handlers.groups import REFUSALS, tell
from handlers.operation import operation
from handlers.rate_limits import Bucket
from handlers.schemas.groups import InGroup, ListInGroup
from handlers.schemas.messages import InConversation
from handlers.schemas.paging import Paged
from storage.messaging import candidates, invitations
from storage.records import Conversation, Invitation, JoinRequest, Page
from storage.scopes import Scope


@operation(
    "invitation.list",
    scope=Scope.MESSAGES_READ,
    request_schema=Paged,
    response=[Invitation],
    is_command=True,
)
async def mine(context: Context, actor: Actor, limit: int, cursor: str | None) -> Page[Invitation]:
    """List the groups that I am invited to, the newest invitation first."""
    return await candidates.invitations_of_user(context.db, actor.user_id, limit, cursor)


@operation(
    "invitation.accept",
    scope=Scope.MESSAGES_WRITE,
    request_schema=InConversation,
    response=Conversation,
    bucket=Bucket.WRITE,
    errors=(
        ErrorCode.BANNED,
        ErrorCode.BLOCKED,
        ErrorCode.NOT_FOUND,
        ErrorCode.CONVERSATION_FULL,
    ),
    is_command=True,
)
async def accept(context: Context, actor: Actor, conversation_id: int) -> Conversation:
    """Join a group that I am invited to."""
    changed = await invitations.accept(context.db, actor.user_id, conversation_id)
    tell(context, actor, changed.told)
    return changed.conversation


@operation(
    "invitation.decline",
    scope=Scope.MESSAGES_WRITE,
    request_schema=InConversation,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.NOT_FOUND,),
    is_command=True,
)
async def decline(context: Context, actor: Actor, conversation_id: int) -> None:
    """Decline an invitation, or take back that I asked to join."""
    told = await invitations.decline(context.db, actor.user_id, conversation_id)
    tell(context, actor, told)


@operation(
    "conversation.invitations",
    scope=Scope.MESSAGES_READ,
    request_schema=ListInGroup,
    response=[Invitation],
    errors=(ErrorCode.NOT_A_GROUP, ErrorCode.NOT_FOUND),
    is_command=True,
)
async def of_group(
    context: Context, actor: Actor, conversation_id: int, limit: int, cursor: str | None
) -> Page[Invitation]:
    """List who is invited to a group that I am in, the newest invitation first."""
    return await candidates.invitations_of_group(
        context.db, actor.user_id, conversation_id, limit, cursor
    )


@operation(
    "conversation.uninvite",
    scope=Scope.MESSAGES_WRITE,
    request_schema=InGroup,
    bucket=Bucket.WRITE,
    errors=REFUSALS,
    is_command=True,
)
async def uninvite(context: Context, actor: Actor, conversation_id: int, user_id: int) -> None:
    """Take an invitation back: one of mine, or any of a group that I own or am an admin of."""
    told = await invitations.withdraw(context.db, actor.user_id, conversation_id, user_id)
    tell(context, actor, told)


@operation(
    "conversation.join_requests",
    scope=Scope.MESSAGES_READ,
    request_schema=ListInGroup,
    response=[JoinRequest],
    errors=REFUSALS,
    is_command=True,
)
async def requests(
    context: Context, actor: Actor, conversation_id: int, limit: int, cursor: str | None
) -> Page[JoinRequest]:
    """List who asks to join a group that I own or am an admin of, the newest request first."""
    return await candidates.requests_of_group(
        context.db, actor.user_id, conversation_id, limit, cursor
    )


@operation(
    "conversation.approve",
    scope=Scope.MESSAGES_WRITE,
    request_schema=InGroup,
    response=Conversation,
    bucket=Bucket.WRITE,
    errors=(*REFUSALS, ErrorCode.BLOCKED, ErrorCode.BANNED, ErrorCode.CONVERSATION_FULL),
    is_command=True,
)
async def approve(
    context: Context, actor: Actor, conversation_id: int, user_id: int
) -> Conversation:
    """Let somebody who asks to join into a group that I own or am an admin of."""
    return await _answer(context, actor, conversation_id, user_id, let_in=True)


@operation(
    "conversation.refuse",
    scope=Scope.MESSAGES_WRITE,
    request_schema=InGroup,
    response=Conversation,
    bucket=Bucket.WRITE,
    errors=REFUSALS,
    is_command=True,
)
async def refuse(
    context: Context, actor: Actor, conversation_id: int, user_id: int
) -> Conversation:
    """Do not let somebody in who asks to join, and who is not told."""
    return await _answer(context, actor, conversation_id, user_id, let_in=False)


async def _answer(
    context: Context, actor: Actor, conversation_id: int, user_id: int, *, let_in: bool
) -> Conversation:
    changed = await invitations.answer(
        context.db, actor.user_id, conversation_id, user_id, let_in=let_in
    )
    tell(context, actor, changed.told)
    return changed.conversation
