"""python-socketio, made strict and quick.

Stock clients, the handshake and refusals go through the library. A client's commands, and what it
is sent, go past it: each costs no more than what it is made of.
"""

import asyncio
import logging
from typing import Any, Protocol

import orjson
import socketio
from aiohttp import web

from realtime.delivery.client_session import Transport
from realtime.protocol import encoding
from realtime.protocol.packets import BadPacket, StrictPacket, read_event
from realtime.tasks import CommandRunners, Tasks
from realtime.transport.engineio_server import EngineServer, EngineSocket
from realtime.transport.manager import NAMESPACE, Manager
from realtime.transport.polling import MESSAGE_BYTES_MAX

logger = logging.getLogger(__name__)

HANDSHAKE_SECONDS = 10  # in which a new connection must have shown a token


class Namespace(Protocol):
    """What happens to the clients of the default namespace; a client is whatever on_connect makes
    of it.
    """

    def visitor(self, request: web.Request) -> Any:
        """What on_connect must know of the request."""

    async def on_connect(self, visitor: Any, auth: Any) -> Any:
        """Raises socketio's ConnectionRefusedError."""

    def on_connected(self, client: Any, outlet: Transport) -> None:
        """It has been let in and told so."""

    async def on_event(self, client: Any, name: str, args: list[Any]) -> Any:
        """What to acknowledge with; None: nothing."""

    def on_disconnect(self, client: Any) -> None: ...


class SocketServer(socketio.AsyncServer):  # type: ignore[misc]
    """One namespace, whose commands are carried out in the order in which a socket sent them."""

    def __init__(
        self,
        namespace: Namespace,
        tasks: Tasks,
        cors_origins: Any,
        waiting_bytes_max: int,
        compression: bool,
        sid_prefix: str = "",
    ) -> None:
        super().__init__(
            async_mode="aiohttp",
            client_manager=Manager(self._connected),
            async_handlers=False,
            serializer="default",
            cors_allowed_origins=cors_origins,
            max_http_buffer_size=MESSAGE_BYTES_MAX,
            ping_interval=25,
            ping_timeout=20,
            monitor_clients=False,
            http_compression=False,
            logger=_quiet("socketio"),
            engineio_logger=_quiet("engineio"),
        )
        self.packet_class = StrictPacket
        self.eio.sid_prefix = sid_prefix
        self.eio.waiting_bytes_max = waiting_bytes_max
        self.eio.compression = compression
        self.eio.runners = CommandRunners(tasks)
        self.eio.on_end = self._ended
        self._namespace = namespace
        self._one_went = asyncio.Event()
        self._admitted: dict[str, Any] = {}  # by sid: clients that are not told so yet

    @property
    def entries(self) -> int:
        """How many entries of connections are kept, in all tables: none when none is open."""
        kept = (self.eio.sockets, self.eio.heartbeat, self.environ, self._admitted)
        return sum(map(len, kept)) + int(self.manager.entries)

    def _engineio_server_class(self) -> type[EngineServer]:
        return EngineServer

    # Connections

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> None:
        # The request itself would be kept for as long as the connection.
        visitor = self._namespace.visitor(environ["aiohttp.request"])
        await super()._handle_eio_connect(eio_sid, visitor)
        self._expect_handshake(eio_sid)

    def _expect_handshake(self, eio_sid: str) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(HANDSHAKE_SECONDS, self._cut_stranger, eio_sid)

    def _cut_stranger(self, eio_sid: str) -> None:
        socket = self.eio.sockets.get(eio_sid)
        if socket is not None and socket.client is None:
            socket.cut()

    def cut_strangers(self) -> None:
        """End the connections that have not shown a token yet."""
        for eio_sid in list(self.eio.sockets):
            self._cut_stranger(eio_sid)

    async def emptied(self) -> None:
        """Returns when no connection is left. Those that were told to go are cut in a moment."""
        while self.eio.sockets:
            self._one_went.clear()
            await self._one_went.wait()

    async def _handle_connect(self, eio_sid: str, namespace: str | None, data: Any) -> None:
        if self.manager.sid_from_eio_sid(eio_sid, namespace or NAMESPACE) is not None:
            raise BadPacket("connected already")
        await super()._handle_connect(eio_sid, namespace, data)

    async def _trigger_event(self, event: str, namespace: str, *args: Any) -> None:
        """What the library calls for CONNECT and DISCONNECT; see _handle_packet for the rest."""
        sid = args[0]
        if event == "connect":
            client = await self._namespace.on_connect(*args[1:])
            if self.manager.eio_sid_from_sid(sid, namespace) is not None:  # it is still there
                self._admitted[sid] = client
        elif event == "disconnect":
            socket = self.eio.sockets[self.manager.eio_sid_from_sid(sid, namespace)]
            self._disconnected(socket)
            self._expect_handshake(socket.sid)

    def _connected(self, sid: str, eio_sid: str) -> None:
        socket = self.eio.sockets[eio_sid]
        socket.client = self._admitted.pop(sid)
        self._namespace.on_connected(socket.client, socket)

    def _disconnected(self, socket: EngineSocket) -> None:
        client, socket.client = socket.client, None
        if client is not None:
            self._namespace.on_disconnect(client)

    def _ended(self, socket: EngineSocket) -> None:
        self.environ.pop(socket.sid, None)
        sid = self.manager.sid_from_eio_sid(socket.sid, NAMESPACE)
        if sid is not None:
            self.manager.basic_disconnect(sid, NAMESPACE)
        self._disconnected(socket)
        self._one_went.set()

    # Commands

    async def _handle_eio_message(self, eio_sid: str, data: Any) -> None:
        """Handle a message when those that its client sent before are."""
        socket = self.eio.sockets.get(eio_sid)
        if socket is None:
            return
        try:
            if socket.turn is None:
                await self._handle_packet(socket, data)
            else:
                async with socket.turn:
                    await self._handle_packet(socket, data)
        except (ValueError, TypeError, IndexError, AttributeError) as error:
            if not isinstance(error, BadPacket | orjson.JSONDecodeError):
                logger.exception("a packet could not be handled")
            socket.cut()

    async def _handle_packet(self, socket: EngineSocket, data: Any) -> None:
        event = read_event(data)
        if event is None:
            await super()._handle_eio_message(socket.sid, data)
        elif socket.client is not None:
            id, name, args = event
            answer = await self._namespace.on_event(socket.client, name, args)
            if answer is not None and id is not None:
                socket.write_now(encoding.ack(id, answer))


def _quiet(name: str) -> logging.Logger:
    """The library logs every packet, and a client's every mistake with a traceback."""
    quiet = logging.getLogger(f"{__name__}.{name}")
    quiet.setLevel(logging.CRITICAL)
    return quiet
