"""The herd: sockets that all connect at once, and count what they are sent.

Each is a WebSocket on which Engine.IO is spoken by hand, so that thousands cost little beside the
server that is measured. A client that is refused, or cut, or waits longer for the server's first
packet than the stock JavaScript client does, counts it and comes back after a second.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Barrier
from typing import Any

import uvloop

RETRY_SECONDS = 1.0
PATIENCE_SECONDS = 20.0  # that the stock JavaScript client waits for a connection to open
READY, RESUMED, EVENT = b'"session.ready"', b'"status":"resumed"', b'"message.created"'


@dataclass(slots=True)
class Outcome:
    """Of one client: seconds since the herd began."""

    ready: float | None = None  # session.ready
    level: float | None = None  # with all that it had missed
    refused: list[str] = field(default_factory=list)


class Client(asyncio.Protocol):
    """One connection: `opened` is set by the server's first packet, or by a refusal.

    `done` is set when it has all, or has been refused.
    """

    def __init__(self, token: str, missed: int, began: float, outcome: Outcome) -> None:
        self.opened = asyncio.Event()
        self.done = asyncio.get_running_loop().create_future()
        self._connect = b'40{"token":"%b","since":0}' % token.encode()
        self._missing = missed
        self._began = began
        self._outcome = outcome
        self._buffer = b""
        self._upgraded = False

    def connection_made(self, transport: Any) -> None:  # of uvloop, so none of asyncio's
        self.transport = transport
        transport.write(
            b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: herd\r\n"
            b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )

    def connection_lost(self, error: Exception | None) -> None:
        self._refuse("cut")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._upgraded:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return None
            if b" 101 " not in head:
                return self._refuse(head.partition(b"\r\n")[0].decode())
            self._upgraded, self._buffer = True, rest
        for frame in self._frames():
            self._take(frame)
        return None

    def _frames(self) -> list[bytes]:
        frames, position, buffer = [], 0, self._buffer
        while len(buffer) - position >= 2:
            length, start = buffer[position + 1] & 127, position + 2
            if length == 126:
                length, start = int.from_bytes(buffer[start : start + 2], "big"), start + 2
            elif length == 127:
                length, start = int.from_bytes(buffer[start : start + 8], "big"), start + 8
            if len(buffer) < start + length:
                break
            frames.append(buffer[start : start + length])
            position = start + length
        self._buffer = buffer[position:]
        return frames

    def _take(self, frame: bytes) -> None:
        if frame == b"2":
            self._send(b"3")
        elif frame[:2] == b"0{":
            self.opened.set()
            self._send(self._connect)
        elif frame[:2] == b"44":
            self._refuse(frame.decode())
        elif READY in frame[:20]:
            if RESUMED in frame:
                self._outcome.ready = time.monotonic() - self._began
            else:
                self._refuse("not resumed")
        elif EVENT in frame[:22]:
            self._missing -= 1
            if self._missing == 0:
                self._outcome.level = time.monotonic() - self._began
                self.done.set_result(None)
        elif b"session.closing" in frame[:24]:
            self._refuse(frame.decode())

    def _refuse(self, why: str) -> None:
        if not self.done.done():
            self._outcome.refused.append(why)
            self.done.set_result(None)
            self.opened.set()
            self.transport.abort()

    def _send(self, payload: bytes) -> None:
        """With a mask of zeros, which changes nothing."""
        size = len(payload)
        head = bytes([0x81, 0x80 | size]) if size < 126 else b"\x81\xfe" + size.to_bytes(2, "big")
        self.transport.write(head + bytes(4) + payload)


async def come(port: int, token: str, missed: int, began: float) -> Outcome:
    outcome = Outcome()
    loop = asyncio.get_running_loop()
    while outcome.level is None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                _, client = await loop.create_connection(
                    lambda: Client(token, missed, began, outcome), "127.0.0.1", port
                )
                await client.opened.wait()
        except OSError as error:
            outcome.refused.append(type(error).__name__)
        else:
            await client.done
        if outcome.level is None:
            await asyncio.sleep(RETRY_SECONDS)
    return outcome


async def come_all(port: int, tokens: Sequence[str], missed: int, began: float) -> list[Outcome]:
    return await asyncio.gather(*(come(port, token, missed, began) for token in tokens))


def herd(port: int, tokens: Sequence[str], missed: int, start: Barrier) -> list[Outcome]:
    """All of these at once, when the other processes are there as well."""
    start.wait()
    return uvloop.run(come_all(port, tokens, missed, time.monotonic()))
