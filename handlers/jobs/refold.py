"""Gives hashtags that an earlier release stored the spelling of this one."""

import time

from handlers.jobs.context import JobContext, NotDone
from handlers.text.entities import TAG_MAX
from handlers.text.folding import fold
from storage.posts import hashtags

SECONDS = 40  # of the 60 that a job has


async def refold_hashtags(context: JobContext) -> None:
    """Refold all hashtags, in small transactions. NotDone when that takes more than one job."""
    until = time.monotonic() + SECONDS
    if not await hashtags.refold(context.db, _fitting, lambda: time.monotonic() < until):
        raise NotDone


def _fitting(tag: str) -> str:
    folded = fold(tag)
    return folded if len(folded) <= TAG_MAX else tag
