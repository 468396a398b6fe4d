"""python-socketio, made strict and bounded.

Stock clients, the handshake and acks go through the library. What it does not do is added here, at
its extension points; each private attribute that this relies on is used in this file only.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Protocol

import engineio
import orjson
import socketio
from aiohttp import web
from engineio.async_drivers.aiohttp import WebSocket
from engineio.packet import MESSAGE
from engineio.packet import Packet as EnginePacket
from engineio.payload import Payload
from socketio.packet import DISCONNECT

from realtime.packets import BadPacket, StrictPacket
from realtime.tasks import Tasks

logger = logging.getLogger(__name__)

MESSAGE_BYTES_MAX = 64 * 1024  # of what a client sends at once
HANDSHAKE_SECONDS = 10  # in which a new connection must have shown a token
POLLED_PACKETS = 16  # stock Python clients refuse an answer with more
FAREWELL_SECONDS = 0.3  # for the last packets to leave before a connection is cut

# Of one POST, whose size is bounded. The library takes 16, and drops all of them silently when a
# client that polls sends more, as what it has kept for its connection.
Payload.max_decode_packets = MESSAGE_BYTES_MAX


class PlainWebSocket(WebSocket):  # type: ignore[misc]
    """The library's WebSocket without permessage-deflate, which browsers ask for by default: it
    costs 100 KB and 20-30 us a message for each, and packets of some hundred bytes gain nothing.
    """

    async def __call__(self, environ: dict[str, Any]) -> web.WebSocketResponse:
        request: web.Request = environ["aiohttp.request"]
        self._sock = web.WebSocketResponse(
            max_msg_size=self.server.max_http_buffer_size, compress=False
        )
        await self._sock.prepare(request)
        self.environ = environ
        # The connection that cut() ends: after an upgrade it is not the one of the handshake.
        socket = self.handler.__self__
        socket.websocket_transport = request.transport
        try:
            await self.handler(self)
        except Exception:  # not even Engine.IO: the library would leave the client registered
            socket.queue.put_nowait(None)
            await socket.close(wait=False, abort=True)
        return self._sock


class OutgoingQueue(asyncio.Queue[Any]):
    """A connection's packets, which know how many bytes they are.

    At most as many leave at once as clients take in the answer to one poll.
    """

    waiting_bytes = 0
    _leaving = 0

    async def get(self) -> Any:
        self._leaving = POLLED_PACKETS
        return await super().get()

    def get_nowait(self) -> Any:
        if self._leaving <= 0:
            raise asyncio.QueueEmpty
        self._leaving -= 1
        return super().get_nowait()

    def _put(self, item: Any) -> None:
        self.waiting_bytes += _size(item)
        super()._put(item)

    def _get(self) -> Any:
        item = super()._get()
        self.waiting_bytes -= _size(item)
        return item


def _size(item: Any) -> int:
    data = None if item is None else item.data
    if isinstance(data, str):
        return len(data) if data.isascii() else len(data.encode())
    return len(data) if isinstance(data, bytes) else 0


class EngineServer(engineio.AsyncServer):  # type: ignore[misc]
    sid_prefix = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        drivers: dict[str, Any] = engineio.async_drivers.aiohttp._async
        self._async = {**drivers, "websocket": PlainWebSocket}

    async def disconnect(self, sid: str | None = None) -> None:
        """Without waiting until the client has fetched what was sent to it: it may never."""
        socket = self.sockets.pop(sid, None)
        if socket is not None:
            socket.queue.put_nowait(None)
            await socket.close(wait=False, abort=True)

    def generate_id(self) -> str:
        """A session id; sid_prefix tells one process's from another's."""
        return self.sid_prefix + str(super().generate_id())

    def create_queue(self, *args: Any, **kwargs: Any) -> OutgoingQueue:
        return OutgoingQueue()


class Manager(socketio.AsyncManager):  # type: ignore[misc]
    """Tells when the CONNECT packet of a client is on its way: from then on it can hear events."""

    def __init__(self, on_connected: Callable[[str, str], None]) -> None:
        super().__init__()
        self._on_connected = on_connected

    async def connect(self, sid: str, namespace: str) -> str:
        connected: str = await super().connect(sid, namespace)
        eio_sid = self.eio_sid_from_sid(sid, namespace)
        if self.server.alive(eio_sid):
            self._on_connected(sid, eio_sid)
        else:  # it went while its token was looked at: the library would keep it for ever
            self.basic_disconnect(sid, namespace)
        return connected


class Namespace(Protocol):
    """What happens to the clients of the default namespace, by their sid."""

    async def on_connect(self, sid: str, environ: dict[str, Any], auth: Any) -> None: ...

    def on_connected(self, sid: str, eio_sid: str) -> None: ...

    async def on_event(self, sid: str, name: str, args: tuple[Any, ...]) -> Any: ...

    async def on_disconnect(self, sid: str) -> None: ...


class SocketServer(socketio.AsyncServer):  # type: ignore[misc]
    """One namespace, whose commands are carried out in the order in which a socket sent them."""

    def __init__(
        self, namespace: Namespace, tasks: Tasks, cors_origins: Any, sid_prefix: str = ""
    ) -> None:
        super().__init__(
            async_mode="aiohttp",
            client_manager=Manager(namespace.on_connected),
            async_handlers=False,
            serializer="default",
            cors_allowed_origins=cors_origins,
            max_http_buffer_size=MESSAGE_BYTES_MAX,
            ping_interval=25,
            ping_timeout=20,
            http_compression=False,
            logger=_quiet("socketio"),
            engineio_logger=_quiet("engineio"),
        )
        self.packet_class = StrictPacket
        self.eio.sid_prefix = sid_prefix
        self._namespace = namespace
        self._tasks = tasks

    def _engineio_server_class(self) -> type[EngineServer]:
        return EngineServer

    async def _trigger_event(self, event: str, namespace: str, *args: Any) -> Any:
        if event == "connect":
            return await self._namespace.on_connect(*args)
        if event == "disconnect":
            return await self._namespace.on_disconnect(args[0])
        sid, *rest = args
        return await self._namespace.on_event(sid, event, tuple(rest))

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> None:
        await super()._handle_eio_connect(eio_sid, environ)
        asyncio.get_running_loop().call_later(HANDSHAKE_SECONDS, self._expect_handshake, eio_sid)

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        socket = self.eio.sockets.get(eio_sid)
        await super()._handle_eio_disconnect(eio_sid, reason)
        transport = getattr(socket, "websocket_transport", None)
        if transport is not None:  # the library would leave it to who neither reads nor answers
            asyncio.get_running_loop().call_later(FAREWELL_SECONDS, transport.abort)
        elif socket is not None:  # a poll that waits is answered, not held until its end
            socket.queue.put_nowait(None)

    async def _handle_connect(self, eio_sid: str, namespace: str | None, data: Any) -> None:
        if self.manager.sid_from_eio_sid(eio_sid, namespace or "/") is not None:
            raise BadPacket("connected already")
        await super()._handle_connect(eio_sid, namespace, data)

    async def _handle_disconnect(self, eio_sid: str, namespace: str | None, *reason: str) -> None:
        await super()._handle_disconnect(eio_sid, namespace, *reason)
        asyncio.get_running_loop().call_later(HANDSHAKE_SECONDS, self._expect_handshake, eio_sid)

    def _expect_handshake(self, eio_sid: str) -> None:
        if eio_sid in self.environ and self.manager.sid_from_eio_sid(eio_sid, "/") is None:
            self.cut(eio_sid)

    async def _handle_eio_message(self, eio_sid: str, data: Any) -> None:
        try:
            await super()._handle_eio_message(eio_sid, data)
        except (ValueError, TypeError, IndexError, AttributeError) as error:
            if not isinstance(error, BadPacket | orjson.JSONDecodeError):
                logger.exception("a packet could not be handled")
            self.cut(eio_sid)

    def alive(self, eio_sid: str | None) -> bool:
        socket = self.eio.sockets.get(eio_sid)
        return socket is not None and not socket.closed

    def send(self, eio_sid: str, packet: str) -> int:
        """Queue a Socket.IO packet behind all that was queued before; return the bytes that wait
        now.
        """
        if not self.alive(eio_sid):
            return 0
        queue = self.eio.sockets[eio_sid].queue
        queue.put_nowait(EnginePacket(MESSAGE, data=packet))
        return int(queue.waiting_bytes)

    def waiting_bytes(self, eio_sid: str) -> int:
        return int(self.eio.sockets[eio_sid].queue.waiting_bytes) if self.alive(eio_sid) else 0

    def leave(self, eio_sid: str, *, for_good: bool) -> None:
        """Cut a connection as soon as what was sent to it is on its way.

        for_good tells the client so, and stock clients then do not come back by themselves.
        """
        if for_good:
            self.send(eio_sid, StrictPacket(DISCONNECT).encode())
        asyncio.get_running_loop().call_later(FAREWELL_SECONDS, self.cut, eio_sid)

    def cut_strangers(self) -> None:
        """End the connections that have not shown a token yet."""
        for eio_sid in list(self.eio.sockets):
            if self.manager.sid_from_eio_sid(eio_sid, "/") is None:
                self.cut(eio_sid)

    def cut(self, eio_sid: str) -> None:
        """End a connection without waiting for its client; its disconnect is handled as ever."""
        if not self.alive(eio_sid):
            return
        socket = self.eio.sockets[eio_sid]
        transport = getattr(socket, "websocket_transport", None)
        if socket.upgraded and transport is not None:
            transport.abort()
        else:  # long-polling: release the request that waits; the next one finds no session
            socket.queue.put_nowait(None)
            self._tasks.start(socket.close(wait=False, abort=True))


def _quiet(name: str) -> logging.Logger:
    """The library logs every packet, and a client's every mistake with a traceback."""
    quiet = logging.getLogger(f"{__name__}.{name}")
    quiet.setLevel(logging.CRITICAL)
    return quiet
