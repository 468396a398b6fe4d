"""A client of one server and one account at a time."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import Any, Self, TypeVar, cast

import aiohttp

from mini_twitter_client.calls import Calls
from mini_twitter_client.connection import Connection
from mini_twitter_client.emitter import Emitter
from mini_twitter_client.errors import LoggedOutError, ProblemError, UnreachableError
from mini_twitter_client.operations import OPERATIONS
from mini_twitter_client.operations import Calls as Namespaces
from mini_twitter_client.outbox import Outbox
from mini_twitter_client.shapes import Me, Page, TokenPair
from mini_twitter_client.storage import MemoryStorage, Storage
from mini_twitter_client.store import Store
from mini_twitter_client.streams import Streams, TakeBack
from mini_twitter_client.tokens import Session, Tokens

logger = logging.getLogger("mini_twitter_client")

Item = TypeVar("Item")

# An event with the position behind it, and what takes back that it came, where nobody is told of
# it. None ends the telling.
Event = tuple[str, Any, dict[str, Any] | None, TakeBack | None]
Events = asyncio.Queue[Event | None]
CLOSE_SECONDS = 5.0


class Client(Namespaces, Emitter):
    """Calls, live events and an outbox of one session.

    Emits every event of the server by its name, and "state" ("connecting", "live", "offline",
    "closed"), "reset" (what was fetched before is to be fetched again), "stream.subscribed" (how a
    stream is gone on with on a new connection) and "ended" ({code, reason}: this session is over).
    Listeners hear one event after the other; coroutines are awaited.

    url: of the server, without a path. storage: what keeps session, position and outbox. remember:
    keep the position in the event log, too, and go on there after a restart: an event whose
    listeners were not done when the process died comes again.
    """

    def __init__(
        self,
        url: str,
        storage: Storage | None = None,
        *,
        remember: bool = False,
        keep_entities: bool = True,
        **connection_options: Any,
    ) -> None:
        Namespaces.__init__(self, self.call)
        Emitter.__init__(self)
        self.url = url.rstrip("/")
        self.store = Store()
        self._storage = storage or MemoryStorage()
        self._remember = remember
        self._keep_entities = keep_entities
        self._connection_options = connection_options
        self._http: aiohttp.ClientSession | None = None
        self._connection: Connection | None = None
        self._running: asyncio.Task[None] | None = None
        self._telling: asyncio.Task[None] | None = None
        self._background: set[asyncio.Task[Any]] = set()
        self._resuming: asyncio.Task[None] | None = None  # streams, on the connection in hand
        self._events: Events = asyncio.Queue()
        self._left: tuple[str, dict[str, Any]] | None = (
            None  # whose and which the last position was
        )
        self._calls = Calls(self.url, self._session, self._access, lambda: self._connection)
        self._streams = Streams(self._calls.call, self._tell_subscribed)
        self._tokens = Tokens(self._storage, self._exchange, self._tokens_changed)
        self.outbox = Outbox(self._storage, self.call)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def state(self) -> str:
        """How the connection is: "closed", "connecting", "live" or "offline"."""
        return self._connection.state if self._connection else "closed"

    @property
    def user_id(self) -> int | None:
        """The id of who is logged in."""
        session = self._tokens.session
        return session["user_id"] if session else None

    async def restore(self) -> bool:
        """Go on with the stored session; return whether there is one."""
        session = await self._tokens.restore()
        await self.outbox.open(session["user_id"] if session else None)
        return session is not None

    async def log_in(self, username: str, password: str, code: str | None = None) -> Me:
        """Begin a session of this account; with a code where that has a second factor."""
        given = {"username": username, "password": password} | ({"code": code} if code else {})
        pair = await self.call("session.open", given)
        return await self.resume_with(cast(TokenPair, pair))

    async def resume_with(self, pair: TokenPair) -> Me:
        """Take up a session of tokens got elsewhere."""
        me = await self._begin(pair["access"])
        await self._tokens.keep(pair, me["id"])
        await self.outbox.open(me["id"])
        return me

    async def use_token(self, token: str) -> Me:
        """Act by a personal access token, or by a bot's, which has the scope `account:read`."""
        me = await self._begin(token)
        await self._tokens.keep_personal(token, me["id"])
        await self.outbox.open(me["id"])
        return me

    async def _begin(self, access: str) -> Me:
        await self._disconnect()
        self._left = None
        self.store.clear()
        self._streams.clear()
        return cast(Me, await self._calls.call("user.me", {}, token=access))

    async def log_out(self) -> None:
        """End the session. What the outbox holds stays for the next log-in."""
        session = self._tokens.session
        await self._disconnect()
        if session is not None and session["refresh"]:
            try:
                await self.call("session.revoke", {"refresh": session["refresh"]}, 5)
            except (ProblemError, UnreachableError, LoggedOutError) as error:
                logger.info("the session was not revoked: %r", error)
        await self._tokens.end()
        await self.outbox.open(None)
        self._left = None
        self.store.clear()
        self._streams.clear()

    async def connect(self) -> None:
        """Connect, and stay so; return with the first session.ready.

        Raises LoggedOutError when there is no session, or when it ends meanwhile.
        """
        if self._tokens.session is None and not await self.restore():
            raise LoggedOutError("Nobody is logged in.")
        if self._running is not None:
            return
        key = f"position {self.user_id}"
        position = await self._storage.get(key) if self._remember else None
        if self._left is not None and self._left[0] == key:
            position = self._left[1]
        self._connection = Connection(
            self.url,
            self._session(),
            access=self._tokens.access,
            hear=self._hear,
            changed=self._changed,
            ended=self._ended,
            position=position,
            **self._connection_options,
        )
        ready = asyncio.ensure_future(self.once("session.ready"))
        self._running = asyncio.create_task(self._run(self._connection, key))
        await asyncio.wait([ready, self._running], return_when=asyncio.FIRST_COMPLETED)
        if not ready.done():
            ready.cancel()
            raise LoggedOutError("The session has ended.")

    async def run(self) -> None:
        """Connect, and return only when the session has ended."""
        await self.connect()
        if self._running is not None:
            await asyncio.wait([self._running])

    async def close(self) -> None:
        """Close everything; the session, and what is not sent yet, stay in the storage.

        The listeners of the event in hand are waited for, CLOSE_SECONDS at most, and it does not
        come again.
        """
        await self._disconnect()
        await self.outbox.close()
        for task in list(self._background):
            task.cancel()
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def call(
        self, name: str, fields: dict[str, Any], timeout: float | None = None, *, rest: bool = False
    ) -> Any:
        """Call an operation by its name; `client.post.create(content=...)` does this.

        See Calls.call for what it does and raises.
        """
        if name.startswith("stream."):
            return await self._streams.run(name, fields, timeout)
        asked = self.store.changes.begun()
        try:
            result = await self._calls.call(name, fields, timeout, rest=rest)
            shape, method = OPERATIONS[name].returns, OPERATIONS[name].method
            if shape is not None and result is not None and self._keep_entities:
                self.store.take(shape, result, asked if method in (None, "GET") else None)
        finally:
            self.store.changes.ended(asked)
        return result

    async def each(
        self, method: Callable[..., Awaitable[Page[Item]]], **fields: Any
    ) -> AsyncIterator[Item]:
        """Go through all pages of a list: `client.each(client.user.posts, id=7)`."""
        page = await method(**fields)
        while True:
            for item in page["results"]:
                yield item
            if page["next"] is None:
                return
            page = await method(**{**fields, "cursor": page["next"]})

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            self._http = aiohttp.ClientSession()
        return self._http

    async def _access(self, stale: str | None) -> str | None:
        return None if self._tokens.session is None else await self._tokens.access(stale)

    async def _exchange(self, refresh: str) -> TokenPair:
        return cast(TokenPair, await self._calls.call("session.rotate", {"refresh": refresh}))

    async def _tokens_changed(self, session: Session | None) -> None:
        if session is not None and self._connection is not None and self._connection.live:
            self._later(self.call("session.refresh", {"token": session["access"]}))

    async def _run(self, connection: Connection, key: str) -> None:
        """Run the connection and, beside it, the listeners, who may take their time."""
        events = self._events
        self._telling = asyncio.create_task(self._tell_all(events, key))
        try:
            await connection.run()
            await events.join()
        finally:
            dropped = [events.get_nowait() for _ in range(events.qsize())]
            for event in reversed(dropped):
                _take_back(event)
            events.put_nowait(None)

    async def _tell_all(self, events: Events, key: str) -> None:
        while (event := await events.get()) is not None:
            name, data, position, _ = event
            try:
                await self.emit(name, data)
                if position is not None:
                    self._left = key, position
                    if self._remember:
                        await self._storage.set(key, position)
            except asyncio.CancelledError:
                _take_back(event)
                raise
            finally:
                events.task_done()

    async def _hear(self, name: str, data: Any, seq: int | None) -> None:
        assert self._connection is not None
        is_reset = name == "session.ready" and data["resume"]["status"] == "reset"
        if is_reset:
            self.store.clear()
        if self._keep_entities:
            self.store.apply(name, data, seq)
        take_back = self._streams.heard(data) if name == "stream.post" else None
        if name == "session.expiring":
            self._later(self._tokens.renew())
        if name == "conversation.read" and self._keep_entities:
            self._count_unread(data)
        if is_reset:
            self._events.put_nowait(("reset", data, None, None))
        counts = seq is not None or name in ("session.ready", "post.created")
        position = self._connection.position if counts else None
        self._events.put_nowait((name, data, position, take_back))

    def _count_unread(self, read: Any) -> None:
        # Of a conversation that is not known, how much was unread is not known either.
        is_mine = read["user_id"] == self.user_id
        if is_mine and read["conversation_id"] not in self.store.conversations:
            self._later(self.call("user.me", {}))

    async def _changed(self, state: str) -> None:
        self._events.put_nowait(("state", state, None, None))
        if self._resuming is not None:
            self._resuming.cancel()  # else it is tried again on the next connection, from there
        if state == "live":
            self.outbox.flush()
            self._resuming = self._later(self._streams.resume())

    def _tell_subscribed(self, answer: Any, take_back: TakeBack) -> None:
        self._events.put_nowait(("stream.subscribed", answer, None, take_back))

    async def _ended(self, reason: dict[str, Any]) -> None:
        await self._tokens.end()
        self._events.put_nowait(("ended", reason, None, None))

    async def _disconnect(self) -> None:
        running, self._running, self._connection = self._running, None, None
        telling, self._telling = self._telling, None
        if running is not None and running is not asyncio.current_task():
            running.cancel()
            await asyncio.wait([running])
        if telling is not None and telling is not asyncio.current_task():  # a listener may close
            await asyncio.wait([telling], timeout=CLOSE_SECONDS)
            telling.cancel()
        self._events = asyncio.Queue()

    def _later(self, work: Any) -> asyncio.Task[None]:
        async def run() -> None:
            try:
                await work
            except (ProblemError, UnreachableError, LoggedOutError) as error:
                logger.info("%s", error)

        task = asyncio.create_task(run())
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task


def _take_back(event: Event | None) -> None:
    """Have an event come again that nobody was told of."""
    if event is not None and event[3] is not None:
        event[3]()
