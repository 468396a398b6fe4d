"""A client of plain WebSockets, as anybody would write it with a library for these."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import orjson

from tests.documented import check_event
from tests.people import Instance, Person
from tests.realtime.socket_client import narrow_socket


class PlainSocket:
    """Keeps all frames that it was sent; `close_code` is there once it was closed."""

    def __init__(self, websocket: aiohttp.ClientWebSocketResponse) -> None:
        self.websocket = websocket
        self.received: list[dict[str, Any]] = []
        self.offset: str | None = None
        self._ids = 0

    @property
    def close_code(self) -> int | None:
        return self.websocket.close_code

    async def send(self, frame: Any) -> None:
        await self.websocket.send_str(
            frame if isinstance(frame, str) else orjson.dumps(frame).decode()
        )

    async def read(self, seconds: float = 30.0) -> dict[str, Any]:
        """The next frame. EOFError at the end."""
        async with asyncio.timeout(seconds):
            message = await self.websocket.receive()
        if message.type is not aiohttp.WSMsgType.TEXT:
            raise EOFError
        frame: dict[str, Any] = orjson.loads(message.data)
        self.received.append(frame)
        if "event" in frame:
            envelope = {name: frame[name] for name in frame.keys() - {"event", "offset"}}
            check_event(frame["event"], envelope)
            self.offset = frame.get("offset", self.offset)
        return frame

    async def next(self, name: str, seconds: float = 30.0) -> Any:
        """The data of the next event of this name."""
        return (await self.next_frame(name, seconds))["data"]

    async def next_frame(self, name: str, seconds: float = 30.0) -> dict[str, Any]:
        async with asyncio.timeout(seconds):
            while True:
                frame = await self.read(seconds)
                if frame.get("event") == name:
                    return frame

    async def answer(self, id: int | str | None, seconds: float = 30.0) -> dict[str, Any]:
        """The answer to the command of this id."""
        async with asyncio.timeout(seconds):
            while True:
                frame = await self.read(seconds)
                if "event" not in frame and frame["id"] == id:
                    return frame

    async def call(self, command: str, data: Any = None) -> dict[str, Any]:
        self._ids += 1
        await self.send({"id": self._ids, "command": command, "data": data})
        return await self.answer(self._ids)

    async def do(self, command: str, data: Any = None) -> Any:
        return (await self.call(command, data))["result"]

    async def connect(self, person: Person, **more: Any) -> Any:
        """The data of session.ready."""
        await self.send({"command": "connect", "data": {"token": person.access, **more}})
        return await self.next("session.ready")

    async def ended(self, seconds: float = 30.0) -> int | None:
        """The code with which the server closes."""
        async with asyncio.timeout(seconds):
            while True:
                try:
                    await self.read(seconds)
                except EOFError:
                    return self.close_code


@asynccontextmanager
async def plain_socket(
    instance: Instance,
    by: Person | None = None,
    *,
    query: Mapping[str, str] | None = None,
    origin: str | None = None,
    narrow: bool = False,
) -> AsyncIterator[PlainSocket]:
    """A WebSocket; by somebody, it shows their token in the header."""
    headers = {} if by is None else {"Authorization": f"Bearer {by.access}"}
    connector = aiohttp.TCPConnector(socket_factory=narrow_socket if narrow else None)
    async with aiohttp.ClientSession(connector=connector) as http:
        websocket = await http.ws_connect(
            f"{instance.url}/api/ws/", headers=headers, params=query, origin=origin, max_msg_size=0
        )
        try:
            yield PlainSocket(websocket)
        finally:
            await connector.close()  # gone, whatever has not been read
