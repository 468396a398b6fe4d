"""What is done at once about an account that was deactivated: sockets, posts, what is little."""

import logging

from handlers.context import Context
from handlers.post_versions import versions
from storage.accounts import deactivation, purge
from storage.errors import Unavailable
from storage.events.types import PostDeleted

logger = logging.getLogger(__name__)


async def withdraw(context: Context, user_id: int) -> None:
    """End the sockets of a deactivated account, take its posts off screens, erase what is little.

    All else is left to a job, which PostgreSQL is told of already.
    """
    context.notifier.all_sessions_ended(user_id)
    try:
        for gone in await deactivation.recent_posts(context.db, user_id):
            context.notifier.post_changed(
                PostDeleted(gone.post_id),
                gone.post_id,
                user_id,
                gone.actor_ids,
                versions(gone.content),
            )
        if await purge.purge_little(context.db, user_id):
            await context.media.discard_unused_of(user_id)
    except Unavailable as error:
        logger.warning("what user %d left is erased later: %s", user_id, error)
