"""A WebSocket on a connection that was taken from aiohttp after its request.

aiohttp reads the request and its parser reads the frames; what lies between would cost a task, a
future for each message and 8 KB a connection. Here a message is handed on as it is read, and a
frame is written as it is given: joined with others of its moment, or at once.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol, cast

from aiohttp._websocket.reader import WebSocketDataQueue
from aiohttp.http_websocket import WebSocketError, WebSocketReader, WSCloseCode, WSMsgType

from realtime.protocol import frames
from realtime.transport.write_batch import WriteBatcher

FLUSH_SECONDS = 0.3  # for the last frames to leave before a connection is aborted


class WebSocketListener(Protocol):
    """What a WebSocket calls. None of it may raise."""

    def on_message(self, websocket: "WebSocket", message: bytes) -> None:
        """Handle a text message, not yet known to be UTF-8."""

    def on_close(self, websocket: "WebSocket") -> None:
        """Forget the WebSocket. Called once, and nothing after it."""


class WebSocket(asyncio.Protocol):
    """One WebSocket, from the handshake on.

    `on_overflow` is called when more than `waiting_bytes_max` waits for a client that does not
    read.
    """

    __slots__ = (
        "_batcher",
        "_error",
        "_full",
        "_listener",
        "_on_overflow",
        "_reader",
        "_waiting",
        "_waiting_bytes_max",
        "closed",
        "transport",
    )

    def __init__(
        self,
        listener: WebSocketListener,
        batcher: WriteBatcher,
        message_bytes_max: int,
        waiting_bytes_max: int,
        on_overflow: Callable[[], None],
        *,
        compressing: bool = False,
    ) -> None:
        self.closed = False
        self._listener = listener
        self._batcher = batcher
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
                self._batcher.add(self)
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
        """Send what waits for its moment."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not self.closed:
            self._send(waiting if isinstance(waiting, bytes) else b"".join(waiting))

    def _send(self, data: bytes) -> None:
        self.transport.write(data)
        if self._full and self.transport.get_write_buffer_size() > self._waiting_bytes_max:
            self._on_overflow()

    @property
    def waiting_bytes(self) -> int:
        """How much was written that the kernel has not taken yet."""
        if self.closed:
            return 0
        waiting = self._waiting or b""
        joined = len(waiting) if isinstance(waiting, bytes) else sum(map(len, waiting))
        return joined + self.transport.get_write_buffer_size()

    # Closing

    def close(self, code: int = WSCloseCode.OK) -> None:
        """Send a close frame, and close when it has left; abort in 0.3 s when it does not."""
        if self.closed:
            return
        self.write_now(frames.control(frames.CLOSE, code.to_bytes(2, "big")))
        self.closed = True
        self.transport.close()
        asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.transport.abort)

    def abort(self) -> None:
        """Close the connection at once; what waits is dropped."""
        self.closed = True
        self.transport.abort()

    # Called by the loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Use this connection."""
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Parse what has come; `receive` is called for each message in it."""
        if not self.closed:
            broken, _ = self._reader.feed_data(data)
            if broken:
                error = self._error
                code = error.code if isinstance(error, WebSocketError) else WSCloseCode.OK
                self.close(code)

    def connection_lost(self, error: Exception | None) -> None:
        """Say so to the listener, and let go of it."""
        self.closed = True
        self._waiting = None
        self._listener.on_close(self)
        # They hold us, too: without this all would wait for the garbage collector.
        del self._reader, self._listener, self._on_overflow

    def pause_writing(self) -> None:
        """Watch how much waits from now on."""
        self._full = True

    def resume_writing(self) -> None:
        """Watch it no more: the client reads."""
        self._full = False

    # For the listener

    def pause_reading(self) -> None:
        """Take no more from the client, until `resume_reading`."""
        self.transport.pause_reading()

    def resume_reading(self) -> None:
        """Undo `pause_reading`."""
        if not self.closed:
            self.transport.resume_reading()

    # Called by the parser

    def receive(self, kind: WSMsgType, data: Any) -> None:
        """Handle a whole message or control frame."""
        if self.closed:
            return
        if kind is WSMsgType.TEXT:
            self._listener.on_message(self, data)
        elif kind is WSMsgType.PING:
            self.write_now(frames.control(frames.PONG, data))
        elif kind is WSMsgType.CLOSE:
            self.close()
        elif kind is WSMsgType.BINARY:
            self.close(WSCloseCode.UNSUPPORTED_DATA)

    def fail(self, error: Exception) -> None:
        """Keep why the parser gives up, for the close code."""
        self._error = error


class CompressingWebSocket(WebSocket):
    """For slow networks: compresses what it sends, unless it is short.

    It halves events of some hundred bytes, for 20 us each and 50 KB a connection whose client
    compresses, too.
    """

    __slots__ = ()

    def write(self, frame: bytes) -> None:
        """Send a frame, compressed, behind those before it."""
        super().write(frames.deflated(frame))

    def write_now(self, frame: bytes) -> None:
        """Send a frame, compressed, behind those before it and at once."""
        self.write(frame)
        self.flush()


class FrameSink(WebSocketDataQueue):
    """Where aiohttp's parser puts what it has read: handed on, and nothing kept."""

    __slots__ = ("_websocket",)

    def __init__(self, websocket: WebSocket) -> None:
        super().__init__(cast(Any, None), 0, loop=cast(Any, None))
        self._websocket = websocket

    def feed_data(self, data: Any, size: int) -> None:
        """Hand on a message (called by the parser)."""
        self._websocket.receive(data[0], data[1])

    def set_exception(self, exc: Any, exc_cause: Any = None) -> None:
        """Hand on a protocol error (called by the parser)."""
        self._websocket.fail(exc)
