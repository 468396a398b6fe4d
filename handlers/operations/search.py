"""Search over posts, users and hashtags."""

from typing import Any

from handlers.context import Context, Visitor
from handlers.operation import Access, operation
from handlers.schemas.search import Search
from handlers.text.folding import name_asked_for, tag_asked_for
from storage import search
from storage.records import Hashtag, Page, Post, User
from storage.scopes import Scope


@operation(
    "search",
    scope=Scope.POSTS_READ,
    request_schema=Search,
    response=[Post | User | Hashtag],
    access=Access.VISITOR,
    may_lag=True,
)
async def ranked(
    context: Context, visitor: Visitor, q: str, type: str, limit: int, cursor: str | None
) -> Page[Any]:
    """Find the best 300: posts by words and age, users and hashtags by name and use.

    The order is that of the first page, all through a walk.
    """
    text = q.strip()
    if type == "posts":
        return await search.posts(context.db, visitor.viewer_id, text, limit, cursor)
    if type == "users":
        name = name_asked_for(text) or text
        return await search.users(context.db, visitor.viewer_id, name, limit, cursor)
    return await search.hashtags(context.db, tag_asked_for(text) or text, limit, cursor)
