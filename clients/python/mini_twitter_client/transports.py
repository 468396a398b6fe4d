"""Engine.IO 4 (https://github.com/socketio/engine.io-protocol) over a WebSocket or requests."""

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol

import aiohttp

OPEN, CLOSE, PING, PONG, MESSAGE, NOOP = "0", "1", "2", "3", "4", "6"
SEPARATOR = "\x1e"
OPEN_SECONDS = 10
POLL_SECONDS = 60  # the server answers a poll within its interval of pings


class Transport(Protocol):
    """Packets of text in both directions; raises aiohttp.ClientError and TimeoutError."""

    def packets(self) -> AsyncIterator[str]:
        """Yield what the server sends, until it closes."""

    async def send(self, packet: str) -> None:
        """Send a packet after those before."""

    async def close(self) -> None:
        """Close."""


class WebSocketTransport:
    """One WebSocket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    @classmethod
    async def open(cls, http: aiohttp.ClientSession, base: str) -> "WebSocketTransport":
        """Connect within OPEN_SECONDS."""
        url = f"{base.replace('http', 'ws', 1)}?EIO=4&transport=websocket"
        async with asyncio.timeout(OPEN_SECONDS):
            return cls(await http.ws_connect(url, max_msg_size=0))

    async def packets(self) -> AsyncIterator[str]:
        """Yield what the server sends, until it closes."""
        async for message in self._socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                yield message.data

    async def send(self, packet: str) -> None:
        """Send a packet after those before."""
        await self._socket.send_str(packet)

    async def close(self) -> None:
        """Close."""
        await self._socket.close()


class PollingTransport:
    """Requests, where WebSockets do not get through."""

    def __init__(self, http: aiohttp.ClientSession, base: str) -> None:
        self._http = http
        self._url = f"{base}?EIO=4&transport=polling"
        self._lock = asyncio.Lock()

    @classmethod
    async def open(cls, http: aiohttp.ClientSession, base: str) -> "PollingTransport":
        """Return one that connects with its first poll."""
        return cls(http, base)

    async def packets(self) -> AsyncIterator[str]:
        """Yield what the server sends, until it closes."""
        while True:
            for packet in (await self._ask("GET")).split(SEPARATOR):
                if packet.startswith(OPEN):
                    sid = packet.partition('"sid":"')[2].partition('"')[0]
                    self._url += f"&sid={sid}"
                if packet and packet != NOOP:
                    yield packet

    async def send(self, packet: str) -> None:
        """Send a packet after those before."""
        async with self._lock:
            await self._ask("POST", packet)

    async def close(self) -> None:
        """Close."""
        await self.send(CLOSE)

    async def _ask(self, method: str, body: str | None = None) -> str:
        timeout = aiohttp.ClientTimeout(total=POLL_SECONDS)
        headers = {"Content-Type": "text/plain;charset=UTF-8"} if body is not None else {}
        async with self._http.request(
            method, self._url, data=body, headers=headers, timeout=timeout
        ) as response:
            response.raise_for_status()
            return await response.text()
