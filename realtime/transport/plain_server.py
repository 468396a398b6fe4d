"""The clients that speak plain JSON on a WebSocket: in the same namespace as those of Socket.IO."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from aiohttp import web
from aiohttp.http_websocket import WSCloseCode
from socketio.exceptions import ConnectionRefusedError as RefusedBySocketIO

from realtime.protocol import json_frames
from realtime.protocol.json_frames import BadFrame, Command, CommandId
from realtime.transport import socketio_server
from realtime.transport.interface import Namespace, TryAgain
from realtime.transport.plain_socket import PlainSocket
from realtime.transport.socketio_server import SocketServer

logger = logging.getLogger(__name__)

CONNECT = "connect"
RESUMED = {"recovery": True, "pid": "-"}  # of who comes back by an offset alone
GONE_SECONDS = 0.05  # how often it is looked whether all have gone


class PlainServer:
    """All plain WebSockets of this process.

    Args:
        namespace: Admits the clients and runs their commands.
        sockets: The server of those by Socket.IO, with which budgets, turns, pings and writes are
            shared.
        refusal: Makes the problem details of a code and a detail.
    """

    def __init__(
        self,
        namespace: Namespace,
        sockets: SocketServer,
        refusal: Callable[[str, str], dict[str, Any]],
    ) -> None:
        self._namespace = namespace
        self._refusal = refusal
        self.admission = sockets.admission
        self.runners = sockets.eio.runners
        self.keepalive = sockets.eio.keepalive
        self.batcher = sockets.eio.batcher
        self.waiting_bytes_max: int = sockets.eio.waiting_bytes_max
        self.compression: bool = sockets.eio.compression
        self.sockets: set[PlainSocket] = set()

    def open(
        self, request: web.Request, auth: Mapping[str, Any] | None = None
    ) -> web.StreamResponse:
        """Make a request's connection a client's.

        Args:
            request: It asks for a WebSocket; its handshake has been counted.
            auth: What a client shows to be let in, where that came with the request.

        Raises:
            HTTPBadRequest: when it does not ask as it should.
            ConnectionResetError: when the client has gone.
        """
        socket = PlainSocket(self, self._namespace.visitor(request))
        self.sockets.add(socket)
        socket.address = self.admission.begin(socket.meter, request)
        first = None if auth is None else orjson.dumps({"command": CONNECT, "data": auth})
        try:
            response = socket.accept(request, first)
        except BaseException:
            self.keepalive.discard(socket, socket.keepalive_slot)
            self.sockets.discard(socket)
            raise
        self._expect_token(socket)
        return response

    def _expect_token(self, socket: PlainSocket) -> None:
        # In two halves, as SocketServer does: for those of a herd that is read late.
        loop = asyncio.get_running_loop()
        half = socketio_server.HANDSHAKE_SECONDS / 2
        loop.call_later(half, loop.call_later, half, self._end_unauthenticated, socket)

    def _end_unauthenticated(self, socket: PlainSocket) -> None:
        if socket.client is not None or socket.closed:
            return
        if socket.connecting:  # it has shown a token, and waits its turn
            self._expect_token(socket)
        else:
            self._refuse_stranger(socket, None)

    def _refuse_stranger(self, socket: PlainSocket, id: CommandId) -> None:
        about = 'The first frame is {"command": "connect", "data": {"token": ACCESS}}.'
        self._refuse(socket, id, self._refusal("token_missing", about))

    def _refuse(self, socket: PlainSocket, id: CommandId, problem: dict[str, Any]) -> None:
        socket.answer(json_frames.problem(id, problem))
        for_now = problem["status"] >= 500 or problem["status"] == 429
        code = WSCloseCode.TRY_AGAIN_LATER if for_now else WSCloseCode.POLICY_VIOLATION
        socket.close(code, problem["code"])

    # Frames

    async def on_message(self, socket: PlainSocket, message: bytes) -> None:
        """Handle a frame of a client."""
        try:
            command = json_frames.read(message)
        except BadFrame as bad:
            await self._answer_malformed(socket, bad.id, str(bad))
            return
        if command.name == CONNECT:
            await self._connect(socket, command)
        elif socket.client is None:
            self._refuse_stranger(socket, command.id)
        else:
            running = self._namespace.on_event(socket.client, command.name, command.args)
            ack = None if running is None else await running
            if ack is not None and command.id is not None:
                self._answer(socket, command.id, ack)

    async def _answer_malformed(self, socket: PlainSocket, id: CommandId, detail: str) -> None:
        if socket.client is None:
            self._refuse(socket, id, self._refusal("malformed", detail))
            return
        ack = await self._namespace.on_malformed(socket.client, detail)
        if ack is not None:
            self._answer(socket, id, ack)

    def _answer(self, socket: PlainSocket, id: CommandId, ack: dict[str, Any]) -> None:
        if ack["ok"]:
            socket.answer(json_frames.result(id, ack["data"]))
        else:
            socket.answer(json_frames.problem(id, ack["error"]))

    async def _connect(self, socket: PlainSocket, command: Command) -> None:
        """Let a client in or refuse it, which ends its connection."""
        auth = command.args[0] if command.args else {}
        if socket.client is not None:
            await self._answer_malformed(socket, command.id, "The connection is let in already.")
            return
        if not isinstance(auth, dict):
            await self._answer_malformed(socket, command.id, "`connect` takes an object.")
            return
        if auth.get("offset") is not None:
            auth = {**auth, **RESUMED}
        socket.connecting = True
        try:
            client, _ = await self.admission.admit(socket.visitor, auth, lambda: socket.closed)
        except RefusedBySocketIO as refused:
            self._refuse(socket, command.id, refused.error_args["data"])
        except TryAgain as later:
            if not socket.closed:
                about = "Not now; later it may be let in."
                problem = later.problem or self._refusal(str(later), about)
                self._refuse(socket, command.id, problem)
        else:
            self._let_in(socket, client, command.id)
        finally:
            socket.connecting = False

    def _let_in(self, socket: PlainSocket, client: Any, id: CommandId) -> None:
        if socket.closed:
            self._namespace.on_disconnect(client)
            return
        socket.client = client
        self.admission.let_in(socket.meter, client)
        if socket.address is not None:
            socket.address.handshakes.give_back(1)
        if id is not None:
            socket.answer(json_frames.result(id, None))
        self._namespace.on_connected(client, socket)

    # Ends

    def on_end(self, socket: PlainSocket) -> None:
        """Forget a connection, and its client."""
        self.sockets.discard(socket)
        client, socket.client = socket.client, None
        if client is not None:
            self._namespace.on_disconnect(client)

    async def drain(self) -> None:
        """End the connections that have shown no token; return when the clients have gone, too."""
        for socket in list(self.sockets):
            if socket.client is None:
                socket.abort()
        while self.sockets:  # noqa: ASYNC110  each ends by itself in some seconds
            await asyncio.sleep(GONE_SECONDS)
