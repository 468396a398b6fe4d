"""What the transport offers to delivery, and what it calls there."""

from collections.abc import Awaitable
from typing import Any, Protocol

from aiohttp import web


class Transport(Protocol):
    """Where one client's frames go, in the order of the calls, whatever carries them.

    At most once: what has not left when the connection ends is lost. A client that lets more than
    `waiting_bytes_max` wait is disconnected, and may resume. EngineSocket is one.
    """

    @property
    def waiting_bytes(self) -> int:
        """How much was sent that the client has not taken yet."""

    @property
    def waiting_bytes_max(self) -> int:
        """How much may wait before the client is disconnected."""

    def write(self, frame: bytes) -> None:
        """Send a frame (see realtime.protocol.frames) behind those before it."""

    def overflow(self) -> None:
        """Disconnect a client for which too much waits elsewhere."""

    def disconnect(self, last_frame: bytes = b"") -> None:
        """Disconnect as soon as what was sent, and this frame, is on its way."""


class TryAgain(Exception):
    """A client cannot be let in or refused now: it is to come back by itself.

    Stock clients take a CONNECT_ERROR for a refusal that is final, and never come back; a lost
    connection they open again. What it was is the reason in the WebSocket's close frame, for
    whoever looks: ASCII, at most 123 characters; where there is one, `problem` says more.
    """

    def __init__(self, reason: str = "", problem: dict[str, Any] | None = None) -> None:
        super().__init__(reason)
        self.problem = problem


class Namespace(Protocol):
    """What is done with the clients of the default namespace.

    A client is whatever `on_connect` makes of it.
    """

    def visitor(self, request: web.Request) -> Any:
        """Return what `on_connect` must know of the request, which itself is not kept."""

    def origin(self, request: web.Request) -> str:
        """Return the address whose clients share a budget until they have been let in."""

    def owner(self, client: Any) -> int:
        """Return the id of the user whose clients share a budget."""

    async def on_connect(self, visitor: Any, auth: Any) -> Any:
        """Return the client, or raise socketio's ConnectionRefusedError, or TryAgain."""

    async def connect_data(self, client: Any) -> dict[str, str]:
        """Return what the client is told with its CONNECT, beside its sid. May raise TryAgain."""

    def on_connected(self, client: Any, transport: Transport) -> None:
        """Begin to send: the client knows that it has been let in."""

    def on_event(self, client: Any, name: str, args: list[Any]) -> Awaitable[Any] | None:
        """Return what ends in what to acknowledge with; None, and what ends in that: nothing."""

    async def on_malformed(self, client: Any, detail: str) -> Any:
        """Return what to answer to what is no command."""

    def on_disconnect(self, client: Any) -> None:
        """Forget the client of `on_connect`: it has gone, or was not let in after all."""
