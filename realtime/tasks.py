"""An owner for tasks that nobody awaits: failures are logged, what is left is cancelled."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

logger = logging.getLogger(__name__)

TICK_SECONDS = 0.002  # for which a runner goes on before the loop does something else

Work = Callable[..., Coroutine[Any, Any, None]]


class Tasks:
    """Background tasks that end with their owner (see open_tasks)."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run a coroutine in a task, whose failure is logged."""
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("a background task failed", exc_info=error)

    async def cancel(self) -> None:
        """Cancel what is running, and wait for its end."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)


class CommandRunners:
    """Runs short coroutines that mostly wait for nothing: all of one tick in one task.

    A task for each costs more than handling an empty command. Work that does wait keeps the task
    that it is in, and what is left goes on in another. What is not done after TICK_SECONDS is left
    for the next tick.
    """

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._ready: deque[tuple[Work, tuple[Any, ...]]] = deque()
        self._runner_due = False

    def start(self, work: Work, *args: Any) -> None:
        """Run `work(*args)` behind what was started before; its failure is logged."""
        self._ready.append((work, args))
        if not self._runner_due:
            self._runner_due = True
            self._tasks.start(self._run())

    async def _run(self) -> None:
        self._runner_due = False
        end = monotonic() + TICK_SECONDS
        while self._ready:
            work, args = self._ready.popleft()
            if self._ready and not self._runner_due:
                self._runner_due = True
                asyncio.get_running_loop().call_soon(self._start_runner)
            try:
                await work(*args)
            except Exception:
                logger.exception("what a client asked for failed")
            if monotonic() > end:
                break
        if self._ready and not self._runner_due:
            self._runner_due = True
            asyncio.get_running_loop().call_soon(self._start_runner)

    def _start_runner(self) -> None:
        self._runner_due = False
        if self._ready:  # the runner waits for something
            self._runner_due = True
            self._tasks.start(self._run())


@asynccontextmanager
async def open_tasks() -> AsyncIterator[Tasks]:
    """Yield an owner of tasks; what still runs at the end is cancelled."""
    tasks = Tasks()
    try:
        yield tasks
    finally:
        await tasks.cancel()
