"""Mails that are sent once a cause, as far as a mail server lets one know."""

import asyncio
import logging
from email.message import EmailMessage

from handlers.jobs.context import JobContext
from storage.accounts import mail
from storage.errors import Unavailable

logger = logging.getLogger(__name__)

# While PostgreSQL is away. A job that failed for it would send its mail again.
PAUSES_SECONDS = (0.1, 0.2, 0.4, 0.6, *12 * [1.0])


async def send(
    context: JobContext, message: EmailMessage, *, user_id: int, kind: str, cause: str
) -> None:
    """Quietly does nothing for a mail of this kind and cause that was sent to the user before.

    Only a worker that is killed after the mail server said yes and before that is kept sends it
    twice: then under the same Message-ID.
    """
    if await mail.was_sent(context.db, user_id, kind, cause):
        return
    await context.mailer.send(message)
    for pause in PAUSES_SECONDS:
        try:
            await mail.keep_sent(context.db, user_id, kind, cause)
        except Unavailable:
            await asyncio.sleep(pause)
        else:
            return
    logger.warning("that %s was sent could not be kept", message["Message-ID"])
