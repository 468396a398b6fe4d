"""Hashtags that are used more than usual."""

from handlers.context import Context, Visitor
from handlers.operation import Access, operation
from handlers.schemas.outputs import Trends
from handlers.schemas.search import Trending
from storage.scopes import Scope


@operation(
    "hashtag.trending",
    scope=Scope.POSTS_READ,
    request_schema=Trending,
    response=Trends,
    access=Access.VISITOR,
)
async def trending(context: Context, visitor: Visitor, limit: int) -> Trends:
    """List hashtags that more accounts used within 24 hours than usual, by how many more.

    At most a minute old. However often one account posts, it counts as one.
    """
    return Trends((await context.trends.get())[:limit])
