"""A cache of one value that takes long to find, is asked for often, and may be a little old."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")

SHARE = 0.01  # of the time, at most, goes into finding


class TTLCache(Generic[T]):
    """One value: found on demand, by one caller at a time, and kept for all within `seconds`.

    What is found quickly is not kept for so long: for 1 / SHARE times what it took. So a small site
    sees what is new at once, and on a large one nobody waits.
    """

    def __init__(
        self,
        find: Callable[[], Awaitable[T]],
        seconds: float,
        *,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._find = find
        self._seconds = seconds
        self._clock = clock
        self._found: T | None = None
        self._good_until = float("-inf")
        self._flight: asyncio.Future[T] | None = None

    async def get(self) -> T:
        """Return the value, finding it first unless there is one that is not too old.

        Raises what finding it raises, to all who waited for that; the next caller tries again.
        """
        while self._flight is not None:
            flight = self._flight
            await asyncio.wait([flight])
            if not flight.cancelled():  # else whoever was finding it was cancelled
                return flight.result()
        if self._found is not None and self._clock() < self._good_until:
            return self._found
        return await self._refresh()

    async def _refresh(self) -> T:
        flight = self._flight = asyncio.get_running_loop().create_future()
        started = self._clock()
        try:
            found = await self._find()
        except Exception as error:
            flight.set_exception(error)
            flight.exception()  # it may be that nobody waits
            raise
        else:
            now = self._clock()
            self._found = found
            self._good_until = now + min(self._seconds, (now - started) / SHARE)
            flight.set_result(found)
            return found
        finally:
            self._flight = None
            flight.cancel()  # without effect unless this very call was cancelled
