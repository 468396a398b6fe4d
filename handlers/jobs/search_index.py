"""Reads into the index of search what was written without it, every minute.

That is what an instance of the release before writes during an upgrade, what somebody writes by
hand, and, once, all posts from before there was this index. Of messages it is all: sending one
writes no words.
"""

import time

from handlers.jobs.context import JobContext
from storage.search_index import messages, names, posts

SECONDS = 600  # of the 900 that it has; the next run goes on


async def run(context: JobContext) -> None:
    """Index in portions: what is new first, then the posts from before, until all is."""
    until = time.monotonic() + SECONDS
    busy = True
    while busy and time.monotonic() < until:
        left = [
            await names.index_pending_users(context.db),
            await names.index_pending_hashtags(context.db),
            await posts.index_pending(context.db),
            await messages.index_pending(context.db),
            await messages.index_new(context.db),
            await posts.index_old(context.db),
            await messages.index_old(context.db),
        ]
        busy = any(left)
