"""Bots: accounts of programs that I answer for."""

from handlers.account_deletion import withdraw
from handlers.context import Actor, Context
from handlers.error_codes import ErrorCode
from handlers.operation import operation
from handlers.rate_limits import Bucket
from handlers.schemas.bots import CreateBot, DeleteBot
from handlers.schemas.paging import Paged
from handlers.security import login_throttle
from handlers.text.limits import is_blank
from storage.accounts import bots, deactivation
from storage.errors import NotFound
from storage.records import Page, User
from storage.scopes import NO_TOKEN

NO_PASSWORD = ""  # a bot's hash of one, which nothing matches


@operation(
    "bot.create",
    scope=NO_TOKEN,
    request_schema=CreateBot,
    response=User,
    bucket=Bucket.REGISTER,
    errors=(ErrorCode.USERNAME_TAKEN, ErrorCode.BOT_LIMIT, ErrorCode.NOT_FOUND),
)
async def create(context: Context, actor: Actor, username: str, display_name: str) -> User:
    """Create a bot of mine: an account that nobody logs in to, for whose tokens I am asked."""
    name = username if is_blank(display_name) else display_name.strip()
    return await bots.create(
        context.db,
        actor.user_id,
        username=username,
        display_name=name,
        open_to=context.open_to,
    )


@operation("bot.list", scope=NO_TOKEN, request_schema=Paged, response=[User])
async def newest(context: Context, actor: Actor, limit: int, cursor: str | None) -> Page[User]:
    """List my bots, the newest first."""
    return await bots.newest(context.db, actor.user_id, limit, cursor)


@operation(
    "bot.delete",
    scope=NO_TOKEN,
    request_schema=DeleteBot,
    bucket=Bucket.LOGIN,
    errors=(ErrorCode.NOT_FOUND, ErrorCode.WRONG_PASSWORD, ErrorCode.TOO_MANY_ATTEMPTS),
)
async def delete(context: Context, actor: Actor, id: int, password: str) -> None:
    """Delete a bot of mine, as an account is deleted."""
    await bots.check_owner(context.db, actor.user_id, id)
    await login_throttle.verify_password(context, actor, password, "password")
    if not await deactivation.deactivate_account(context.db, id, NO_PASSWORD):
        raise NotFound("bot")
    await withdraw(context, id)
