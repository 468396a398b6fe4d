"""What is done on one instance is heard on another, by stock clients."""

import asyncio
from contextlib import AsyncExitStack

from storage.database.pool import Database
from tests.people import Instance
from tests.realtime.message_helpers import (
    conversation,
    entries,
    hears_durable,
    log_of,
    send_many,
)
from tests.waiting import until

Instances = tuple[Instance, Instance]


async def test_message_sent_over_rest_on_one_instance_is_heard_on_the_other(
    two_instances: Instances,
) -> None:
    here, there = two_instances
    ann, bob = await here.person("ann"), await there.person("bob")
    async with there.socket(bob) as client:
        await client.ready()
        conversation = await here.post("/api/messages/", ann, {"participants": [bob.id]})
        created = await client.next("conversation.created")
        assert created["conversation"]["id"] == conversation["id"]
        sent = await here.post(
            f"/api/messages/{conversation['id']}/send_message/", ann, {"content": "hi"}, status=201
        )
        assert await client.next("message.created") == {"message": sent.body}
        assert [seq for seq, _, _ in client.durable()] == [1, 2]


async def test_what_all_write_into_a_group_at_once_is_heard_by_all_in_one_order(
    two_instances: Instances, db: Database
) -> None:
    here, there = two_instances
    people = [await here.person(name) for name in ("ann", "bob", "eve", "dan")]
    room = await conversation(here, *people)
    async with AsyncExitStack() as stack:
        listening = [
            await stack.enter_async_context(instance.socket(person, since=0))
            for person, instance in zip(people, (here, there) * 2, strict=True)
        ]
        writing = [
            send_many(instance, person, room, [f"{n}" for n in range(10)], 2)
            for person in people
            for instance in (here, there)
        ]
        sent = [id for ids in await asyncio.gather(*writing) for id in ids]
        for client in listening:
            await hears_durable(client, 81)
        for person, client in zip(people, listening, strict=True):
            assert entries(client.durable()) == await log_of(db, person.id)
            assert [id for _, _, id in entries(client.durable())][1:] == sorted(sent)


async def test_instance_without_interested_sockets_hears_nothing_as_its_metrics_show(
    two_instances: Instances,
) -> None:
    here, there = two_instances
    ann, bob, eve = await here.people("ann", "bob", "eve")
    await here.follow(bob, ann)
    async with here.socket(bob) as bobs, there.socket(eve) as eves:
        await bobs.ready()
        await eves.ready()
        room = await here.chat(ann, bob)
        for number in range(20):
            await here.say(ann, room, str(number))
            await here.write(ann, str(number))
        await until(lambda: bobs.names().count("post.created") == 20)
        assert bobs.names().count("message.created") == 20
        assert await hints_received(here) >= 40
        assert await hints_received(there) == 0


async def hints_received(instance: Instance) -> float:
    text = (await instance.get("/metrics")).body.decode()
    (line,) = [
        line for line in text.splitlines() if 'broker_messages_total{what="received"}' in line
    ]
    return float(line.split()[1])
