"""Socket.IO 5 (https://github.com/socketio/socket.io-protocol), resuming where it was.

It keeps its position in the user's event log and in the feed, goes on there after a lost
connection, and connects anew where a `seq` is missing.
"""

import asyncio
import contextlib
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

from mini_twitter_client.backoff import backoff
from mini_twitter_client.errors import LoggedOutError, ProblemError, UnreachableError
from mini_twitter_client.transports import (
    CLOSE,
    MESSAGE,
    OPEN,
    OPEN_SECONDS,
    PING,
    PONG,
    PollingTransport,
    Transport,
    WebSocketTransport,
)

CONNECT, DISCONNECT, EVENT = "40", "41", "42"
PACKET = re.compile(r"4([0-4])(?:/[^,]*,)?(\d*)(.*)", re.DOTALL)  # type, ack id, JSON
FIRST_WAIT, LONGEST_WAIT = 0.4, 8.0  # seconds: after an outage of any length all are back soon
BLOCKED_AFTER = 2  # WebSockets that do not open before polling is tried
WEBSOCKET_AGAIN = 4  # while polling, each so many-th connection tries a WebSocket
LOST = (aiohttp.ClientError, OSError, TimeoutError)
OF_NO_LOG = {"since": 0, "epoch": ""}  # a position that is answered by a reset

Position = dict[str, Any]


class _LostError(Exception):
    """The connection has ended; wait: for how long to stay away, None for the usual."""

    def __init__(self, wait: float | None = None) -> None:
        super().__init__()
        self.wait = wait


