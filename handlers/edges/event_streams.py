"""The events of the sockets by Server-Sent Events: one's own, and streams of new posts."""

import asyncio
import math
import random
from collections.abc import Callable, Sequence

from aiohttp import hdrs, web

from handlers.context import Actor, Context, Visitor
from handlers.edges.exchange import EXCHANGE
from handlers.edges.rest.endpoint import authenticate
from handlers.edges.visitors import CROWDED_RETRY_SECONDS, Visitors
from handlers.error_codes import ErrorCode
from handlers.errors import OperationError
from handlers.operation import require, spend
from handlers.rate_limits import Bucket, caller_of
from handlers.stream_names import stream_named
from realtime.delivery.client_session import ClientSession
from realtime.delivery.namespace import AWAY_MS, Refused, SocketNamespace
from realtime.delivery.post_streams import TooManySearches
from realtime.delivery.stream_cursor import Snapshot, StreamCursor
from realtime.delivery.stream_host import STREAMS_MAX
from realtime.delivery.stream_listeners import NO_USER
from realtime.protocol import encoding, server_sent_events
from realtime.tasks import Tasks
from realtime.transport.event_stream import EventStream, EventStreamResponse
from realtime.transport.write_batch import WriteBatcher
from storage.errors import Unavailable
from storage.events.session import StreamSubscribed
from storage.posts.streams import StreamName
from storage.scopes import Scope

PATH = "/api/stream/"
LAST_EVENT_ID = "Last-Event-ID"
GONE_SECONDS = 0.05  # how often it is looked whether all have gone
SUBSCRIBED = "stream.subscribed"


