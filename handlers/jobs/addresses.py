"""Gives addresses from before a release the form that they are kept in since."""

from handlers.jobs.context import JobContext
from storage.accounts import old_addresses


async def rewrite(context: JobContext) -> None:
    """Rewrite all; what a job that ended early has done is not done again."""
    await old_addresses.rewrite_all(context.db)
