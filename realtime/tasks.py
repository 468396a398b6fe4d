"""An owner for tasks that nobody awaits: failures are logged, what is left is cancelled."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

logger = logging.getLogger(__name__)

Work = Callable[..., Coroutine[Any, Any, None]]


class Tasks:
    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("a background task failed", exc_info=error)

    async def cancel(self) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)


class CommandRunners:
    """Carries out work that mostly does not wait for anything: all of one tick in one task.

    A task for each costs more than handling an empty command. Work that does wait keeps the task
    that it is in, and what is left goes on in another.
    """

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._ready: deque[tuple[Work, tuple[Any, ...]]] = deque()
        self._next_due = False

    def start(self, work: Work, *args: Any) -> None:
        self._ready.append((work, args))
        if not self._next_due:
            self._next_due = True
            self._tasks.start(self._run())

    async def _run(self) -> None:
        self._next_due = False
        while self._ready:
            work, args = self._ready.popleft()
            if self._ready and not self._next_due:
                self._next_due = True
                asyncio.get_running_loop().call_soon(self._go_on)
            try:
                await work(*args)
            except Exception:
                logger.exception("what a client asked for failed")

    def _go_on(self) -> None:
        self._next_due = False
        if self._ready:  # the runner waits for something
            self._next_due = True
            self._tasks.start(self._run())


@asynccontextmanager
async def open_tasks() -> AsyncIterator[Tasks]:
    tasks = Tasks()
    try:
        yield tasks
    finally:
        await tasks.cancel()
