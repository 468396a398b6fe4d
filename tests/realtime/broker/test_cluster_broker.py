"""The broker on a Redis cluster, while nodes die, come back and give slots away."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial

import pytest

from realtime.broker.cluster.shards import SHARDS
from realtime.broker.redis.broker import RedisBroker, open_broker
from realtime.broker.redis.publisher import PUBLISH_BUFFER_BYTES
from tests.faults.own_cluster import OwnCluster, own_cluster_servers
from tests.faults.own_redis import OwnRedis
from tests.realtime.broker.broker_helpers import Received, confirmed, connected_broker
from tests.waiting import until

USERS = [b"user:%d" % number for number in range(10_000)]


@pytest.fixture
async def brokers(cluster: OwnCluster) -> AsyncIterator[list[RedisBroker]]:
    """Two instances'."""
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(connected_broker(cluster.url, cluster=True))
            for _ in range(2)
        ]


def one_of_each(cluster: OwnCluster) -> list[bytes]:
    """A channel for each node."""
    return [
        next(user for user in USERS if cluster.owner(b"mt:" + user) is node)
        for node in cluster.nodes
    ]


async def gets_through(received: Received, by: RedisBroker, channel: bytes) -> None:
    """TimeoutError unless a message gets through: those sent meanwhile may be lost."""
    before = len(received)

    def arrived() -> bool:
        by.publish(channel, b"?")
        return len(received) > before

    await until(arrived, seconds=10)


async def test_herd_of_ten_thousand_is_subscribed_by_a_command_for_each_shard_and_hears_all(
    cluster: OwnCluster, brokers: list[RedisBroker]
) -> None:
    here, there = brokers
    received = Received(here)
    for user in USERS:
        here.subscribe(user)
    assert await confirmed(here)
    assert here.counters.subscribe_commands == SHARDS
    held = cluster.channels()
    assert set.union(*held) == {b"mt:" + user for user in USERS}
    assert all(0.3 < len(part) / len(USERS) < 0.37 for part in held)
    for user in USERS:
        assert there.publish(user, user)
    await until(lambda: len(received) == len(USERS))
    assert sorted(received) == sorted((user, user) for user in USERS)
    assert there.counters.messages_received == 0  # nothing concerned it
    assert received.gaps == 0

    for user in USERS:
        here.unsubscribe(user)
    assert await confirmed(here)
    assert here.counters.unsubscribe_commands == SHARDS
    assert cluster.channels() == [set(), set(), set()]
    assert here.counters.reconnects == 0
    # Nothing is remembered either: links that are opened anew ask for nothing.
    for node in cluster.nodes:
        node.ask("CLIENT", "KILL", "TYPE", "normal")
    await until(lambda: here.counters.reconnects == len(here.links) and here.connected)
    assert here.counters.subscribe_commands == SHARDS


async def test_messages_of_a_channel_arrive_in_the_order_published(
    cluster: OwnCluster, brokers: list[RedisBroker]
) -> None:
    here, there = brokers
    channels = one_of_each(cluster)
    received = Received(here)
    for channel in channels:
        here.subscribe(channel)
    assert await confirmed(here)
    sent = [(random.choice(channels), b"%d" % number) for number in range(3_000)]
    for channel, payload in sent:
        there.publish(channel, payload)
    await until(lambda: len(received) == len(sent))
    for channel in channels:
        assert [item for item in received if item[0] == channel] == [
            item for item in sent if item[0] == channel
        ]
    assert there.publish(channels[0], b"x" * 2**20)
    await until(lambda: len(received) > len(sent))


async def test_slot_that_goes_to_another_node_is_subscribed_there_and_the_gap_is_reported(
    cluster: OwnCluster, brokers: list[RedisBroker]
) -> None:
    here, there = brokers
    received = Received(here)
    moving, staying, _ = one_of_each(cluster)
    for user in USERS[:1_000]:
        here.subscribe(user)
    assert await confirmed(here)
    before = cluster.channels()
    cluster.move(b"mt:" + moving, cluster.nodes[1])
    await until(lambda: received.gaps == 1)
    after = cluster.channels()
    assert b"mt:" + moving in before[0] - after[0]
    assert before[0] - after[0] == after[1] - before[1]
    assert before[2] == after[2]
    await gets_through(received, there, moving)
    await gets_through(received, there, staying)
    # Their links said so, and none had to be opened anew.
    assert here.counters.reconnects == there.counters.reconnects == 0
    here.unsubscribe(moving)
    assert await confirmed(here)
    assert b"mt:" + moving not in cluster.nodes[1].channels()
    assert here.counters.reconnects == 0


