"""Listening to streams of new posts on a socket."""

from handlers.context import Context, SocketActor
from handlers.error_codes import ErrorCode
from handlers.errors import OperationError
from handlers.operation import operation
from handlers.rate_limits import Bucket
from handlers.schemas.connection import Subscribe, Unsubscribe
from handlers.stream_names import cursor_of, stream_named
from realtime.delivery.post_streams import TooManySearches
from storage.events.session import StreamSubscribed
from storage.scopes import Scope


@operation(
    "stream.subscribe",
    scope=Scope.POSTS_READ,
    request_schema=Subscribe,
    response=StreamSubscribed,
    bucket=Bucket.REALTIME,
    errors=(ErrorCode.NOT_FOUND, ErrorCode.STREAM_LIMIT),
    is_command=True,
)
async def subscribe(
    context: Context, actor: SocketActor, stream: str, cursor: str | None
) -> StreamSubscribed:
    """Listen to a stream of new posts; what came since the cursor has been sent by the ack."""
    name, since = await stream_named(context, stream), cursor_of(cursor)
    if not context.streams.has_room(actor.connection, name):
        raise _full()
    try:
        return await context.streams.subscribe(actor.connection, name, since)
    except TooManySearches as error:
        raise _full() from error


def _full() -> OperationError:
    message = "The connection, the user or the instance listens to too many streams."
    return OperationError(ErrorCode.STREAM_LIMIT, message)


@operation(
    "stream.unsubscribe",
    scope=Scope.POSTS_READ,
    request_schema=Unsubscribe,
    bucket=Bucket.REALTIME,
    errors=(ErrorCode.NOT_FOUND,),
    is_command=True,
)
async def unsubscribe(context: Context, actor: SocketActor, stream: str) -> None:
    """Listen to a stream no longer."""
    context.streams.unsubscribe(actor.connection, await stream_named(context, stream))
