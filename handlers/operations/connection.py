"""What only a socket can do: it is about the connection, or not stored."""

from datetime import UTC, datetime

from handlers.context import Context, SocketActor
from handlers.error_codes import ErrorCode
from handlers.errors import OperationError
from handlers.operation import operation
from handlers.rate_limits import Bucket
from handlers.schemas.connection import WATCHED_MAX, AccessToken, SetTyping, WatchPosts, WatchUsers
from handlers.schemas.outputs import ExpiresAt
from storage.accounts import sessions
from storage.events.types import PresenceChanged
from storage.messaging import conversations
from storage.posts.counts import Counts
from storage.scopes import NO_TOKEN, Scope


@operation(
    "typing",
    scope=Scope.MESSAGES_WRITE,
    request_schema=SetTyping,
    bucket=Bucket.REALTIME,
    errors=(ErrorCode.NOT_FOUND,),
    is_command=True,
)
async def typing(context: Context, actor: SocketActor, conversation_id: int, active: bool) -> None:
    """Show the other participants that I am typing; to be repeated every 5 s at least."""
    others = await conversations.recipients(context.db, actor.user_id, conversation_id)
    context.notifier.typing(conversation_id, actor.user_id, others, active=active)


@operation(
    "presence.watch",
    scope=Scope.USERS_READ,
    request_schema=WatchUsers,
    response=[PresenceChanged],
    bucket=Bucket.REALTIME,
    errors=(ErrorCode.NOT_FOUND,),
    is_command=True,
)
async def watch_users(
    context: Context, actor: SocketActor, user_ids: list[int]
) -> list[PresenceChanged]:
    """Watch the presence of these users, and of no others; answers their state now."""
    return await context.presence.watch(actor.connection, actor.user_id, user_ids)


@operation(
    "post.watch",
    scope=Scope.POSTS_READ,
    request_schema=WatchPosts,
    response=[Counts],
    bucket=Bucket.REALTIME,
    errors=(ErrorCode.NOT_FOUND, ErrorCode.WATCH_LIMIT),
    is_command=True,
)
async def watch_posts(context: Context, actor: SocketActor, ids: list[int]) -> list[Counts]:
    """Watch these posts as well; answers their counts now."""
    if len(actor.connection.watched_posts | set(ids)) > WATCHED_MAX:
        raise OperationError(
            ErrorCode.WATCH_LIMIT, f"A connection watches at most {WATCHED_MAX} posts."
        )
    return await context.post_watchers.watch(actor.connection, ids)


@operation(
    "post.unwatch",
    scope=Scope.POSTS_READ,
    request_schema=WatchPosts,
    bucket=Bucket.REALTIME,
    is_command=True,
)
async def unwatch_posts(context: Context, actor: SocketActor, ids: list[int]) -> None:
    """Watch these posts no longer."""
    context.post_watchers.unwatch(actor.connection, ids)


@operation(
    "session.refresh",
    scope=NO_TOKEN,
    request_schema=AccessToken,
    response=ExpiresAt,
    bucket=Bucket.REALTIME,
    errors=(ErrorCode.TOKEN_MISMATCH,),
    is_command=True,
)
async def refresh(context: Context, actor: SocketActor, token: str) -> ExpiresAt:
    """Go on with a fresh access token of the same user."""
    access = context.tokens.access(token)
    if access.user_id != actor.user_id:
        raise OperationError(ErrorCode.TOKEN_MISMATCH, "Not a token of this socket's user.")
    if await sessions.active(context.db, access.session_id) is None:
        raise OperationError(ErrorCode.SESSION_ENDED, "The session has ended.")
    actor.connection.session_id = access.session_id
    actor.connection.keep_until(access.expires_at)
    return ExpiresAt(datetime.fromtimestamp(access.expires_at, UTC))
