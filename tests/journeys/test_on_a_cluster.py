"""Two instances on a Redis cluster: all that goes by Redis, while nodes go and slots move."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from handlers.rate_limits import Bucket
from realtime.broker.redis import client as redis_client
from realtime.protocol import channels
from server.config.load import Config
from tests.faults.own_cluster import OwnCluster, own_cluster_servers
from tests.people import Instance, Person, SocketClient
from tests.realtime.socket_client import OpenInstance, open_instance
from tests.waiting import until


@pytest.fixture
async def on_cluster(
    settings: Config,
) -> AsyncIterator[tuple[OwnCluster, OpenInstance, OpenInstance]]:
    with own_cluster_servers() as cluster:
        cluster.start()
        there = replace(settings, redis_url=cluster.url, redis_cluster=True, rate_limits=True)
        async with open_instance(there) as one, open_instance(there) as other:
            yield cluster, one, other


async def hints_arrive(here: Instance, ann: Person, room: int, client: SocketClient) -> None:
    """Until a message arrives within a second, as a rule before the reconciler would bring it."""
    async with asyncio.timeout(30):
        while True:
            sent = await here.say(ann, room, "?")
            try:
                while (await client.next("message.created"))["message"]["id"] != sent["id"]:
                    pass
                return
            except TimeoutError:
                continue


async def test_messages_posts_presence_and_sessions_go_from_instance_to_instance(
    on_cluster: tuple[OwnCluster, OpenInstance, OpenInstance],
) -> None:
    _, one, other = on_cluster
    here, there = one.instance, other.instance
    ann, *others = [await here.person(name) for name in ("ann", "bob", "eve", "dan", "kim", "joe")]
    for person in others:
        await here.follow(person, ann)
    async with AsyncExitStack() as stack, here.socket(ann) as anns:
        await anns.ready()
        await anns.do("presence.watch", {"user_ids": [person.id for person in others]})
        listening = []
        for person in others:
            client = await stack.enter_async_context(there.socket(person))
            await client.ready()
            listening.append(client)
            assert (await anns.next("presence"))["user_id"] == person.id
        room = await here.chat(ann, *others, title="all")
        sent = await here.say(ann, room, "hi")
        posted = await here.write(ann, "to all")
        await anns.do("typing", {"conversation_id": room, "active": True})
        for client in listening:
            assert await client.next("message.created") == {"message": sent.body}
            assert (await client.next("post.created"))["post"]["id"] == posted["id"]
            assert (await client.next("typing"))["user_id"] == ann.id
        states = await anns.do("presence.watch", {"user_ids": [p.id for p in others]})
        assert all(state["online"] for state in states)
    assert other.services.broker.counters.messages_received >= 3 * len(others)
    for opened_one in (one, other):
        counters = opened_one.services.broker.counters
        assert counters.publish_dropped == counters.publish_lost == counters.reconnects == 0


async def test_instance_without_interested_sockets_receives_nothing(
    on_cluster: tuple[OwnCluster, OpenInstance, OpenInstance],
) -> None:
    _, one, other = on_cluster
    here, there = one.instance, other.instance
    ann, bob, eve = await here.people("ann", "bob", "eve")
    async with here.socket(bob) as bobs, there.socket(eve) as eves:
        await bobs.ready()
        await eves.ready()
        room = await here.chat(ann, bob)
        for number in range(20):
            await here.say(ann, room, str(number))
        await until(lambda: bobs.names().count("message.created") == 20)
    assert one.services.broker.counters.messages_received >= 20
    assert other.services.broker.counters.messages_received == 0


@pytest.fixture
def patience_with_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Redis that is slow on a busy machine is not away, as it is after 0.25 s else."""
    monkeypatch.setattr(redis_client, "COMMAND_SECONDS", 5.0)


async def test_rate_limits_are_shared(
    patience_with_redis: None,
    on_cluster: tuple[OwnCluster, OpenInstance, OpenInstance],
) -> None:
    _, one, other = on_cluster
    here, there = one.instance, other.instance
    ann = await here.person("ann")
    login = {"username": ann.username, "password": "not it"}
    refused = 0
    for number in range(Bucket.ATTEMPT.value.burst + 10):
        instance = (here, there)[number % 2]
        reply = await instance.http.post(f"{instance.url}/api/users/token/", json=login)
        refused += reply.status == 429
    assert refused >= 5


async def test_what_a_moved_slot_or_a_killed_node_swallows_is_made_up_for(
    on_cluster: tuple[OwnCluster, OpenInstance, OpenInstance],
) -> None:
    cluster, one, other = on_cluster
    here, there = one.instance, other.instance
    ann, bob = await here.people("ann", "bob")
    async with there.socket(bob) as bobs:
        await bobs.ready()
        room = await here.chat(ann, bob)
        await hints_arrive(here, ann, room, bobs)

        channel = b"mt:" + channels.user(bob.id)
        former = cluster.owner(channel)
        to = next(node for node in cluster.nodes if node is not former)
        await asyncio.to_thread(cluster.move, channel, to)
        await here.say(ann, room, "moved")
        await hints_arrive(here, ann, room, bobs)
        assert channel in to.channels()

        to.kill()
        for _ in range(3):
            lost = await here.say(ann, room, "nobody rings")
        async with asyncio.timeout(20):
            while (await bobs.next("message.created"))["message"]["id"] != lost["id"]:
                pass
        to.start()
        await asyncio.to_thread(cluster.wait_until_it_serves)
        await hints_arrive(here, ann, room, bobs)
        numbers = [seq for seq, _, _ in bobs.durable()]
        assert numbers == list(range(1, len(numbers) + 1))
