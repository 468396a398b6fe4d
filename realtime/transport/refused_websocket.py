"""A WebSocket for a session that has one: opened, as the protocol asks, and closed at once."""

from aiohttp import web
from aiohttp.http_websocket import WSCloseCode

from realtime.transport.budgets import Meter
from realtime.transport.handshake import handshake_response, hijack
from realtime.transport.polling import MESSAGE_BYTES_MAX
from realtime.transport.websocket import WebSocket
from realtime.transport.write_batch import WriteBatcher


class _Nobody:
    """Hears nothing."""

    def on_message(self, websocket: WebSocket, message: bytes) -> None:
        """Ignore it."""

    def on_binary(self, websocket: WebSocket, message: bytes) -> None:
        """Ignore it."""

    def on_pong(self, websocket: WebSocket) -> None:
        """Ignore it."""

    def on_close(self, websocket: WebSocket) -> None:
        """Ignore it."""


def refuse_websocket(request: web.Request, batcher: WriteBatcher) -> web.StreamResponse:
    """Open the WebSocket that a request asks for, and close it with the reason.

    Raises:
        HTTPBadRequest: when it does not ask as it should.
        ConnectionResetError: when the client has gone.
    """
    response = handshake_response(request, compressing=False)
    transport = request.transport
    if transport is None:
        raise ConnectionResetError("Connection lost")
    websocket = WebSocket(
        _Nobody(), batcher, MESSAGE_BYTES_MAX, MESSAGE_BYTES_MAX, lambda: None, Meter()
    )
    hijacked = hijack(request, transport, websocket, response)
    websocket.close(WSCloseCode.POLICY_VIOLATION, "the session has a WebSocket")
    return hijacked
