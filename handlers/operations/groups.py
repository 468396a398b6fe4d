"""Groups: who is what in them, and who is removed or banned."""

from handlers.context import Actor, Context
from handlers.error_codes import ErrorCode
from handlers.errors import OperationError
from handlers.groups import REFUSALS, tell
from handlers.operation import operation
from handlers.rate_limits import Bucket
from handlers.schemas.groups import InGroup, ListInGroup, SetRole
from storage.messaging import group_members
from storage.messaging.group_roles import Role
from storage.records import Conversation, Page, UserRef
from storage.scopes import Scope


@operation(
    "conversation.set_role",
    scope=Scope.MESSAGES_WRITE,
    request_schema=SetRole,
    response=Conversation,
    bucket=Bucket.WRITE,
    errors=REFUSALS,
    is_command=True,
)
async def set_role(
    context: Context, actor: Actor, conversation_id: int, user_id: int, role: Role
) -> Conversation:
    """Make somebody in my group an admin, a member, or its owner in my place."""
    changed = await group_members.set_role(
        context.db, actor.user_id, conversation_id, user_id, role
    )
    tell(context, actor, changed.told)
    return changed.conversation


@operation(
    "conversation.remove",
    scope=Scope.MESSAGES_WRITE,
    request_schema=InGroup,
    response=Conversation,
    bucket=Bucket.WRITE,
    errors=(*REFUSALS, ErrorCode.SELF_TARGET),
    is_command=True,
)
async def remove(
    context: Context, actor: Actor, conversation_id: int, user_id: int
) -> Conversation:
    """Remove somebody from a group that I own or am an admin of."""
    return await _remove(context, actor, conversation_id, user_id, ban=False)


@operation(
    "conversation.ban",
    scope=Scope.MESSAGES_WRITE,
    request_schema=InGroup,
    response=Conversation,
    bucket=Bucket.WRITE,
    errors=(*REFUSALS, ErrorCode.SELF_TARGET),
    is_command=True,
)
async def ban(context: Context, actor: Actor, conversation_id: int, user_id: int) -> Conversation:
    """Keep somebody out of a group, whom nobody can add then, and who cannot join by a link."""
    return await _remove(context, actor, conversation_id, user_id, ban=True)


async def _remove(
    context: Context, actor: Actor, conversation_id: int, user_id: int, *, ban: bool
) -> Conversation:
    if user_id == actor.user_id:
        raise OperationError(ErrorCode.SELF_TARGET, "Nobody removes themselves: leave instead.")
    changed = await group_members.remove(
        context.db, actor.user_id, conversation_id, user_id, ban=ban
    )
    tell(context, actor, changed.told)
    return changed.conversation


@operation(
    "conversation.unban",
    scope=Scope.MESSAGES_WRITE,
    request_schema=InGroup,
    response=Conversation,
    bucket=Bucket.WRITE,
    errors=REFUSALS,
    is_command=True,
)
async def unban(context: Context, actor: Actor, conversation_id: int, user_id: int) -> Conversation:
    """Take a ban back: the one who was banned may be added again, or join."""
    changed = await group_members.unban(context.db, actor.user_id, conversation_id, user_id)
    tell(context, actor, changed.told)
    return changed.conversation


@operation(
    "conversation.bans",
    scope=Scope.MESSAGES_READ,
    request_schema=ListInGroup,
    response=[UserRef],
    errors=REFUSALS,
    is_command=True,
)
async def bans(
    context: Context, actor: Actor, conversation_id: int, limit: int, cursor: str | None
) -> Page[UserRef]:
    """List whom a group has banned, that I own or am an admin of; the newest account first."""
    return await group_members.banned(context.db, actor.user_id, conversation_id, limit, cursor)
