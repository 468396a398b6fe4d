"""One client's connection under Engine.IO: python-engineio's socket, with WebSockets of our own.

Its long-polling is the library's, bounded; a WebSocket is ours from the handshake on (see
realtime.transport.websocket). A client that polls first and upgrades to WebSocket keeps the order
of what it is sent: what waits for its polls goes ahead.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from aiohttp import web
from aiohttp.http_websocket import WSCloseCode
from engineio.exceptions import EngineIOError
from engineio.packet import MESSAGE, NOOP, PING, Packet
from prometheus_client import Counter

from realtime.protocol import frames
from realtime.tasks import CommandRunners
from realtime.transport.budgets import AddressBudget, Meter
from realtime.transport.compressing_websocket import CompressingWebSocket
from realtime.transport.handshake import handshake_response, hijack, offers_compression
from realtime.transport.keepalive import Keepalive
from realtime.transport.message_order import MessageOrder
from realtime.transport.polling_socket import PollingSocket
from realtime.transport.websocket import FLUSH_SECONDS, WebSocket
from realtime.transport.write_batch import WriteBatcher

UPGRADE_SECONDS = 1.0  # for an upgrade that has begun, before its connection is aborted

PING_FRAME = frames.text(b"2")
PROBED_FRAME = frames.text(b"3probe")

SLOW = Counter("mini_twitter_slow_sockets_total", "Connections cut because they did not read")


class SocketHost(Protocol):
    """What a socket needs of its server: EngineServer, and nothing else."""

    sockets: dict[str, "EngineSocket"]
    waiting_bytes_max: int
    max_http_buffer_size: int
    compression: bool
    binary: bool
    runners: CommandRunners
    keepalive: Keepalive
    batcher: WriteBatcher
    on_disconnect: Callable[["EngineSocket"], None]
    on_handshake: Callable[[web.Request], Awaitable[None]]
    on_message: Callable[["EngineSocket", bytes], Awaitable[None]]
    on_upgraded: Callable[["EngineSocket"], None]


class Attachment(bytes):
    """A binary message, which stands among text messages."""

    __slots__ = ()


class EngineSocket(MessageOrder, PollingSocket):
    """One client's connection, by long-polling or WebSocket. A `Transport`.

    What it is sent are frames of the text packets of Engine.IO (see realtime.protocol.frames), in
    one order whatever carries them.
    """

    server: SocketHost
    sid: str
    connected: bool
    upgrading: bool
    upgraded: bool
    closing: bool
    ping_unanswered = False
    client: Any = None  # of the Socket.IO namespace, once it is connected to it
    connecting = False  # to the namespace: its token is being looked at
    handshakes = 1  # that its address has paid for, probes among them
    address: AddressBudget | None = None  # of its address, where there are budgets
    message_lock: asyncio.Lock | None = None  # for messages that may come by several polls at once
    websocket: WebSocket | None = None  # which carries everything, once it is there

    def __init__(self, server: SocketHost, sid: str) -> None:
        super().__init__(server, sid)
        self.meter = Meter()
        self._probe: WebSocket | None = None  # to which a polling client may upgrade
        self._overflowing = False
        self._abort_when_upgraded = False
        self._keepalive_slot = server.keepalive.add(self)

    # Sending

    def write(self, frame: bytes) -> None:
        """Send a frame behind those before it, joined with others of its moment.

        Where there was a WebSocket from the start, this is the WebSocket's own `write`.
        """
        if self.websocket is not None:
            self.websocket.write(frame)
        elif not self.closed:
            packet = frames.payload(frame)[1:].decode()
            self.queue.put_nowait(Packet(MESSAGE, data=packet))
            if self.queue.waiting_bytes > self.server.waiting_bytes_max:
                self.overflow()

    def write_now(self, frame: bytes) -> None:
        """Send a frame behind those before it, and at once."""
        if self.websocket is not None:
            self.websocket.write_now(frame)
        else:
            self.write(frame)

    @property
    def waiting_bytes(self) -> int:
        """How much was sent that the client has not taken yet."""
        if self.websocket is not None:
            return self.websocket.waiting_bytes
        return 0 if self.closed else int(self.queue.waiting_bytes)

    @property
    def waiting_bytes_max(self) -> int:
        """How much may wait before the client is disconnected."""
        return self.server.waiting_bytes_max

    def overflow(self) -> None:
        """Disconnect the client, which can resume: more waits for it than may."""
        if not self._overflowing:
            self._overflowing = True
            SLOW.inc()
            asyncio.get_running_loop().call_soon(self.abort)

    async def send(self, packet: Packet) -> None:
        """Send what the library sends: handshakes and refusals."""
        if self.websocket is not None:
            self.websocket.write_now(_framed(packet))
        elif not self.closed:
            self.queue.put_nowait(packet)

    # Receiving

    @property
    def runners(self) -> CommandRunners:
        """What handles messages."""
        return self.server.runners

    def on_message(self, websocket: WebSocket, message: bytes) -> None:
        """Handle a message of a WebSocket after those before it."""
        if websocket is self._probe:
            self._handle_probe(websocket, message)
        elif self.refused:
            pass
        elif message[:1] == b"3":
            self.schedule_ping()
        else:
            self.add_message(websocket, message)

    def on_binary(self, websocket: WebSocket, message: bytes) -> None:
        """Handle a binary message after those before it; none is a client's of ours."""
        if websocket is self._probe or not self.server.binary:
            websocket.close(WSCloseCode.UNSUPPORTED_DATA)
        elif not self.refused:
            self.add_message(websocket, Attachment(message))

    def on_pong(self, websocket: WebSocket) -> None:
        """Ignore it: Engine.IO has pings of its own."""

    def handle_message(self, message: bytes) -> Awaitable[None] | None:
        """Handle a packet."""
        if isinstance(message, Attachment):
            return self.server.on_message(self, message)
        kind = message[:1]
        if kind == b"4":
            return self.server.on_message(self, message[1:])
        if kind == b"1" or not kind.isdigit():
            self.abort()
        return None

    def schedule_ping(self) -> None:
        """Note that the client has answered a ping; the next one comes by itself (keepalive)."""
        self.ping_unanswered = False

    def ping(self) -> None:
        """Send a ping."""
        self.ping_unanswered = True
        if self.websocket is not None:
            self.websocket.write(PING_FRAME)
        else:
            self.queue.put_nowait(Packet(PING))

    # Upgrading to WebSocket

    async def _upgrade_websocket(self, environ: dict[str, Any]) -> web.StreamResponse:
        """Handle the WebSocket request of a client that polls (called by the library)."""
        request = environ["aiohttp.request"]
        await self.server.on_handshake(request)
        self.handshakes += 1
        if self.closed:
            raise EngineIOError("closed meanwhile")
        return self.accept_websocket(request)

    def accept_websocket(self, request: web.Request) -> web.StreamResponse:
        """Make the request's connection a WebSocket: ours, or the probe of a client that polls.

        Raises:
            HTTPBadRequest: when it does not ask for a WebSocket as it should.
            ConnectionResetError: when the client has gone.
        """
        server, transport = self.server, request.transport
        compressing = server.compression and offers_compression(request)
        response = handshake_response(request, compressing=compressing)
        if transport is None:
            raise ConnectionResetError("Connection lost")
        websocket = (CompressingWebSocket if compressing else WebSocket)(
            self,
            server.batcher,
            server.max_http_buffer_size,
            server.waiting_bytes_max,
            self.overflow,
            self.meter,
            compressing=compressing,
        )
        if self.connected:
            if self._probe is not None:  # the client has given it up
                self._probe.abort()
            self._probe, self.upgrading = websocket, False
        else:
            self.connected = True
            self._upgrade_to(websocket)
            self.queue = None
            self.write = websocket.write  # type: ignore[method-assign]
        return hijack(request, transport, websocket, response)

    def _handle_probe(self, websocket: WebSocket, message: bytes) -> None:
        """Upgrade when the client has probed the WebSocket and found it to work."""
        if message == b"2probe" and not self.upgrading:
            self.upgrading = True
            websocket.write_now(PROBED_FRAME)
            self.queue.put_nowait(Packet(NOOP))  # ends the poll that waits
        elif message == b"5" and self.upgrading:
            self._probe = None
            self._upgrade_to(websocket)
            self.queue.put_nowait(None)  # releases a poll that still waits
            self.server.on_upgraded(self)
            if self._abort_when_upgraded:
                self.abort()
        else:
            websocket.abort()

    def _upgrade_to(self, websocket: WebSocket) -> None:
        """Send everything by this WebSocket from now on; what waits for polls goes first."""
        for packet in self.queue.drain():
            if packet is not None and packet.packet_type != NOOP:
                websocket.write(_framed(packet))
        self.websocket = websocket
        self.upgrading, self.upgraded = False, True

    # Closing

    def on_close(self, websocket: WebSocket) -> None:
        """End with the WebSocket, or go on polling when it was a probe only."""
        if websocket is self.websocket:
            self._end()
        elif websocket is self._probe:
            self._probe = None
            self.upgrading = False

    def close_for_now(self, reason: str) -> None:
        """Close, so that the client comes back by itself, but not amid an upgrade.

        That gets a second to come to its end.

        A stock JavaScript client whose probe is lost has stopped to poll by then, and notices the
        end only when the next ping is overdue, after 45 s.
        """
        if self.upgrading:
            self._abort_when_upgraded = True
            asyncio.get_running_loop().call_later(UPGRADE_SECONDS, self.abort)
        elif self.websocket is not None:
            self.websocket.close(WSCloseCode.TRY_AGAIN_LATER, reason)
            self._end()
        else:
            self.abort()

    def close_refused(self) -> None:
        """Hear nothing more of a client that has been refused, and close.

        It has been told by what was sent last, and is given the time to close by itself: who polls,
        until it has polled that.
        """
        self.refused = True
        asyncio.get_running_loop().call_later(FLUSH_SECONDS, self._end_refused)

    def _end_refused(self) -> None:
        if self.closed:
            return
        if self.websocket is not None:
            self.websocket.close(WSCloseCode.POLICY_VIOLATION, "refused")
        elif self.queue.empty() and not self.upgrading:
            self.abort()
        else:
            self.close_refused()

    def abort(self) -> None:
        """Close the connection at once, without waiting for its client."""
        self._end()
        for websocket in (self.websocket, self._probe):
            if websocket is not None and not websocket.closed:
                websocket.abort()

    def disconnect(self, last_frame: bytes = b"") -> None:
        """Close the connection as soon as what was sent to it, and this frame, is on its way."""
        if last_frame:
            self.write_now(last_frame)
        asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.abort)

    async def close(self, wait: bool = True, abort: bool = False, reason: Any = None) -> None:
        """Close as the library does, but without waiting for clients, who may never come."""
        self.abort()

    def _end(self) -> None:
        if not self.closed:
            self.closed = self.closing = True
            self.server.sockets.pop(self.sid, None)
            self.server.keepalive.discard(self, self._keepalive_slot)
            if self.websocket is None:
                self.queue.put_nowait(None)  # releases the poll that waits
            self.server.on_disconnect(self)


def _framed(packet: Packet) -> bytes:
    if packet.binary:
        return frames.binary(packet.data)
    return frames.text(packet.encode().encode())
