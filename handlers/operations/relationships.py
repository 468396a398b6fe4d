"""Following, blocking and muting users, and who follows whom."""

from collections.abc import Awaitable, Callable, Sequence

from handlers.context import Actor, Context, Visitor
from handlers.error_codes import ErrorCode
from handlers.errors import OperationError
from handlers.messages import tell_of_reading
from handlers.operation import Access, operation
from handlers.rate_limits import Bucket
from handlers.schemas.fields import ById
from handlers.schemas.paging import PagedById
from storage.accounts import accounts
from storage.database.pool import Database
from storage.events.types import RelationshipChanged
from storage.records import Page, User
from storage.scopes import Scope
from storage.social import blocks, relationships


@operation(
    "user.follow",
    scope=Scope.RELATIONSHIPS_WRITE,
    request_schema=ById,
    response=User,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.SELF_TARGET, ErrorCode.BLOCKED, ErrorCode.NOT_FOUND),
    is_command=True,
)
async def follow(context: Context, actor: Actor, id: int) -> User:
    """Follow a user: their posts and retweets come into my feed."""
    if id == actor.user_id:
        raise OperationError(ErrorCode.SELF_TARGET, "Nobody follows themselves.")
    changed = await relationships.follow(context.db, actor.user_id, id)
    await _notify(context, [changed] if changed else [])
    return await accounts.get(context.db, actor.user_id, id)


@operation(
    "user.unfollow",
    scope=Scope.RELATIONSHIPS_WRITE,
    request_schema=ById,
    response=User,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.NOT_FOUND,),
    is_command=True,
)
async def unfollow(context: Context, actor: Actor, id: int) -> User:
    """Stop following a user."""
    changed = await relationships.unfollow(context.db, actor.user_id, id)
    await _notify(context, [changed] if changed else [])
    return await accounts.get(context.db, actor.user_id, id)


@operation(
    "user.block",
    scope=Scope.RELATIONSHIPS_WRITE,
    request_schema=ById,
    response=User,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.SELF_TARGET, ErrorCode.NOT_FOUND),
    is_command=True,
)
async def block(context: Context, actor: Actor, id: int) -> User:
    """Block a user: nothing of theirs reaches me any more, and nothing of mine them."""
    if id == actor.user_id:
        raise OperationError(ErrorCode.SELF_TARGET, "Nobody blocks themselves.")
    user = await _change(context, actor, blocks.block, id)
    context.notifier.blocked(actor.user_id, id, blocked=True)
    return user


@operation(
    "user.unblock",
    scope=Scope.RELATIONSHIPS_WRITE,
    request_schema=ById,
    response=User,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.NOT_FOUND,),
    is_command=True,
)
async def unblock(context: Context, actor: Actor, id: int) -> User:
    """Unblock a user; who followed whom is not restored."""
    user = await _change(context, actor, blocks.unblock, id)
    context.notifier.blocked(actor.user_id, id, blocked=False)
    return user


@operation(
    "user.mute",
    scope=Scope.RELATIONSHIPS_WRITE,
    request_schema=ById,
    response=User,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.SELF_TARGET, ErrorCode.NOT_FOUND),
    is_command=True,
)
async def mute(context: Context, actor: Actor, id: int) -> User:
    """Mute a user: out of my feed and notifications, without their knowing."""
    if id == actor.user_id:
        raise OperationError(ErrorCode.SELF_TARGET, "Nobody mutes themselves.")
    return await _change(context, actor, blocks.mute, id)


@operation(
    "user.unmute",
    scope=Scope.RELATIONSHIPS_WRITE,
    request_schema=ById,
    response=User,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.NOT_FOUND,),
    is_command=True,
)
async def unmute(context: Context, actor: Actor, id: int) -> User:
    """Unmute a user: back into my feed and notifications."""
    return await _change(context, actor, blocks.unmute, id)


Write = Callable[[Database, int, int], Awaitable[list[relationships.RelationshipChange]]]


async def _change(context: Context, actor: Actor, write: Write, other_id: int) -> User:
    await _notify(context, await write(context.db, actor.user_id, other_id))
    return await accounts.get(context.db, actor.user_id, other_id)


async def _notify(context: Context, changes: Sequence[relationships.RelationshipChange]) -> None:
    """Notify both users of changes that were stored; their first pages may look different now."""
    for changed in changes:
        event = RelationshipChanged.of(changed.relationship)
        context.notifier.appended(event, changed.user_id, [changed.logged])
        if changed.notified is not None:
            context.notifier.notifications_created([changed.notified])
        context.notifier.notifications_withdrawn(changed.withdrawn)
        for receipt in changed.receipts:
            tell_of_reading(context, changed.user_id, receipt)
    if changes:
        await context.timeline_cache.drop(*(changed.user_id for changed in changes))


@operation(
    "user.followers",
    scope=Scope.USERS_READ,
    request_schema=PagedById,
    response=[User],
    access=Access.VISITOR,
    errors=(ErrorCode.NOT_FOUND,),
    may_lag=True,
)
async def followers(
    context: Context, visitor: Visitor, id: int, limit: int, cursor: str | None
) -> Page[User]:
    """List who follows a user, the newest first."""
    await accounts.get(context.db, None, id)
    return await relationships.followers(context.db, visitor.viewer_id, id, limit, cursor)


@operation(
    "user.following",
    scope=Scope.USERS_READ,
    request_schema=PagedById,
    response=[User],
    access=Access.VISITOR,
    errors=(ErrorCode.NOT_FOUND,),
    may_lag=True,
)
async def following(
    context: Context, visitor: Visitor, id: int, limit: int, cursor: str | None
) -> Page[User]:
    """List whom a user follows, the newest first."""
    await accounts.get(context.db, None, id)
    return await relationships.following(context.db, visitor.viewer_id, id, limit, cursor)
