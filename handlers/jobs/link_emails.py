"""Mails with a link that is good once."""

from handlers.jobs.context import JobContext
from handlers.jobs.send_once import send_once
from handlers.security.tokens import fingerprint
from storage.accounts import mail, mail_tokens
from storage.accounts.mail import Recipient


async def verify(context: JobContext, user_id: int, nonce: str) -> None:
    """Send a link that verifies the user's address, unless that is done or the user gone."""
    if recipient := await mail.unverified_recipient(context.db, user_id):
        await _send(context, "verify", "email_verify", recipient, nonce)


async def reset(context: JobContext, email: str, nonce: str) -> None:
    """Send a link that sets a new password to whoever has this address, if anybody."""
    if recipient := await mail.recipient_by_email(context.db, email):
        await _send(context, "reset", "password_reset", recipient, nonce)


async def change(context: JobContext, user_id: int, nonce: str) -> None:
    """Send a link that makes a new address the user's, to that, unless that is over."""
    if recipient := await mail.new_address_recipient(context.db, user_id):
        await _send(context, "change", "email_change", recipient, nonce)


async def _send(
    context: JobContext, kind: str, purpose: mail_tokens.Purpose, to: Recipient, nonce: str
) -> None:
    secret = context.tokens.mailed(purpose, nonce)
    if not await mail_tokens.issue(context.db, fingerprint(secret), to.user_id, purpose):
        return
    # After the #: so it reaches neither a log nor a Referer header.
    link = f"{context.public_url}/#{kind}={secret}"
    await send_once(context, kind, to, nonce, {"link": link})
