"""Waiting for what comes true in a while, instead of sleeping for as long as it may take."""

import asyncio
from collections.abc import Awaitable, Callable
from inspect import isawaitable


async def until(condition: Callable[[], bool | Awaitable[bool]], seconds: float = 20.0) -> None:
    """Return as soon as the condition is true, which is asked every 5 ms.

    Raise TimeoutError when it is not true within `seconds`.
    """
    async with asyncio.timeout(seconds):
        while not (await found if isawaitable(found := condition()) else found):
            await asyncio.sleep(0.005)
