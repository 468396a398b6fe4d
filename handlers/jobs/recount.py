"""Takes what a suspended account did out of the counters of others, or puts it back."""

import time
from contextlib import AsyncExitStack

from handlers.jobs.context import JobContext, NotDone
from storage import uncounted

SECONDS = 40  # of the 60 that a job has


async def recount_account(context: JobContext, user_id: int) -> None:
    """Change the counters in small transactions, and tell those who watch the posts.

    NotDone when that takes more than one job, or the account was suspended or restored meanwhile.
    """
    until = time.monotonic() + SECONDS
    async with AsyncExitStack() as stack:
        notifier = None
        if context.open_notifier is not None:
            notifier = await stack.enter_async_context(context.open_notifier())

        def tell(post_ids: list[int]) -> None:
            for post_id in post_ids:
                if notifier is not None:
                    notifier.counts_changed(post_id)

        def tell_polls(post_ids: list[int]) -> None:
            for post_id in post_ids:
                if notifier is not None:
                    notifier.poll_changed(post_id)

        if not await uncounted.recount(
            context.db, user_id, lambda: time.monotonic() < until, tell, tell_polls
        ):
            raise NotDone
