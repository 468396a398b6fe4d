"""Deletes what has served its time, every hour."""

from datetime import timedelta

from handlers.jobs.context import JobContext
from storage import idempotency
from storage.accounts import mail, mail_tokens, sessions, usernames
from storage.errors import Unavailable
from storage.events import log
from storage.media import image_files
from storage.posts import deletion, feed_entries

EVENTS_KEPT = timedelta(days=7)  # a client away for longer is told to start anew


async def run(context: JobContext) -> None:
    """Trim each table, in small transactions, and the media store.

    What cannot be trimmed now keeps the rest from nothing. Raises the first Unavailable at the end.
    """
    db, failures = context.db, []
    for trim in (
        lambda: log.trim(db, EVENTS_KEPT),
        lambda: idempotency.trim(db),
        lambda: feed_entries.trim(db),
        lambda: sessions.trim(db),
        lambda: mail_tokens.trim(db),
        lambda: mail.trim(db),
        lambda: usernames.trim(db),
        lambda: deletion.resume(db),
        lambda: image_files.remove_all_unused(db, context.media_store),
    ):
        try:
            await trim()
        except Unavailable as error:
            failures.append(error)
    if failures:
        raise failures[0]
