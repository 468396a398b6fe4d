"""A WebSocket with permessage-deflate (RFC 7692), for slow networks."""

from typing import Any

from aiohttp.http_websocket import WSMsgType

from realtime.protocol import frames
from realtime.transport.websocket import WebSocket

COMPRESSED_FRAMES_AT_ONCE = 4  # 64 bytes may be 64 KiB


class CompressingWebSocket(WebSocket):
    """For slow networks: compresses what it sends, unless it is short.

    It halves events of some hundred bytes, for 20 us each and 50 KB a connection whose client
    compresses, too.
    """

    __slots__ = ()

    frames_at_once = COMPRESSED_FRAMES_AT_ONCE

    def receive(self, kind: WSMsgType, data: Any) -> None:
        """Handle a message, which costs its client what it has become."""
        if kind is WSMsgType.TEXT:
            self.meter.spend(0, len(data))
        super().receive(kind, data)

    def write(self, frame: bytes) -> None:
        """Send a frame, compressed, behind those before it."""
        super().write(frames.deflated(frame))

    def write_now(self, frame: bytes) -> None:
        """Send a frame, compressed, behind those before it and at once."""
        self.write(frame)
        self.flush()
