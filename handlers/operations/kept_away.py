"""Whom I block and mute."""

from handlers.context import Actor, Context
from handlers.operation import operation
from handlers.schemas.paging import Paged
from storage.records import Page, User
from storage.scopes import Scope
from storage.social import kept_away


@operation(
    "block.list",
    scope=Scope.RELATIONSHIPS_READ,
    request_schema=Paged,
    response=[User],
    may_lag=True,
)
async def blocked(context: Context, actor: Actor, limit: int, cursor: str | None) -> Page[User]:
    """List whom I block, the newest block first."""
    return await kept_away.blocked(context.db, actor.user_id, limit, cursor)


@operation(
    "mute.list",
    scope=Scope.RELATIONSHIPS_READ,
    request_schema=Paged,
    response=[User],
    may_lag=True,
)
async def muted(context: Context, actor: Actor, limit: int, cursor: str | None) -> Page[User]:
    """List whom I mute, the newest mute first."""
    return await kept_away.muted(context.db, actor.user_id, limit, cursor)
