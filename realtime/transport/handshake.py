"""From an HTTP request to a WebSocket: the handshake, and taking the connection from aiohttp."""

import asyncio
import base64
import binascii
import hashlib
import zlib
from typing import Any, cast

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_websocket import WS_KEY, ws_ext_parse

SWITCHING = (
    b"HTTP/1.1 101 Switching Protocols\r\n"
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %b\r\n%b\r\n"
)
COMPRESSING = (
    b"Sec-WebSocket-Extensions: permessage-deflate; "
    b"server_no_context_takeover; client_no_context_takeover\r\n"
)


def offers_compression(request: web.Request) -> bool:
    """Return whether the client offers to compress, with a window as large as ours."""
    offer = request.headers.get("Sec-WebSocket-Extensions", "")
    window_bits, _ = ws_ext_parse(offer, isserver=True)
    return window_bits == zlib.MAX_WBITS


def asks_for_websocket(request: web.Request) -> bool:
    """Return whether a request is to become a WebSocket, be it put rightly or not."""
    return request.headers.get("Upgrade", "").lower() == "websocket"


def handshake_response(request: web.Request, *, compressing: bool) -> bytes:
    """Return the answer to a WebSocket request (RFC 6455, section 4.2).

    Raises:
        HTTPBadRequest: when it is none.
    """
    headers = request.headers
    key = headers.get("Sec-WebSocket-Key", "")
    try:
        good = len(base64.b64decode(key, validate=True)) == 16
    except (binascii.Error, ValueError):
        good = False
    if not (
        good
        and asks_for_websocket(request)
        and "upgrade" in headers.get("Connection", "").lower()
        and headers.get("Sec-WebSocket-Version") == "13"
    ):
        raise web.HTTPBadRequest(text="Not a WebSocket handshake.")
    accepted = base64.b64encode(hashlib.sha1(key.encode() + WS_KEY).digest())
    return SWITCHING % (accepted, COMPRESSING if compressing else b"")


def hijack(
    request: web.Request, transport: asyncio.Transport, protocol: asyncio.Protocol, response: bytes
) -> web.StreamResponse:
    """Take the request's connection from aiohttp, answer it, and give it to a protocol.

    Named after Go's `http.Hijacker`. What the client sent before the answer is not lost.
    """
    http = request.protocol
    early = EarlyData()
    http.set_parser(cast(Any, early))
    # For aiohttp the connection has ended; it must not close what is not its own any more.
    http.transport = None
    http.connection_lost(None)
    protocol.connection_made(transport)
    transport.set_protocol(protocol)
    transport.write(response)
    if early.data:
        protocol.data_received(early.data)
    return HijackedResponse()


class HijackedResponse(web.StreamResponse):
    """Tells aiohttp that there is nothing left to answer."""

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Write no head: it has been written."""
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Write no end: there is none."""


class EarlyData:
    """The parser that gets what the client has sent before our answer to its request."""

    def __init__(self) -> None:
        self.data = b""

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        """Keep what comes (called by aiohttp)."""
        self.data += data
        return False, b""

    def feed_eof(self) -> None:
        """Ignore the end, which the WebSocket sees itself (called by aiohttp)."""
