"""One client's connection by a plain WebSocket: JSON in text frames, without Socket.IO."""

import asyncio
from collections.abc import Awaitable
from typing import Any, Protocol

from aiohttp import web
from aiohttp.http_websocket import WSCloseCode

from realtime.protocol import frames, json_frames
from realtime.tasks import CommandRunners
from realtime.transport.budgets import AddressBudget, Meter
from realtime.transport.compressing_websocket import CompressingWebSocket
from realtime.transport.engineio_socket import SLOW
from realtime.transport.handshake import handshake_response, hijack, offers_compression
from realtime.transport.keepalive import Keepalive
from realtime.transport.message_order import MessageOrder
from realtime.transport.polling import MESSAGE_BYTES_MAX
from realtime.transport.websocket import WebSocket
from realtime.transport.write_batch import WriteBatcher

PING_FRAME = frames.control(frames.PING, b"")


class PlainHost(Protocol):
    """What a socket needs of its server."""

    runners: CommandRunners
    keepalive: Keepalive
    batcher: WriteBatcher
    waiting_bytes_max: int
    compression: bool

    async def on_message(self, socket: "PlainSocket", message: bytes) -> None:
        """Handle a message; those after it wait for that."""

    def on_end(self, socket: "PlainSocket") -> None:
        """Forget a socket. Called once."""


class PlainSocket(MessageOrder):
    """One client's connection. A `Transport`.

    Args:
        server: Whose it is.
        visitor: What the namespace knows of its request.
    """

    ping_unanswered = False
    closed = False
    client: Any = None  # of the namespace, once it is let in
    connecting = False  # its token is being looked at
    address: AddressBudget | None = None  # of its address, where there are budgets

    def __init__(self, server: PlainHost, visitor: Any) -> None:
        self.visitor = visitor
        self.meter = Meter()
        self._server = server
        self._overflowing = False
        self.keepalive_slot = server.keepalive.add(self)

    def accept(self, request: web.Request, first: bytes | None) -> web.StreamResponse:
        """Make the request's connection this socket's WebSocket.

        Args:
            request: It asks for one.
            first: A message to be handled ahead of all that the client sends.

        Raises:
            HTTPBadRequest: when it does not ask for a WebSocket as it should.
            ConnectionResetError: when the client has gone.
        """
        server, transport = self._server, request.transport
        compressing = server.compression and offers_compression(request)
        response = handshake_response(request, compressing=compressing)
        if transport is None:
            raise ConnectionResetError("Connection lost")
        self._websocket = (CompressingWebSocket if compressing else WebSocket)(
            self,
            server.batcher,
            MESSAGE_BYTES_MAX,
            server.waiting_bytes_max,
            self.overflow,
            self.meter,
            compressing=compressing,
        )
        if first is not None:
            self.add_message(self._websocket, first)
        return hijack(request, transport, self._websocket, response)

    # As a Transport

    @property
    def waiting_bytes(self) -> int:
        """How much was sent that the client has not taken yet."""
        return self._websocket.waiting_bytes

    @property
    def waiting_bytes_max(self) -> int:
        """How much may wait before the client is disconnected."""
        return self._server.waiting_bytes_max

    def write(self, frame: bytes) -> None:
        """Send the event in a frame behind those before it; other packets are none of ours."""
        event = json_frames.of_frame(frame)
        if event is not None:
            self._websocket.write(event)

    def overflow(self) -> None:
        """Disconnect the client, which can resume: more waits for it than may."""
        if not self._overflowing:
            self._overflowing = True
            SLOW.inc()
            asyncio.get_running_loop().call_soon(self.abort)

    def disconnect(self, last_frame: bytes = b"") -> None:
        """Close as soon as what was sent is on its way: for good, where there is a last frame."""
        code = WSCloseCode.POLICY_VIOLATION if last_frame else WSCloseCode.TRY_AGAIN_LATER
        self.close(code, "closed for good" if last_frame else "come back")

    # Otherwise

    def answer(self, frame: bytes) -> None:
        """Send an answer behind what was sent before it, and at once."""
        self._websocket.write_now(frame)

    def close(self, code: int, reason: str) -> None:
        """Close when all that was sent has left; nothing more is heard."""
        self.refused = True
        if not self.closed:
            self._websocket.close(code, reason)
            self._end()

    def abort(self) -> None:
        """Close the connection at once; what waits is dropped."""
        if not self.closed:
            self._end()
            self._websocket.abort()

    def ping(self) -> None:
        """Send a ping (RFC 6455, section 5.5.2), whose answer comes by itself."""
        self.ping_unanswered = True
        self._websocket.write_now(PING_FRAME)

    # Called by the WebSocket

    @property
    def runners(self) -> CommandRunners:
        """What handles messages."""
        return self._server.runners

    def handle_message(self, message: bytes) -> Awaitable[None]:
        """Handle a frame."""
        return self._server.on_message(self, message)

    def on_message(self, websocket: WebSocket, message: bytes) -> None:
        """Handle a text frame after those before it."""
        if not self.refused:
            self.add_message(websocket, message)

    def on_binary(self, websocket: WebSocket, message: bytes) -> None:
        """Refuse a binary frame: there are none."""
        self.close(WSCloseCode.UNSUPPORTED_DATA, "text frames only")

    def on_pong(self, websocket: WebSocket) -> None:
        """Note that the client has answered a ping."""
        self.ping_unanswered = False

    def on_close(self, websocket: WebSocket) -> None:
        """End with the WebSocket."""
        self._end()

    def _end(self) -> None:
        if not self.closed:
            self.closed = True
            self._server.keepalive.discard(self, self.keepalive_slot)
            self._server.on_end(self)
