from dataclasses import asdict

from handlers.context import Actor, Context, Visitor
from handlers.errors import Unprocessable
from handlers.operation import Access, operation
from handlers.operations import notifications
from handlers.schemas.common import ById, PagedById
from realtime.events import RelationshipChanged
from realtime.limits import Bucket
from storage import accounts, relations
from storage.records import Page, User


@operation("user.follow", takes=ById, gives=User, bucket=Bucket.WRITE, statuses=(403, 404))
async def follow(context: Context, actor: Actor, id: int) -> User:
    """Follow a user: their posts and retweets come into one's feed."""
    if id == actor.user_id:
        raise Unprocessable("Nobody follows themselves.")
    _tell(context, actor, await relations.follow(context.db, actor.user_id, id))
    return await accounts.get(context.db, actor.user_id, id)


@operation("user.unfollow", takes=ById, gives=User, bucket=Bucket.WRITE, statuses=(404,))
async def unfollow(context: Context, actor: Actor, id: int) -> User:
    """Stop following a user."""
    _tell(context, actor, await relations.unfollow(context.db, actor.user_id, id))
    return await accounts.get(context.db, actor.user_id, id)


def _tell(context: Context, actor: Actor, changed: relations.Changed | None) -> None:
    if changed is None:
        return
    context.publisher.to_user(
        RelationshipChanged(**asdict(changed.relationship)),
        actor.user_id,
        actor.user_id,
        changed.logged.seq,
        changed.logged.at,
    )
    if changed.notified is not None:
        notifications.tell(context, [changed.notified])


@operation("user.followers", takes=PagedById, gives=[User], access=Access.VISITOR, statuses=(404,))
async def followers(
    context: Context, visitor: Visitor, id: int, limit: int, cursor: str | None
) -> Page[User]:
    """Who follows a user, the newest first."""
    await accounts.get(context.db, None, id)
    return await relations.followers(context.db, visitor.viewer_id, id, limit, cursor)


@operation("user.following", takes=PagedById, gives=[User], access=Access.VISITOR, statuses=(404,))
async def following(
    context: Context, visitor: Visitor, id: int, limit: int, cursor: str | None
) -> Page[User]:
    """Whom a user follows, the newest first."""
    await accounts.get(context.db, None, id)
    return await relations.following(context.db, visitor.viewer_id, id, limit, cursor)
