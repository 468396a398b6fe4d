"""WebSocket frames as a client writes them, byte by byte."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.people import Instance, Person

TEXT, PING, PONG, CLOSE = 0x81, 0x89, 0x8A, 0x88  # opcodes, with FIN

HANDSHAKE = (
    "GET /socket.io/?EIO=4&transport=websocket{} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


def masked(payload: bytes | str, opcode: int = TEXT, *, mask: bool = True) -> bytes:
    """A client's frame, with a mask of zeros; without one it must not be taken."""
    data = payload.encode() if isinstance(payload, str) else payload
    size, bit = len(data), 0x80 if mask else 0
    if size < 126:
        head = bytes((opcode, bit | size))
    elif size < 2**16:
        head = bytes((opcode, bit | 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((opcode, bit | 127)) + size.to_bytes(8, "big")
    return head + (bytes(4) if mask else b"") + data


class FrameClient:
    """A WebSocket that sends any bytes, and keeps the frames that it is sent: (opcode, payload)."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer
        self.received: list[tuple[int, bytes]] = []

    def send(self, data: bytes) -> None:
        """All in one write."""
        self.writer.write(data)

    async def next(self, seconds: float = 30.0) -> tuple[int, bytes]:
        """The next frame. ConnectionError at the end of the connection."""
        async with asyncio.timeout(seconds):
            try:
                opcode, size = await self._reader.readexactly(2)
                if size >= 126:
                    more = await self._reader.readexactly(2 if size == 126 else 8)
                    size = int.from_bytes(more, "big")
                frame = opcode, await self._reader.readexactly(size)
            except EOFError as error:
                raise ConnectionError from error
        self.received.append(frame)
        return frame

    async def until(self, opcode: int, start: bytes = b"", seconds: float = 30.0) -> bytes:
        """The payload of the next frame of this kind that begins so."""
        async with asyncio.timeout(seconds):
            while True:
                found, payload = await self.next(seconds)
                if found == opcode and payload.startswith(start):
                    return payload

    async def closed_with(self, seconds: float = 30.0) -> int:
        """The code of the close frame."""
        return int.from_bytes((await self.until(CLOSE, seconds=seconds))[:2], "big")

    async def log_in(self, person: Person) -> None:
        self.send(masked(f'40{{"token":"{person.access}"}}'))
        await self.until(TEXT, b'42["session.ready"')


@asynccontextmanager
async def frame_client(
    instance: Instance, query: str = "", headers: str = ""
) -> AsyncIterator[FrameClient]:
    """Past the handshake, and the OPEN packet of a new session."""
    host, port = instance.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        handshake = HANDSHAKE.format(query).replace("Host: x\r\n", f"Host: x\r\n{headers}")
        writer.write(handshake.encode())
        async with asyncio.timeout(20):
            head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 101 "):
            raise ConnectionError(head.decode())
        client = FrameClient(reader, writer)
        if not query:
            await client.until(TEXT, b"0{")
        yield client
    finally:
        writer.transport.abort()
