"""Pairs of people who write to each other: as fast as they are answered, or so many a second."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Protocol

PATIENCE_S = 60


class Pair(Protocol):
    """A sender and a recipient, both connected."""

    async def exchange(self, text: str) -> None:
        """Send this; return when the sender has the server's word and the recipient the text."""

    async def close(self) -> None:
        """Disconnect both."""


@dataclass(frozen=True, slots=True)
class Load:
    """Messages that were exchanged, in how long, and how long each took."""

    seconds: float
    took: list[float]

    @property
    def count(self) -> int:
        return len(self.took)

    @property
    def per_second(self) -> float:
        return self.count / self.seconds

    def quantile_ms(self, share: float) -> float:
        return sorted(self.took)[min(self.count - 1, int(self.count * share))] * 1e3


NUMBERS = count()


async def _exchange(pair: Pair, took: list[float]) -> None:
    began = time.perf_counter()
    async with asyncio.timeout(PATIENCE_S):
        await pair.exchange(f"message {next(NUMBERS)}, and the quick brown fox")
    took.append(time.perf_counter() - began)


async def saturated(pairs: Sequence[Pair], seconds: float) -> Load:
    """Have each pair send again as soon as its message has arrived."""
    took: list[float] = []
    began = time.perf_counter()

    async def go_on(pair: Pair) -> None:
        while time.perf_counter() - began < seconds:
            await _exchange(pair, took)

    await asyncio.gather(*map(go_on, pairs))
    return Load(time.perf_counter() - began, took)


async def paced(pairs: Sequence[Pair], per_second: float, seconds: float) -> Load:
    """Have the pairs send in turn, so many a second; a pair that is late sends when it can."""
    took: list[float] = []
    began = time.perf_counter()

    async def take_turns(place: int, pair: Pair) -> None:
        for turn in count():
            due = (place + turn * len(pairs)) / per_second
            if due >= seconds or time.perf_counter() - began >= seconds:
                return
            await asyncio.sleep(began + due - time.perf_counter())
            await _exchange(pair, took)

    await asyncio.gather(*(take_turns(place, pair) for place, pair in enumerate(pairs)))
    return Load(max(seconds, time.perf_counter() - began), took)
