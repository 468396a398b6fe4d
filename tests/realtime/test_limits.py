"""Rate limits: what is admitted, by one instance and by two, and while Redis is away."""

import asyncio
import time
from collections.abc import AsyncIterator
from itertools import count

import pytest
import redis

from realtime import limits as limits_module
from realtime.limits import Bucket, Limits, Spent, headers, open_limits
from tests.faults.own_redis import own_redis_server
from tests.faults.proxy import fault_proxy

HERE = "192.0.2.1"
PATIENCE_SECONDS = 0.3  # for the first call that finds Redis away
AT_ONCE_SECONDS = 0.1  # for the others: no waiting, but a busy machine


@pytest.fixture
async def limits(services) -> AsyncIterator[Limits]:
    async with open_limits(services.redis_url, enabled=True) as limits:
        yield limits


@pytest.fixture
async def elsewhere(services) -> AsyncIterator[Limits]:
    """Another instance."""
    async with open_limits(services.redis_url, enabled=True) as limits:
        yield limits


@pytest.fixture
def own_redis():
    with own_redis_server() as server:
        server.start()
        yield server


_numbers = count(1)


@pytest.fixture
def user_id() -> int:
    """Nobody else's in this server."""
    return next(_numbers)


@pytest.fixture
def address() -> str:
    """Nobody else's in this server."""
    return f"198.51.100.{next(_numbers)}"


async def until_refused(*instances: Limits, bucket: Bucket, user_id=None, address=HERE):
    """Spends at the instances in turn until all refuse; answers (admitted, refusals)."""
    admitted, refusals = 0, []
    while len(refusals) < len(instances):
        refusals = []
        for limits in instances:
            spent = await limits.spend(bucket, user_id, address)
            if spent.retry_after is None:
                admitted += 1
            else:
                refusals.append(spent)
    return admitted, refusals


class Regained:
    """How many tokens at most came back since it was made."""

    def __init__(self, bucket: Bucket) -> None:
        self._per_second = bucket.value.per_second
        self._start = time.monotonic()

    def __call__(self) -> int:
        return int((time.monotonic() - self._start) * self._per_second) + 1


@pytest.mark.parametrize("bucket", Bucket)
async def test_a_burst_is_admitted_and_then_refused(limits, user_id, address, bucket):
    regained = Regained(bucket)
    admitted, [refusal] = await until_refused(
        limits, bucket=bucket, user_id=user_id, address=address
    )
    assert bucket.value.burst <= admitted <= bucket.value.burst + regained()
    assert refusal.bucket is bucket
    assert refusal.limit == bucket.value.burst
    assert refusal.remaining == 0
    assert refusal.retry_after == 1  # no bucket here needs longer for a token
    filling = bucket.value.burst / bucket.value.per_second
    assert filling - 1 <= refusal.reset_seconds <= filling


@pytest.mark.parametrize("bucket", Bucket)
async def test_each_spending_says_what_is_left(limits, user_id, address, bucket):
    regained = Regained(bucket)
    for spent_before in range(bucket.value.lease + 5):  # so over the end of a lease
        spent = await limits.spend(bucket, user_id, address)
        left = bucket.value.burst - spent_before - 1
        assert left <= spent.remaining <= left + regained()
        assert spent.retry_after is None
        missing_seconds = (spent_before + 1) / bucket.value.per_second
        assert missing_seconds - 1 <= spent.reset_seconds <= missing_seconds + 1


async def test_who_waits_as_told_is_admitted(limits, address):
    _, [refusal] = await until_refused(limits, bucket=Bucket.LOGIN, address=address)
    await asyncio.sleep(refusal.retry_after)
    assert (await limits.spend(Bucket.LOGIN, None, address)).retry_after is None
    assert (await limits.spend(Bucket.LOGIN, None, address)).retry_after is not None


async def test_tokens_come_back_with_time(limits, user_id):
    await until_refused(limits, bucket=Bucket.MESSAGE, user_id=user_id)
    regained = Regained(Bucket.MESSAGE)
    await asyncio.sleep(0.5)
    admitted, _ = await until_refused(limits, bucket=Bucket.MESSAGE, user_id=user_id)
    assert Bucket.MESSAGE.value.per_second * 0.5 - 1 <= admitted <= regained() + 1


@pytest.mark.parametrize("bucket", Bucket)
async def test_two_instances_share_a_bucket(limits, elsewhere, user_id, address, bucket):
    regained = Regained(bucket)
    admitted, refusals = await until_refused(
        limits, elsewhere, bucket=bucket, user_id=user_id, address=address
    )
    assert bucket.value.burst <= admitted <= bucket.value.burst + regained()
    assert all(refusal.retry_after == 1 for refusal in refusals)


