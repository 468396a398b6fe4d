"""The broker while Redis is killed, restarted, silent, full or refuses."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from realtime.broker.redis import link
from realtime.broker.redis.broker import RedisBroker, open_broker
from realtime.broker.redis.publisher import PUBLISH_BUFFER_BYTES
from tests.faults.own_redis import OwnRedis
from tests.faults.proxy import FaultProxy, Mode, fault_proxy
from tests.realtime.broker.broker_helpers import (
    Received,
    confirmed,
    connected_broker,
    publishing_link,
)
from tests.waiting import until


@pytest.fixture
async def proxy(own_redis: OwnRedis) -> AsyncIterator[FaultProxy]:
    async with fault_proxy(own_redis.socket) as proxy:
        yield proxy


@pytest.fixture
async def proxied(proxy: FaultProxy) -> AsyncIterator[RedisBroker]:
    """Its own links run through `proxy`."""
    async with connected_broker(f"redis://127.0.0.1:{proxy.port}") as broker:
        yield broker


async def test_subscriptions_return_after_redis_was_killed_and_restarted_and_the_gap_is_reported(
    broker: RedisBroker, own_redis: OwnRedis
) -> None:
    received = Received(broker)
    subscribed_at_gap = []
    broker.on_gap = lambda: subscribed_at_gap.append(len(own_redis.channels()))
    for number in range(10_000):
        broker.subscribe(b"user:%d" % number)
    assert await confirmed(broker)
    assert broker.counters.subscribe_commands == 10
    own_redis.kill()
    await until(lambda: not broker.connected)
    own_redis.start()
    await until(lambda: len(subscribed_at_gap) == 1)
    assert subscribed_at_gap == [10_000]
    assert broker.counters.subscribe_commands == 20
    await until(lambda: broker.connected)
    broker.publish(b"user:9999", b"back")
    await until(lambda: received == [(b"user:9999", b"back")])
    assert broker.counters.reconnects == 2
    assert len(subscribed_at_gap) == 1


async def test_bus_opened_while_redis_is_away_connects_later_and_reports_the_gap(
    stopped_redis: OwnRedis,
) -> None:
    started = time.monotonic()
    async with open_broker(stopped_redis.url) as broker:
        assert time.monotonic() - started < 10
        received = Received(broker)
        broker.subscribe(b"a")
        assert not broker.connected
        assert not await broker.subscribed(
            timeout_seconds=60
        )  # at once: the deadline is not used up
        assert time.monotonic() - started < 10
        stopped_redis.start()
        await until(lambda: broker.connected and received.gaps == 1)
        broker.publish(b"a", b"here")
        await until(lambda: received == [(b"a", b"here")])


async def test_silent_link_is_replaced_within_seconds(
    proxy: FaultProxy, proxied: RedisBroker
) -> None:
    received = Received(proxied)
    proxied.subscribe(b"a")
    assert await confirmed(proxied)
    await proxy.set_mode("blackhole")
    started = time.monotonic()
    proxied.subscribe(b"b")
    assert not await proxied.subscribed(timeout_seconds=0.2)
    assert proxied.publish(b"a", b"into the dark")
    await until(lambda: not any(link.connected.is_set() for link in proxied.links))
    assert 1.5 < time.monotonic() - started < 20
    assert proxied.counters.publish_lost == 1
    attempts = proxy.accepted
    await until(lambda: proxy.accepted >= attempts + 3)  # accepted and never answered: try again
    await proxy.set_mode("pass")
    await until(lambda: proxied.connected and received.gaps == 1)
    proxied.publish(b"b", b"light")
    await until(lambda: len(received) == 1)


async def test_stall_of_our_own_loop_is_not_blamed_on_redis(
    own_redis: OwnRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "PING_SECONDS", 0.1)
    async with connected_broker(own_redis.url) as broker:
        time.sleep(0.5)  # the stall
        # And then idle for longer than a silence may last, on both links.
        idle = own_redis.calls("ping") + 2 * (link.UNANSWERED_PINGS_MAX + 2)
        await until(lambda: own_redis.calls("ping") >= idle)
        assert broker.connected
        assert broker.counters.reconnects == 0


async def test_waiting_for_a_confirmation_ends_when_the_link_breaks(
    proxy: FaultProxy, proxied: RedisBroker
) -> None:
    await proxy.set_mode("blackhole")
    proxied.subscribe(b"a")
    waiting = asyncio.ensure_future(proxied.subscribed(timeout_seconds=60))
    await until(lambda: proxied.counters.subscribe_commands == 1)
    await proxy.set_mode("reset")
    async with asyncio.timeout(20):
        assert not await waiting


@pytest.mark.parametrize("mode", ["reset", "refuse"])
async def test_bus_outlives_connections_that_are_broken(
    proxy: FaultProxy, proxied: RedisBroker, mode: Mode
) -> None:
    received = Received(proxied)
    proxied.subscribe(b"a")
    assert await confirmed(proxied)
    await proxy.set_mode(mode)
    await until(lambda: not proxied.connected)
    attempts = proxy.accepted
    if mode == "reset":
        await until(lambda: proxy.accepted >= attempts + 4)
    await proxy.set_mode("pass")
    await until(lambda: proxied.connected and received.gaps == 1)


async def test_publish_while_redis_is_away_returns_at_once_and_is_counted(
    broker: RedisBroker, own_redis: OwnRedis
) -> None:
    own_redis.kill()
    await until(lambda: not publishing_link(broker).connected.is_set())
    assert not any(broker.publish(b"a", b"") for _ in range(1_000))  # which is no coroutine
    assert broker.counters.publish_dropped == 1_000
    assert broker.counters.published == 0


async def test_publishing_more_than_a_stuck_redis_takes_is_dropped(
    proxy: FaultProxy, proxied: RedisBroker
) -> None:
    await proxy.set_mode("blackhole")
    payload = b"x" * 2**16
    async with asyncio.timeout(2):  # long before the silence is noticed
        while proxied.publish(b"a", payload):  # it is no wait
            await asyncio.sleep(0)  # what one tick publishes is written in the next
    assert proxied.counters.publish_dropped == 1
    waiting = publishing_link(proxied).waiting_bytes
    assert waiting < PUBLISH_BUFFER_BYTES + 2 * len(payload)


async def test_channel_that_redis_forbids_is_never_confirmed_and_the_log_says_why(
    own_redis: OwnRedis, caplog: pytest.LogCaptureFixture
) -> None:
    own_redis.ask("ACL", "SETUSER", "default", "resetchannels", "&mt:public")
    async with connected_broker(own_redis.url) as broker:
        broker.subscribe(b"public")
        assert await confirmed(broker)
        broker.subscribe(b"secret")
        assert not await broker.subscribed()
        await until(lambda: "NOPERM" in caplog.text)
        assert broker.publish(b"secret", b"")
        await until(lambda: broker.counters.publish_lost == 1)
        assert broker.publish(b"secret", b"")
        await until(lambda: broker.counters.publish_lost == 2)
        assert publishing_link(broker).connect_count == 1  # a new link would hear the same
