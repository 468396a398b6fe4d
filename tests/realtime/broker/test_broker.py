"""The broker as its callers see it: messages, subscriptions, connecting and closing."""

import asyncio
import random
import time
from collections.abc import AsyncIterator

import pytest

from realtime.broker.redis.broker import RedisBroker, open_broker
from realtime.broker.redis.subscriber import BURST, BURST_SECONDS, CHANNELS_PER_COMMAND
from tests.faults.own_redis import OwnRedis
from tests.realtime.broker.broker_helpers import Received, confirmed, connected_broker
from tests.waiting import until


@pytest.fixture
async def other(own_redis: OwnRedis) -> AsyncIterator[RedisBroker]:
    async with connected_broker(own_redis.url) as broker:
        yield broker


# Messages


async def test_message_published_on_one_bus_reaches_another_that_retained_its_channel(
    broker: RedisBroker, other: RedisBroker
) -> None:
    received = Received(broker)
    broker.subscribe(b"user:1")
    assert await confirmed(broker)
    binary = bytes(range(256)) + b"\r\n"
    assert other.publish(b"user:1", binary)
    await until(lambda: len(received) == 1)
    assert received == [(b"user:1", binary)]
    assert other.counters.published == 1


async def test_bus_hears_its_own_messages_in_the_order_published(broker: RedisBroker) -> None:
    received = Received(broker)
    broker.subscribe(b"a")
    broker.subscribe(b"b")
    assert await confirmed(broker)
    sent = [(random.choice([b"a", b"b"]), b"%d" % number) for number in range(1_000)]
    for channel, payload in sent:
        broker.publish(channel, payload)
    await until(lambda: len(received) == len(sent))
    assert received == sent


async def test_instance_without_interest_receives_nothing(
    broker: RedisBroker, other: RedisBroker
) -> None:
    received = Received(other)
    broker.subscribe(b"theirs")
    other.subscribe(b"mine")
    assert await confirmed(broker)
    assert await confirmed(other)
    for _ in range(100):
        broker.publish(b"theirs", b"")
    broker.publish(b"mine", b"last")
    await until(lambda: len(received) == 1)
    assert other.counters.messages_received == 1
    await until(lambda: broker.counters.messages_received == 100)


async def test_installations_with_another_prefix_or_database_do_not_hear_each_other(
    own_redis: OwnRedis,
) -> None:
    async with connected_broker(own_redis.url) as first:
        received = Received(first)
        first.subscribe(b"user:1")
        assert await confirmed(first)
        # Closing waits until Redis has taken what they publish, so it would come before the last.
        async with connected_broker(own_redis.url, prefix=b"staging:") as named:
            named.publish(b"user:1", b"staging")
        async with connected_broker(f"{own_redis.url}?db=3") as numbered:
            numbered.publish(b"user:1", b"database 3")
        assert (named.counters.published, numbered.counters.published) == (1, 1)
        first.publish(b"user:1", b"mine")
        await until(lambda: len(received) > 0)
        assert received == [(b"user:1", b"mine")]


async def test_exception_in_the_callback_does_not_stop_the_bus(
    broker: RedisBroker, caplog: pytest.LogCaptureFixture
) -> None:
    handled = []

    def fail_once(channel: bytes, payload: bytes) -> None:
        handled.append(payload)
        if payload == b"bad":
            raise RuntimeError("the callback's own mistake")

    broker.on_message = fail_once
    broker.subscribe(b"a")
    assert await confirmed(broker)
    broker.publish(b"a", b"bad")
    broker.publish(b"a", b"good")
    await until(lambda: len(handled) == 2)
    assert broker.counters.callback_errors == 1
    assert broker.counters.reconnects == 0
    assert "the callback's own mistake" in caplog.text


async def test_messages_published_just_before_closing_arrive(
    own_redis: OwnRedis, broker: RedisBroker
) -> None:
    received = Received(broker)
    broker.subscribe(b"a")
    assert await confirmed(broker)
    async with connected_broker(own_redis.url) as leaving:
        for _ in range(5_000):
            leaving.publish(b"a", b"x" * 300)
    await until(lambda: len(received) == 5_000)


# Subscriptions


async def test_thousand_retains_in_one_tick_make_one_subscribe_command(
    broker: RedisBroker, own_redis: OwnRedis
) -> None:
    async def connect_user(number: int) -> bool:
        broker.subscribe(b"user:%d" % number)
        return await confirmed(broker)

    outcomes = await asyncio.gather(*map(connect_user, range(CHANNELS_PER_COMMAND)))
    assert all(outcomes)
    assert broker.counters.subscribe_commands == 1
    assert broker.channels == len(own_redis.channels()) == CHANNELS_PER_COMMAND


