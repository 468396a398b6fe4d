"""One client's connection, with a login session and a place in its user's log."""

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from realtime.protocol import encoding
from realtime.protocol.withheld import withholding
from realtime.transport.interface import Transport
from storage.events.declaration import FeedEntryHint
from storage.events.session import ClosingCode, SessionClosing, SessionExpiring
from storage.events.types import TOMBSTONE, withheld
from storage.scopes import Scope

if TYPE_CHECKING:
    from realtime.delivery.stream_listeners import Listener
    from storage.posts.streams import StreamName

EXPIRING_SECONDS = 60  # before the end of its token a client is warned
PACED_BYTES = 2**18  # a replay waits while more than this does, so that it never cuts its client


@dataclass(slots=True, eq=False)
class ClientSession:
    """A connected client: whose it is, what it was sent, what it watches.

    `streams` are those that it listens to, `wanted` those that it is about to.
    `seq` is the number of the last of the user's events that it was sent; `expires_at` the end of
    its token, in seconds of the Unix epoch, `scopes` what that is for, None for all: nothing else
    is ever written to it. Live events that come while it is still being brought
    up to date are held back in `pending`; those of streams are not, which have a past of their own.
    Feed entries of transactions before `feed_from` were there before it came, or came with its
    session.ready: the hub, which may know less, is told of them later.
    """

    transport: Transport
    user_id: int
    session_id: int
    expires_at: float
    seq: int = 0
    scopes: frozenset[Scope] | None = None
    feed_from: int = 0
    pending: list[tuple[bytes, FeedEntryHint | None]] | None = field(default_factory=list)
    pending_bytes: int = 0
    closing: bool = False
    gone: bool = False
    watched_posts: set[int] = field(default_factory=set)
    watched_users: set[int] = field(default_factory=set)
    streams: "dict[StreamName, Listener]" = field(default_factory=dict)
    wanted: "set[StreamName]" = field(default_factory=set)
    _timer: asyncio.TimerHandle | None = None
    _ready: asyncio.Event = field(default_factory=asyncio.Event)
    _write: Callable[[bytes], None] = field(init=False)

    def __post_init__(self) -> None:
        self._write = self.transport.write
        if events := withheld(self.scopes):
            self._write = withholding(self._write, events, TOMBSTONE.encode())

    def may(self, scope: Scope) -> bool:
        """Tell whether its token is for this."""
        return self.scopes is None or scope in self.scopes

    def send(self, frame: bytes) -> None:
        """Send a frame behind those before it; nothing once the client is being closed."""
        if not self.closing:
            self._write(frame)

    def send_event(self, seq: int, frame: bytes) -> None:
        """Send event number seq, unless it was sent before."""
        if seq > self.seq:
            self.seq = seq
            self.send(frame)

    def send_ready(self, frame: bytes) -> None:
        """Send session.ready."""
        self.send(frame)
        self._ready.set()

    async def begun(self) -> None:
        """Return when session.ready, which is the first event, has been sent, or never will be."""
        if self.pending is not None:
            await self._ready.wait()

    def send_live(self, frame: bytes, entry: FeedEntryHint | None = None) -> None:
        """Send a live event, of a feed entry or not: at once, or when the client is up to date."""
        if self.pending is None:
            if not self.closing and (entry is None or entry.xid >= self.feed_from):
                self._write(frame)
            return
        self.pending.append((frame, entry))
        self.pending_bytes += len(frame)
        if self.pending_bytes > self.transport.waiting_bytes_max:
            self.transport.overflow()

    def go_live(self) -> None:
        """Send what was held back; from here on live events are sent as they come."""
        pending, self.pending = self.pending, None
        for frame, entry in pending or ():
            self.send_live(frame, entry)

    def keep_until(self, expires_at: float) -> None:
        """Close when the token ends, and warn some time before; anew after each refresh."""
        self.expires_at = expires_at
        if expires_at < math.inf:
            self._call_at(expires_at - EXPIRING_SECONDS, self._warn)

    def _call_at(self, at: float, call: Callable[[], None]) -> None:
        self._cancel_timer()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(max(0.0, at - time.time()), call)

    def _warn(self) -> None:
        event = SessionExpiring(max(0, round(self.expires_at - time.time())))
        self.send_live(encoding.event_of_now(event.name, event))
        self._call_at(self.expires_at, self._expire)

    def _expire(self) -> None:
        self.close("token_expired", "The access token has expired.", None)

    def release(self) -> None:
        """Note that the connection has gone: cancel the timer, which would call back."""
        self.gone = True
        self._ready.set()
        self._cancel_timer()

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def has_room(self) -> bool:
        """Tell whether a replay may go on: little waits for the client."""
        return self.transport.waiting_bytes < PACED_BYTES

    def close(self, code: ClosingCode, reason: str, reconnect_in_ms: int | None) -> None:
        """Send session.closing and end the connection.

        Args:
            code: Why, for programs.
            reason: Why, for people.
            reconnect_in_ms: When the client is to come back; None: not by itself.
        """
        if self.closing:
            return
        event = SessionClosing(code, reason, reconnect_in_ms)
        self.send(encoding.event_of_now(event.name, event))
        self.closing = True
        self._ready.set()
        self.transport.disconnect(encoding.DISCONNECT if reconnect_in_ms is None else b"")
