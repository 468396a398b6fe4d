"""Deletes what has served its time, every hour."""

from datetime import timedelta

from handlers.jobs.context import JobContext
from storage import feed, idempotency, jobs, links, log, mail, media, sessions

EVENTS_KEPT = timedelta(days=7)  # a client away for longer is told to start anew


async def run(context: JobContext) -> None:
    await jobs.trim_log(context.db)
    await log.trim(context.db, EVENTS_KEPT)
    await idempotency.trim(context.db)
    await feed.trim(context.db)
    await sessions.trim(context.db)
    await links.trim(context.db)
    await mail.trim(context.db)
    await media.sweep(context.db, context.media_store)
