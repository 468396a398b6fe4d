"""Rate limits while Redis is killed, silent, forgetful or not there."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

import pytest
import redis

from handlers import rate_limits as limits_module
from handlers.rate_limits import Bucket, Limits, open_limits
from realtime.broker.redis import client as redis_client
from tests.faults.own_redis import OwnRedis
from tests.faults.proxy import FaultProxy, fault_proxy
from tests.handlers.rate_limit_helpers import HERE, Regained, spend, until_refused
from tests.waiting import until

COMMAND_SECONDS = 2.0  # what a command to Redis gets here: long beside what a busy machine adds
PATIENCE_SECONDS = 2 * COMMAND_SECONDS  # for the first call that finds Redis away: it waits once
AT_ONCE_SECONDS = 0.9 * COMMAND_SECONDS  # for the others, which do not


class Clock:
    """What the limits take for time.monotonic(), which a test may put forward."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self._ahead

    def advance(self, seconds: float) -> None:
        self._ahead += seconds


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_client, "COMMAND_SECONDS", COMMAND_SECONDS)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(limits_module, "monotonic", clock)
    return clock


@asynccontextmanager
async def through_a_proxy(own_redis: OwnRedis) -> AsyncIterator[tuple[FaultProxy, Limits]]:
    async with (
        fault_proxy(own_redis.socket) as proxy,
        open_limits(f"redis://127.0.0.1:{proxy.port}", enabled=True) as limits,
    ):
        yield proxy, limits


async def assert_a_flood_is_refused_here(limits: Limits, already_spent: int) -> None:
    regained = Regained(Bucket.LOGIN)
    assert await seconds_of(spend(limits, Bucket.LOGIN, None, HERE)) < PATIENCE_SECONDS
    started = time.monotonic()
    admitted, [refusal] = await until_refused(limits, bucket=Bucket.LOGIN)
    assert time.monotonic() - started < AT_ONCE_SECONDS
    left = Bucket.LOGIN.value.burst - already_spent - 1
    assert left <= admitted <= left + regained()
    assert refusal.retry_after == 1


async def seconds_of(awaitable: Awaitable[object]) -> float:
    started = time.monotonic()
    await awaitable
    return time.monotonic() - started


async def test_a_redis_that_forgot_the_script_is_told_it_again(own_redis: OwnRedis) -> None:
    async with open_limits(own_redis.url, enabled=True) as limits:
        first = await spend(limits, Bucket.LOGIN, None, HERE)
        own_redis.ask("SCRIPT", "FLUSH")
        second = await spend(limits, Bucket.LOGIN, None, HERE)
        async with open_limits(own_redis.url, enabled=True) as elsewhere:
            third = await spend(elsewhere, Bucket.LOGIN, None, HERE)
    full = Bucket.LOGIN.value.burst
    left = [first.remaining, second.remaining, third.remaining]
    assert left == [full - 1, full - 2, full - 3]


async def test_a_bucket_leaves_redis_when_it_is_full_again(own_redis: OwnRedis) -> None:
    async with open_limits(own_redis.url, enabled=True) as limits:
        await spend(limits, Bucket.LOGIN, None, HERE)
    with redis.Redis.from_url(own_redis.url) as client:
        assert client.keys() == [b"mt:limit:login/300/1:a192.0.2.1"]
        await until(lambda: client.keys() == [], 1 / Bucket.LOGIN.value.per_second + 0.1)


async def test_while_redis_is_killed_no_call_waits_and_a_flood_is_refused(
    own_redis: OwnRedis,
) -> None:
    async with open_limits(own_redis.url, enabled=True) as limits:
        for _ in range(10):
            await spend(limits, Bucket.LOGIN, None, HERE)
        own_redis.kill()
        await assert_a_flood_is_refused_here(limits, already_spent=10)


async def test_while_redis_is_silent_one_call_waits_shortly_and_a_flood_is_refused(
    own_redis: OwnRedis, clock: Clock
) -> None:
    async with through_a_proxy(own_redis) as (proxy, limits):
        for _ in range(10):
            await spend(limits, Bucket.LOGIN, None, HERE)
        await proxy.set_mode("blackhole")
        await assert_a_flood_is_refused_here(limits, already_spent=10)
        # Half a second on, a new user is no reason to try the silent Redis; later only one is.
        clock.advance(0.5)
        assert await seconds_of(spend(limits, Bucket.READ, 1, HERE)) < AT_ONCE_SECONDS
        clock.advance(limits_module.PAUSE_SECONDS - 0.4)
        trying = asyncio.create_task(seconds_of(spend(limits, Bucket.READ, 2, HERE)))
        await asyncio.sleep(0)  # it begins
        assert await seconds_of(spend(limits, Bucket.READ, 3, HERE)) < AT_ONCE_SECONDS
        assert AT_ONCE_SECONDS < await trying < PATIENCE_SECONDS


async def test_an_instance_that_starts_while_redis_is_away_limits_all_the_same() -> None:
    async with open_limits("unix:///nowhere", enabled=True) as limits:
        await assert_a_flood_is_refused_here(limits, already_spent=0)


async def test_a_hundred_users_who_meet_a_silent_redis_at_once_wait_shortly(
    own_redis: OwnRedis,
) -> None:
    """All in one timeout: those who waited for their turn first would take two at least."""
    async with through_a_proxy(own_redis) as (proxy, limits):
        await limits.spend(Bucket.READ, 1, HERE)
        await proxy.set_mode("blackhole")
        calls = [limits.spend(Bucket.WRITE, user_id, HERE) for user_id in range(100)]
        assert await seconds_of(asyncio.gather(*calls)) < 2 * COMMAND_SECONDS


async def test_what_was_given_out_while_redis_was_away_counts_when_it_is_back(
    own_redis: OwnRedis, clock: Clock
) -> None:
    async with open_limits(own_redis.url, enabled=True) as limits:
        own_redis.kill()
        await until_refused(limits, bucket=Bucket.WRITE, user_id=1)
        own_redis.start()
        clock.advance(limits_module.PAUSE_SECONDS + 0.05)
        regained = Bucket.WRITE.value.per_second * 2
        async with open_limits(own_redis.url, enabled=True) as elsewhere:
            left = Bucket.LOGIN.value.burst
            for spender in (limits, elsewhere):  # shared again
                left -= 1
                assert (await spend(spender, Bucket.LOGIN, None, HERE)).remaining == left
        admitted, _ = await until_refused(limits, bucket=Bucket.WRITE, user_id=1)
        assert admitted <= regained + Bucket.WRITE.value.lease


async def test_memory_holds_a_bounded_number_of_callers_and_the_active_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits_module, "CALLERS_REMEMBERED", 3)
    async with open_limits("unix:///nowhere", enabled=True) as limits:

        async def refused(address: str) -> bool:
            return (await spend(limits, Bucket.LOGIN, None, address)).retry_after is not None

        await until_refused(limits, bucket=Bucket.LOGIN)
        for stranger in range(4):
            assert not await refused(f"203.0.113.{stranger}")
            assert await refused(HERE)
        assert limits.remembered == 3
        for stranger in range(4, 7):
            assert not await refused(f"203.0.113.{stranger}")
        assert not await refused(HERE)  # forgotten
