"""Threads for work that would block the event loop: a few, with a bounded queue before them."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from handlers.error_codes import ErrorCode
from handlers.errors import OperationError

T = TypeVar("T")

RETRY_SECONDS = 2


class WorkerThreads:
    """An executor with a bounded queue.

    queue bounds what is running or waiting; busy is the detail of the problem when it is full.
    """

    def __init__(self, executor: ThreadPoolExecutor, queue: int, busy: str) -> None:
        self._executor = executor
        self._queue = queue
        self._busy = busy
        self._waiting = 0

    async def run(self, work: Callable[[], T]) -> T:
        """Run the work in a thread. Raise BUSY when the queue is full, and what the work raises."""
        if self._waiting >= self._queue:
            raise OperationError(ErrorCode.BUSY, self._busy, retry_after=RETRY_SECONDS)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, work)
        finally:
            self._waiting -= 1
