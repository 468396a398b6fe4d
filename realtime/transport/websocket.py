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
from realtime.protocol.frame_scanner import FrameScanner, UnmaskedFrame
from realtime.transport.budgets import READ_BYTES_MIN, Flood, Meter
from realtime.transport.write_batch import WriteBatcher

FLUSH_SECONDS = 0.3  # for the last frames to leave before a connection is aborted

# Of one read, which may be 256 KiB, so much is parsed in one turn of the loop.
FRAMES_AT_ONCE = 64
BYTES_AT_ONCE = 2**14


class WebSocketListener(Protocol):
    """What a WebSocket calls. None of it may raise."""

    def on_message(self, websocket: "WebSocket", message: bytes) -> None:
        """Handle a text message, not yet known to be UTF-8."""

    def on_binary(self, websocket: "WebSocket", message: bytes) -> None:
        """Handle a binary message."""

    def on_pong(self, websocket: "WebSocket") -> None:
        """Note that the client has answered a ping."""

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
        "_held",
        "_listener",
        "_on_overflow",
        "_paused",
        "_pinged",
        "_position",
        "_reader",
        "_scanner",
        "_timer",
        "_unread",
        "_waiting",
        "_waiting_bytes_max",
        "closed",
        "meter",
        "transport",
    )

    frames_at_once = FRAMES_AT_ONCE

    def __init__(
        self,
        listener: WebSocketListener,
        batcher: WriteBatcher,
        message_bytes_max: int,
        waiting_bytes_max: int,
        on_overflow: Callable[[], None],
        meter: Meter,
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
        self.meter = meter
        self._scanner = FrameScanner()
        self._unread = b""  # what has come and is not parsed yet, from this position on
        self._position = 0
        self._pinged: bytes | None = None  # with what, last
        self._paused = False  # the transport does not read
        self._held = False  # by the listener
        self._timer: asyncio.Handle | None = None  # when to parse on
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

    def close(self, code: int = WSCloseCode.OK, reason: str = "") -> None:
        """Send a close frame, and close when it has left; abort in 0.3 s when it does not.

        Args:
            code: Of RFC 6455, section 7.4.
            reason: For whoever debugs the client; ASCII, at most 123 characters.
        """
        if self.closed:
            return
        payload = code.to_bytes(2, "big") + reason.encode()
        self.write_now(frames.control(frames.CLOSE, payload))
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
        if self.closed:
            return
        meter = self.meter
        if self._unread or self._held:
            self._unread += data
        elif meter.frames >= 1 <= meter.bytes and self._scanner.is_one_short_frame(data):
            meter.frames -= 1
            meter.bytes -= READ_BYTES_MIN
            self._feed(data)
            if self._pinged is not None and not self.closed:
                self._answer_ping()
        else:
            self._unread = data
            self._parse_on()

    def _parse_on(self) -> None:
        """Parse as much as may be in one turn of the loop, and go on in the next."""
        self._timer = None
        if self.closed or self._held:
            return
        wait = 0.0
        try:
            if self._unread:
                wait = self._parse_some()
        except UnmaskedFrame:
            self.close(WSCloseCode.PROTOCOL_ERROR)
        except Flood:
            self.close(WSCloseCode.POLICY_VIOLATION, "too many frames")
        if self.closed:
            self._unread = b""
            return
        if not self._unread or wait:
            self._answer_ping()
        if self._unread:
            self._pause()
            if not self._held:
                self._timer = asyncio.get_running_loop().call_later(wait, self._parse_on)
        elif self._paused and not self._held:
            self._paused = False
            self.transport.resume_reading()

    def _parse_some(self) -> float:
        """Parse the next frames; return for how many seconds to wait when there may be none."""
        meter = self.meter
        if (meter.frames < 1 or meter.bytes < 1) and (wait := meter.refill()):
            return wait
        data, start = self._unread, self._position
        end, begun = self._scanner.scan(
            data,
            start,
            min(len(data), start + BYTES_AT_ONCE),
            int(min(self.frames_at_once, meter.frames)),
        )
        meter.spend(begun, end - start)
        if end == len(data):
            self._unread, self._position = b"", 0
        else:
            self._position = end
        self._feed(data if end - start == len(data) else data[start:end])
        return 0

    def _feed(self, data: bytes) -> None:
        broken, _ = self._reader.feed_data(data)
        if broken:
            error = self._error
            self.close(error.code if isinstance(error, WebSocketError) else WSCloseCode.OK)

    def _answer_ping(self) -> None:
        """Answer the last ping of a read, which stands for those before it (section 5.5.3)."""
        if self._pinged is not None:
            self.write_now(frames.control(frames.PONG, self._pinged))
            self._pinged = None

    def _pause(self) -> None:
        if not self._paused:
            self._paused = True
            self.transport.pause_reading()

    def connection_lost(self, error: Exception | None) -> None:
        """Say so to the listener, and let go of it."""
        self.closed = True
        self._waiting = None
        if self._timer is not None:
            self._timer.cancel()
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
        self._held = True
        self._pause()

    def resume_reading(self) -> None:
        """Undo `pause_reading`."""
        if self._held and not self.closed:
            self._held = False
            if self._timer is None:
                self._timer = asyncio.get_running_loop().call_soon(self._parse_on)

    # Called by the parser

    def receive(self, kind: WSMsgType, data: Any) -> None:
        """Handle a whole message or control frame."""
        if self.closed:
            return
        if kind is WSMsgType.TEXT:
            self._listener.on_message(self, data)
        elif kind is WSMsgType.PING:
            self._pinged = bytes(data)
        elif kind is WSMsgType.PONG:
            self._listener.on_pong(self)
        elif kind is WSMsgType.CLOSE:
            self.close()
        elif kind is WSMsgType.BINARY:
            self._listener.on_binary(self, bytes(data))

    def fail(self, error: Exception) -> None:
        """Keep why the parser gives up, for the close code."""
        self._error = error


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