class Connection:
    """One socket at a time, opened again whenever it is lost, until it is stopped.

    access(stale) returns an access token; hear(name, data, seq) is awaited for each event in turn,
    changed(state) for "connecting", "live", "offline" and "closed", ended(reason) at the end.
    """

    def __init__(
        self,
        url: str,
        http: aiohttp.ClientSession,
        *,
        access: Callable[[str | None], Awaitable[str]],
        hear: Callable[[str, Any, int | None], Awaitable[None]],
        changed: Callable[[str], Awaitable[None]],
        ended: Callable[[dict[str, Any]], Awaitable[None]],
        position: Position | None = None,
        transports: tuple[type[WebSocketTransport] | type[PollingTransport], ...] = (
            WebSocketTransport,
            PollingTransport,
        ),
    ) -> None:
        self._base = f"{url}/socket.io/"
        self._http = http
        self._access = access
        self._hear = hear
        self._changed = changed
        self._ended = ended
        self._transports = transports
        self.position: Position = position or {}
        self.state = "closed"
        self._transport: Transport | None = None
        self._acks: dict[int, asyncio.Future[Any]] = {}
        self._ack_id = 0
        self._attempt = 0
        self._token: str | None = None
        self._stale: str | None = None
        self._closing: dict[str, Any] | None = None
        self._silence = float(OPEN_SECONDS)
        self._unopened = 0
        self._web_socket_works = False

    @property
    def live(self) -> bool:
        """Whether commands can be sent."""
        return self.state == "live"

    async def run(self) -> None:
        """Connect and stay so, until this is cancelled or the session has ended."""
        await self._become("connecting")
        try:
            while True:
                try:
                    await self._connect()
                    raise _LostError
                except LoggedOutError:
                    await self._end({"code": "session_ended", "reason": "The session has ended."})
                    return
                except ProblemError as error:
                    await self._end({"code": error.code, "reason": str(error)})
                    return
                except (_LostError, UnreachableError, *LOST) as error:
                    wait = error.wait if isinstance(error, _LostError) else None
                    await self._become("offline")
                    await asyncio.sleep(self._backoff() if wait is None else wait)
        finally:
            self.state = "closed"

    async def command(self, name: str, data: dict[str, Any], timeout: float) -> Any:
        """Send a command; return the data of its ack.

        Raises ProblemError, or UnreachableError when nobody knows whether it was done.
        """
        transport = self._transport
        if transport is None or not self.live:
            raise UnreachableError("Not connected.")
        number = self._ack_id
        self._ack_id += 1
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._acks[number] = future
        try:
            async with asyncio.timeout(timeout):
                await transport.send(f"{EVENT}{number}{json.dumps([name, data])}")
                ack = await future
        except LOST as error:
            raise UnreachableError("The server did not answer in time.") from error
        finally:
            self._acks.pop(number, None)
        if not ack["ok"]:
            raise ProblemError(ack["error"])
        return ack["data"]

    async def _connect(self) -> None:
        self._token = await self._access(self._stale)
        self._stale = self._closing = None
        self._silence = float(OPEN_SECONDS)
        kind = self._chosen()
        opened = False
        transport = await self._opened(kind)
        self._transport = transport
        try:
            packets = transport.packets()
            while True:
                try:
                    async with asyncio.timeout(self._silence):
                        packet = await anext(packets)
                except StopAsyncIteration:
                    break
                opened = opened or packet.startswith(OPEN)
                await self._packet(transport, packet)
        finally:
            self._count(kind, opened)
            await self._drop(transport)
        self._after_closing()

    async def _opened(self, kind: type[WebSocketTransport] | type[PollingTransport]) -> Transport:
        try:
            return await kind.open(self._http, self._base)
        except LOST:
            self._count(kind, opened=False)
            raise

    def _chosen(self) -> type[WebSocketTransport] | type[PollingTransport]:
        first, *others = self._transports
        if not others or self._web_socket_works or first is not WebSocketTransport:
            return first
        again = self._unopened % WEBSOCKET_AGAIN == 0
        return first if self._unopened < BLOCKED_AFTER or again else others[0]

    def _count(self, kind: type, opened: bool) -> None:
        if kind is WebSocketTransport and opened:
            self._web_socket_works = True
        elif kind is WebSocketTransport or self._unopened >= BLOCKED_AFTER:
            self._unopened += 1

    async def _packet(self, transport: Transport, packet: str) -> None:
        if packet == PING:
            await transport.send(PONG)
        elif packet == CLOSE:
            raise _LostError
        elif packet.startswith(OPEN):
            hello = json.loads(packet[1:])
            self._silence = (hello["pingInterval"] + hello["pingTimeout"]) / 1000
            auth = {"token": self._token, **self.position}
            await transport.send(CONNECT + json.dumps(auth))
        elif packet.startswith(MESSAGE) and (found := PACKET.fullmatch(packet)):
            await self._message(*found.groups())

    async def _message(self, kind: str, number: str, text: str) -> None:
        if kind == "1":
            self._after_closing()
        elif kind == "2":
            name, envelope = json.loads(text)[:2]
            await self._event(name, envelope["data"], envelope["seq"])
        elif kind == "3":
            waiting = self._acks.get(int(number))
            if waiting and not waiting.done():
                waiting.set_result(json.loads(text)[0])
        elif kind == "4":
            self._refused(json.loads(text))

    async def _event(self, name: str, data: Any, seq: int | None) -> None:
        if name == "session.ready":
            self._ready(data)
        elif seq is not None:
            since = self.position["since"]
            if seq <= since:
                return
            if seq != since + 1:
                raise _LostError  # connect anew to recover what is missing
            self.position = {**self.position, "since": seq}
        if name == "session.closing":
            self._closing = data
        if name == "post.created":
            self.position = {**self.position, "feed_since": data["cursor"]}
        await self._hear(name, data, seq)
        if name == "session.ready":
            await self._changed("live")

    def _ready(self, data: dict[str, Any]) -> None:
        resume = data["resume"]
        resumed = resume["status"] == "resumed"
        self.position = {
            "since": data["seq"] - resume["missed"] if resumed else data["seq"],
            "epoch": data["epoch"],
            "feed_since": data["feed"]["cursor"],
        }
        self._attempt = 0
        self.state = "live"

    def _refused(self, refusal: dict[str, Any]) -> None:
        problem = refusal.get("data") or {"status": 403, "detail": refusal.get("message")}
        if problem["status"] == 401:
            self._stale = self._token
        if problem.get("code") == "invalid_resume":
            self.position = OF_NO_LOG
        if problem["status"] == 403:
            raise ProblemError(problem)
        wait = problem.get("retry_after")
        raise _LostError(None if wait is None else max(wait, self._backoff()))

    def _after_closing(self) -> None:
        """Raise what the server's announcement means for the next connection."""
        closing = self._closing
        if closing is None:
            raise _LostError
        if closing["reconnect_in_ms"] is not None:
            raise _LostError(closing["reconnect_in_ms"] / 1000)
        if closing["code"] != "token_expired":
            raise ProblemError({"code": closing["code"], "detail": closing["reason"]})
        self._stale = self._token  # it expired while the machine slept
        raise _LostError(0)

    async def _drop(self, transport: Transport) -> None:
        was_live, self._transport = self.live, None
        if was_live:
            self.state = "offline"
        for waiting in self._acks.values():
            if not waiting.done():
                waiting.set_exception(UnreachableError("The connection was lost."))
        with contextlib.suppress(*LOST):
            async with asyncio.timeout(1):
                if was_live:
                    await transport.send(DISCONNECT)
                await transport.close()
        if was_live:
            await self._changed("offline")

    async def _end(self, reason: dict[str, Any]) -> None:
        await self._become("closed")
        await self._ended(reason)

    async def _become(self, state: str) -> None:
        if state != self.state:
            self.state = state
            await self._changed(state)

    def _backoff(self) -> float:
        self._attempt += 1
        return backoff(self._attempt - 1, FIRST_WAIT, LONGEST_WAIT)
