"""Votes in the polls of posts."""

from handlers.context import Actor, Context
from handlers.error_codes import ErrorCode
from handlers.operation import operation
from handlers.rate_limits import Bucket
from handlers.schemas.polls import Vote
from storage.posts import polls, posts
from storage.records import Post
from storage.scopes import Scope


@operation(
    "poll.vote",
    scope=Scope.POSTS_WRITE,
    request_schema=Vote,
    response=Post,
    bucket=Bucket.WRITE,
    errors=(
        ErrorCode.ALREADY_VOTED,
        ErrorCode.BLOCKED,
        ErrorCode.NOT_FOUND,
        ErrorCode.POLL_ENDED,
        ErrorCode.SELF_TARGET,
    ),
    is_command=True,
)
async def vote(context: Context, actor: Actor, id: int, choices: list[int]) -> Post:
    """Vote in the poll of a post, for good; the same vote again changes nothing."""
    if await polls.vote(context.db, actor.user_id, id, choices):
        context.notifier.poll_changed(id)
    return await posts.get(context.db, actor.user_id, id)
