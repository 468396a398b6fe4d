"""Quotes of a post, for all to list and for its author to withdraw it from."""

from handlers.context import Actor, Context, Visitor
from handlers.error_codes import ErrorCode
from handlers.operation import Access, operation
from handlers.post_versions import versions
from handlers.rate_limits import Bucket
from handlers.schemas.fields import ById
from handlers.schemas.paging import PagedById
from storage.events.types import PostUpdated
from storage.posts import posts, quotes
from storage.records import Page, Post
from storage.scopes import Scope


@operation(
    "post.quotes",
    scope=Scope.POSTS_READ,
    request_schema=PagedById,
    response=[Post],
    access=Access.VISITOR,
    errors=(ErrorCode.NOT_FOUND,),
    may_lag=True,
)
async def newest(
    context: Context, visitor: Visitor, id: int, limit: int, cursor: str | None
) -> Page[Post]:
    """List the posts that quote a post, the newest first."""
    return await quotes.newest(context.db, visitor.viewer_id, id, limit, cursor)


@operation(
    "post.revoke_quote",
    scope=Scope.POSTS_WRITE,
    request_schema=ById,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.NOT_AUTHOR, ErrorCode.NOT_FOUND),
    is_command=True,
)
async def revoke(context: Context, actor: Actor, id: int) -> None:
    """Withdraw my post from the post that quotes it, by the id of that: for good, and everybody."""
    revoked = await quotes.revoke(context.db, actor.user_id, id)
    if revoked is None:
        return
    if post := await posts.get_live(context.db, id):
        context.notifier.post_changed(
            PostUpdated(post), id, revoked.author_id, revoked.actor_ids, versions(post.content)
        )
    context.notifier.notifications_withdrawn(revoked.withdrawn)
    context.notifier.counts_changed(revoked.quoted_id)
