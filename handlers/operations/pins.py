"""The post of one's own that one's profile shows first."""

from handlers.context import Actor, Context
from handlers.error_codes import ErrorCode
from handlers.operation import operation
from handlers.rate_limits import Bucket
from handlers.schemas.fields import ById
from storage.errors import NotAuthor
from storage.posts import pins, posts
from storage.records import Post
from storage.scopes import Scope


@operation(
    "post.pin",
    scope=Scope.POSTS_WRITE,
    request_schema=ById,
    response=Post,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.NOT_AUTHOR, ErrorCode.NOT_FOUND),
    is_command=True,
)
async def pin(context: Context, actor: Actor, id: int) -> Post:
    """Pin a post of mine: my profile shows it first, in place of any that was pinned before."""
    post = await posts.get(context.db, actor.user_id, id)
    if post.author.id != actor.user_id:
        raise NotAuthor("Only its author may pin a post.")
    await pins.pin(context.db, actor.user_id, id)
    return post


@operation(
    "post.unpin",
    scope=Scope.POSTS_WRITE,
    request_schema=ById,
    response=Post,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.NOT_FOUND,),
    is_command=True,
)
async def unpin(context: Context, actor: Actor, id: int) -> Post:
    """Pin a post no longer."""
    post = await posts.get(context.db, actor.user_id, id)
    await pins.unpin(context.db, actor.user_id, id)
    return post
