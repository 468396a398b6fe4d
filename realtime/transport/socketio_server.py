"""Socket.IO: python-socketio's server, made strict and quick.

Stock clients, the handshake and refusals go through the library. A client's commands, and what it
is sent, bypass it: each costs no more than what it is made of.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import orjson
import socketio
from aiohttp import web
from socketio.packet import CONNECT, CONNECT_ERROR

from realtime.protocol import encoding
from realtime.protocol.packets import BadPacket, BinaryPacket, StrictPacket, read_event
from realtime.tasks import CommandRunners, Tasks
from realtime.transport.admission import Admission
from realtime.transport.budgets import STRANGER
from realtime.transport.engineio_server import EngineServer
from realtime.transport.engineio_socket import Attachment, EngineSocket
from realtime.transport.interface import Namespace, TryAgain
from realtime.transport.manager import NAMESPACE, Manager
from realtime.transport.polling import MESSAGE_BYTES_MAX

logger = logging.getLogger(__name__)

HANDSHAKE_SECONDS = 10  # in which a new connection must have shown a token

NO_SUCH_NAMESPACE = {"message": "Invalid namespace"}


class ClientEvents(socketio.AsyncNamespace):  # type: ignore[misc]
    """Gets CONNECT, DISCONNECT and binary events from the library; other events bypass it."""

    def __init__(
        self,
        on_connect: Callable[[str, Any, Any], Awaitable[None]],
        on_disconnect: Callable[[str], None],
        on_binary_event: Callable[[str, str, list[Any]], Awaitable[Any]],
    ) -> None:
        super().__init__(NAMESPACE)
        self._on_connect = on_connect
        self._on_disconnect = on_disconnect
        self._on_binary_event = on_binary_event

    async def trigger_event(self, event: str, *args: Any) -> Any:
        """Call the handler of an event, whose first argument is the client's sid."""
        if event == "connect":
            await self._on_connect(*args)
            return None
        if event == "disconnect":
            self._on_disconnect(args[0])
            return None
        return await self._on_binary_event(args[0], event, list(args[1:]))


