"""Changing a password, and setting a forgotten one anew."""

import secrets

from handlers.context import Actor, Context, Visitor
from handlers.error_codes import ErrorCode
from handlers.errors import InvalidInput
from handlers.operation import Access, operation
from handlers.rate_limits import Bucket
from handlers.schemas.passwords import OWN_NAME, AskForReset, ChangePassword, ResetPassword
from handlers.security import login_throttle
from handlers.security.common_passwords import is_own_name
from handlers.security.tokens import fingerprint
from storage.accounts import accounts, mail, mail_tokens, passwords
from storage.scopes import NO_TOKEN


@operation(
    "password.change",
    scope=NO_TOKEN,
    request_schema=ChangePassword,
    bucket=Bucket.LOGIN,
    errors=(ErrorCode.WRONG_PASSWORD, ErrorCode.TOO_MANY_ATTEMPTS),
)
async def change(context: Context, actor: Actor, current_password: str, new_password: str) -> None:
    """Change my password; my other sessions end."""
    await _refuse_own_name(context, actor.user_id, new_password, "new_password")
    known = await login_throttle.verify_password(
        context, actor, current_password, "current_password"
    )
    hashed = await context.passwords.hash(new_password, actor.address)
    if not await passwords.change(context.db, actor.user_id, known, hashed, actor.session_id):
        raise InvalidInput(
            {"current_password": ["It has just been changed."]}, ErrorCode.WRONG_PASSWORD
        )
    context.notifier.other_sessions_ended(actor.user_id, actor.session_id)


@operation(
    "password.ask_for_reset",
    scope=NO_TOKEN,
    request_schema=AskForReset,
    access=Access.ANYONE,
    bucket=Bucket.LOGIN,
    errors=(ErrorCode.TOO_MANY_ATTEMPTS,),
)
async def ask_for_reset(context: Context, visitor: Visitor, email: str) -> None:
    """Have a link to set a new password mailed, good for an hour.

    Whether anybody has the address is looked up by the job: until then, and so in the answer and
    in its time, there is no difference.
    """
    await login_throttle.check(context, "reset", login_throttle.fold(email))
    await mail.enqueue_password_reset(context.db, email, secrets.token_hex(16))


@operation(
    "password.reset",
    scope=NO_TOKEN,
    request_schema=ResetPassword,
    access=Access.ANYONE,
    bucket=Bucket.LOGIN,
    errors=(ErrorCode.LINK_INVALID,),
)
async def reset(context: Context, visitor: Visitor, token: str, password: str) -> None:
    """Set a new password by the link in the mail; every session ends."""
    link = fingerprint(token)
    # Looked at before the costly hash, and spent after it.
    user_id = await mail_tokens.owner(context.db, link, "password_reset")
    if user_id is not None:
        await _refuse_own_name(context, user_id, password, "password")
        hashed = await context.passwords.hash(password, visitor.address)
        if user_id := await passwords.reset(context.db, link, hashed):
            context.notifier.all_sessions_ended(user_id)
            return
    raise InvalidInput({"token": ["This link is good no longer."]}, ErrorCode.LINK_INVALID)


async def _refuse_own_name(context: Context, user_id: int, password: str, field: str) -> None:
    user = await accounts.me(context.db, user_id)
    if is_own_name(password, user.username, user.email):
        raise InvalidInput({field: [OWN_NAME]})
