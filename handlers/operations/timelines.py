"""Lists of posts and of users around a post."""

from handlers.context import Actor, Context, Visitor
from handlers.error_codes import ErrorCode
from handlers.operation import Access, operation
from handlers.schemas.fields import ID_MAX, ById
from handlers.schemas.paging import PagedById
from handlers.schemas.posts import ListFeed, ListPosts, ListUserPosts
from handlers.text.folding import name_asked_for, tag_asked_for
from storage.accounts import accounts, usernames
from storage.posts import feed, pins, profile_posts, threads, timelines
from storage.records import Page, Post, PostVersion, Thread, User
from storage.scopes import Scope


@operation(
    "post.list",
    scope=Scope.POSTS_READ,
    request_schema=ListPosts,
    response=[Post],
    access=Access.VISITOR,
    may_lag=True,
)
async def newest(
    context: Context,
    visitor: Visitor,
    search: str,
    hashtag: str,
    author: str,
    limit: int,
    cursor: str | None,
) -> Page[Post]:
    """List everybody's posts, the newest first; filters are combined."""
    return await timelines.newest(
        context.db,
        visitor.viewer_id,
        limit,
        cursor,
        search=search.strip() or None,
        hashtag=tag_asked_for(hashtag) or None,
        author_id=await _user_id(context, author.strip()),
    )


async def _user_id(context: Context, author: str) -> int | None:
    """Parse an id or a username; 0 for nobody. Digits are an id: such a username takes an @."""
    if not author:
        return None
    if author.isascii() and author.isdigit():
        return min(int(author), ID_MAX)
    return await usernames.user_id(context.db, name_asked_for(author)) or 0


@operation(
    "post.replies",
    scope=Scope.POSTS_READ,
    request_schema=PagedById,
    response=[Post],
    access=Access.VISITOR,
    errors=(ErrorCode.NOT_FOUND,),
    may_lag=True,
)
async def replies(
    context: Context, visitor: Visitor, id: int, limit: int, cursor: str | None
) -> Page[Post]:
    """List the replies to a post, the oldest first."""
    return await timelines.replies(context.db, visitor.viewer_id, id, limit, cursor)


@operation(
    "post.thread",
    scope=Scope.POSTS_READ,
    request_schema=ById,
    response=Thread,
    access=Access.VISITOR,
    errors=(ErrorCode.NOT_FOUND,),
    may_lag=True,
)
async def thread(context: Context, visitor: Visitor, id: int) -> Thread:
    """Get a post with the 100 nearest that it answers and the 200 nearest replies, depth first.

    Further replies are among the replies of each.
    """
    return await threads.get(context.db, visitor.viewer_id, id)


@operation(
    "post.history",
    scope=Scope.POSTS_READ,
    request_schema=PagedById,
    response=[PostVersion],
    access=Access.VISITOR,
    errors=(ErrorCode.NOT_FOUND,),
    may_lag=True,
)
async def history(
    context: Context, visitor: Visitor, id: int, limit: int, cursor: str | None
) -> Page[PostVersion]:
    """List the earlier versions of a post, the newest first; none where it was never edited."""
    return await timelines.history(context.db, visitor.viewer_id, id, limit, cursor)


@operation(
    "post.likes",
    scope=Scope.POSTS_READ,
    request_schema=PagedById,
    response=[User],
    access=Access.VISITOR,
    errors=(ErrorCode.NOT_FOUND,),
    may_lag=True,
)
async def likers(
    context: Context, visitor: Visitor, id: int, limit: int, cursor: str | None
) -> Page[User]:
    """List who likes a post, the newest first."""
    return await timelines.likers(context.db, visitor.viewer_id, id, limit, cursor)


@operation(
    "post.retweets",
    scope=Scope.POSTS_READ,
    request_schema=PagedById,
    response=[User],
    access=Access.VISITOR,
    errors=(ErrorCode.NOT_FOUND,),
    may_lag=True,
)
async def retweeters(
    context: Context, visitor: Visitor, id: int, limit: int, cursor: str | None
) -> Page[User]:
    """List who retweeted a post, the newest first."""
    return await timelines.retweeters(context.db, visitor.viewer_id, id, limit, cursor)


POSTS_BY_KIND = {
    "all": feed.by_user,
    "posts": feed.posts_by_user,
    "replies": profile_posts.replies,
    "media": profile_posts.media,
    "likes": profile_posts.likes,
    "pinned": pins.pinned,
}


@operation(
    "user.posts",
    scope=Scope.POSTS_READ,
    request_schema=ListUserPosts,
    response=[Post],
    access=Access.VISITOR,
    errors=(ErrorCode.NOT_FOUND,),
)
async def by_user(
    context: Context, visitor: Visitor, id: int, kind: str, limit: int, cursor: str | None
) -> Page[Post]:
    """List what a user posted and retweeted, the newest first, or one kind of it."""
    await accounts.get(context.db, None, id)
    return await POSTS_BY_KIND[kind](context.db, visitor.viewer_id, id, limit, cursor)


@operation(
    "feed.list", scope=Scope.POSTS_READ, request_schema=ListFeed, response=[Post], is_command=True
)
async def home(
    context: Context, actor: Actor, since_id: int | None, limit: int, cursor: str | None
) -> Page[Post]:
    """List my feed: posts and retweets by those I follow and me, the newest first, a post once."""
    if cursor is None and since_id is None:
        return await context.timeline_cache.first_page(context.db, actor.user_id, limit)
    return await feed.home(context.db, actor.user_id, limit, cursor, since_id)