async def test_an_instance_keeps_no_more_than_a_lease_from_the_others(limits, elsewhere, user_id):
    await elsewhere.spend(Bucket.WRITE, user_id, HERE)
    regained = Regained(Bucket.WRITE)
    admitted, _ = await until_refused(limits, bucket=Bucket.WRITE, user_id=user_id)
    least = Bucket.WRITE.value.burst - Bucket.WRITE.value.lease
    assert least <= admitted <= least + regained()


@pytest.mark.parametrize("bucket", [Bucket.WRITE, Bucket.LOGIN])
async def test_five_hundred_at_once_are_admitted_up_to_the_burst(
    limits, elsewhere, user_id, address, bucket
):
    regained = Regained(bucket)
    spendings = await asyncio.gather(
        *(limits.spend(bucket, user_id, address) for _ in range(250)),
        *(elsewhere.spend(bucket, user_id, address) for _ in range(250)),
    )
    admitted = sum(spent.retry_after is None for spent in spendings)
    assert bucket.value.burst <= admitted <= bucket.value.burst + regained()


async def test_users_of_one_address_and_kinds_of_calls_do_not_share_a_bucket(limits, user_id):
    await until_refused(limits, bucket=Bucket.WRITE, user_id=user_id)
    assert (await limits.spend(Bucket.WRITE, next(_numbers), HERE)).retry_after is None
    assert (await limits.spend(Bucket.WRITE, None, HERE)).retry_after is None
    assert (await limits.spend(Bucket.READ, user_id, HERE)).retry_after is None


async def test_a_user_cannot_leave_the_limit_of_the_address_for_passwords(limits, address):
    await until_refused(limits, bucket=Bucket.LOGIN, address=address)
    assert (await limits.spend(Bucket.LOGIN, next(_numbers), address)).retry_after is not None


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("2001:db8:0:7::1", "2001:db8::7:ffff:0:0:2", True),
        ("2001:db8:0:8::1", "2001:DB8:0:8:0:0:0:1", True),
        ("2001:db8:0:9::1", "2001:db8:0:a::1", False),
        ("203.0.113.1", "203.0.113.2", False),
        ("203.0.113.3", "::ffff:203.0.113.3", True),
        ("::ffff:203.0.113.4", "::ffff:203.0.113.5", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("", "unix", False),
    ],
)
async def test_an_ipv6_slash_64_and_an_ipv4_address_are_one_caller(limits, one, other, shared):
    await until_refused(limits, bucket=Bucket.LOGIN, address=one)
    assert ((await limits.spend(Bucket.LOGIN, None, other)).retry_after is not None) is shared


async def test_nothing_is_limited_when_limiting_is_off(user_id):
    async with open_limits("unix:///nowhere", enabled=False) as limits:
        for _ in range(2 * Bucket.LOGIN.value.burst):
            assert await limits.spend(Bucket.LOGIN, user_id, HERE) is None


async def test_a_redis_that_forgot_the_script_is_told_it_again(own_redis):
    async with open_limits(own_redis.url, enabled=True) as limits:
        first = await limits.spend(Bucket.LOGIN, None, HERE)
        own_redis.ask("SCRIPT", "FLUSH")
        second = await limits.spend(Bucket.LOGIN, None, HERE)
        async with open_limits(own_redis.url, enabled=True) as elsewhere:
            third = await elsewhere.spend(Bucket.LOGIN, None, HERE)
    assert [first.remaining, second.remaining, third.remaining] == [99, 98, 97]


async def test_a_bucket_leaves_redis_when_it_is_full_again(own_redis):
    async with open_limits(own_redis.url, enabled=True) as limits:
        await limits.spend(Bucket.LOGIN, None, HERE)
    with redis.Redis.from_url(own_redis.url) as client:
        assert client.keys() == [b"mt:limit:login:a192.0.2.1"]
        await asyncio.sleep(1 / Bucket.LOGIN.value.per_second + 0.1)
        assert client.keys() == []


async def test_while_redis_is_killed_no_call_waits_and_a_flood_is_refused(own_redis):
    async with open_limits(own_redis.url, enabled=True) as limits:
        for _ in range(10):
            await limits.spend(Bucket.LOGIN, None, HERE)
        own_redis.kill()
        await assert_a_flood_is_refused_here(limits, already_spent=10)


