"""Engine.IO: python-engineio's server with our own connections.

Its long-polling is the library's, bounded; a WebSocket is ours from the handshake on (see
realtime.transport.websocket). A client that polls first and goes over to WebSocket keeps the order
of what it is sent: what waits for its polls goes ahead.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

import engineio
from aiohttp import web
from engineio.async_socket import AsyncSocket
from engineio.exceptions import EngineIOError
from engineio.packet import CLOSE, MESSAGE, NOOP, OPEN, PING, PONG, Packet
from prometheus_client import Counter

from realtime.protocol import frames
from realtime.tasks import CommandRunners
from realtime.transport.keepalive import Keepalive
from realtime.transport.polling import MESSAGE_BYTES_MAX, OutgoingQueue, read_packets
from realtime.transport.websocket import (
    FAREWELL_SECONDS,
    CompressingWebSocket,
    WebSocket,
    compresses,
    handshake,
    take_over,
)
from realtime.transport.write_batch import WriteBatcher

HEARD_MAX = 64  # messages of one socket that wait for their turn before it is not read any more

POSTED = {CLOSE, PONG, MESSAGE}  # the packets that a client may post

PING_FRAME = frames.text(b"2")
PROBED_FRAME = frames.text(b"3probe")

SLOW = Counter("mini_twitter_slow_sockets_total", "Connections cut because they did not read")


class EngineSocket(AsyncSocket):  # type: ignore[misc]
    """One client's connection, by long-polling or WebSocket.

    What it is sent are frames of the text packets of Engine.IO (see realtime.protocol.frames), in
    one order whatever the transport.
    """

    server: "EngineServer"
    queue: Any  # an OutgoingQueue; None where a WebSocket was there from the start
    connected: bool
    upgrading: bool
    upgraded: bool
    closing: bool
    closed: bool
    unanswered = False
    client: Any = None  # of the Socket.IO namespace, once it is connected to it
    turn: asyncio.Lock | None = None  # of messages that may come by several polls at once

    def __init__(self, server: "EngineServer", sid: str) -> None:
        super().__init__(server, sid)
        self._websocket: WebSocket | None = None
        self._probe: WebSocket | None = None
        self._heard: deque[bytes] | None = None  # while there is a task that handles them
        self._overflowing = False
        self._slot = server.heartbeat.enter(self)

    # What is sent

    def write(self, frame: bytes) -> None:
        """Send a frame behind those before it, joined with others of its moment.

        Where there was a WebSocket from the start, this is the WebSocket's own `write`.
        """
        if self._websocket is not None:
            self._websocket.write(frame)
        elif not self.closed:
            packet = frames.payload(frame)[1:].decode()
            self.queue.put_nowait(Packet(MESSAGE, data=packet))
            if self.queue.waiting_bytes > self.server.waiting_bytes_max:
                self.overflow()

    def write_now(self, frame: bytes) -> None:
        """Send a frame behind those before it, and at once."""
        if self._websocket is not None:
            self._websocket.write_now(frame)
        else:
            self.write(frame)

    @property
    def waiting_bytes(self) -> int:
        """Of what was sent, and the client has not taken yet."""
        if self._websocket is not None:
            return self._websocket.waiting_bytes
        return 0 if self.closed else int(self.queue.waiting_bytes)

    @property
    def waiting_bytes_max(self) -> int:
        return self.server.waiting_bytes_max

    def overflow(self) -> None:
        """More waits than may: cut the client, which can resume."""
        if not self._overflowing:
            self._overflowing = True
            SLOW.inc()
            asyncio.get_running_loop().call_soon(self.cut)

    async def send(self, packet: Packet) -> None:
        """What the library sends: handshakes and refusals."""
        if self._websocket is not None:
            self._websocket.write_now(_framed(packet))
        elif not self.closed:
            self.queue.put_nowait(packet)

    # What is heard

    @property
    def backlog(self) -> int:
        """How many messages were heard and wait for their turn."""
        return len(self._heard or ())

    def heard(self, websocket: WebSocket, message: bytes) -> None:
        if websocket is self._probe:
            self._go_over(websocket, message)
        elif message[:1] == b"3":
            self.schedule_ping()
        elif self._heard is None:
            self._heard = deque((message,))
            self.server.runners.start(self._handle_heard, websocket, self._heard)
        else:
            self._heard.append(message)
            if len(self._heard) == HEARD_MAX:
                websocket.pause_reading()

    async def _handle_heard(self, websocket: WebSocket, messages: deque[bytes]) -> None:
        """One after another, until there are none: a socket that is silent has no task."""
        try:
            while messages and not self.closed:
                await self._handle(messages.popleft())
                if len(messages) == HEARD_MAX // 2:
                    websocket.resume_reading()
        finally:
            self._heard = None

    async def _handle(self, message: bytes) -> None:
        kind = message[:1]
        if kind == b"4":
            try:
                text = message[1:].decode()
            except UnicodeDecodeError:
                self.cut()
            else:
                await self.server.handlers["message"](self.sid, text)
        elif kind == b"1" or not kind.isdigit():
            self.cut()

    def schedule_ping(self) -> None:
        """The client has answered a ping; the next one comes by itself (see keepalive)."""
        self.unanswered = False

    def ping(self) -> None:
        self.unanswered = True
        if self._websocket is not None:
            self._websocket.write(PING_FRAME)
        else:
            self.queue.put_nowait(Packet(PING))

    async def handle_post_request(self, environ: dict[str, Any]) -> None:
        """Handle the packets of a POST, one after another. Raises EngineIOError."""
        for packet in await read_packets(environ["aiohttp.request"]):
            if packet.packet_type not in POSTED or self.closed:
                raise EngineIOError("not what a client posts")
            await self.receive(packet)

    # From request to WebSocket

    async def _upgrade_websocket(self, environ: dict[str, Any]) -> web.StreamResponse:
        server, request = self.server, environ["aiohttp.request"]
        compressing = server.compression and compresses(request)
        answer = handshake(request, compressing=compressing)
        websocket = (CompressingWebSocket if compressing else WebSocket)(
            self,
            server.batch,
            MESSAGE_BYTES_MAX,
            server.waiting_bytes_max,
            self.overflow,
            compressing=compressing,
        )
        if self.connected:
            if self._probe is not None:  # the client has given it up
                self._probe.abort()
            self._probe, self.upgrading = websocket, False
        else:
            self.connected = True
            self._carry_by(websocket)
            self.queue = None
            self.write = websocket.write  # type: ignore[method-assign]
        return take_over(request, websocket, answer)

    def _go_over(self, websocket: WebSocket, message: bytes) -> None:
        """A client that polls tries a WebSocket, and goes over to it when it was answered there."""
        if message == b"2probe" and not self.upgrading:
            self.upgrading = True
            websocket.write_now(PROBED_FRAME)
            self.queue.put_nowait(Packet(NOOP))  # ends the poll that waits
        elif message == b"5" and self.upgrading:
            self._probe = None
            self._carry_by(websocket)
            self.queue.put_nowait(None)  # releases a poll that still waits
        else:
            websocket.abort()

    def _carry_by(self, websocket: WebSocket) -> None:
        """From here on all goes by this WebSocket; what waits for polls goes first."""
        for packet in self.queue.drain():
            if packet is not None and packet.packet_type != NOOP:
                websocket.write(_framed(packet))
        self._websocket = websocket
        self.upgrading, self.upgraded = False, True

    # The end

    def lost(self, websocket: WebSocket) -> None:
        if websocket is self._websocket:
            self._end()
        elif websocket is self._probe:
            self._probe = None
            self.upgrading = False

    def cut(self) -> None:
        """End the connection without waiting for its client."""
        self._end()
        for websocket in (self._websocket, self._probe):
            if websocket is not None and not websocket.closed:
                websocket.abort()

    def leave(self, goodbye: bytes = b"") -> None:
        """Cut the connection as soon as what was sent to it, and this frame, is on its way."""
        if goodbye:
            self.write_now(goodbye)
        asyncio.get_running_loop().call_later(FAREWELL_SECONDS, self.cut)

    async def close(self, wait: bool = True, abort: bool = False, reason: Any = None) -> None:
        """As the library ends a connection; it is not waited for clients, who may never come."""
        self.cut()

    def _end(self) -> None:
        if not self.closed:
            self.closed = self.closing = True
            self.server.sockets.pop(self.sid, None)
            self.server.heartbeat.leave(self, self._slot)
            if self._websocket is None:
                self.queue.put_nowait(None)  # releases the poll that waits
            self.server.on_end(self)


def _framed(packet: Packet) -> bytes:
    return frames.text(packet.encode().encode())


class EngineServer(engineio.AsyncServer):  # type: ignore[misc]
    """on_end is told of every connection's end, in the moment of it."""

    sockets: dict[str, EngineSocket]
    sid_prefix = ""
    waiting_bytes_max = 2**20
    compression = False
    runners: CommandRunners
    on_end: Callable[[EngineSocket], None]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.heartbeat = Keepalive(self)
        self.batch = WriteBatcher()

    def generate_id(self) -> str:
        """A session id; sid_prefix tells one process's from another's."""
        return self.sid_prefix + str(super().generate_id())

    def create_queue(self, *args: Any, **kwargs: Any) -> OutgoingQueue:
        return OutgoingQueue()

    async def disconnect(self, sid: str | None = None) -> None:
        socket = self.sockets.get(sid or "")
        if socket is not None:
            socket.cut()

    async def _handle_connect(
        self, environ: dict[str, Any], transport: str, jsonp_index: int | None = None
    ) -> Any:
        socket = EngineSocket(self, self.generate_id())
        self.sockets[socket.sid] = socket
        await self.handlers["connect"](socket.sid, environ)
        opening = {
            "sid": socket.sid,
            "upgrades": self._upgrades(socket.sid, transport),
            "pingTimeout": int(self.ping_timeout * 1000),
            "pingInterval": int(self.ping_interval * 1000),
            "maxPayload": self.max_http_buffer_size,
        }
        await socket.send(Packet(OPEN, opening))
        if transport == "websocket":
            try:
                return await socket._upgrade_websocket(environ)
            except (web.HTTPException, ConnectionResetError):
                socket.cut()
                raise
        socket.connected, socket.turn = True, asyncio.Lock()
        return self._ok(await socket.poll(), jsonp_index=jsonp_index)
