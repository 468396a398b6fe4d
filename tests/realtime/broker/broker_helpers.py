"""What the broker tests observe with."""

import asyncio
from collections.abc import Callable

from realtime.broker.broker import Broker


async def until(condition: Callable[[], bool], seconds: float = 6.0) -> None:
    """TimeoutError when it does not come true."""
    async with asyncio.timeout(seconds):
        while not condition():  # most conditions here have no event
            await asyncio.sleep(0.005)


class Received(list[tuple[bytes, bytes]]):
    """What a broker delivered, and how often it reported a gap."""

    gaps = 0

    def __init__(self, broker: Broker) -> None:
        super().__init__()
        broker.on_message = lambda channel, payload: self.append((channel, payload))
        broker.on_gap = self.count_gap

    def count_gap(self) -> None:
        self.gaps += 1