async def test_a_herd_that_comes_one_after_another_makes_few_subscribe_commands(
    broker: RedisBroker, own_redis: OwnRedis
) -> None:
    waiting = []
    begun = time.monotonic()
    for number in range(2_000):
        broker.subscribe(b"user:%d" % number)
        waiting.append(asyncio.create_task(confirmed(broker)))
        await asyncio.sleep(0)
    assert all(await asyncio.gather(*waiting))
    moments = 1 + (time.monotonic() - begun) / BURST_SECONDS
    assert broker.counters.subscribe_commands <= moments * BURST
    assert broker.channels == len(own_redis.channels()) == 2_000


async def test_last_release_unsubscribes(broker: RedisBroker, own_redis: OwnRedis) -> None:
    broker.subscribe(b"a")
    broker.subscribe(b"a")
    assert await confirmed(broker)
    broker.unsubscribe(b"a")
    assert await confirmed(broker)
    assert own_redis.channels() == {b"mt:a"}
    broker.unsubscribe(b"a")
    assert await confirmed(broker)
    assert own_redis.channels() == set()
    assert broker.channels == 0
    with pytest.raises(KeyError):
        broker.unsubscribe(b"a")


async def test_retain_and_release_in_the_same_tick_ask_nothing_of_redis(
    broker: RedisBroker,
) -> None:
    broker.subscribe(b"a")
    broker.unsubscribe(b"a")
    assert await confirmed(broker)
    assert broker.counters.subscribe_commands == broker.counters.unsubscribe_commands == 0


async def test_retain_after_release_in_the_same_tick_keeps_the_subscription(
    broker: RedisBroker, own_redis: OwnRedis
) -> None:
    received = Received(broker)
    broker.subscribe(b"a")
    assert await confirmed(broker)
    broker.unsubscribe(b"a")
    broker.subscribe(b"a")
    assert await confirmed(broker)
    assert broker.counters.unsubscribe_commands == 0
    assert own_redis.channels() == {b"mt:a"}
    broker.publish(b"a", b"still here")
    await until(lambda: len(received) == 1)


async def test_message_under_way_when_its_channel_is_released_is_not_delivered(
    broker: RedisBroker, own_redis: OwnRedis
) -> None:
    received = Received(broker)
    broker.subscribe(b"a")
    assert await confirmed(broker)
    own_redis.ask("PUBLISH", "mt:a", "too late")  # blocks our loop, so it is unread here
    broker.unsubscribe(b"a")
    await until(lambda: broker.counters.messages_received == 1)
    assert received == []


async def test_redis_holds_exactly_what_is_retained_after_random_changes_and_lost_links(
    broker: RedisBroker, own_redis: OwnRedis
) -> None:
    seed = random.randrange(2**32)
    choice = random.Random(seed)
    subscribed: list[bytes] = []
    for step in range(400):
        for _ in range(choice.randrange(4)):
            if subscribed and choice.random() < 0.5:
                broker.unsubscribe(subscribed.pop(choice.randrange(len(subscribed))))
            else:
                subscribed.append(b"%d" % choice.randrange(8))
                broker.subscribe(subscribed[-1])
        if step % 100 == 50:
            own_redis.ask("CLIENT", "KILL", "TYPE", "pubsub")
        await asyncio.sleep(choice.choice([0, 0, 0, 0.002]))
    await until(lambda: broker.connected)
    assert await confirmed(broker), seed
    assert own_redis.channels() == {b"mt:" + channel for channel in subscribed}, seed
    assert broker.counters.reconnects > 0


# Authentication, closing


async def test_password_in_the_url_is_sent(stopped_redis: OwnRedis) -> None:
    stopped_redis.start("--requirepass", "p@ss word")
    async with connected_broker(f"unix://:p%40ss%20word@{stopped_redis.socket}?db=2"):
        stopped_redis.url = f"unix://:p%40ss%20word@{stopped_redis.socket}"
        assert stopped_redis.databases_of_our_links() == ["2", "2"]


async def test_wrong_password_is_logged_without_the_password_and_tried_again(
    stopped_redis: OwnRedis, caplog: pytest.LogCaptureFixture
) -> None:
    stopped_redis.start("--requirepass", "right")
    async with open_broker(f"unix://:hunter2@{stopped_redis.socket}") as broker:
        await until(lambda: "WRONGPASS" in caplog.text)
        assert not broker.connected
        assert "hunter2" not in caplog.text + repr(vars(broker))
        stopped_redis.url = f"unix://:right@{stopped_redis.socket}"
        stopped_redis.ask("CONFIG", "SET", "requirepass", "hunter2")
        await until(lambda: broker.connected)


async def test_closing_leaves_no_task_and_no_connection(own_redis: OwnRedis) -> None:
    before = asyncio.all_tasks()

    async def fail_with_an_open_broker() -> None:
        async with connected_broker(own_redis.url):
            raise LookupError("the caller's own, not wrapped in a group")

    with pytest.raises(LookupError, match="the caller's"):
        await fail_with_an_open_broker()
    assert asyncio.all_tasks() == before
    await until(lambda: own_redis.databases_of_our_links() == [])


async def test_url_of_another_scheme_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="scheme"):
        async with open_broker("http://localhost"):
            pass
