"""Engine.IO pings for all connections from one timer, spread evenly over the interval."""

import asyncio
from typing import Protocol

SLOTS = 25


class PingTarget(Protocol):
    unanswered: bool  # a ping is

    def ping(self) -> None: ...

    def cut(self) -> None: ...


class PingTiming(Protocol):
    """In seconds, as the clients are told."""

    ping_interval: float
    ping_timeout: float


class Keepalive:
    """Each connection belongs to one of 25 slots, which are pinged in turn."""

    def __init__(self, rhythm: PingTiming) -> None:
        self._rhythm = rhythm
        self._slots: list[set[PingTarget]] = [set() for _ in range(SLOTS)]
        self._newest = 0  # the slot that took the last connection
        self._now = 0
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return sum(map(len, self._slots))

    def enter(self, connection: PingTarget) -> int:
        """Ping it from now on; the slot to leave by."""
        self._newest = (self._newest + 1) % SLOTS
        self._slots[self._newest].add(connection)
        if self._timer is None:
            self._wait()
        return self._newest

    def leave(self, connection: PingTarget, slot: int) -> None:
        self._slots[slot].discard(connection)

    def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._rhythm.ping_interval / SLOTS, self._beat)

    def _beat(self) -> None:
        self._now = (self._now + 1) % SLOTS
        for connection in self._slots[self._now]:
            connection.ping()
        self._cut_silent()
        if any(self._slots):
            self._wait()
        else:
            self._timer = None

    def _cut_silent(self) -> None:
        """Cut those of the slot whose ping is as old as the timeout."""
        rhythm = self._rhythm
        beats = min(SLOTS - 1, round(rhythm.ping_timeout / rhythm.ping_interval * SLOTS))
        for connection in list(self._slots[(self._now - beats) % SLOTS]):
            if connection.unanswered:
                connection.cut()
