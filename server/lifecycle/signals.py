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
HURRY_SECONDS = 2.0


class Stop:
    """Signals as events of the running loop.

    The first sets `asked`: drain. A second one sets `hurried`: leave without. Either way the
    process has ended within 10 s of the first, with exit code 0.
    """

    def __init__(self, lifeline: int | None = None) -> None:
        """`lifeline` is a pipe or socket whose other end a parent holds open.

        A parent that is killed cannot tell its children, but the kernel closes its end.
        """
        self.asked = asyncio.Event()
        self.hurried = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self._signalled)
        if lifeline is not None:
            loop.add_reader(lifeline, self._cut, loop, lifeline)

    async def unless_asked(self, work: Coroutine[Any, Any, object]) -> bool:
        """Whether `work` was done before anyone asked to stop; it is cancelled if not."""
        return await _before(self.asked, work, None)

    async def unless_hurried(self, work: Coroutine[Any, Any, object], seconds: float) -> bool:
        """Whether `work` was done within `seconds` and before a second signal; cancelled if not."""
        return await _before(self.hurried, work, seconds)

    def _signalled(self) -> None:
        if self.asked.is_set():
            self.hurried.set()
            _end_within(HURRY_SECONDS)
        else:
            self.asked.set()
            _end_within(EXIT_SECONDS)

    def _cut(self, loop: asyncio.AbstractEventLoop, lifeline: int) -> None:
        loop.remove_reader(lifeline)
        if not self.asked.is_set():
            self._signalled()


async def _before(
    event: asyncio.Event, work: Coroutine[Any, Any, object], seconds: float | None
) -> bool:
    """Raises what `work` raises. Work that resists being cancelled is not waited for."""
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


def interrupt(_number: int, _frame: FrameType | None) -> None:
    """Signal handler of commands without a loop: unwind the stack, once.

    Whatever is cleaned up on the way is not interrupted again, but has 10 s.
    """
    ignore_signals()
    _end_within(EXIT_SECONDS)
    raise KeyboardInterrupt


def ignore_signals() -> None:
    """From here on only the promised end counts."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def wait_without_loop(lifeline: int | None) -> None:
    """Block until a signal raises KeyboardInterrupt, or until `lifeline` is cut."""
    while lifeline is None:
        signal.pause()
    select.select([lifeline], [], [])


def tell_ready(lifeline: int) -> None:
    """Let the parent at the other end of a socket know that connections are accepted."""
    with socket.socket(fileno=os.dup(lifeline)) as parent:
        parent.sendall(b"\n")


def _end_within(seconds: float) -> None:
    """A thread ends the process even while the loop is stuck or threads will not finish."""
    timer = threading.Timer(seconds, os._exit, [0])
    timer.daemon = True
    timer.start()
