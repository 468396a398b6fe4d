"""Instances that a test may look into, and sockets that say what no stock client says."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson
from aiohttp.test_utils import TestServer

from server.app import create_app
from server.config.load import Config
from server.health import SERVICES
from server.services import Services
from tests.people import Instance, Person


@dataclass(frozen=True, slots=True)
class OpenInstance:
    instance: Instance
    services: Services

    def sockets_of(self, person: Person) -> int:
        """How many connections of a person are registered."""
        stream = self.services.hub.streams.get(person.id)
        return len(stream.sessions) if stream else 0


@asynccontextmanager
async def open_instance(settings: Config) -> AsyncIterator[OpenInstance]:
    app = create_app(settings)
    async with TestServer(app) as server, aiohttp.ClientSession() as http:
        yield OpenInstance(Instance(str(server.make_url("")).rstrip("/"), http), app[SERVICES])


class RawSocket:
    """A WebSocket on which Engine.IO is spoken by hand; `patience` is for what an event takes."""

    patience = 30.0

    def __init__(self, websocket: aiohttp.ClientWebSocketResponse) -> None:
        self.websocket = websocket

    async def send(self, *frames: str | bytes) -> None:
        for frame in frames:
            if isinstance(frame, bytes):
                await self.websocket.send_bytes(frame)
            else:
                await self.websocket.send_str(frame)

    async def next(self, seconds: float = 30.0) -> str | None:
        """The next text, a ping being answered; None at the end of the connection."""
        async with asyncio.timeout(seconds):
            while True:
                message = await self.websocket.receive()
                if message.type is not aiohttp.WSMsgType.TEXT:
                    return None
                if message.data != "2":
                    return str(message.data)
                await self.websocket.send_str("3")

    async def event(self, name: str) -> dict[str, Any]:
        """The envelope of the next event of this name."""
        while (text := await self.next(self.patience)) is not None:
            if text.startswith("42"):
                found, envelope = orjson.loads(text[2:])
                if found == name:
                    return dict(envelope)
        raise AssertionError(f"the connection ended before {name}")

    async def log_in(self, person: Person, **auth: Any) -> dict[str, Any]:
        """The data of session.ready."""
        token = orjson.dumps({"token": person.access, **auth}).decode()
        await self.send(f"40{token}")
        return dict((await self.event("session.ready"))["data"])

    async def ended(self, seconds: float) -> bool:
        """Whether the server ends the connection within this time."""
        try:
            async with asyncio.timeout(seconds):
                while await self.next(seconds) is not None:
                    pass
        except TimeoutError:
            return False
        return True


def narrow_socket(address: Any) -> socket.socket:
    """A socket whose kernel takes in little for a reader that does not read."""
    family, kind, protocol, _, _ = address
    one = socket.socket(family, kind, protocol)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    return one


@asynccontextmanager
async def raw_socket(instance: Instance, *, narrow: bool = False) -> AsyncIterator[RawSocket]:
    """Connected, and past the server's OPEN packet."""
    connector = aiohttp.TCPConnector(socket_factory=narrow_socket if narrow else None)
    async with aiohttp.ClientSession(connector=connector) as http:
        websocket = await http.ws_connect(
            f"{instance.url}/socket.io/?EIO=4&transport=websocket", autoclose=False, autoping=False
        )
        try:
            assert (await websocket.receive_str()).startswith("0{")
            yield RawSocket(websocket)
        finally:
            # Gone without a closing handshake, whatever has not been read.
            await connector.close()