async def test_slots_that_move_while_interest_changes_leave_what_is_retained(
    cluster: OwnCluster, brokers: list[RedisBroker]
) -> None:
    here, _ = brokers
    seed = random.randrange(2**32)
    choice = random.Random(seed)
    users = USERS[:300]
    subscribed: set[bytes] = set()

    async def change() -> None:
        while True:
            user = choice.choice(users)
            (here.unsubscribe if user in subscribed else here.subscribe)(user)
            subscribed.symmetric_difference_update({user})
            await asyncio.sleep(choice.choice([0, 0, 0.001]))

    changing = asyncio.create_task(change())
    for _ in range(20):
        user = choice.choice(users)
        to = cluster.nodes[choice.randrange(3)]
        if to is not cluster.owner(b"mt:" + user):
            await asyncio.to_thread(cluster.move, b"mt:" + user, to)
        await asyncio.sleep(0.02)
    changing.cancel()
    with pytest.raises(asyncio.CancelledError):  # it has not failed before
        await changing
    wanted = {b"mt:" + user for user in subscribed}
    await until(lambda: set.union(*cluster.channels()) == wanted, seconds=15)
    assert len(wanted) == sum(map(len, cluster.channels())), seed
    await until(lambda: here.connected)
    assert await confirmed(here)


async def test_node_that_is_killed_silences_only_its_channels_and_comes_back_with_a_gap(
    cluster: OwnCluster, brokers: list[RedisBroker], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    here, there = brokers
    received = Received(here)
    channels = one_of_each(cluster)
    for channel in channels:
        here.subscribe(channel)
    assert await confirmed(here)
    cluster.nodes[2].kill()
    await until(lambda: not here.connected and not there.connected)
    assert not await here.subscribed(timeout_seconds=60)  # at once
    assert not there.publish(channels[2], b"nobody takes it")
    assert there.counters.publish_dropped == 1
    for channel in channels[:2]:
        await gets_through(received, there, channel)
    assert received.gaps == 0
    cluster.nodes[2].start()
    await until(lambda: received.gaps == 1, seconds=15)
    await gets_through(received, there, channels[2])
    assert await confirmed(here)
    assert received.gaps == 1


async def test_bus_opened_while_the_cluster_is_away_connects_later_and_reports_the_gap() -> None:
    with own_cluster_servers() as cluster:
        async with open_broker(cluster.url, cluster=True) as broker:
            received = Received(broker)
            broker.subscribe(b"a")
            assert not broker.connected
            assert not await broker.subscribed(timeout_seconds=60)
            assert not broker.publish(b"a", b"")
            await asyncio.to_thread(cluster.start)
            await until(lambda: broker.connected and received.gaps > 0, seconds=10)
            await gets_through(received, broker, b"a")


async def test_slot_that_moves_is_found_without_the_node_that_the_url_names(
    cluster: OwnCluster, brokers: list[RedisBroker]
) -> None:
    here, there = brokers
    received = Received(here)
    _, moving, _ = one_of_each(cluster)
    here.subscribe(moving)
    assert await confirmed(here)
    cluster.nodes[0].kill()
    cluster.move(b"mt:" + moving, cluster.nodes[2])
    await until(lambda: received.gaps == 1)
    await gets_through(received, there, moving)


async def test_what_waits_for_all_nodes_together_is_bounded(
    cluster: OwnCluster, brokers: list[RedisBroker]
) -> None:
    here, _ = brokers
    channels = one_of_each(cluster)
    for node in cluster.nodes:
        node.suspend()
    payload = b"x" * 2**16
    async with asyncio.timeout(2):  # long before the silence is noticed
        for channel in channels:
            while here.publish(channel, payload):
                await asyncio.sleep(0)  # what one tick publishes is written in the next
    waiting = sum(link.waiting_bytes for link in here.links)
    assert PUBLISH_BUFFER_BYTES - 3 < waiting < PUBLISH_BUFFER_BYTES + 3 * 2 * len(payload)


async def test_redis_that_is_no_cluster_is_complained_of(
    own_redis: OwnRedis, unused_tcp_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    own_redis.kill()
    own_redis.start("--port", str(unused_tcp_port))
    async with open_broker(f"redis://127.0.0.1:{unused_tcp_port}", cluster=True) as broker:
        await until(lambda: "no node tells of a Redis cluster" in caplog.text)
        assert not broker.connected
        assert "cluster support disabled" in caplog.text


async def test_user_of_redis_may_be_confined_to_our_prefix(cluster: OwnCluster) -> None:
    for node in cluster.nodes:
        node.ask("ACL", "SETUSER", "default", "resetchannels", "&mt:*", "resetkeys", "~mt:*")
    async with connected_broker(cluster.url, cluster=True) as broker:
        received = Received(broker)
        for user in USERS[:100]:
            broker.subscribe(user)
        assert await confirmed(broker)
        for user in USERS[:100]:
            broker.publish(user, b"")
        await until(lambda: len(received) == 100)


async def test_closing_leaves_no_task_and_no_connection(cluster: OwnCluster) -> None:
    before = asyncio.all_tasks()
    async with connected_broker(cluster.url, cluster=True):
        pass
    assert asyncio.all_tasks() == before
    for node in cluster.nodes:
        await until(partial(node.serves_nobody_called, "mini-twitter"))
