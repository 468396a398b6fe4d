"""Tells those who asked or voted that a poll has ended."""

import time
from contextlib import AsyncExitStack

from handlers.jobs.context import JobContext, NotDone
from storage.posts import polls

SECONDS = 5.0  # then others of the kind have their turn


async def end(context: JobContext, post_id: int) -> None:
    """Notify the author and the voters, a portion a transaction, and once those who watch."""
    until = time.monotonic() + SECONDS
    async with AsyncExitStack() as stack:
        notifier = None
        if context.open_notifier is not None:
            notifier = await stack.enter_async_context(context.open_notifier())
        done = False
        while not done:
            told = await polls.tell_end(context.db, post_id)
            done = told.is_done
            if notifier is not None:
                notifier.notifications_created(told.notified)
                if told.is_first:
                    notifier.poll_changed(post_id)
            if not done and time.monotonic() > until:
                raise NotDone
