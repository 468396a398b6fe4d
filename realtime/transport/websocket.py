"""A WebSocket on a connection that was taken over from aiohttp after its request.

aiohttp reads the request and its parser reads the frames; what lies between would cost a task, a
future for each message and 8 KB a connection. Here a message is handed on as it is read, and a
frame is written as it is given: joined with others of its moment, or at once.
"""

import asyncio
import base64
import binascii
import hashlib
import zlib
from collections.abc import Callable
from typing import Any, Protocol, cast

from aiohttp import web
from aiohttp._websocket.reader import WebSocketDataQueue
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_websocket import (
    WS_KEY,
    WebSocketError,
    WebSocketReader,
    WSCloseCode,
    WSMsgType,
    ws_ext_parse,
)

from realtime.protocol import frames
from realtime.transport.write_batch import WriteBatcher

FAREWELL_SECONDS = 0.3  # for the last frames to leave before a connection is cut

SWITCHING = (
    b"HTTP/1.1 101 Switching Protocols\r\n"
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %b\r\n%b\r\n"
)
COMPRESSING = (
    b"Sec-WebSocket-Extensions: permessage-deflate; "
    b"server_no_context_takeover; client_no_context_takeover\r\n"
)


class WebSocketListener(Protocol):
    """Whom a WebSocket tells. None of these may raise."""

    def heard(self, websocket: "WebSocket", message: bytes) -> None:
        """A text message, not yet known to be UTF-8."""

    def lost(self, websocket: "WebSocket") -> None:
        """No more will be heard of it. Called once."""