class EventStreams:
    """Answers with events that do not end.

    Args:
        context: What operations work with.
        clients: Where those who have logged in become clients, as on sockets.
        tasks: Own the reading of what was missed.
        batcher: Joins writes, those of sockets among them.
        waiting_bytes_max: How much may wait for a client that does not read.
        public: Whether streams may be listened to without login.
    """

    def __init__(
        self,
        context: Context,
        clients: SocketNamespace,
        tasks: Tasks,
        batcher: WriteBatcher,
        waiting_bytes_max: int,
        *,
        public: bool,
    ) -> None:
        self._context = context
        self._clients = clients
        self._tasks = tasks
        self._batcher = batcher
        self._waiting_bytes_max = waiting_bytes_max
        self._public = public
        self._visitors: set[ClientSession] = set()
        self._admitted = Visitors()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a request with the events of who makes it."""
        visitor = await authenticate(request)
        asked = request.query.getall("streams", [])
        if asked:
            require(Scope.POSTS_READ, visitor)
        if len(asked) > STREAMS_MAX:
            raise OperationError(ErrorCode.STREAM_LIMIT, f"At most {STREAMS_MAX} streams.")
        for _ in asked or [""]:  # each is looked up, and has a past to be read
            await spend(Bucket.READ, self._context, visitor, request[EXCHANGE].on_spent)
        names = await self._names(asked)
        last = request.headers.get(LAST_EVENT_ID) or request.query.get("last_event_id", "")
        offset, cursors = server_sent_events.parts_of(last)
        since = _cursors(names, cursors if last else None)
        if request.method == hdrs.METH_HEAD:
            return web.Response(content_type="text/event-stream", charset="utf-8")
        if isinstance(visitor, Actor):
            return await self._own_events(visitor, offset if last else None, since)
        return self._streams_alone(visitor, since)

    async def _names(self, asked: Sequence[str]) -> list[StreamName]:
        names = [await stream_named(self._context, each, field="streams") for each in asked]
        return list(dict.fromkeys(names))

    async def _own_events(
        self, actor: Actor, offset: str | None, since: dict[StreamName, StreamCursor | None]
    ) -> web.StreamResponse:
        if self._clients.draining:
            raise _restarting()
        give_back = self._context.streams.reserve(actor.user_id, since.keys())
        if give_back is None:
            raise _full()
        try:
            client = await self._clients.admit(actor, offset)
        except BaseException as error:
            give_back()
            if isinstance(error, Refused):
                raise OperationError(
                    ErrorCode.TOO_MANY_CONNECTIONS, str(error), retry_after=CROWDED_RETRY_SECONDS
                ) from error
            raise

        def on_open() -> None:
            self._clients.on_connected(client, stream)
            give_back()
            if client.session is not None:
                self._listen(client.session, since)

        def on_close() -> None:
            give_back()
            self._clients.on_disconnect(client)

        stream = self._opened(since, on_close)
        return EventStreamResponse(stream, on_open)

    def _streams_alone(
        self, visitor: Visitor, since: dict[StreamName, StreamCursor | None]
    ) -> web.StreamResponse:
        if not (self._public and since):
            raise OperationError(
                ErrorCode.TOKEN_MISSING,
                "Send `Authorization: Bearer TOKEN`, or say which public `streams` to listen to.",
            )
        if self._clients.draining:
            raise _restarting()
        if not self._context.streams.takes(since.keys()):
            raise _full()
        leave = self._admitted.admit(caller_of(visitor.address), since)

        def on_open() -> None:
            self._visitors.add(session)
            self._listen(session, since)

        def on_close() -> None:
            leave()
            self._visitors.discard(session)
            session.release()
            self._context.streams.unsubscribe_all(session)

        stream = self._opened(since, on_close)
        session = ClientSession(stream, NO_USER, 0, math.inf, pending=None)
        return EventStreamResponse(stream, on_open)

    def _opened(
        self, since: dict[StreamName, StreamCursor | None], on_close: Callable[[], None]
    ) -> EventStream:
        cursors = {str(name): "" if at is None else str(at) for name, at in since.items()}
        return EventStream(self._batcher, self._waiting_bytes_max, cursors, on_close)

    def _listen(self, session: ClientSession, since: dict[StreamName, StreamCursor | None]) -> None:
        if since and not session.closing:
            session.wanted.update(since)
            self._tasks.start(self._subscribe(session, since))

    async def _subscribe(
        self, session: ClientSession, since: dict[StreamName, StreamCursor | None]
    ) -> None:
        try:
            for name, cursor in since.items():
                answer = await self._context.streams.subscribe(session, name, cursor)
                session.send(_subscribed(answer))
        except Unavailable:
            self._close(session, "The database does not answer.")
        except TooManySearches:  # others came first
            self._close(session, "Too many different searches are listened to.")

    def _close(self, session: ClientSession, reason: str) -> None:
        session.close("unavailable", reason, AWAY_MS + random.randrange(AWAY_MS))

    async def drain(self) -> None:
        """Send those without login to other instances; those with one are clients' like others."""
        for session in list(self._visitors):
            session.close("draining", "The server restarts.", random.randrange(AWAY_MS))
        while self._visitors:  # noqa: ASYNC110  each ends by itself in 0.3 s
            await asyncio.sleep(GONE_SECONDS)

    @property
    def visitors(self) -> int:
        """How many listen without login."""
        return len(self._visitors)


LOST = StreamCursor("", Snapshot.below(1))  # of no epoch: nothing can be gone on from there


def _cursors(
    names: Sequence[StreamName], texts: Sequence[str] | None
) -> dict[StreamName, StreamCursor | None]:
    """Return where to go on with each stream; None, for all, of who has not been here.

    What makes no sense, or is of other streams, is no error: a browser would show it for good.
    """
    if texts is None or len(texts) != len(names):
        return dict.fromkeys(names, None if texts is None else LOST)
    return {name: _cursor(text) for name, text in zip(names, texts, strict=True)}


def _cursor(text: str) -> StreamCursor | None:
    try:
        return StreamCursor.parse(text) if text else None
    except ValueError:
        return LOST


def _full() -> OperationError:
    message = "The user, or the instance, listens to too many streams."
    return OperationError(ErrorCode.STREAM_LIMIT, message)


def _restarting() -> OperationError:
    return OperationError(ErrorCode.UNAVAILABLE, "The server restarts.", retry_after=1)


def _subscribed(answer: StreamSubscribed) -> bytes:
    return encoding.event_of_now(SUBSCRIBED, answer)
