"""Turns at something of which there are few, first come first served."""

import asyncio
from collections import deque
from collections.abc import Callable


class Turns:
    """Like a semaphore, but how many may be taken changes, and all who wait can be sent away."""

    def __init__(self, capacity: Callable[[], int]) -> None:
        self._capacity = capacity
        self._taken = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def taken(self) -> int:
        """How many are taken."""
        return self._taken

    @property
    def waiting(self) -> int:
        """How many wait for one."""
        return len(self._waiting)

    def take_now(self) -> bool:
        """Take a turn if there is one, and nobody waits for it; return whether there was."""
        if self._waiting or self._taken >= self._capacity():
            return False
        self._taken += 1
        return True

    async def take(self) -> None:
        """Wait for a turn. Raises what `refuse_waiting` is given."""
        if self.take_now():
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.give_back()  # it had just come
            elif turn in self._waiting:
                self._waiting.remove(turn)
            raise

    def give_back(self) -> None:
        """End a turn that was taken."""
        self._taken -= 1
        self.admit()

    def admit(self) -> None:
        """Give those who wait the turns that there are: to be called when there may be more."""
        while self._waiting and self._taken < self._capacity():
            turn = self._waiting.popleft()
            if not turn.done():
                self._taken += 1
                turn.set_result(None)

    def refuse_waiting(self, error: Callable[[], Exception]) -> None:
        """Raise an exception, made by `error` for each, in all who wait."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_exception(error())
