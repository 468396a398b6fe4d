"""Rate limits: what is admitted, by one instance and by two."""

import asyncio
from collections.abc import AsyncIterator
from itertools import count
from math import ceil

import pytest

from handlers.rate_limits import Bucket, Limits, Spent, bucket_key, headers, open_limits
from realtime.broker.redis import client
from realtime.broker.redis.client import open_redis
from tests.conftest import Services
from tests.handlers.rate_limit_helpers import HERE, Regained, spend, spend_on, until_refused


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give Redis time: here is tested how tokens are counted, on however busy a machine."""
    monkeypatch.setattr(client, "COMMAND_SECONDS", 5.0)


@pytest.fixture
async def limits(services: Services) -> AsyncIterator[Limits]:
    async with open_limits(services.redis_url, enabled=True) as limits:
        yield limits


@pytest.fixture
async def elsewhere(services: Services) -> AsyncIterator[Limits]:
    """Another instance."""
    async with open_limits(services.redis_url, enabled=True) as limits:
        yield limits


_user_ids = count(2**40)  # which no account of the other tests comes to
_hosts = count(1)


@pytest.fixture
def user_id() -> int:
    return next(_user_ids)


@pytest.fixture
def address() -> str:
    return f"198.51.100.{next(_hosts)}"


@pytest.mark.parametrize("bucket", Bucket)
async def test_a_burst_is_admitted_and_then_refused(
    limits: Limits, user_id: int, address: str, bucket: Bucket
) -> None:
    regained = Regained(bucket)
    admitted, [refusal] = await until_refused(
        limits, bucket=bucket, user_id=user_id, address=address
    )
    assert bucket.value.burst <= admitted <= bucket.value.burst + regained()
    assert refusal.bucket is bucket
    assert refusal.limit == bucket.value.burst
    assert refusal.remaining == 0
    assert refusal.retry_after == ceil(1 / bucket.value.per_second)
    filling = bucket.value.burst / bucket.value.per_second
    assert filling - 1 <= refusal.reset_seconds <= filling


@pytest.mark.parametrize("bucket", Bucket)
async def test_each_spending_says_what_is_left(
    limits: Limits, user_id: int, address: str, bucket: Bucket
) -> None:
    regained = Regained(bucket)
    for spent_before in range(bucket.value.lease + 5):  # so over the end of a lease
        spent = await spend(limits, bucket, user_id, address)
        left = bucket.value.burst - spent_before - 1
        assert left <= spent.remaining <= left + regained()
        assert spent.retry_after is None
        missing_seconds = (spent_before + 1) / bucket.value.per_second
        assert missing_seconds - 1 <= spent.reset_seconds <= missing_seconds + 1


async def test_who_waits_as_told_is_admitted(limits: Limits, address: str) -> None:
    regained = Regained(Bucket.LOGIN)
    _, [refusal] = await until_refused(limits, bucket=Bucket.LOGIN, address=address)
    assert refusal.retry_after is not None
    await asyncio.sleep(refusal.retry_after)  # as a client does; buckets go by the clock of Redis
    admitted, _ = await until_refused(limits, bucket=Bucket.LOGIN, address=address)
    assert 1 <= admitted <= regained() + 1


async def test_tokens_come_back_with_time(limits: Limits, user_id: int) -> None:
    await until_refused(limits, bucket=Bucket.MESSAGE, user_id=user_id)
    regained = Regained(Bucket.MESSAGE)
    await asyncio.sleep(0.5)  # on the clock of Redis
    admitted, _ = await until_refused(limits, bucket=Bucket.MESSAGE, user_id=user_id)
    assert Bucket.MESSAGE.value.per_second * 0.5 - 1 <= admitted <= regained() + 1


async def test_a_clock_that_was_set_back_empties_a_bucket_and_no_more(
    services: Services, limits: Limits, elsewhere: Limits, user_id: int
) -> None:
    async with open_redis(services.redis_url) as redis:
        seconds, _ = await redis.execute_command("TIME")
        full_at = (int(seconds) + 3600) * 1_000_000  # as it was written an hour ahead
        await redis.execute_command("SET", bucket_key(Bucket.MESSAGE.quota, f"u{user_id}"), full_at)
    refusal = await spend(limits, Bucket.MESSAGE, user_id, HERE)
    assert refusal.retry_after == 1
    await asyncio.sleep(refusal.retry_after)
    assert (await spend(elsewhere, Bucket.MESSAGE, user_id, HERE)).retry_after is None


@pytest.mark.parametrize("bucket", Bucket)
async def test_two_instances_share_a_bucket(
    limits: Limits, elsewhere: Limits, user_id: int, address: str, bucket: Bucket
) -> None:
    regained = Regained(bucket)
    admitted, refusals = await until_refused(
        limits, elsewhere, bucket=bucket, user_id=user_id, address=address
    )
    assert bucket.value.burst <= admitted <= bucket.value.burst + regained()
    a_token = ceil(1 / bucket.value.per_second)
    assert all(refusal.retry_after == a_token for refusal in refusals)


async def test_an_instance_keeps_no_more_than_a_lease_from_the_others(
    limits: Limits, elsewhere: Limits, user_id: int
) -> None:
    await spend(elsewhere, Bucket.WRITE, user_id, HERE)
    regained = Regained(Bucket.WRITE)
    admitted, _ = await until_refused(limits, bucket=Bucket.WRITE, user_id=user_id)
    least = Bucket.WRITE.value.burst - Bucket.WRITE.value.lease
    assert least <= admitted <= least + regained()


@pytest.mark.parametrize("bucket", [Bucket.WRITE, Bucket.LOGIN])
async def test_five_hundred_at_once_are_admitted_up_to_the_burst(
    limits: Limits, elsewhere: Limits, user_id: int, address: str, bucket: Bucket
) -> None:
    regained = Regained(bucket)
    spendings = await asyncio.gather(
        *(spend(limits, bucket, user_id, address) for _ in range(250)),
        *(spend(elsewhere, bucket, user_id, address) for _ in range(250)),
    )
    admitted = sum(spent.retry_after is None for spent in spendings)
    assert bucket.value.burst <= admitted <= bucket.value.burst + regained()


async def test_users_of_one_address_and_kinds_of_calls_do_not_share_a_bucket(
    limits: Limits, user_id: int
) -> None:
    await until_refused(limits, bucket=Bucket.WRITE, user_id=user_id)
    assert (await spend(limits, Bucket.WRITE, next(_user_ids), HERE)).retry_after is None
    assert (await spend(limits, Bucket.WRITE, None, HERE)).retry_after is None
    assert (await spend(limits, Bucket.READ, user_id, HERE)).retry_after is None


async def test_a_user_cannot_leave_the_limit_of_the_address_for_passwords(
    limits: Limits, address: str
) -> None:
    await until_refused(limits, bucket=Bucket.LOGIN, address=address)
    assert (await spend(limits, Bucket.LOGIN, next(_user_ids), address)).retry_after is not None


async def test_what_many_addresses_aim_at_is_one_bucket_on_all_instances(
    limits: Limits, elsewhere: Limits
) -> None:
    target = f"ann{next(_user_ids)}"
    admitted = 0
    while (await spend_on(limits, Bucket.ATTEMPT, target)).retry_after is None:
        admitted += 1
    assert Bucket.ATTEMPT.value.burst <= admitted <= Bucket.ATTEMPT.value.burst + 1
    refusal = await spend_on(elsewhere, Bucket.ATTEMPT, target)
    assert refusal.retry_after is not None
    assert 1 <= refusal.retry_after <= 5  # nobody is kept out for longer than that
    assert (await spend_on(limits, Bucket.ATTEMPT, f"{target}a")).retry_after is None


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
async def test_an_ipv6_slash_64_and_an_ipv4_address_are_one_caller(
    limits: Limits, one: str, other: str, shared: bool
) -> None:
    await until_refused(limits, bucket=Bucket.LOGIN, address=one)
    assert ((await spend(limits, Bucket.LOGIN, None, other)).retry_after is not None) is shared


@pytest.mark.parametrize("bucket", [Bucket.READ, Bucket.WRITE])
async def test_tokens_at_hand_are_spent_from_the_same_bucket(
    limits: Limits, user_id: int, bucket: Bucket
) -> None:
    regained = Regained(bucket)
    admitted = at_hand = 0
    while True:
        if limits.spend_leased(bucket, user_id, None):
            at_hand += 1
        elif (await spend(limits, bucket, user_id, HERE)).retry_after is not None:
            break
        admitted += 1
    assert bucket.value.burst <= admitted <= bucket.value.burst + regained()
    assert at_hand > admitted / 2
    assert not limits.spend_leased(bucket, user_id, None)


async def test_what_is_counted_by_address_or_by_token_is_never_spent_as_at_hand(
    limits: Limits, user_id: int, address: str
) -> None:
    await spend(limits, Bucket.READ, user_id, address)
    await spend(limits, Bucket.READ, None, address)
    assert not limits.spend_leased(Bucket.READ, None, None)
    assert not limits.spend_leased(Bucket.READ, user_id, 1)
    assert not limits.spend_leased(Bucket.LOGIN, user_id, None)
    assert limits.spend_leased(Bucket.READ, user_id, None)


async def test_nothing_is_limited_when_limiting_is_off(user_id: int) -> None:
    async with open_limits("unix:///nowhere", enabled=False) as limits:
        for _ in range(2 * Bucket.LOGIN.value.burst):
            assert await limits.spend(Bucket.LOGIN, user_id, HERE) is None
            assert limits.spend_leased(Bucket.LOGIN, None, None)


def test_headers_are_structured_fields_and_name_one_moment_to_come_again() -> None:
    assert headers(Spent(Bucket.READ, 1_000, 999, 1, None)) == {
        "RateLimit-Policy": '"read";q=1000;w=10',
        "RateLimit": '"read";r=999;t=1',
    }
    assert headers(Spent(Bucket.LOGIN, 300, 0, 300, 1)) == {
        "RateLimit-Policy": '"login";q=300;w=300',
        "RateLimit": '"login";r=0;t=1',
        "Retry-After": "1",
    }
