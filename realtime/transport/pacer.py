"""A herd taken in a few at a time, so that whoever else is served is served in between."""

import asyncio
from collections import deque


class Pacer:
    """Lets so many through in one pass of the event loop, the others in later ones, in order."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._left = at_once  # of this pass
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._next_pass_due = False

    async def turn(self) -> None:
        """Return when it is one's turn: at once, unless too many came before in this pass."""
        self._schedule()
        if self._left and not self._waiting:
            self._left -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        await turn

    def _schedule(self) -> None:
        if not self._next_pass_due:
            self._next_pass_due = True
            asyncio.get_running_loop().call_soon(self._next_pass)

    def _next_pass(self) -> None:
        self._next_pass_due = False
        self._left = self._at_once
        while self._waiting and self._left:
            turn = self._waiting.popleft()
            if not turn.done():  # else it was cancelled
                turn.set_result(None)
                self._left -= 1
        if self._waiting:
            self._schedule()
