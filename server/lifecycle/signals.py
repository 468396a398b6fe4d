"""How the process is asked to end, and the promise that it then does, whatever happens."""

import asyncio
import os
import select
import signal
import socket
import threading
from collections.abc import Coroutine
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGTERM, signal.SIGINT)
EXIT_SECONDS = 9.7  # the contract says 10, and whoever counts them began before us
FORCED_EXIT_SECONDS = 2.0


class Shutdown:
    """Signals as events of the running loop.

    The first sets `requested`: drain. A second one sets `forced`: leave without. Either way the
    process has ended within 10 s of the first, with exit code 0.
    """

    def __init__(self, lifeline: int | None = None) -> None:
        """Handle SIGTERM and SIGINT, and the end of a parent process as the first of them.

        Args:
            lifeline: a pipe or socket whose other end a parent holds open. A parent that is killed
                cannot tell its children, but the kernel closes its end.
        """
        self.requested = asyncio.Event()
        self.forced = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self._on_signal)
        if lifeline is not None:
            loop.add_reader(lifeline, self._on_lifeline_closed, loop, lifeline)

    async def run_until_requested(self, work: Coroutine[Any, Any, object]) -> bool:
        """Return whether `work` was done before anyone asked to stop; it is cancelled if not."""
        return await _run_until(self.requested, work, None)

    async def run_until_forced(self, work: Coroutine[Any, Any, object], seconds: float) -> bool:
        """Return whether `work` was done in time and before a second signal; cancelled if not."""
        return await _run_until(self.forced, work, seconds)

    def _on_signal(self) -> None:
        if self.requested.is_set():
            self.forced.set()
            _exit_within(FORCED_EXIT_SECONDS)
        else:
            self.requested.set()
            _exit_within(EXIT_SECONDS)

    def _on_lifeline_closed(self, loop: asyncio.AbstractEventLoop, lifeline: int) -> None:
        loop.remove_reader(lifeline)
        if not self.requested.is_set():
            self._on_signal()


async def _run_until(
    event: asyncio.Event, work: Coroutine[Any, Any, object], seconds: float | None
) -> bool:
    """Raise what `work` raises. Work that resists being cancelled is not waited for."""
    working = asyncio.ensure_future(work)
    waiting = asyncio.ensure_future(event.wait())
    try:
        either = {working, waiting}
        await asyncio.wait(either, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            return False
        working.result()
        return True
    finally:
        working.cancel()
        waiting.cancel()


def raise_keyboard_interrupt(_number: int, _frame: FrameType | None) -> None:
    """Handle a signal of a command without a loop: unwind the stack, once.

    Whatever is cleaned up on the way is not interrupted again, but has 10 s.
    """
    ignore_signals()
    _exit_within(EXIT_SECONDS)
    raise KeyboardInterrupt


def ignore_signals() -> None:
    """Let no further signal interrupt; from here on only the promised end counts."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def wait_for_signal(lifeline: int | None) -> None:
    """Block until a signal raises KeyboardInterrupt, or until `lifeline` is closed."""
    while lifeline is None:
        signal.pause()
    select.select([lifeline], [], [])


def notify_ready(lifeline: int) -> None:
    """Let the parent at the other end of a socket know that connections are accepted."""
    with socket.socket(fileno=os.dup(lifeline)) as parent:
        parent.sendall(b"\n")


def _exit_within(seconds: float) -> None:
    """End the process by a thread, even while the loop is stuck or threads will not finish."""
    timer = threading.Timer(seconds, os._exit, [0])
    timer.daemon = True
    timer.start()
