"""Deleting one's account."""

import logging

from handlers.context import Actor, Context
from handlers.error_codes import ErrorCode
from handlers.errors import InvalidInput
from handlers.operation import operation
from handlers.rate_limits import Bucket
from handlers.schemas.accounts import DeleteAccount
from handlers.security import login_throttle
from storage.accounts import deactivation, purge
from storage.errors import Unavailable
from storage.events.types import PostDeleted

logger = logging.getLogger(__name__)


@operation(
    "user.delete",
    request_schema=DeleteAccount,
    bucket=Bucket.LOGIN,
    errors=(ErrorCode.WRONG_PASSWORD, ErrorCode.TOO_MANY_ATTEMPTS, ErrorCode.BUSY),
)
async def delete(context: Context, actor: Actor, password: str) -> None:
    """Delete my account: nobody sees it any more; my messages stay, by a deleted user."""
    known = await login_throttle.verify_password(context, actor, password, "password")
    if not await deactivation.deactivate_account(context.db, actor.user_id, known):
        raise InvalidInput({"password": ["It has just been changed."]}, ErrorCode.WRONG_PASSWORD)
    context.notifier.all_sessions_ended(actor.user_id)
    try:
        for gone in await deactivation.recent_posts(context.db, actor.user_id):
            deleted = PostDeleted(gone.post_id)
            context.notifier.post_changed(deleted, gone.post_id, actor.user_id, gone.actor_ids)
        if await purge.purge_little(context.db, actor.user_id):
            await context.media.discard_unused_of(actor.user_id)
    except Unavailable as error:
        logger.warning("what user %d left is erased later: %s", actor.user_id, error)
