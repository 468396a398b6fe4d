"""Deletes what has served its time, every hour: each step whatever becomes of the others."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

from handlers.jobs.context import JobContext, TryLater
from storage import housekeeping, idempotency
from storage.accounts import mail, mail_tokens, session_changes, sessions, usernames
from storage.errors import Unavailable
from storage.events import trimming
from storage.media import image_files
from storage.posts import deletion, feed_entries

logger = logging.getLogger(__name__)

EVENTS_KEPT = timedelta(days=7)  # a client away for longer is told to start anew
STEP_SECONDS = 90.0  # that each may take; what is left is for the next time

# Each works in small transactions, goes on from what is stored, and returns how much it removed.
STEPS: dict[str, Callable[[JobContext], Awaitable[int]]] = {
    "events": lambda context: trimming.trim(context.db, EVENTS_KEPT),
    "idempotency": lambda context: idempotency.trim(context.db),
    "feed": lambda context: feed_entries.trim(context.db),
    "sessions": lambda context: sessions.trim(context.db),
    "session_changes": lambda context: session_changes.trim(context.db),
    "links": lambda context: mail_tokens.trim(context.db),
    "mails": lambda context: mail.trim(context.db),
    "usernames": lambda context: usernames.trim(context.db),
    "posts": lambda context: deletion.resume(context.db),
    "images": lambda context: image_files.remove_all_unused(context.db, context.media_store),
}


async def run(context: JobContext) -> None:
    """Take all steps. Raises the first failure at the end, so that the job is begun again."""
    failures: list[Exception] = []
    for name, step in STEPS.items():
        began = time.monotonic()
        rows, failure = 0, None
        try:
            rows = await _within_limit(step, context)
        except Exception as error:  # noqa: BLE001 - whatever it is, the others are taken
            failure = f"{type(error).__name__}: {error}"
            failures.append(error)
        seconds = time.monotonic() - began
        if failure is not None:
            logger.warning("housekeeping: %s failed after %.1f s: %s", name, seconds, failure)
        elif rows:
            logger.info("housekeeping: %s removed %d in %.1f s", name, rows, seconds)
        try:
            await housekeeping.record(context.db, name, seconds, rows, failure)
        except Unavailable as error:
            failures.append(error)
    if failures:
        raise failures[0]


async def _within_limit(step: Callable[[JobContext], Awaitable[int]], context: JobContext) -> int:
    try:
        async with asyncio.timeout(STEP_SECONDS) as limit:
            return await step(context)
    except TimeoutError:
        if limit.expired():
            raise TryLater(f"not done in {STEP_SECONDS:.0f} s: goes on the next time") from None
        raise
