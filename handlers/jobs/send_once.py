"""Mails that are sent once a cause, as far as a mail server lets one know."""

import asyncio
import logging
from collections.abc import Mapping

from handlers import emails
from handlers.jobs.context import JobContext, Refused
from storage.accounts import mail
from storage.errors import Unavailable

log = logging.getLogger(__name__)

# While PostgreSQL is away. A job that failed for it would send its mail again.
PAUSES_SECONDS = (0.1, 0.2, 0.4, 0.6, *12 * [1.0])


Addressee = mail.Recipient | mail.FollowMail | mail.DigestMail


async def send_once(
    context: JobContext,
    kind: str,
    to: Addressee,
    cause: str,
    values: Mapping[str, emails.Value],
    *,
    optional: bool = False,
) -> None:
    """Send the mail `kind`, unless one of this kind and cause was sent to the user before.

    Only a worker that is killed after the mail server said yes and before that is recorded sends
    it twice: then under the same Message-ID.

    Args:
        context: What the job was given.
        kind: A folder of templates in handlers.emails.
        to: The user, as the records of storage.accounts.mail name one.
        cause: Letters, digits and hyphens.
        values: What the templates name besides the user's name, username and the public URL.
        optional: Whether the mail says how to opt out of its like.
    """
    if await mail.was_sent(context.db, to.user_id, kind, cause):
        return
    addressed = {
        "name": to.display_name or to.username,
        "username": to.username,
        "public_url": context.public_url,
        "opt_out": context.opt_out_page(to.user_id) if optional else "",
    }
    try:
        message = emails.render(
            kind,
            to=to.email,
            sender=context.mail_from,
            cause=f"{kind}-{to.user_id}-{cause}",
            values=addressed | dict(values),
            unsubscribe=context.opt_out_post(to.user_id) if optional else None,
        )
    except emails.BadAddress as error:
        raise Refused(f"the address of user {to.user_id} is none: {error}") from error
    await context.mailer.send(message)
    await _record(context, kind, to.user_id, cause)


async def _record(context: JobContext, kind: str, user_id: int, cause: str) -> None:
    for pause in PAUSES_SECONDS:
        try:
            await mail.record_sent(context.db, user_id, kind, cause)
        except Unavailable:
            await asyncio.sleep(pause)
        else:
            return
    log.warning("that the mail %s-%d-%s was sent could not be recorded", kind, user_id, cause)