async def test_while_redis_is_silent_one_call_waits_shortly_and_a_flood_is_refused(own_redis):
    async with (
        fault_proxy(own_redis.socket) as proxy,
        open_limits(f"redis://127.0.0.1:{proxy.port}", enabled=True) as limits,
    ):
        for _ in range(10):
            await limits.spend(Bucket.LOGIN, None, HERE)
        await proxy.set_mode("blackhole")
        await assert_a_flood_is_refused_here(limits, already_spent=10)
        # Half a second on, a new user is no reason to try the silent Redis; later only one is.
        await asyncio.sleep(0.5)
        assert await seconds_of(limits.spend(Bucket.READ, 1, HERE)) < AT_ONCE_SECONDS
        await asyncio.sleep(0.6)
        trying = asyncio.create_task(seconds_of(limits.spend(Bucket.READ, 2, HERE)))
        await asyncio.sleep(0)
        assert await seconds_of(limits.spend(Bucket.READ, 3, HERE)) < AT_ONCE_SECONDS
        assert AT_ONCE_SECONDS < await trying < PATIENCE_SECONDS


async def test_an_instance_that_starts_while_redis_is_away_limits_all_the_same():
    async with open_limits("unix:///nowhere", enabled=True) as limits:
        await assert_a_flood_is_refused_here(limits, already_spent=0)


async def test_a_hundred_users_who_meet_a_silent_redis_at_once_wait_shortly(own_redis):
    async with (
        fault_proxy(own_redis.socket) as proxy,
        open_limits(f"redis://127.0.0.1:{proxy.port}", enabled=True) as limits,
    ):
        await limits.spend(Bucket.READ, 1, HERE)
        await proxy.set_mode("blackhole")
        calls = [limits.spend(Bucket.WRITE, user_id, HERE) for user_id in range(100)]
        assert await seconds_of(asyncio.gather(*calls)) < PATIENCE_SECONDS + 0.1


async def test_what_was_given_out_while_redis_was_away_counts_when_it_is_back(own_redis):
    async with open_limits(own_redis.url, enabled=True) as limits:
        own_redis.kill()
        await until_refused(limits, bucket=Bucket.WRITE, user_id=1)
        own_redis.start()
        await asyncio.sleep(limits_module.PAUSE_SECONDS + 0.05)
        regained = Bucket.WRITE.value.per_second * 2
        async with open_limits(own_redis.url, enabled=True) as elsewhere:
            left = Bucket.LOGIN.value.burst
            for spender in (limits, elsewhere):  # shared again
                left -= 1
                assert (await spender.spend(Bucket.LOGIN, None, HERE)).remaining == left
        admitted, _ = await until_refused(limits, bucket=Bucket.WRITE, user_id=1)
        assert admitted <= regained + Bucket.WRITE.value.lease


async def test_memory_holds_a_bounded_number_of_callers_and_the_active_ones(monkeypatch):
    monkeypatch.setattr(limits_module, "CALLERS_REMEMBERED", 3)
    async with open_limits("unix:///nowhere", enabled=True) as limits:

        async def refused(address: str) -> bool:
            return (await limits.spend(Bucket.LOGIN, None, address)).retry_after is not None

        await until_refused(limits, bucket=Bucket.LOGIN)
        for stranger in range(4):
            assert not await refused(f"203.0.113.{stranger}")
            assert await refused(HERE)
        assert len(limits._known) == 3
        for stranger in range(4, 7):
            assert not await refused(f"203.0.113.{stranger}")
        assert not await refused(HERE)  # forgotten


def test_headers_of_an_admitted_call_are_structured_fields_of_the_draft():
    assert headers(Spent(Bucket.READ, 1_000, 999, 1, None)) == {
        "RateLimit-Policy": '"read";q=1000;w=10',
        "RateLimit": '"read";r=999;t=1',
    }


def test_headers_of_a_refused_call_name_one_moment_to_come_again():
    assert headers(Spent(Bucket.LOGIN, 100, 0, 100, 1)) == {
        "RateLimit-Policy": '"login";q=100;w=100',
        "RateLimit": '"login";r=0;t=1',
        "Retry-After": "1",
    }


async def assert_a_flood_is_refused_here(limits: Limits, already_spent: int) -> None:
    regained = Regained(Bucket.LOGIN)
    assert await seconds_of(limits.spend(Bucket.LOGIN, None, HERE)) < PATIENCE_SECONDS
    started = time.monotonic()
    admitted, [refusal] = await until_refused(limits, bucket=Bucket.LOGIN)
    assert time.monotonic() - started < AT_ONCE_SECONDS
    left = Bucket.LOGIN.value.burst - already_spent - 1
    assert left <= admitted <= left + regained()
    assert refusal.retry_after == 1


async def seconds_of(awaitable) -> float:
    started = time.monotonic()
    await awaitable
    return time.monotonic() - started
