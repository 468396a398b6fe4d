"""A TCP proxy in front of a server, with the faults that a network has.

pass: forwards. blackhole: connections stay open, new ones are accepted, nothing moves, in either
direction, and no error is reported; what was sent meanwhile arrives after the return to pass, as
with TCP after lost packets. reset: connections and newcomers get an RST. refuse: like reset, but
nobody listens any more.
"""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, urlsplit

Mode = Literal["pass", "blackhole", "newcomers", "reset", "refuse"]
ABORT_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER of zero seconds: close() sends RST


class FaultProxy:
    """Listens on 127.0.0.1:`port`, the same port through all modes.

    `target` may be changed: new connections are forwarded there.
    """

    def __init__(self, target: tuple[str, int] | Path) -> None:
        self.port = 0
        self.mode: Mode = "pass"
        self.accepted = 0
        self.target = target
        self._passing = asyncio.Event()
        self._passing.set()
        self._entering = asyncio.Event()
        self._entering.set()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def set_mode(self, mode: Mode) -> None:
        """In force when it returns, for open connections too."""
        self.mode = mode
        _set(self._passing, mode != "blackhole")
        _set(self._entering, mode not in ("blackhole", "newcomers"))
        if mode in ("reset", "refuse"):
            await self._end_connections()
        if mode == "refuse":
            self._close_listener()
        elif self._server is None:
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    def strand(self) -> None:
        """Black-hole for good what is open now, and nothing that comes later."""
        self._passing.clear()
        self._passing = asyncio.Event()
        self._passing.set()

    async def close(self) -> None:
        self._close_listener()
        await self._end_connections()

    def _close_listener(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _end_connections(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)

        # Not within the task, which may be cancelled before it begins.
        def end(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            if self.mode in ("reset", "refuse") and not writer.is_closing():
                client: socket.socket = writer.get_extra_info("socket")
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT_ON_CLOSE)
                writer.transport.abort()
            writer.close()

        task.add_done_callback(end)
        if self._server is None:  # let in just before it was closed
            task.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.mode != "reset":
            await self._entering.wait()
            with suppress(OSError):  # the server behind is away or has gone
                await self._forward(reader, writer)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if isinstance(self.target, Path):
            behind = await asyncio.open_unix_connection(self.target)
        else:
            behind = await asyncio.open_connection(*self.target)
        try:
            # The end of one direction ends both: the protocols tested here know no half-close.
            passing = self._passing
            pumps = [
                _pump(reader, behind[1], passing),
                _pump(behind[0], writer, passing),
            ]
            tasks = [asyncio.ensure_future(pump) for pump in pumps]
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            behind[1].close()


async def _pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, passing: asyncio.Event
) -> None:
    while data := await reader.read(65_536):
        await passing.wait()
        writer.write(data)
        await writer.drain()


def _set(event: asyncio.Event, value: bool) -> None:
    if value:
        event.set()
    else:
        event.clear()


@asynccontextmanager
async def before_postgres(database_url: str) -> AsyncIterator[tuple[FaultProxy, str]]:
    """The proxy and the URL of the database behind it.

    PostgreSQL itself may listen on TCP or, as the embedded one does, on a Unix socket.
    """
    parts = urlsplit(database_url)
    target: tuple[str, int] | Path
    if parts.hostname:
        target = parts.hostname, parts.port or 5432
    else:
        where = parse_qs(parts.query)
        target = Path(where["host"][0]) / f".s.PGSQL.{where['port'][0]}"
    user, _, _ = parts.netloc.rpartition("@")
    async with fault_proxy(target) as proxy:
        netloc = f"{user or 'postgres'}@127.0.0.1:{proxy.port}"
        yield proxy, parts._replace(netloc=netloc, query="").geturl()


@asynccontextmanager
async def fault_proxy(target: tuple[str, int] | Path) -> AsyncIterator[FaultProxy]:
    """Opens in mode pass. `target` is (host, port) or the path of a Unix socket."""
    proxy = FaultProxy(target)
    await proxy.set_mode("pass")
    try:
        yield proxy
    finally:
        await proxy.close()
