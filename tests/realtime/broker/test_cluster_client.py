"""Commands to a Redis cluster: leases of presence, rate limits, single keys."""

import asyncio
import time

import pytest

from handlers.rate_limits import Bucket, bucket_key, open_limits
from realtime.broker.cluster.shards import SHARDS, TAGS, slot_of
from realtime.broker.redis import client
from realtime.broker.redis.client import CONNECTIONS_MAX, UNAVAILABLE, open_redis
from realtime.ephemeral.presence_store import PresenceStore
from tests.faults.own_cluster import NODES, OwnCluster
from tests.handlers.rate_limit_helpers import HERE, until_refused

USERS = list(range(1, 2_001))


def lease_node(cluster: OwnCluster, user_id: int) -> int:
    """The index of the node that keeps a user's leases."""
    return slot_of(TAGS[user_id % SHARDS][1:-1]) * NODES // 2**14


COMMAND_SECONDS = 4.0  # what a command gets here: long beside what a busy machine adds


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "COMMAND_SECONDS", COMMAND_SECONDS)


async def test_leases_of_many_users_lie_on_all_nodes_and_are_seen_by_other_instances(
    cluster: OwnCluster,
) -> None:
    async with open_redis(cluster.url, cluster=True) as redis:
        here, there = PresenceStore(redis), PresenceStore(redis)
        assert await here.touch(USERS) == set()
        assert await there.touch(USERS[:10]) == set(USERS[:10])
        assert await there.get([*USERS, 9_999]) == set(USERS)
        assert await here.remove(USERS) == set(USERS[:10])
        assert await there.remove(USERS) == set()
        assert await here.touch(USERS) == set()
    kept = [node.client.dbsize() for node in cluster.nodes]
    assert sum(kept) == len(USERS)
    assert min(kept) > len(USERS) / 4


async def test_users_of_the_other_nodes_keep_their_leases_while_one_is_away(
    cluster: OwnCluster,
) -> None:
    async with open_redis(cluster.url, cluster=True) as redis:
        leases = PresenceStore(redis)
        await leases.touch(USERS[:200])
        cluster.nodes[1].kill()
        started = time.monotonic()
        with pytest.raises(UNAVAILABLE):
            await leases.touch(USERS)
        assert time.monotonic() - started < 3 * COMMAND_SECONDS
        others = [user for user in USERS if lease_node(cluster, user) != 1]
        assert await leases.get(others) == set(others)
        cluster.nodes[1].start()
        await asyncio.to_thread(cluster.wait_until_it_serves)
        await leases.touch(USERS)  # it knows no script any more
        assert await leases.get(USERS) == set(USERS)


async def test_leases_and_limits_go_with_their_slot_to_another_node(cluster: OwnCluster) -> None:
    async with (
        open_redis(cluster.url, cluster=True) as redis,
        open_limits(cluster.url, enabled=True, cluster=True) as limits,
    ):
        leases = PresenceStore(redis)
        await leases.touch(USERS)
        first = await limits.spend(Bucket.LOGIN, None, HERE)
        bucket = bucket_key(Bucket.LOGIN.quota, f"a{HERE}").encode()
        slots = [slot_of(TAGS[1][1:-1]), slot_of(bucket)]
        for slot in slots:
            former = cluster.nodes[slot * NODES // 2**14]
            to = cluster.nodes[(cluster.nodes.index(former) + 1) % NODES]
            await asyncio.to_thread(cluster.move_slot, slot, to)
        assert await leases.get(USERS) == set(USERS)
        second = await limits.spend(Bucket.LOGIN, None, HERE)
        assert first is not None
        assert second is not None
        assert (first.remaining, second.remaining) == (
            Bucket.LOGIN.value.burst - 1,
            Bucket.LOGIN.value.burst - 2,
        )


async def test_keys_of_a_slot_that_is_just_moving_are_asked_of_both_nodes(
    cluster: OwnCluster,
) -> None:
    former, to, _ = cluster.nodes
    key = next(key for key in map(str, range(100)) if slot_of(key.encode()) < 2**14 // NODES)
    async with open_redis(cluster.url, cluster=True) as redis:
        assert await redis.execute_command("SET", f"{{{key}}}before", "there")
        to.ask("CLUSTER SETSLOT", slot_of(key.encode()), "IMPORTING", former.id)
        former.ask("CLUSTER SETSLOT", slot_of(key.encode()), "MIGRATING", to.id)
        assert await redis.execute_command("GET", f"{{{key}}}before") == b"there"
        assert await redis.execute_command("SET", f"{{{key}}}after", "here")
        assert await redis.execute_command("GET", f"{{{key}}}after") == b"here"
    assert (former.client.dbsize(), to.client.dbsize()) == (1, 1)


async def test_instances_share_the_limits_of_a_cluster(cluster: OwnCluster) -> None:
    async with (
        open_limits(cluster.url, enabled=True, cluster=True) as here,
        open_limits(cluster.url, enabled=True, cluster=True) as there,
    ):
        quota = Bucket.ATTEMPT.value
        for user_id in range(10):  # on all nodes
            started = time.monotonic()
            admitted, _ = await until_refused(here, there, bucket=Bucket.ATTEMPT, user_id=user_id)
            regained = (time.monotonic() - started) * quota.per_second
            assert quota.burst <= admitted <= quota.burst + regained + 1


async def test_more_callers_than_connections_wait_their_turn(cluster: OwnCluster) -> None:
    async with open_redis(cluster.url, cluster=True) as redis:
        answers = await asyncio.gather(
            *(redis.execute_command("SET", "one", n) for n in range(10 * CONNECTIONS_MAX))
        )
        assert all(answers)
        assert len(cluster.nodes[0].client.client_list()) <= CONNECTIONS_MAX + 10


async def test_cluster_that_is_away_costs_a_caller_no_more_than_one_command_may_take(
    cluster: OwnCluster,
) -> None:
    for node in cluster.nodes:
        node.kill()
    async with open_redis(cluster.url, cluster=True) as redis:
        for _ in range(3):
            started = time.monotonic()
            with pytest.raises(UNAVAILABLE):
                await redis.execute_command("GET", "one")
            assert time.monotonic() - started < 2 * COMMAND_SECONDS
        for node in cluster.nodes:
            node.start()
        await asyncio.to_thread(cluster.wait_until_it_serves)
        assert await redis.execute_command("GET", "one") is None
