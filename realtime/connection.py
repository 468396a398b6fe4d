"""One client's connection, with a session and a place in its user's log."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Protocol

from prometheus_client import Counter

from realtime import wire
from realtime.events import SessionClosing, SessionExpiring

WAITING_BYTES_MAX = 2**20  # a client that lets more wait is cut; it resumes without loss
EXPIRING_SECONDS = 60  # before the end of its token a client is told of it
PACED_BYTES = (
    2**18
)  # a replay waits while more than this does, so that it never cuts its own client

SLOW = Counter("mini_twitter_slow_sockets_total", "Connections cut because they did not read")


class Transport(Protocol):
    """Where packets go; SocketServer is one."""

    def send(self, eio_sid: str, packet: str) -> int: ...

    def waiting_bytes(self, eio_sid: str) -> int: ...

    def leave(self, eio_sid: str, *, for_good: bool) -> None: ...

    def cut(self, eio_sid: str) -> None: ...


@dataclass(slots=True, eq=False)
class Connection:
    """seq is the last of the user's events that was sent to it. Live events that come while it is
    still being brought up to date are held back in `pending`."""

    transport: Transport
    eio_sid: str
    user_id: int
    session_id: int
    expires_at: float
    seq: int = 0
    pending: list[str] | None = field(default_factory=list)
    pending_bytes: int = 0
    closing: bool = False
    watched_posts: set[int] = field(default_factory=set)
    watched_users: set[int] = field(default_factory=set)
    _timers: list[asyncio.TimerHandle] = field(default_factory=list)

    def send(self, packet: str) -> None:
        if self.closing:
            return
        if self.transport.send(self.eio_sid, packet) > WAITING_BYTES_MAX:
            self._cut()

    def _cut(self) -> None:
        if not self.closing:
            SLOW.inc()
            self.closing = True
            self.transport.cut(self.eio_sid)

    def send_event(self, seq: int, packet: str) -> None:
        """Send event number seq, unless it was sent before."""
        if seq > self.seq:
            self.seq = seq
            self.send(packet)

    def send_live(self, packet: str) -> None:
        if self.pending is None:
            self.send(packet)
            return
        self.pending.append(packet)
        self.pending_bytes += len(packet)
        if self.pending_bytes > WAITING_BYTES_MAX:
            self._cut()

    def catch_up(self) -> None:
        """From here on live events are sent as they come."""
        pending, self.pending = self.pending, None
        for packet in pending or ():
            self.send(packet)

    def keep_until(self, expires_at: float) -> None:
        """Close when the token ends, and warn some time before; anew after each refresh."""
        self.expires_at = expires_at
        self.release()
        left = expires_at - time.time()
        loop = asyncio.get_running_loop()
        self._timers = [
            loop.call_later(max(0.0, left - EXPIRING_SECONDS), self._warn),
            loop.call_later(max(0.0, left), self._expire),
        ]

    def _warn(self) -> None:
        event = SessionExpiring(max(0, round(self.expires_at - time.time())))
        self.send_live(wire.live(event.name, event))

    def _expire(self) -> None:
        self.close("token_expired", "The access token has expired.", None)

    def release(self) -> None:
        """Let go of what would call back."""
        for timer in self._timers:
            timer.cancel()
        self._timers = []

    def has_room(self) -> bool:
        return self.transport.waiting_bytes(self.eio_sid) < PACED_BYTES

    def close(self, code: str, reason: str, reconnect_in_ms: int | None) -> None:
        """Say why, and go; for good where the client is not to come back by itself."""
        if self.closing:
            return
        event = SessionClosing(code, reason, reconnect_in_ms)
        self.send(wire.live(event.name, event))
        self.closing = True
        self.transport.leave(self.eio_sid, for_good=reconnect_in_ms is None)
