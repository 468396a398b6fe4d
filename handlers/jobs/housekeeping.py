"""Deletes what has served its time, every hour."""

from datetime import timedelta

from handlers.jobs.context import JobContext
from storage import idempotency
from storage.accounts import mail, mail_tokens, sessions, usernames
from storage.events import log
from storage.media import image_files
from storage.posts import feed_entries

EVENTS_KEPT = timedelta(days=7)  # a client away for longer is told to start anew


async def run(context: JobContext) -> None:
    """Trim each table, in small transactions, and the media store."""
    await log.trim(context.db, EVENTS_KEPT)
    await idempotency.trim(context.db)
    await feed_entries.trim(context.db)
    await sessions.trim(context.db)
    await mail_tokens.trim(context.db)
    await mail.trim(context.db)
    await usernames.trim(context.db)
    await image_files.remove_all_unused(context.db, context.media_store)