class WebSocket(asyncio.Protocol):
    """waiting_bytes_max is what may wait for a client that does not read; beyond it, on_overflow is
    called.
    """

    __slots__ = (
        "_batch",
        "_error",
        "_full",
        "_listener",
        "_on_overflow",
        "_reader",
        "_transport",
        "_waiting",
        "_waiting_bytes_max",
        "closed",
    )

    def __init__(
        self,
        listener: WebSocketListener,
        batch: WriteBatcher,
        message_bytes_max: int,
        waiting_bytes_max: int,
        on_overflow: Callable[[], None],
        *,
        compressing: bool = False,
    ) -> None:
        self.closed = False
        self._listener = listener
        self._batch = batch
        self._waiting_bytes_max = waiting_bytes_max
        self._on_overflow = on_overflow
        self._waiting: bytes | list[bytes] | None = None  # one frame, as a rule
        self._full = False  # more waits in the transport than the kernel takes
        self._error: Exception | None = None
        self._reader = WebSocketReader(
            FrameSink(self), message_bytes_max, compress=compressing, decode_text=False
        )

    # Writing

    def write(self, frame: bytes) -> None:
        """Send a frame behind those before it, together with what else falls due in its moment."""
        waiting = self._waiting
        if waiting is None:
            if not self.closed:
                self._waiting = frame
                self._batch.add(self)
        elif isinstance(waiting, bytes):
            self._waiting = [waiting, frame]
        else:
            waiting.append(frame)

    def write_now(self, frame: bytes) -> None:
        """Send a frame behind those before it, without waiting for any moment."""
        if self._waiting is not None:
            self.write(frame)
            self.flush()
        elif not self.closed:
            self._send(frame)

    def flush(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not self.closed:
            self._send(waiting if isinstance(waiting, bytes) else b"".join(waiting))

    def _send(self, data: bytes) -> None:
        self._transport.write(data)
        if self._full and self._transport.get_write_buffer_size() > self._waiting_bytes_max:
            self._on_overflow()

    @property
    def waiting_bytes(self) -> int:
        if self.closed:
            return 0
        waiting = self._waiting or b""
        joined = len(waiting) if isinstance(waiting, bytes) else sum(map(len, waiting))
        return joined + self._transport.get_write_buffer_size()

    # Ending

    def close(self, code: int = WSCloseCode.OK) -> None:
        """Say goodbye, and go as soon as it has left, or in a moment when it does not."""
        if self.closed:
            return
        self.write_now(frames.control(frames.CLOSE, code.to_bytes(2, "big")))
        self.closed = True
        self._transport.close()
        asyncio.get_running_loop().call_later(FAREWELL_SECONDS, self._transport.abort)

    def abort(self) -> None:
        """Go at once; what waits is dropped."""
        self.closed = True
        self._transport.abort()

    # What the loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if not self.closed:
            broken, _ = self._reader.feed_data(data)
            if broken:
                error = self._error
                code = error.code if isinstance(error, WebSocketError) else WSCloseCode.OK
                self.close(code)

    def connection_lost(self, error: Exception | None) -> None:
        self.closed = True
        self._waiting = None
        self._listener.lost(self)
        # They hold us, too: without this all would wait for the garbage collector.
        del self._reader, self._listener, self._on_overflow

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False

    # For the listener

    def pause_reading(self) -> None:
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        if not self.closed:
            self._transport.resume_reading()

    # What the parser calls

    def receive(self, kind: WSMsgType, data: Any) -> None:
        if self.closed:
            return
        if kind is WSMsgType.TEXT:
            self._listener.heard(self, data)
        elif kind is WSMsgType.PING:
            self.write_now(frames.control(frames.PONG, data))
        elif kind is WSMsgType.CLOSE:
            self.close()
        elif kind is WSMsgType.BINARY:
            self.close(WSCloseCode.UNSUPPORTED_DATA)

    def fail(self, error: Exception) -> None:
        self._error = error


class CompressingWebSocket(WebSocket):
    """For slow networks: it halves events of some hundred bytes, for 20 us each and 50 KB a
    connection whose client compresses, too.
    """

    __slots__ = ()

    def write(self, frame: bytes) -> None:
        super().write(frames.deflated(frame))

    def write_now(self, frame: bytes) -> None:
        self.write(frame)
        self.flush()


class FrameSink(WebSocketDataQueue):
    """Where aiohttp's parser puts what it has read: we keep none of it."""

    __slots__ = ("_websocket",)

    def __init__(self, websocket: WebSocket) -> None:
        super().__init__(cast(Any, None), 0, loop=cast(Any, None))
        self._websocket = websocket

    def feed_data(self, data: Any, size: int) -> None:
        self._websocket.receive(data[0], data[1])

    def set_exception(self, exc: Any, exc_cause: Any = None) -> None:
        self._websocket.fail(exc)


class HijackedResponse(web.StreamResponse):
    """Tells aiohttp that there is nothing left to answer."""

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        pass


class EarlyData:
    """What the client has sent before our answer to its request."""

    def __init__(self) -> None:
        self.data = b""

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        self.data += data
        return False, b""

    def feed_eof(self) -> None:
        pass


def compresses(request: web.Request) -> bool:
    """Whether the client of a WebSocket request offers to, with a window as large as ours."""
    offer = request.headers.get("Sec-WebSocket-Extensions", "")
    window_bits, _ = ws_ext_parse(offer, isserver=True)
    return window_bits == zlib.MAX_WBITS


def handshake(request: web.Request, *, compressing: bool) -> bytes:
    """The answer to a WebSocket request.

    Raises HTTPBadRequest when it is none, ConnectionResetError when the client has gone.
    """
    headers = request.headers
    key = headers.get("Sec-WebSocket-Key", "")
    try:
        good = len(base64.b64decode(key, validate=True)) == 16
    except (binascii.Error, ValueError):
        good = False
    if not (
        good
        and headers.get("Upgrade", "").lower() == "websocket"
        and "upgrade" in headers.get("Connection", "").lower()
        and headers.get("Sec-WebSocket-Version") == "13"
    ):
        raise web.HTTPBadRequest(text="Not a WebSocket handshake.")
    if request.transport is None:
        raise ConnectionResetError("Connection lost")
    accepted = base64.b64encode(hashlib.sha1(key.encode() + WS_KEY).digest())
    return SWITCHING % (accepted, COMPRESSING if compressing else b"")


def take_over(request: web.Request, websocket: WebSocket, answer: bytes) -> web.StreamResponse:
    """Have the request's connection speak to this WebSocket from now on, after the handshake's
    answer.
    """
    http, transport = request.protocol, request.transport
    assert transport is not None
    early = EarlyData()
    http.set_parser(cast(Any, early))
    # For aiohttp the connection has ended; it must not close what is not its own any more.
    http.transport = None
    http.connection_lost(None)
    websocket.connection_made(transport)
    transport.set_protocol(websocket)
    transport.write(answer)
    if early.data:
        websocket.data_received(early.data)
    return HijackedResponse()
