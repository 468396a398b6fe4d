"""A host for the public test suites of the Engine.IO and Socket.IO protocols.

`python -m tests.protocol.host --port 3000` serves, without a database, the engine and server
classes of the chat with the echo handlers and the timing that the suites ask for:

- https://github.com/socketio/engine.io-protocol, test-suite/, at /engine.io/;
- https://github.com/socketio/socket.io-protocol, test-suite/, at /socket.io/.

What the chat's namespace refuses by design is shown by those of the host: anybody is let in, events
may be binary, and there is a second namespace.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import socketio
from aiohttp import web

from realtime.protocol import frames
from realtime.protocol.packets import BinaryPacket
from realtime.tasks import CommandRunners, Tasks, open_tasks
from realtime.transport.engineio_server import EngineServer
from realtime.transport.engineio_socket import Attachment, EngineSocket
from realtime.transport.interface import Transport
from realtime.transport.socketio_server import SocketServer

PING_INTERVAL, PING_TIMEOUT = 0.3, 0.2
PAYLOAD_BYTES_MAX = 1_000_000
CONNECT_SECONDS = 1.8  # three pings come before, and a suite waits for 2 s
WAITING_BYTES_MAX = 2**22
# Behind the CONNECT in a packet of its own, as the suites look for one message at a time.
AUTH_SECONDS = 0.02


def frames_of(name: str, args: list[Any]) -> list[bytes]:
    """The frames of an event, its attachments among them."""
    packet = BinaryPacket(data=[name, *args]).encode()
    first, *attachments = packet if isinstance(packet, list) else [packet]
    return [frames.text(b"4" + first.encode()), *map(frames.binary, attachments)]


class Client:
    """Somebody who was let in."""

    transport: Transport

    def __init__(self, auth: Any) -> None:
        self.auth = auth or {}

    def send(self, name: str, *args: Any) -> None:
        for frame in frames_of(name, list(args)):
            self.transport.write(frame)


class Echo:
    """The default namespace: says what it was told."""

    def visitor(self, request: web.Request) -> None:
        return None

    def origin(self, request: web.Request) -> str:
        return request.remote or ""

    def owner(self, client: Client) -> int:
        return 1

    async def on_connect(self, visitor: None, auth: Any) -> Client:
        return Client(auth)

    async def connect_data(self, client: Client) -> dict[str, str]:
        return {}

    def on_connected(self, client: Client, transport: Transport) -> None:
        client.transport = transport
        asyncio.get_running_loop().call_later(AUTH_SECONDS, client.send, "auth", client.auth)

    async def on_event(self, client: Client, name: str, args: list[Any]) -> Any:
        if name == "message":
            client.send("message-back", *args)
        return tuple(args) if name == "message-with-ack" else None

    async def on_malformed(self, client: Client, detail: str) -> Any:
        return None

    def on_disconnect(self, client: Client) -> None:
        pass


class Custom(socketio.AsyncNamespace):  # type: ignore[misc]
    """Another namespace, which is the library's."""

    def __init__(self, tasks: Tasks) -> None:
        super().__init__("/custom")
        self._tasks = tasks
        self.members: set[str] = set()

    async def on_connect(self, sid: str, visitor: Any, auth: Any = None) -> None:
        self.members.add(sid)
        self._tasks.start(self._tell(sid, auth or {}))

    async def _tell(self, sid: str, auth: Any) -> None:
        await asyncio.sleep(AUTH_SECONDS)
        await self.emit("auth", auth, to=sid)

    async def on_disconnect(self, sid: str, reason: str) -> None:
        self.members.discard(sid)


def _timed(server: EngineServer) -> None:
    server.ping_interval, server.ping_timeout = PING_INTERVAL, PING_TIMEOUT
    server.max_http_buffer_size = PAYLOAD_BYTES_MAX


def engine_server(tasks: Tasks) -> EngineServer:
    """The engine alone, which says what it was told."""
    server = EngineServer(async_mode="aiohttp", cors_allowed_origins="*", monitor_clients=False)
    _timed(server)
    server.binary = True
    server.runners = CommandRunners(tasks)

    async def nothing(*_: Any) -> None:
        pass

    async def echo(sid: str, data: Any) -> None:
        await server.send(sid, data)

    async def echo_frame(socket: EngineSocket, message: bytes) -> None:
        binary = isinstance(message, Attachment)
        await echo(socket.sid, bytes(message) if binary else message.decode())

    server.on_request = server.on_handshake = nothing
    server.on_message = echo_frame
    server.on_open = lambda socket, request: None
    server.on_upgraded = server.on_disconnect = lambda socket: None
    server.on("connect", nothing)
    server.on("message", echo)
    return server


def socket_server(tasks: Tasks) -> SocketServer:
    """All of it, with the budgets of the chat."""
    server = SocketServer(Echo(), tasks, "*", WAITING_BYTES_MAX, compression=False, binary=True)
    _timed(server.eio)
    server.handshake_seconds = CONNECT_SECONDS
    server.register_namespace(Custom(tasks))
    return server


@asynccontextmanager
async def host(port: int = 0) -> AsyncIterator[tuple[str, EngineServer, SocketServer]]:
    """Serve on loopback; yield the URL, and what serves."""
    async with open_tasks() as tasks:
        engine, sockets = engine_server(tasks), socket_server(tasks)
        app = web.Application()
        app.router.add_route("*", "/engine.io/", engine.handle_request)
        app.router.add_route("*", "/socket.io/", sockets.handle_request)
        runner = web.AppRunner(app, access_log=None, handler_cancellation=False, shutdown_timeout=0)
        await runner.setup()
        try:
            await web.TCPSite(runner, "localhost", port).start()
            yield f"http://localhost:{runner.addresses[0][1]}", engine, sockets
        finally:
            for server in (engine, sockets.eio):
                for socket in list(server.sockets.values()):
                    socket.abort()
            await runner.cleanup()


async def main() -> None:
    parser = argparse.ArgumentParser(description="Host the suites of Engine.IO and Socket.IO.")
    parser.add_argument("--port", type=int, default=3000)
    async with host(parser.parse_args().port) as (url, _, _):
        print(f"{url}/engine.io/ and {url}/socket.io/", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
