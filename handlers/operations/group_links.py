"""Links into a group: made, listed, revoked, followed."""

from datetime import timedelta

from handlers.context import Actor, Context, Visitor
from handlers.error_codes import ErrorCode
from handlers.groups import REFUSALS, tell
from handlers.operation import Access, operation
from handlers.rate_limits import Bucket
from handlers.schemas.groups import ByLink, CreateLink, InLink, ListInGroup
from storage.messaging import group_links
from storage.messaging.group_links import NewLink
from storage.records import GroupLink, GroupPreview, Joining, Page
from storage.scopes import Scope


@operation(
    "group_link.create",
    scope=Scope.MESSAGES_WRITE,
    request_schema=CreateLink,
    response=GroupLink,
    bucket=Bucket.WRITE,
    errors=(*REFUSALS, ErrorCode.LINK_LIMIT),
    is_command=True,
)
async def create(
    context: Context,
    actor: Actor,
    conversation_id: int,
    name: str,
    needs_approval: bool,
    max_uses: int | None,
    expires_in: int | None,
) -> GroupLink:
    """Make a link into a group that I own or am an admin of; its token is for who may join."""
    lifetime = None if expires_in is None else timedelta(seconds=expires_in)
    link = NewLink(name, needs_approval, max_uses, lifetime)
    return await group_links.create(context.db, actor.user_id, conversation_id, link)


@operation(
    "group_link.list",
    scope=Scope.MESSAGES_READ,
    request_schema=ListInGroup,
    response=[GroupLink],
    errors=REFUSALS,
    is_command=True,
)
async def of_group(
    context: Context, actor: Actor, conversation_id: int, limit: int, cursor: str | None
) -> Page[GroupLink]:
    """List the links into a group that I own or am an admin of, the newest first."""
    return await group_links.of_group(context.db, actor.user_id, conversation_id, limit, cursor)


@operation(
    "group_link.revoke",
    scope=Scope.MESSAGES_WRITE,
    request_schema=InLink,
    bucket=Bucket.WRITE,
    errors=REFUSALS,
    is_command=True,
)
async def revoke(context: Context, actor: Actor, conversation_id: int, id: int) -> None:
    """Make a link good for nothing, of a group that I own or am an admin of."""
    await group_links.revoke(context.db, actor.user_id, conversation_id, id)


@operation(
    "group_link.preview",
    scope=Scope.MESSAGES_READ,
    request_schema=ByLink,
    response=GroupPreview,
    access=Access.VISITOR,
    errors=(ErrorCode.BANNED, ErrorCode.NOT_FOUND),
    is_command=True,
)
async def preview(context: Context, visitor: Visitor, token: str) -> GroupPreview:
    """See which group a link leads to, before joining it."""
    return await group_links.preview(context.db, visitor.viewer_id, token)


@operation(
    "group_link.join",
    scope=Scope.MESSAGES_WRITE,
    request_schema=ByLink,
    response=Joining,
    bucket=Bucket.WRITE,
    errors=(
        ErrorCode.BANNED,
        ErrorCode.BLOCKED,
        ErrorCode.NOT_FOUND,
        ErrorCode.CONVERSATION_FULL,
    ),
    is_command=True,
)
async def join(context: Context, actor: Actor, token: str) -> Joining:
    """Join a group by a link, or ask to where an admin has to approve."""
    joining, told = await group_links.join(context.db, actor.user_id, token)
    tell(context, actor, told)
    return joining
