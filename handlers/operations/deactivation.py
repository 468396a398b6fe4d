"""Deleting one's account."""

from handlers.account_deletion import withdraw
from handlers.context import Actor, Context
from handlers.error_codes import ErrorCode
from handlers.errors import InvalidInput
from handlers.operation import operation
from handlers.rate_limits import Bucket
from handlers.schemas.accounts import DeleteAccount
from handlers.security import login_throttle
from storage.accounts import bots, deactivation
from storage.scopes import NO_TOKEN


@operation(
    "user.delete",
    scope=NO_TOKEN,
    request_schema=DeleteAccount,
    bucket=Bucket.LOGIN,
    errors=(ErrorCode.WRONG_PASSWORD, ErrorCode.TOO_MANY_ATTEMPTS),
)
async def delete(context: Context, actor: Actor, password: str) -> None:
    """Delete my account: nobody sees it any more, nor my bots; messages stay."""
    known = await login_throttle.verify_password(context, actor, password, "password")
    bot_ids = await bots.ids_of(context.db, actor.user_id)
    if not await deactivation.deactivate_account(context.db, actor.user_id, known):
        raise InvalidInput({"password": ["It has just been changed."]}, ErrorCode.WRONG_PASSWORD)
    for bot_id in bot_ids:
        context.notifier.all_sessions_ended(bot_id)
    await withdraw(context, actor.user_id)
