"""The host of the public suites, and the two protocols spoken to it by hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import orjson
import pytest

from realtime.transport.engineio_server import EngineServer
from realtime.transport.socketio_server import SocketServer
from tests.protocol.host import host

DEADLINE = aiohttp.ClientTimeout(10)


@dataclass(frozen=True, slots=True)
class Line:
    """A server of the host: what clients do with it."""

    url: str
    http: aiohttp.ClientSession
    engine: EngineServer

    def at(self, transport: str, sid: str = "") -> str:
        return f"{self.url}?EIO=4&transport={transport}" + (f"&sid={sid}" if sid else "")

    async def asked(
        self, query: str = "", method: str = "GET", data: str | None = None
    ) -> tuple[int, str]:
        async with self.http.request(method, self.url + query, data=data) as answer:
            return answer.status, await answer.text()

    async def opened(self) -> str:
        """The sid of a new session that polls."""
        async with self.http.get(self.at("polling")) as answer:
            return str(orjson.loads((await answer.text())[1:])["sid"])

    async def poll(self, sid: str) -> tuple[int, str]:
        async with self.http.get(self.at("polling", sid)) as answer:
            return answer.status, await answer.text()

    async def post(self, sid: str, body: str) -> tuple[int, str]:
        async with self.http.post(self.at("polling", sid), data=body) as answer:
            return answer.status, await answer.text()

    @asynccontextmanager
    async def websocket(self, sid: str = "") -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """A WebSocket; past its OPEN packet, where the session begins with it."""
        async with self.http.ws_connect(self.at("websocket", sid), timeout=WS) as websocket:
            if not sid:
                assert (await websocket.receive_str()).startswith("0{")
            yield websocket


WS = aiohttp.ClientWSTimeout(ws_receive=10, ws_close=1)


async def ended(websocket: aiohttp.ClientWebSocketResponse) -> int | None:
    """The code with which the server closes, whatever it says before."""
    while not (await websocket.receive(10)).type.name.startswith("CLOS"):
        pass
    return websocket.close_code


async def said(websocket: aiohttp.ClientWebSocketResponse) -> str:
    """The next text that is no ping."""
    while (text := await websocket.receive_str(timeout=10)) == "2":
        await websocket.send_str("3")
    return text


async def heard(websocket: aiohttp.ClientWebSocketResponse, *texts: str) -> None:
    for text in texts:
        assert await said(websocket) == text


@pytest.fixture
async def served() -> AsyncIterator[tuple[str, EngineServer, SocketServer, aiohttp.ClientSession]]:
    async with host() as (url, engine, sockets), aiohttp.ClientSession(timeout=DEADLINE) as http:
        yield url, engine, sockets, http


@pytest.fixture
def sockets(
    served: tuple[str, EngineServer, SocketServer, aiohttp.ClientSession],
) -> SocketServer:
    return served[2]


@pytest.fixture(params=["engine.io", "socket.io"])
def line(
    request: pytest.FixtureRequest,
    served: tuple[str, EngineServer, SocketServer, aiohttp.ClientSession],
) -> Line:
    """Engine.IO alone, and under Socket.IO."""
    url, engine, sockets, http = served
    server = engine if request.param == "engine.io" else sockets.eio
    return Line(f"{url}/{request.param}/", http, server)


@pytest.fixture
def echo(served: tuple[str, EngineServer, SocketServer, aiohttp.ClientSession]) -> Line:
    """Engine.IO alone, which says what it was told."""
    url, engine, _, http = served
    return Line(f"{url}/engine.io/", http, engine)


@pytest.fixture
def socketio(served: tuple[str, EngineServer, SocketServer, aiohttp.ClientSession]) -> Line:
    url, _, sockets, http = served
    return Line(f"{url}/socket.io/", http, sockets.eio)
