"""The events and commands of sockets on a plain WebSocket, which any library speaks."""

from collections.abc import Mapping
from typing import Any

from aiohttp import hdrs, web

from handlers.edges.known_origins import KnownOrigins
from handlers.edges.rest.endpoint import authenticate
from handlers.edges.visitor import sanitize_header
from handlers.error_codes import ErrorCode
from handlers.errors import InvalidInput, OperationError
from realtime.delivery.namespace import SocketNamespace
from realtime.delivery.resume_request import InvalidResume, parse_resume
from realtime.transport.budgets import Flood
from realtime.transport.engineio_server import RETRY_SECONDS
from realtime.transport.handshake import asks_for_websocket
from realtime.transport.plain_server import PlainServer

PATH = "/api/ws/"
RESUME = ("since", "epoch", "feed_since", "recovery", "offset")  # as the query string has them
FLAGS = {"true": True, "false": False}


class PlainWebSockets:
    """Answers with a WebSocket, to whoever may open one.

    Args:
        server: Has the connections.
        clients: Says whether this instance takes any more.
        origins: The pages that may open sockets.
    """

    def __init__(
        self, server: PlainServer, clients: SocketNamespace, origins: KnownOrigins
    ) -> None:
        self.server = server
        self._clients = clients
        self._origins = origins

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a request for a WebSocket: with one, or as REST answers what goes wrong.

        With an `Authorization` header the client is let in by that, and resumes by the query;
        without one its first frame has both.
        """
        if request.method != hdrs.METH_GET or not asks_for_websocket(request):
            raise OperationError(
                ErrorCode.UPGRADE_REQUIRED, "Ask for a WebSocket here (`Upgrade: websocket`)."
            )
        if not self._origins.may_connect(request.headers.get(hdrs.ORIGIN), request):
            raise OperationError(
                ErrorCode.CROSS_ORIGIN, "Pages of this origin may not open a socket here."
            )
        if self._clients.draining:
            raise OperationError(ErrorCode.UNAVAILABLE, "The server restarts.", retry_after=1)
        admission = self.server.admission
        try:
            await admission.take_request(request)
            await admission.take_handshake(request)
        except Flood as error:
            raise OperationError(
                ErrorCode.RATE_LIMITED, "Too many connections.", retry_after=int(RETRY_SECONDS)
            ) from error
        auth = None
        if hdrs.AUTHORIZATION in request.headers:
            async with admission.turn:
                await authenticate(request)
            auth = _auth(request)
        try:
            return self.server.open(request, auth)
        except web.HTTPBadRequest as error:
            raise OperationError(ErrorCode.MALFORMED, "Not a WebSocket handshake.") from error


def _auth(request: web.Request) -> Mapping[str, Any]:
    """Return what a client would send to connect. Raises InvalidInput."""
    auth: dict[str, Any] = {
        name: _typed(name, sanitize_header(request.query[name]))
        for name in RESUME
        if name in request.query
    }
    try:
        parse_resume(auth)
    except InvalidResume as error:
        raise InvalidInput({error.field: [str(error)]}, ErrorCode.INVALID_RESUME) from error
    return auth | {"token": request.headers[hdrs.AUTHORIZATION].split(None, 1)[1].strip()}


def _typed(name: str, value: str) -> Any:
    if name == "since":
        return int(value) if value.isascii() and value.isdecimal() and len(value) < 20 else value
    return FLAGS.get(value, value) if name == "recovery" else value
