"""Long-polling with several processes behind one port.

The kernel gives each request to any of them, but a Socket.IO session lives in one. So a session id
begins with the process that made it, and a request that came to another is passed on, over a Unix
socket. WebSocket clients, which stay on their connection, need none of it.
"""

import re
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from aiohttp import (
    ClientError,
    ClientSession,
    ClientTimeout,
    UnixConnector,
    web,
)
from engineio.exceptions import EngineIOError

from handlers.edges.exchange import EXCHANGE
from handlers.edges.tracing import REQUEST_ID_HEADER
from realtime.transport.handshake import asks_for_websocket
from realtime.transport.polling import read_body
from server.lifecycle.tunnel import tunnel

SESSION_ID = re.compile(r"([0-9a-f]{8})\.")
SOCKET_NAME = "{}.sock"  # of a process, by the id that begins its session ids
ANSWER_SECONDS = 60  # a poll is held for 45 s

# Those of one connection, or of a body that has been unpacked, not of the request.
HOP_BY_HOP = {
    "connection",
    "content-encoding",
    "content-length",
    "keep-alive",
    "transfer-encoding",
    "upgrade",
}


class Peers:
    """The processes behind this port. `id` begins this one's session ids; `path` is its socket."""

    def __init__(self, directory: Path) -> None:
        """Take an id. Every process of the port keeps its socket in `directory`."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory = directory
        self._sessions: dict[Path, ClientSession] = {}
        self._opened = AsyncExitStack()
        self.id = secrets.token_hex(4)
        self.path = directory / SOCKET_NAME.format(self.id)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Keep connections to peers for the time of the block, then remove the own socket."""
        async with self._opened:
            yield
        self.path.unlink(missing_ok=True)

    def owner(self, request: web.Request) -> Path | None:
        """Return the socket of the other process that has the session; None: it is for us."""
        found = SESSION_ID.match(request.query.get("sid", ""))
        if found is None or found[1] == self.id:
            return None
        path = self._directory / SOCKET_NAME.format(found[1])
        return path if path.exists() else None

    async def forward(self, request: web.Request, path: Path) -> web.StreamResponse:
        """Return the answer of the process at this socket; 400 if that is gone."""
        try:
            if asks_for_websocket(request):
                return await tunnel(request, _upgrade_headers(request), path)
            session = await self._session(path)
            async with session.request(
                request.method,
                f"http://peer{request.path_qs}",
                headers=_headers(request),
                data=await read_body(request) if request.can_read_body else None,
            ) as answer:
                headers = {k: v for k, v in answer.headers.items() if k.lower() not in HOP_BY_HOP}
                return web.Response(status=answer.status, headers=headers, body=await answer.read())
        except (ClientError, OSError):
            return web.Response(status=400, text="This session has ended.")
        except EngineIOError as error:
            return web.Response(status=400, text=f"This could not be passed on: {error}.")

    async def _session(self, path: Path) -> ClientSession:
        session = self._sessions.get(path)
        if session is None:
            session = ClientSession(
                connector=UnixConnector(str(path), limit=0),
                timeout=ClientTimeout(total=ANSWER_SECONDS),
                auto_decompress=False,
            )
            self._sessions[path] = await self._opened.enter_async_context(session)
        return session


def _headers(request: web.Request) -> dict[str, str]:
    dropped = HOP_BY_HOP | {REQUEST_ID_HEADER.lower()}
    headers = {k: v for k, v in request.headers.items() if k.lower() not in dropped}
    forwarded = [*request.headers.getall("X-Forwarded-For", []), request.remote or ""]
    exchange = request.get(EXCHANGE)
    named = {} if exchange is None else {REQUEST_ID_HEADER: exchange.trace.request_id}
    return headers | named | {"X-Forwarded-For": ", ".join(forwarded)}


def _upgrade_headers(request: web.Request) -> dict[str, str]:
    return _headers(request) | {"Connection": "Upgrade", "Upgrade": "websocket"}
