"""Threads for work that would hold up the event loop: a few, and only so much may wait for them."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from handlers.error_codes import ErrorCode
from handlers.errors import OperationError

T = TypeVar("T")

RETRY_SECONDS = 2


class WorkerThreads:
    """queue bounds what is running or waiting; busy is what is told when it is full."""

    def __init__(self, executor: ThreadPoolExecutor, queue: int, busy: str) -> None:
        self._executor = executor
        self._queue = queue
        self._busy = busy
        self._waiting = 0

    async def run(self, work: Callable[[], T]) -> T:
        """Raises TooMany, and what the work raises."""
        if self._waiting >= self._queue:
            raise OperationError(ErrorCode.BUSY, self._busy, retry_after=RETRY_SECONDS)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, work)
        finally:
            self._waiting -= 1
