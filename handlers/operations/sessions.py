"""One's own sessions: where one is logged in."""

from handlers.context import Actor, Context
from handlers.error_codes import ErrorCode
from handlers.operation import operation
from handlers.rate_limits import Bucket
from handlers.schemas.fields import ById
from handlers.schemas.paging import Paged
from storage.accounts import sessions
from storage.accounts.sessions import OwnSession
from storage.records import Page
from storage.scopes import NO_TOKEN


@operation("session.list", scope=NO_TOKEN, request_schema=Paged, response=[OwnSession])
async def newest(
    context: Context, actor: Actor, limit: int, cursor: str | None
) -> Page[OwnSession]:
    """List where I am logged in, the newest first."""
    return await sessions.newest(context.db, actor.user_id, actor.session_id, limit, cursor)


@operation(
    "session.end",
    scope=NO_TOKEN,
    request_schema=ById,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.NOT_FOUND,),
)
async def end(context: Context, actor: Actor, id: int) -> None:
    """Log out one of my sessions: its tokens and sockets are good no longer."""
    await sessions.revoke_own(context.db, actor.user_id, id)
    context.notifier.session_ended(actor.user_id, id)
