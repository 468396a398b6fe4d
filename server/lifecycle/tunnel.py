"""A WebSocket that came to another process than its session's: its bytes are passed on.

The process that has the session answers the handshake and reads the frames, as it does those of its
own connections: what it refuses, bounds or compresses is the same on every way to it.
"""

import asyncio
from pathlib import Path
from typing import cast

from aiohttp import web

from realtime.transport.handshake import hijack
from realtime.transport.websocket import FLUSH_SECONDS

ANSWER_SECONDS = 15.0
HEAD_BYTES_MAX = 2**14
SWITCHING = b"HTTP/1.1 101 "


class End(asyncio.Protocol):
    """One of the two ends of a tunnel: what it receives leaves by the other, while there is one."""

    def __init__(self) -> None:
        self.other: End | None = None
        self.transport: asyncio.Transport | None = None

    @property
    def exit(self) -> asyncio.Transport | None:
        """Where what is received leaves; None when it is not there, or closing."""
        found = None if self.other is None else self.other.transport
        return None if found is None or found.is_closing() else found

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Use this connection."""
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Pass on what has come."""
        if self.exit is not None:
            self.exit.write(data)

    def pause_writing(self) -> None:
        """Have the other end read no more: what it reads does not leave here."""
        if self.exit is not None:
            self.exit.pause_reading()

    def resume_writing(self) -> None:
        """Undo `pause_writing`."""
        if self.exit is not None:
            self.exit.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        """Close the other end, too, once it has written what it was given."""
        self.transport = None
        if self.exit is not None:
            asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.exit.abort)
            self.exit.close()


class FarEnd(End):
    """The end at the process that has the session: the head of its answer is awaited first."""

    def __init__(self) -> None:
        super().__init__()
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._begun = b""

    def data_received(self, data: bytes) -> None:
        """Complete `answer` with what has come up to now; pass on what follows."""
        if self.other is not None:
            super().data_received(data)
            return
        self._begun += data
        complete = b"\r\n\r\n" in self._begun or len(self._begun) > HEAD_BYTES_MAX
        if complete and not self.answer.done() and self.transport is not None:
            self.transport.pause_reading()
            self.answer.set_result(self._begun)

    def connection_lost(self, error: Exception | None) -> None:
        """Say so to whoever awaits the answer."""
        super().connection_lost(error)
        if not self.answer.done():
            self.answer.set_exception(error or ConnectionResetError("Connection lost"))


async def tunnel(request: web.Request, headers: dict[str, str], path: Path) -> web.StreamResponse:
    """Have another process answer a WebSocket request; return what is left to answer here.

    Args:
        request: As it came.
        headers: What to pass on of its headers.
        path: The Unix socket of the process.

    Raises:
        OSError: The process, or the client, is not there any more.
        TimeoutError: The process does not answer.
    """
    loop = asyncio.get_running_loop()
    _, far = await loop.create_unix_connection(FarEnd, str(path))
    far_transport = far.transport
    if far_transport is None:
        raise ConnectionResetError("Connection lost")
    try:
        far_transport.write(_head(request, headers))
        async with asyncio.timeout(ANSWER_SECONDS):
            answer = await far.answer
        if not answer.startswith(SWITCHING):
            far_transport.abort()
            return web.Response(status=int(answer.split(b" ", 2)[1]), text="Refused.")
        if request.transport is None or far.transport is None:
            raise ConnectionResetError("Connection lost")
    except BaseException:
        far_transport.abort()
        raise
    near = End()
    near.other = far
    response = hijack(request, request.transport, near, answer)
    far.other = near
    far_transport.resume_reading()
    return response


def _head(request: web.Request, headers: dict[str, str]) -> bytes:
    lines = [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join([f"GET {request.raw_path} HTTP/1.1", *lines, "", ""])
    return head.encode(errors="surrogateescape")
