"""Engine.IO: python-engineio's server with our own connections."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import engineio
from aiohttp import web
from engineio.packet import OPEN, Packet

from realtime.tasks import CommandRunners
from realtime.transport.budgets import Flood
from realtime.transport.engineio_socket import EngineSocket
from realtime.transport.handshake import asks_for_websocket
from realtime.transport.keepalive import Keepalive
from realtime.transport.pacer import Pacer
from realtime.transport.polling import OutgoingQueue
from realtime.transport.refused_websocket import refuse_websocket
from realtime.transport.write_batch import WriteBatcher

METHODS = {"GET", "POST", "OPTIONS"}
RETRY_SECONDS = "10"
# New connections taken in a pass of the event loop, some 0.3 ms each: a herd keeps nobody waiting.
OPENED_AT_ONCE = 20


class EngineServer(engineio.AsyncServer):  # type: ignore[misc]
    """All connections of this process.

    `on_request` is awaited for each request of no known connection, and `on_handshake` before a
    connection is opened or probes a WebSocket: they may raise Flood. `on_open` is called for each
    new one, and returns what the handler of its `connect` event gets in place of the request;
    `on_upgraded` when one that polled goes on by WebSocket, and `on_disconnect` in the moment in
    which one ends. `on_message` is awaited for what comes by WebSocket, an Attachment or text in
    UTF-8; what is posted goes to the handler of the `message` event.
    """

    sockets: dict[str, EngineSocket]
    handlers: dict[str, Callable[..., Any]]
    sid_prefix = ""
    waiting_bytes_max = 2**20
    compression = False
    binary = False  # whether clients may send binary messages
    runners: CommandRunners
    on_request: Callable[[web.Request], Awaitable[None]]
    on_handshake: Callable[[web.Request], Awaitable[None]]
    on_open: Callable[[EngineSocket, web.Request], Any]
    on_message: Callable[[EngineSocket, bytes], Awaitable[None]]
    on_upgraded: Callable[[EngineSocket], None]
    on_disconnect: Callable[[EngineSocket], None]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keepalive = Keepalive(self)
        self.batcher = WriteBatcher()
        self._openings = Pacer(OPENED_AT_ONCE)

    def generate_id(self) -> str:
        """Return a new session id; sid_prefix tells one process's from another's."""
        return self.sid_prefix + str(super().generate_id())

    def create_queue(self, *args: Any, **kwargs: Any) -> OutgoingQueue:
        """Return a queue for what a client polls (called for each connection)."""
        return OutgoingQueue()

    async def disconnect(self, sid: str | None = None) -> None:
        """Abort a connection, if it is still there."""
        socket = self.sockets.get(sid or "")
        if socket is not None:
            socket.abort()

    async def handle_request(self, request: web.Request) -> Any:
        """Answer a request: 429 when its connection, or its address, sends too many."""
        socket = self.sockets.get(request.query.get("sid", ""))
        try:
            if socket is None:
                await self.on_request(request)
            else:
                await socket.meter.wait(1, 0)
            if "transport" not in request.query or request.method not in METHODS:
                return web.Response(status=400, text="Invalid transport or method.")
            if socket is not None and socket.upgraded and asks_for_websocket(request):
                return refuse_websocket(request, self.batcher)
            response = await super().handle_request(request)
            if socket is not None and socket.post_failed and request.method == "POST":
                response.set_status(400)
            return response
        except Flood:
            if socket is not None:
                socket.abort()
            return web.Response(
                status=429, text="Too many requests.", headers={"Retry-After": RETRY_SECONDS}
            )

    def _ok(self, packets: list[Packet] | None = None, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return a good answer; a POST's is `ok`, as the protocol spells it."""
        answer: dict[str, Any] = super()._ok(packets, *args, **kwargs)
        return answer if packets is not None else answer | {"response": b"ok"}

    async def _handle_connect(
        self, environ: dict[str, Any], transport: str, jsonp_index: int | None = None
    ) -> Any:
        request = environ["aiohttp.request"]
        await self.on_handshake(request)
        await self._openings.turn()
        if request.transport is None:  # the client went while it waited
            return self._bad_request()
        socket = EngineSocket(self, self.generate_id())
        self.sockets[socket.sid] = socket
        # The request itself would be kept for as long as the connection.
        await self.handlers["connect"](socket.sid, self.on_open(socket, request))
        opening = {
            "sid": socket.sid,
            "upgrades": ["websocket"] if transport == "polling" else [],
            "pingTimeout": int(self.ping_timeout * 1000),
            "pingInterval": int(self.ping_interval * 1000),
            "maxPayload": self.max_http_buffer_size,
        }
        await socket.send(Packet(OPEN, opening))
        if transport == "websocket":
            try:
                return socket.accept_websocket(request)
            except (web.HTTPException, ConnectionResetError):
                socket.abort()
                raise
        socket.connected, socket.message_lock = True, asyncio.Lock()
        return self._ok(await socket.poll(), jsonp_index=jsonp_index)
