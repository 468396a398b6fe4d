"""Threads for long work that many want at once: a turn for each caller, and a bound on the wait.

The callers who wait are served in a round (fair queueing; J. Nagle, RFC 970), each one's work in
the order it came: whoever asks for much waits behind themselves.
"""

import asyncio
import math
import os
import sys
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from time import monotonic
from typing import TypeVar

from handlers.error_codes import ErrorCode
from handlers.errors import OperationError

T = TypeVar("T")

# Behind everything else that wants a core: under Linux it then gets a tenth of one.
NICENESS = 10
NICENESS_MAX = 19
SMOOTHING = 0.1  # the weight of the latest work in how long one takes


class FairThreads:
    """An executor whose callers take turns.

    Args:
        executor: What runs the work.
        threads: How many it has.
        seconds: How long a piece of work takes, to begin with; it is then measured.
        patience: How many seconds somebody may have to wait; longer, and they are refused.
        busy: The detail of the problem that refuses them.
    """

    def __init__(
        self, executor: ThreadPoolExecutor, threads: int, seconds: float, patience: float, busy: str
    ) -> None:
        self._executor = executor
        self._threads = threads
        self._seconds = seconds
        self._patience = patience
        self._busy = busy
        self._running = 0
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    async def run(self, work: Callable[[], T], caller: str) -> T:
        """Run the work in a thread when it is the caller's turn.

        Raises:
            OperationError: UNAVAILABLE, when that would be too late.
            Exception: What the work raises.
        """
        if self._running < self._threads:
            self._running += 1
        else:
            await self._turn(caller)
        begun = monotonic()
        future = self._executor.submit(work)
        loop = asyncio.get_running_loop()

        # Not when its caller stops waiting: then a thread still has it.
        def ended(_: Future[T]) -> None:
            loop.call_soon_threadsafe(self._ended, begun)

        future.add_done_callback(ended)
        return await asyncio.wrap_future(future)

    def expected_wait(self, caller: str) -> float:
        """Return in about how many seconds more work of this caller would begin."""
        if self._running < self._threads:
            return 0.0
        own = len(self._waiting.get(caller, ()))
        before = sum(min(len(turns), own + 1) for turns in self._waiting.values())
        return (before + 1) * self._seconds / self._threads

    async def _turn(self, caller: str) -> None:
        """Wait for a thread that is this caller's."""
        wait = self.expected_wait(caller)
        if wait > self._patience:
            raise OperationError(ErrorCode.UNAVAILABLE, self._busy, retry_after=math.ceil(wait))
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(caller, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._leave(caller, turn)
            else:  # it had just been given
                self._pass_on()
            raise

    def _leave(self, caller: str, turn: asyncio.Future[None]) -> None:
        turns = self._waiting.get(caller)
        if turns is not None and turn in turns:
            turns.remove(turn)
            if not turns:
                del self._waiting[caller]

    def _ended(self, begun: float) -> None:
        self._seconds += SMOOTHING * (monotonic() - begun - self._seconds)
        self._pass_on()

    def _pass_on(self) -> None:
        """Give the thread that has become free to whoever is next."""
        while self._waiting:
            caller, turns = self._waiting.popitem(last=False)
            turn = turns.popleft()
            if turns:
                self._waiting[caller] = turns  # at the end of the round
            if not turn.done():
                turn.set_result(None)
                return
        self._running -= 1


@contextmanager
def open_fair_threads(
    name: str, seconds: float, patience: float, busy: str
) -> Iterator[FairThreads]:
    """Open a thread for each core, which works while nothing else wants it.

    seconds, patience and busy are those of FairThreads.
    """
    threads = os.cpu_count() or 1
    with ThreadPoolExecutor(threads, name, initializer=_step_back) as executor:
        yield FairThreads(executor, threads, seconds, patience, busy)


def _step_back() -> None:
    """Lower the priority of this thread alone, which is a process to Linux but to nobody else."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        niceness = os.getpriority(os.PRIO_PROCESS, thread) + NICENESS
        os.setpriority(os.PRIO_PROCESS, thread, min(niceness, NICENESS_MAX))
