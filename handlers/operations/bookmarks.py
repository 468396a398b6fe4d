"""Bookmarks, which only their owner sees."""

from dataclasses import replace

from handlers.context import Actor, Context
from handlers.error_codes import ErrorCode
from handlers.operation import operation
from handlers.rate_limits import Bucket
from handlers.schemas.fields import ById
from handlers.schemas.paging import Paged
from storage.posts import bookmarks, posts
from storage.records import Page, Post
from storage.scopes import Scope


@operation(
    "post.bookmark",
    scope=Scope.POSTS_WRITE,
    request_schema=ById,
    response=Post,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.NOT_FOUND,),
    is_command=True,
)
async def bookmark(context: Context, actor: Actor, id: int) -> Post:
    """Keep a post among my bookmarks, which nobody else sees."""
    post = await posts.get(context.db, actor.user_id, id)
    await bookmarks.add(context.db, actor.user_id, id)
    return replace(post, bookmarked=True)


@operation(
    "post.unbookmark",
    scope=Scope.POSTS_WRITE,
    request_schema=ById,
    response=Post,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.NOT_FOUND,),
    is_command=True,
)
async def unbookmark(context: Context, actor: Actor, id: int) -> Post:
    """Take a post out of my bookmarks."""
    post = await posts.get(context.db, actor.user_id, id)
    await bookmarks.remove(context.db, actor.user_id, id)
    return replace(post, bookmarked=False)


@operation(
    "bookmark.list",
    scope=Scope.POSTS_READ,
    request_schema=Paged,
    response=[Post],
    may_lag=True,
)
async def newest(context: Context, actor: Actor, limit: int, cursor: str | None) -> Page[Post]:
    """List my bookmarks, the newest first."""
    return await bookmarks.newest(context.db, actor.user_id, limit, cursor)
