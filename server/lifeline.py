"""A pipe that its parent holds open: the end of the parent, however it comes, is the end of it.

A process that is killed cannot tell its children; the kernel closes its end of the pipe instead.
"""

import asyncio
import os
import select
import signal
from collections.abc import Callable


def on_cut(lifeline: int | None, act: Callable[[], None]) -> None:
    """In the running loop, call `act` once when the other end of `lifeline` closes."""
    if lifeline is None:
        return
    loop = asyncio.get_running_loop()

    def readable() -> None:
        if not os.read(lifeline, 1):
            loop.remove_reader(lifeline)
            act()

    loop.add_reader(lifeline, readable)


def wait_for_end(lifeline: int | None) -> None:
    """Block until SIGTERM, SIGINT or the cut of `lifeline`, without a loop.

    The first signal raises KeyboardInterrupt out of the wait.
    """
    if lifeline is None:
        while True:
            signal.pause()
    select.select([lifeline], [], [])
