"""Write batching: frames that fall due together leave in one write a socket, not one a frame.

The system call is nine tenths of what a delivery costs, so joining is the only way below it. What
is written in one tick of the loop is joined for nothing. Beyond that, writing pauses for as long as
the last round took, 2 ms at most: an idle server answers at once, a busy one joins more.
"""

import asyncio
from typing import Protocol

PAUSE_SECONDS_MAX = 0.002
SOCKETS_AT_ONCE = 200  # about 2 ms; then the loop may do something else, such as send an ack
UNPACED_SOCKETS_MAX = 10  # a round of so few is too short for a pause after it


class Flushable(Protocol):
    """A socket with frames to write."""

    def flush(self) -> None:
        """Write them. Must not raise."""


class WriteBatcher:
    """Flushes sockets at the end of the tick, or after a pause when many are written to.

    Belongs to the loop in which it was made.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._due: list[Flushable] = []
        self._scheduled = False
        self._not_before = 0.0

    def add(self, socket: Flushable) -> None:
        """Flush this socket soon; not added again before that."""
        self._due.append(socket)
        if not self._scheduled:
            self._schedule()

    def _schedule(self) -> None:
        self._scheduled = True
        pause = self._not_before - self._loop.time()
        if pause > 0:
            self._loop.call_later(pause, self._flush_due)
        else:
            self._loop.call_soon(self._flush_due)

    def _flush_due(self) -> None:
        if len(self._due) > UNPACED_SOCKETS_MAX:
            self._flush_some(self._loop.time())
            return
        self._scheduled = False
        due, self._due = self._due, []
        for socket in due:
            socket.flush()

    def _flush_some(self, began: float) -> None:
        due = self._due[:SOCKETS_AT_ONCE]
        del self._due[:SOCKETS_AT_ONCE]
        for socket in due:
            socket.flush()
        # uvloop writes at the end of the tick: so the time is taken in the next one.
        self._loop.call_soon(self._flush_some if self._due else self._set_pause, began)

    def _set_pause(self, began: float) -> None:
        now = self._loop.time()
        self._not_before = now + min(now - began, PAUSE_SECONDS_MAX)
        self._scheduled = False
        if self._due:
            self._schedule()
