"""Erases what a closed account left."""

from handlers.jobs.context import JobContext, TryLater
from storage import erasure, media

SECONDS = 40  # of the 60 that a job has


async def erase(context: JobContext, user_id: int) -> None:
    if not await erasure.erase(context.db, user_id, SECONDS):
        raise TryLater(f"more of user {user_id} is left to erase")
    await media.remove_unused_of(context.db, context.media_store, user_id)
