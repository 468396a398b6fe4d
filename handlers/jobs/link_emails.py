"""Mails with a link that is good once."""

from handlers import emails
from handlers.jobs import send_once
from handlers.jobs.context import JobContext
from handlers.security.tokens import fingerprint
from storage.accounts import mail, mail_tokens
from storage.accounts.mail import Recipient


async def verify(context: JobContext, user_id: int, nonce: str) -> None:
    """Quietly does nothing when there is nothing to verify any more."""
    if recipient := await mail.unverified(context.db, user_id):
        await _send(context, "verify", "email_verify", recipient, nonce)


async def reset(context: JobContext, email: str, nonce: str) -> None:
    """Quietly does nothing when nobody has this address."""
    if recipient := await mail.holder(context.db, email):
        await _send(context, "reset", "password_reset", recipient, nonce)


async def _send(
    context: JobContext, kind: str, purpose: mail_tokens.Purpose, to: Recipient, nonce: str
) -> None:
    secret = context.tokens.mailed(purpose, nonce)
    if not await mail_tokens.issue(context.db, fingerprint(secret), to.user_id, purpose):
        return
    message = emails.render(
        kind,
        to=to.email,
        sender=context.mail_from,
        cause=f"{kind}-{nonce}",
        values={
            "name": to.display_name or to.username,
            "username": to.username,
            "public_url": context.public_url,
            # After the #: so it reaches neither a log nor a Referer header.
            "link": f"{context.public_url}/#{kind}={secret}",
        },
    )
    await send_once.send(context, message, user_id=to.user_id, kind=kind, cause=nonce)
