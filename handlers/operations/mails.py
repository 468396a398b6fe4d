"""What mailed links lead to: confirming an address, opting out of mails."""

import secrets

from handlers.context import Actor, Context, Visitor
from handlers.error_codes import ErrorCode
from handlers.errors import InvalidInput
from handlers.operation import Access, operation
from handlers.rate_limits import Bucket
from handlers.schemas.fields import Nothing
from handlers.schemas.mails import Unsubscribe, VerifyEmail
from handlers.schemas.outputs import MailSettings
from handlers.security import login_throttle
from handlers.security.tokens import fingerprint
from storage.accounts import accounts, mail, mail_tokens
from storage.scopes import NO_TOKEN


@operation(
    "email.verify",
    scope=NO_TOKEN,
    request_schema=VerifyEmail,
    access=Access.ANYONE,
    bucket=Bucket.LOGIN,
    errors=(ErrorCode.LINK_INVALID,),
)
async def verify(context: Context, visitor: Visitor, token: str) -> None:
    """Confirm an e-mail address by the link in the mail."""
    if not await mail_tokens.verify_email(context.db, fingerprint(token)):
        raise InvalidInput({"token": ["This link is good no longer."]}, ErrorCode.LINK_INVALID)


@operation(
    "email.verify_again",
    scope=NO_TOKEN,
    request_schema=Nothing,
    bucket=Bucket.LOGIN,
    errors=(ErrorCode.TOO_MANY_ATTEMPTS,),
)
async def verify_again(context: Context, actor: Actor) -> None:
    """Have the link to confirm my address mailed again, unless it is confirmed."""
    await login_throttle.check(context, "verify", str(actor.user_id))
    async with context.db.transaction() as connection:
        await mail.enqueue_verification(connection, actor.user_id, secrets.token_hex(16))


@operation(
    "email.unsubscribe",
    scope=NO_TOKEN,
    request_schema=Unsubscribe,
    response=MailSettings,
    access=Access.ANYONE,
    errors=(ErrorCode.LINK_INVALID,),
)
async def unsubscribe(context: Context, visitor: Visitor, token: str) -> MailSettings:
    """Opt out of mails of new followers and unread notifications, by the token in one of them."""
    user_id = context.tokens.unsubscribed(token)
    if user_id is None:
        raise InvalidInput({"token": ["Not out of one of our mails."]}, ErrorCode.LINK_INVALID)
    await accounts.set_digest_mails(context.db, user_id, wanted=False)
    return MailSettings(digest_mails=False)
