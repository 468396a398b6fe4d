"""Changing the address of an account: both addresses are told, and the new one confirms it."""

import secrets

from handlers.context import Actor, Context, Visitor
from handlers.error_codes import ErrorCode
from handlers.errors import InvalidInput
from handlers.operation import Access, operation
from handlers.rate_limits import Bucket
from handlers.schemas.fields import Nothing
from handlers.schemas.mails import ChangeEmail, ConfirmEmail
from handlers.security import login_throttle
from handlers.security.addresses import refuse_unreachable
from handlers.security.tokens import fingerprint
from storage.accounts import accounts, email_change
from storage.records import Me
from storage.scopes import NO_TOKEN


@operation(
    "email.change",
    scope=NO_TOKEN,
    request_schema=ChangeEmail,
    response=Me,
    bucket=Bucket.LOGIN,
    errors=(ErrorCode.WRONG_PASSWORD, ErrorCode.TOO_MANY_ATTEMPTS, ErrorCode.EMAIL_TAKEN),
)
async def change(context: Context, actor: Actor, email: str, password: str) -> Me:
    """Have a link mailed to a new address, which is mine once it is followed, within 24 hours.

    The present address is told of it, and again when it has come to that.
    """
    known = await login_throttle.verify_password(context, actor, password, "password")
    if email == (await accounts.me(context.db, actor.user_id)).email:
        raise InvalidInput({"email": ["This is your address."]})
    await refuse_unreachable(context, email)
    if not await email_change.ask(context.db, actor.user_id, known, email, secrets.token_hex(16)):
        raise InvalidInput({"password": ["It has just been changed."]}, ErrorCode.WRONG_PASSWORD)
    return await accounts.me(context.db, actor.user_id)


@operation(
    "email.cancel_change", scope=NO_TOKEN, request_schema=Nothing, response=Me, bucket=Bucket.WRITE
)
async def cancel(context: Context, actor: Actor) -> Me:
    """Leave my address as it is: the link that was mailed to another is good no longer."""
    await email_change.cancel(context.db, actor.user_id)
    return await accounts.me(context.db, actor.user_id)


@operation(
    "email.confirm_change",
    scope=NO_TOKEN,
    request_schema=ConfirmEmail,
    access=Access.ANYONE,
    bucket=Bucket.LOGIN,
    errors=(ErrorCode.LINK_INVALID, ErrorCode.EMAIL_TAKEN),
)
async def confirm(context: Context, visitor: Visitor, token: str) -> None:
    """Make a new address the account's by the link in the mail that was sent there."""
    if not await email_change.confirm(context.db, fingerprint(token), secrets.token_hex(16)):
        raise InvalidInput({"token": ["This link is good no longer."]}, ErrorCode.LINK_INVALID)
