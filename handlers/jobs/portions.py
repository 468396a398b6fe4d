"""Work that is too much for a request: done in portions, each a transaction of its own.

A worker that is killed loses the portion in hand; the next one goes on from there.
"""

import time
from collections.abc import Awaitable, Callable

from handlers.jobs.context import JobContext, NotDone
from storage import notifications, withdrawn_notifications
from storage.accounts import purge, sessions
from storage.media import image_files
from storage.posts import deletion

SECONDS = 5.0  # then others of the kind have their turn


async def _repeat(portion: Callable[[], Awaitable[bool]]) -> None:
    """Call it until it returns that all is done. NotDone when that takes long."""
    until = time.monotonic() + SECONDS
    while not await portion():
        if time.monotonic() > until:
            raise NotDone


async def purge_account(context: JobContext, user_id: int) -> None:
    """Delete what a deactivated account left, its images last."""
    if not await purge.purge_account(context.db, user_id, SECONDS):
        raise NotDone
    await _repeat(
        lambda: image_files.remove_some_unused_of(context.db, context.media_store, user_id)
    )


async def purge_post(context: JobContext, post_id: int, author_id: int) -> None:
    """Delete a post that many have reacted to, with all that hangs on it."""
    await _repeat(lambda: deletion.purge_portion(context.db, post_id, author_id))


async def settle_read(context: JobContext, user_id: int) -> None:
    """Mark the rows of notifications that were marked as read all at once."""
    after: int | None = 0

    async def portion() -> bool:
        nonlocal after
        after = await notifications.settle_read(context.db, user_id, after or 0)
        return after is None

    await _repeat(portion)


async def hide_actor(context: JobContext, user_id: int, actor_id: int, up_to: int) -> None:
    """Remove the notifications that somebody who is blocked has caused."""
    await _repeat(
        lambda: withdrawn_notifications.hide_actor_further(context.db, user_id, actor_id, up_to)
    )


async def settle_revoked(context: JobContext, user_id: int) -> None:
    """Mark the rows of sessions that were ended all at once."""
    await _repeat(lambda: sessions.settle_revoked(context.db, user_id))
