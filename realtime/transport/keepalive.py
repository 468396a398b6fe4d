"""Engine.IO pings for all connections from one timer, spread evenly over the interval."""

import asyncio
from typing import Protocol

SLOTS = 25


class PingTarget(Protocol):
    """A connection that is pinged."""

    ping_unanswered: bool

    def ping(self) -> None:
        """Send a ping, and expect an answer."""

    def abort(self) -> None:
        """Close the connection, whose client does not answer."""


class PingTiming(Protocol):
    """In seconds, as the handshake says to clients."""

    ping_interval: float
    ping_timeout: float


class Keepalive:
    """Pings connections, and aborts those that do not answer.

    Each belongs to one of 25 slots, which are pinged in turn. A new one joins the slot whose turn
    is next, behind that turn: so its first ping comes one interval later, up to a 25th more.
    """

    def __init__(self, timing: PingTiming) -> None:
        self._timing = timing
        self._slots: list[set[PingTarget]] = [set() for _ in range(SLOTS)]
        self._joining: set[PingTarget] = set()  # the next slot, after its turn
        self._now = 0
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        """Return how many connections are pinged."""
        return sum(map(len, self._slots)) + len(self._joining)

    def add(self, connection: PingTarget) -> int:
        """Ping a connection from now on; return its slot, by which to discard it."""
        self._joining.add(connection)
        if self._timer is None:
            self._schedule()
        return (self._now + 1) % SLOTS

    def discard(self, connection: PingTarget, slot: int) -> None:
        """Ping it no more."""
        self._slots[slot].discard(connection)
        self._joining.discard(connection)

    def _schedule(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._timing.ping_interval / SLOTS, self._ping_next_slot)

    def _ping_next_slot(self) -> None:
        self._now = (self._now + 1) % SLOTS
        slot = self._slots[self._now]
        for connection in slot:
            connection.ping()
        slot |= self._joining
        self._joining = set()
        self._abort_silent()
        if any(self._slots):
            self._schedule()
        else:
            self._timer = None

    def _abort_silent(self) -> None:
        """Abort those of the slot whose ping is as old as the timeout."""
        timing = self._timing
        age = min(SLOTS - 1, round(timing.ping_timeout / timing.ping_interval * SLOTS))
        for connection in list(self._slots[(self._now - age) % SLOTS]):
            if connection.ping_unanswered:
                connection.abort()
