"""Server-Sent Events on a connection that was taken from aiohttp after its request."""

import asyncio
import socket
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import cast

from aiohttp import hdrs, web
from aiohttp.abc import AbstractStreamWriter

from realtime.protocol import server_sent_events
from realtime.transport.engineio_socket import SLOW
from realtime.transport.handshake import hijack
from realtime.transport.websocket import FLUSH_SECONDS
from realtime.transport.write_batch import WriteBatcher

HEARTBEAT_SECONDS = 15
UNACKNOWLEDGED_MS = 45_000  # for which a client may be out of reach
READ_BYTES_MAX = 2**14  # that a client sends, who has nothing to say


class EventStream(asyncio.Protocol):
    """Where the events of one client go. A `Transport`.

    Args:
        batcher: Joins what falls due together.
        waiting_bytes_max: How much may wait for a client that does not read.
        cursors: How far the client has come in each of its streams, in their order, empty where it
            is new: ids say so until it listens there again.
        on_close: Called once, when the connection has ended.
    """

    def __init__(
        self,
        batcher: WriteBatcher,
        waiting_bytes_max: int,
        cursors: Mapping[str, str],
        on_close: Callable[[], None],
    ) -> None:
        self.waiting_bytes_max = waiting_bytes_max
        self._batcher = batcher
        self._offset = ""
        self._cursors = dict(cursors)
        self._on_close = on_close
        self._waiting: list[bytes] = []
        self._transport: asyncio.Transport | None = None
        self._closed = False
        self._overflowing = False
        self._read_bytes = 0
        self._heartbeat: asyncio.TimerHandle | None = None

    # As a Transport

    @property
    def waiting_bytes(self) -> int:
        """How much was sent that the client has not taken yet."""
        if self._closed or self._transport is None:
            return 0
        return sum(map(len, self._waiting)) + self._transport.get_write_buffer_size()

    def write(self, frame: bytes) -> None:
        """Send the event in a frame behind those before it; other packets are none of ours."""
        event = None if self._closed else server_sent_events.of_frame(frame)
        if event is not None:
            self._write(event.text + self._id(event) + b"\n")

    def _id(self, event: server_sent_events.ServerSentEvent) -> bytes:
        if event.offset is not None:
            self._offset = event.offset
        elif event.stream in self._cursors:
            self._cursors[event.stream] = event.cursor or ""
        else:
            return b""
        id = server_sent_events.event_id(self._offset, list(self._cursors.values()))
        return b"id: %b\n" % id.encode()

    def _write(self, data: bytes) -> None:
        if not self._waiting:
            self._batcher.add(self)
        self._waiting.append(data)

    def flush(self) -> None:
        """Send what waits for its moment."""
        data, self._waiting = b"".join(self._waiting), []
        if self._closed or self._transport is None:
            return
        self._transport.write(data)
        if self._transport.get_write_buffer_size() > self.waiting_bytes_max:
            self.overflow()

    def overflow(self) -> None:
        """Disconnect the client, which can resume: more waits for it than may."""
        if not self._overflowing:
            self._overflowing = True
            SLOW.inc()
            asyncio.get_running_loop().call_soon(self.abort)

    def disconnect(self, last_frame: bytes = b"") -> None:
        """Disconnect as soon as what was sent is on its way."""
        if self._closed or self._transport is None:
            return
        self.flush()
        self._transport.close()
        asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.abort)

    def abort(self) -> None:
        """End the connection at once; what waits is dropped."""
        if self._transport is not None:
            self._transport.abort()

    # Called by the loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Use this connection."""
        self._transport = cast(asyncio.Transport, transport)
        connection = transport.get_extra_info("socket")
        if connection is not None and connection.family != socket.AF_UNIX:
            option = getattr(socket, "TCP_USER_TIMEOUT", None)  # Linux has it
            if option is not None:
                connection.setsockopt(socket.IPPROTO_TCP, option, UNACKNOWLEDGED_MS)
        self._beat()

    def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        self._heartbeat = loop.call_later(HEARTBEAT_SECONDS, self._beat)
        if not self._waiting:
            self._write(server_sent_events.HEARTBEAT)

    def data_received(self, data: bytes) -> None:
        """Ignore what the client sends, unless that is much."""
        self._read_bytes += len(data)
        if self._read_bytes > READ_BYTES_MAX:
            self.abort()

    def eof_received(self) -> bool:
        """End with the client."""
        return False

    def connection_lost(self, error: Exception | None) -> None:
        """Say so once."""
        self._closed = True
        self._waiting = []
        if self._heartbeat is not None:
            self._heartbeat.cancel()
        self._on_close()


class EventStreamResponse(web.StreamResponse):
    """An answer that does not end: its head, with the headers of all answers, then events.

    `on_open` is called once the head has been written.
    """

    def __init__(self, stream: EventStream, on_open: Callable[[], None]) -> None:
        super().__init__()
        self.headers[hdrs.CONTENT_TYPE] = "text/event-stream; charset=utf-8"
        self.headers[hdrs.CONNECTION] = "close"
        self.headers["X-Accel-Buffering"] = "no"  # nginx passes on what it gets at once
        self._stream = stream
        self._on_open = on_open
        self._opened = False

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Write the head, and take the connection (called by aiohttp)."""
        transport = request.transport
        if self._opened or not isinstance(request, web.Request):
            return None
        self._opened = True
        if transport is None:  # it went while it was looked at
            self._stream.connection_lost(None)
            return None
        try:
            await request._prepare_hook(self)  # noqa: SLF001  as StreamResponse does
        except BaseException:
            self._stream.connection_lost(None)
            raise
        lines = [f"HTTP/1.1 {HTTPStatus.OK.value} {HTTPStatus.OK.phrase}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        head = "\r\n".join([*lines, "", ""]).encode()
        hijack(request, transport, self._stream, head)
        self._on_open()
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Write no end: there is none."""