class SocketServer(socketio.AsyncServer):  # type: ignore[misc]
    """The default namespace; the commands of a socket are carried out in their order.

    Others may be registered as the library says; the chat has none. `binary`: whether events may
    have binary attachments, which no command of the chat has.
    """

    def __init__(
        self,
        namespace: Namespace,
        tasks: Tasks,
        cors_origins: Any,
        waiting_bytes_max: int,
        compression: bool,
        sid_prefix: str = "",
        *,
        limited: bool = True,
        binary: bool = False,
    ) -> None:
        super().__init__(
            async_mode="aiohttp",
            client_manager=Manager(self._on_connected),
            async_handlers=False,
            serializer=BinaryPacket if binary else StrictPacket,
            cors_allowed_origins=cors_origins,
            max_http_buffer_size=MESSAGE_BYTES_MAX,
            ping_interval=25,
            ping_timeout=20,
            monitor_clients=False,
            http_compression=False,
            logger=_silent_logger("socketio"),
            engineio_logger=_silent_logger("engineio"),
        )
        self.eio.sid_prefix = sid_prefix
        self.eio.waiting_bytes_max = waiting_bytes_max
        self.eio.compression = compression
        self.eio.binary = binary
        self.eio.runners = CommandRunners(tasks)
        self.admission = Admission(namespace, limited=limited)
        self.eio.on_request = self.admission.take_request
        self.eio.on_handshake = self.admission.take_handshake
        self.eio.on_open = self._on_open
        self.eio.on_upgraded = self._settle_handshakes
        self.eio.on_message = self._on_message
        self.eio.on_disconnect = self._on_closed
        self.register_namespace(
            ClientEvents(self._on_connect, self._on_disconnect, self._on_binary_event)
        )
        self._namespace = namespace
        self.handshake_seconds: float | None = None  # None: HANDSHAKE_SECONDS
        self._socket_closed = asyncio.Event()
        # By sid: clients whose CONNECT is not sent yet, and what else it says.
        self.admitted: dict[str, tuple[Any, dict[str, str]]] = {}

    @property
    def entries(self) -> int:
        """How many entries of connections are kept, in all tables: none when none is open."""
        kept = (
            self.eio.sockets,
            self.eio.keepalive,
            self.environ,
            self.admitted,
            self._binary_packet,
        )
        return sum(map(len, kept)) + int(self.manager.entries)

    @property
    def unfinished(self) -> int:
        """How many events wait for their attachments."""
        return len(self._binary_packet)

    def _engineio_server_class(self) -> type[EngineServer]:
        return EngineServer

    # Connections

    def _on_open(self, socket: EngineSocket, request: web.Request) -> Any:
        self._expect_token(socket.sid)
        socket.address = self.admission.begin(socket.meter, request)
        return self._namespace.visitor(request)

    def _expect_token(self, eio_sid: str) -> None:
        # In two halves: of a loop that is late by all of one, for a herd, sockets are read in
        # between, so none is aborted whose token has come and waits to be read.
        loop = asyncio.get_running_loop()
        half = (self.handshake_seconds or HANDSHAKE_SECONDS) / 2
        loop.call_later(half, loop.call_later, half, self._abort_unauthenticated, eio_sid)

    def _abort_unauthenticated(self, eio_sid: str) -> None:
        socket = self.eio.sockets.get(eio_sid)
        if socket is None or self.manager.others(eio_sid) or socket.client is not None:
            return
        if socket.connecting:  # it has shown a token, and waits its turn
            self._expect_token(eio_sid)
        else:
            socket.abort()

    def abort_unauthenticated(self) -> None:
        """Abort the connections that have not shown a token yet."""
        for socket in list(self.eio.sockets.values()):
            if socket.client is None:
                socket.abort()

    async def wait_closed(self) -> None:
        """Return when no connection is left (see EngineSocket.disconnect)."""
        while self.eio.sockets:
            self._socket_closed.clear()
            await self._socket_closed.wait()

    async def _on_connect(self, sid: str, visitor: Any, auth: Any) -> None:
        """Let a client in, or raise ConnectionRefusedError or TryAgain."""
        socket = self.eio.sockets[self.manager.eio_sid_from_sid(sid, NAMESPACE)]
        socket.connecting = True
        try:
            client, data = await self.admission.admit(visitor, auth, lambda: bool(socket.closed))
        finally:
            socket.connecting = False
        if socket.closed:
            self._namespace.on_disconnect(client)
        else:
            self.admitted[sid] = client, data

    async def _send_packet(self, eio_sid: str, packet: StrictPacket) -> None:
        """Send a packet of the library's; a client that is let in is told more by it."""
        if packet.packet_type == CONNECT:
            _, data = self.admitted.get(packet.data["sid"], (None, {}))  # it may have gone
            packet.data |= data
        await super()._send_packet(eio_sid, packet)

    def _on_connected(self, sid: str, eio_sid: str) -> None:
        """Begin to send to a client: its CONNECT packet is on its way."""
        socket = self.eio.sockets[eio_sid]
        socket.client, _ = self.admitted.pop(sid)
        self.admission.let_in(socket.meter, socket.client)
        self._settle_handshakes(socket)
        self._namespace.on_connected(socket.client, socket)

    def _settle_handshakes(self, socket: EngineSocket) -> None:
        """Give an address back the handshakes of a client that has been let in."""
        if socket.client is not None and socket.address is not None:
            socket.address.handshakes.give_back(socket.handshakes)
            socket.handshakes = 0

    def _on_disconnect(self, sid: str) -> None:
        """Wait for another token: the client has left the namespace, not its connection."""
        socket = self.eio.sockets[self.manager.eio_sid_from_sid(sid, NAMESPACE)]
        self._forget_client(socket)
        if socket.address is not None:
            socket.meter.use(STRANGER, socket.address.frames_and_bytes)
        self._expect_token(socket.sid)

    def _on_closed(self, socket: EngineSocket) -> None:
        self.environ.pop(socket.sid, None)
        self._binary_packet.pop(socket.sid, None)
        for namespace in self.manager.others(socket.sid):
            self.eio.runners.start(self._handle_disconnect, socket.sid, namespace)
        sid = self.manager.sid_from_eio_sid(socket.sid, NAMESPACE)
        if sid is not None:
            self.manager.basic_disconnect(sid, NAMESPACE)
        self._forget_client(socket)
        self._socket_closed.set()

    def _forget_client(self, socket: EngineSocket) -> None:
        client, socket.client = socket.client, None
        if client is not None:
            self._namespace.on_disconnect(client)

    # Commands

    async def _handle_eio_message(self, eio_sid: str, data: Any) -> None:
        """Handle a message that was posted by a client that polls."""
        socket = self.eio.sockets.get(eio_sid)
        if socket is not None:
            message = data.encode() if isinstance(data, str) else Attachment(data)
            await self._on_message(socket, message)

    def _on_message(self, socket: EngineSocket, message: bytes) -> Coroutine[Any, Any, None]:
        """Handle a message, in UTF-8 or an Attachment, after those that its client sent before."""
        if socket.message_lock is None:
            return self._handle_packet(socket, message)
        return self._handle_in_turn(socket, socket.message_lock, message)

    async def _handle_in_turn(
        self, socket: EngineSocket, turn: asyncio.Lock, message: bytes
    ) -> None:
        async with turn:
            if not socket.closed:
                await self._handle_packet(socket, message)

    async def _handle_connect(self, eio_sid: str, namespace: str | None, data: Any) -> None:
        """Let a client in or refuse it, which ends its connection."""
        namespace = namespace or NAMESPACE
        if namespace in self.namespace_handlers:
            await super()._handle_connect(eio_sid, namespace, data)
        else:
            await self._send_packet(
                eio_sid, StrictPacket(CONNECT_ERROR, NO_SUCH_NAMESPACE, namespace)
            )
        socket = self.eio.sockets.get(eio_sid)
        if socket is not None and self.manager.sid_from_eio_sid(eio_sid, namespace) is None:
            socket.close_refused()

    async def _handle_packet(self, socket: EngineSocket, packet: bytes) -> None:
        try:
            if isinstance(packet, Attachment) or socket.sid in self._binary_packet:
                event = None
            else:
                event = read_event(packet)
            if event is None:
                await self._handle_by_library(socket, packet)
            elif socket.client is not None:
                id, name, args = event
                running = self._namespace.on_event(socket.client, name, args)
                answer = None if running is None else await running
                if answer is not None and id is not None:
                    socket.write_now(encoding.ack(id, answer))
        except TryAgain as error:
            socket.close_for_now(str(error))
        except (ValueError, TypeError, IndexError, AttributeError) as error:
            if not isinstance(error, BadPacket | orjson.JSONDecodeError | UnicodeDecodeError):
                logger.exception("a packet could not be handled")
            socket.abort()

    async def _handle_by_library(self, socket: EngineSocket, packet: bytes) -> None:
        if isinstance(packet, Attachment):
            await super()._handle_eio_message(socket.sid, bytes(packet))
            return
        if packet[:1] in (b"5", b"6") and not self.manager.is_member(socket.sid):
            raise BadPacket("an attachment of somebody unknown")
        await super()._handle_eio_message(socket.sid, packet.decode())

    async def _on_binary_event(self, sid: str, name: str, args: list[Any]) -> Any:
        socket = self.eio.sockets[self.manager.eio_sid_from_sid(sid, NAMESPACE)]
        running = self._namespace.on_event(socket.client, name, args)
        answer = None if running is None else await running
        return self.not_handled if answer is None else answer


def _silent_logger(name: str) -> logging.Logger:
    """Return a logger for the library, which logs every packet and each mistake of a client."""
    silent = logging.getLogger(f"{__name__}.{name}")
    silent.setLevel(logging.CRITICAL)
    return silent
