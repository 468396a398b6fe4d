"""Values that are kept for a while."""

import asyncio

import pytest

from handlers.caching.ttl_cache import SHARE, TTLCache


class Source:
    """Finds 1, 2, 3..., in so many seconds of its own clock."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.now = 0.0
        self.found = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.broken = False

    async def find(self) -> int:
        await self.gate.wait()
        self.now += self.seconds
        if self.broken:
            raise OSError
        self.found += 1
        return self.found

    def kept(self, seconds: float) -> TTLCache[int]:
        return TTLCache(self.find, seconds, clock=lambda: self.now)


async def test_value_is_kept_for_its_time() -> None:
    source = Source(seconds=5)
    kept = source.kept(60)
    assert await kept.get() == 1
    source.now += 59
    assert await kept.get() == 1
    source.now += 1
    assert await kept.get() == 2


async def test_what_is_found_quickly_is_not_kept_for_long() -> None:
    source = Source(seconds=0.01)
    kept = source.kept(60)
    assert await kept.get() == 1
    source.now += 0.01 / SHARE - 0.001
    assert await kept.get() == 1
    source.now += 0.002
    assert await kept.get() == 2


async def test_value_is_found_once_for_all_who_wait() -> None:
    source = Source(seconds=1)
    source.gate.clear()
    kept = source.kept(60)
    waiting = [asyncio.create_task(kept.get()) for _ in range(20)]
    await asyncio.sleep(0)
    source.gate.set()
    assert await asyncio.gather(*waiting) == 20 * [1]


async def test_another_goes_on_when_the_one_who_finds_it_is_cancelled() -> None:
    source = Source(seconds=1)
    source.gate.clear()
    kept = source.kept(60)
    first, *others = [asyncio.create_task(kept.get()) for _ in range(5)]
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    source.gate.set()
    assert await asyncio.gather(*others) == 4 * [1]
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_failure_is_told_to_all_who_wait_and_not_kept() -> None:
    source = Source(seconds=1)
    source.broken = True
    source.gate.clear()
    kept = source.kept(60)
    waiting = [asyncio.create_task(kept.get()) for _ in range(5)]
    await asyncio.sleep(0)
    source.gate.set()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == 5 * [OSError]
    assert source.now == 1  # one of them tried
    source.broken = False
    assert await kept.get() == 1
