"""Deletes what a deactivated account left."""

from handlers.jobs.context import JobContext, TryLater
from storage.accounts import purge
from storage.media import image_files

SECONDS = 40  # of the 60 that a job has


async def purge_account(context: JobContext, user_id: int) -> None:
    """Delete what is left, in small transactions. TryLater when that takes more than one job."""
    if not await purge.purge_account(context.db, user_id, SECONDS):
        raise TryLater(f"more of user {user_id} is left to delete")
    await image_files.remove_unused_of(context.db, context.media_store, user_id)
