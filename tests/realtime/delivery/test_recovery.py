"""Coming back: what was missed follows in order, once, before anything newer."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from realtime.delivery import recovery, user_stream
from server.config.load import Config
from storage.database.pool import Database
from storage.events import trimming
from tests.conftest import running
from tests.people import Instance, Person
from tests.realtime.message_helpers import (
    conversation,
    entries,
    hears_durable,
    log_of,
    numbers,
    send,
    send_many,
)
from tests.waiting import until


@pytest.fixture
async def chat(instance: Instance) -> tuple[Person, Person, int]:
    """Ann, Bob, and the id of their conversation."""
    ann, bob = await instance.person("ann"), await instance.person("bob")
    return ann, bob, await conversation(instance, ann, bob)


async def epoch_of(instance: Instance, person: Person) -> str:
    async with instance.socket(person) as client:
        return str((await client.ready())["epoch"])


async def test_fresh_connection_is_told_its_place_and_hears_only_what_is_new(
    instance: Instance, chat: tuple[Person, Person, int]
) -> None:
    ann, bob, room = chat
    await send(instance, ann, room, "before")
    async with instance.socket(bob) as client:
        ready = await client.ready()
        assert (ready["seq"], ready["resume"]) == (2, {"status": "fresh", "missed": 0})
        await send(instance, ann, room, "after")
        assert (await client.next("message.created"))["message"]["content"] == "after"
        assert numbers(client.durable()) == [3]


async def test_missed_events_follow_in_order_whichever_instance_one_comes_back_to(
    two_instances: tuple[Instance, Instance], db: Database
) -> None:
    here, there = two_instances
    ann, bob = await here.person("ann"), await here.person("bob")
    async with here.socket(bob) as client:
        first = await client.ready()
    room = await conversation(here, ann, bob)
    await send_many(here, ann, room, [f"missed {n}" for n in range(9)])
    async with there.socket(bob, since=first["seq"], epoch=first["epoch"]) as client:
        ready = await client.ready()
        assert ready["resume"] == {"status": "resumed", "missed": 10}
        assert ready["seq"] == 10
        await send(here, ann, room, "new")
        await until(lambda: len(client.durable()) == 11)
        assert entries(client.durable()) == await log_of(db, bob.id)


async def test_one_who_missed_nothing_is_told_so(
    instance: Instance, chat: tuple[Person, Person, int]
) -> None:
    _, bob, _ = chat
    epoch = await epoch_of(instance, bob)
    async with instance.socket(bob, since=1, epoch=epoch) as client:
        assert (await client.ready())["resume"] == {"status": "resumed", "missed": 0}
    async with instance.socket(bob, since=0) as client:  # the epoch may be left out
        assert (await client.ready())["resume"] == {"status": "resumed", "missed": 1}
        await client.next("conversation.created")


async def test_memory_of_another_past_is_reset_and_new_events_still_come(
    instance: Instance, chat: tuple[Person, Person, int]
) -> None:
    ann, bob, room = chat
    epoch = await epoch_of(instance, bob)
    memories: list[dict[str, Any]] = [
        {"since": 9, "epoch": epoch},
        {"since": 2**62},
        {"since": 1, "epoch": "other"},
    ]
    for number, memory in enumerate(memories, start=1):
        async with instance.socket(bob, **memory) as client:
            ready = await client.ready()
            assert ready["resume"] == {"status": "reset", "missed": 0}, memory
            assert ready["seq"] == number
            await send(instance, ann, room, "hi")
            await client.next("message.created")
            assert numbers(client.durable()) == [number + 1]


async def test_what_the_log_no_longer_keeps_is_a_reset_and_what_it_keeps_a_resume(
    instance: Instance, chat: tuple[Person, Person, int], db: Database
) -> None:
    ann, bob, room = chat
    epoch = await epoch_of(instance, bob)
    for number in range(4):
        await send(instance, ann, room, str(number))
    old = "UPDATE events SET at = at - interval '2 days' WHERE user_id = $1 AND seq <= 3"
    await db.execute(old, bob.id)
    assert await trimming.trim(db, timedelta(days=1)) >= 3
    for since, status, missed in [(0, "reset", 0), (2, "reset", 0), (3, "resumed", 2)]:
        async with instance.socket(bob, since=since, epoch=epoch) as client:
            assert (await client.ready())["resume"] == {"status": status, "missed": missed}
            await client.do("feed.list")  # its ack comes after what was to be replayed
            await hears_durable(client, missed)
            assert numbers(client.durable()) == list(range(6 - missed, 6))


async def test_live_events_wait_until_a_long_replay_is_through(
    two_instances: tuple[Instance, Instance], db: Database
) -> None:
    here, there = two_instances
    ann, bob = await here.person("ann"), await here.person("bob")
    room = await conversation(here, ann, bob)
    await send_many(here, ann, room, [f"missed {n}" for n in range(2 * user_stream.BATCH + 50)])
    missed = 2 * user_stream.BATCH + 51

    writing = asyncio.create_task(send_many(there, ann, room, [f"new {n}" for n in range(60)], 2))
    async with here.socket(bob, since=0) as client:
        ready = await client.ready()
        assert ready["resume"]["status"] == "resumed"
        assert missed <= ready["resume"]["missed"] == ready["seq"] <= missed + 60
        await writing
        await until(lambda: len(client.durable()) >= missed + 60)
        assert entries(client.durable()) == await log_of(db, bob.id)


async def test_sockets_of_one_user_each_resume_from_where_they_were(
    instance: Instance, chat: tuple[Person, Person, int], db: Database
) -> None:
    ann, bob, room = chat
    await send_many(instance, ann, room, [str(n) for n in range(30)])
    async with (
        instance.socket(bob, since=0) as all_of_it,
        instance.socket(bob, since=20) as some,
        instance.socket(bob) as fresh,
        instance.socket(bob, since=31) as current,
    ):
        await fresh.ready()
        await send_many(instance, ann, room, [f"new {n}" for n in range(10)])
        await until(lambda: all(len(e.durable()) >= 10 for e in (fresh, current)))
        await until(lambda: len(all_of_it.durable()) >= 41)
        await until(lambda: len(some.durable()) >= 21)
        whole = await log_of(db, bob.id)
        for client, since in ((all_of_it, 0), (some, 20), (current, 31)):
            assert entries(client.durable()) == whole[since:]
        assert entries(fresh.durable()) == whole[31:]


async def test_many_coming_back_at_once_all_get_everything(
    instance: Instance, chat: tuple[Person, Person, int], db: Database
) -> None:
    ann, bob, room = chat
    await send_many(instance, ann, room, [str(n) for n in range(40)])

    async def comes_back(since: int) -> None:
        async with instance.socket(bob, since=since) as client:
            await until(lambda: len(client.durable()) >= 41 - since)
            assert entries(client.durable()) == (await log_of(db, bob.id))[since:]

    await asyncio.gather(*(comes_back(since) for since in range(0, 40, 3)))


async def test_a_replay_that_is_long_in_bytes_does_not_cut_its_own_client(
    instance: Instance,
    chat: tuple[Person, Person, int],
    db: Database,
    settings: Config,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("realtime.delivery.client_session.PACED_BYTES", 10_000)
    monkeypatch.setattr(recovery, "BATCH", 5)
    ann, bob, room = chat
    await send_many(instance, ann, room, ["x" * 4000] * 60)
    narrow = running(replace(settings, socket_buffer_bytes=40_000))
    async with narrow as there, there.socket(bob, since=0) as client:
        await until(lambda: len(client.durable()) == 61)
        assert entries(client.durable()) == await log_of(db, bob.id)


async def test_a_replayed_event_says_what_the_live_one_said(
    instance: Instance, chat: tuple[Person, Person, int]
) -> None:
    ann, bob, room = chat
    async with instance.socket(bob, since=0) as live:
        await live.ready()
        sent = await send(instance, ann, room, "hi")
        await instance.post(f"/api/messages/{room}/read/", bob, {"up_to": sent})
        await instance.post(f"/api/users/{bob.id}/follow/", ann)
        await instance.post("/api/notifications/mark_all_as_read/", bob)
        await instance.post(f"/api/users/{ann.id}/follow/", bob)
        await until(lambda: len(live.received) == 7)
    async with instance.socket(bob, since=0) as replayed:
        await until(lambda: len(replayed.received) == 7)
    assert [name for name, _ in live.received[1:]] == [
        "conversation.created",
        "message.created",
        "conversation.read",
        "notification.created",
        "notification.read",
        "relationship.changed",
    ]
    now = {"conversation.created", "notification.created"}  # told as they are now
    for (name, before), (again, after) in zip(
        live.received[1:], replayed.received[1:], strict=True
    ):
        assert (name, before["seq"]) == (again, after["seq"])
        if name not in now:
            assert before["data"] == after["data"], name
        assert before.keys() == after.keys()


async def test_what_somebody_did_who_is_blocked_since_is_held_back_at_replay(
    instance: Instance,
) -> None:
    ann, bob, cho = await instance.people("ann", "bob", "cho")
    room = await conversation(instance, bob, ann, cho)
    async with instance.socket(bob) as client:
        place = await client.ready()
    since = {"since": place["seq"], "epoch": place["epoch"]}
    message = await send(instance, ann, room, "by ann")
    title = {"title": "by ann, too"}
    await instance.call("PATCH", f"/api/messages/{room}/", ann, json=title)
    await instance.post(f"/api/messages/{room}/read/", cho, {"up_to": message})
    await send(instance, cho, room, "by cho")
    last = await send(instance, cho, room, "by cho again")
    await instance.post(f"/api/messages/{room}/read/", ann, {"up_to": last})
    await instance.follow(ann, bob)
    await instance.post(f"/api/users/{bob.id}/unfollow/", ann)

    async def replayed() -> list[str]:
        async with instance.socket(bob, **since) as client:
            resume = (await client.ready())["resume"]
            await hears_durable(client, resume["missed"])
            assert numbers(client.durable()) == [
                since["since"] + n + 1 for n in range(resume["missed"])
            ]
            return [name for _, name, _ in client.durable()]

    by_cho = ["conversation.read", "message.created", "message.created"]
    by_ann_before, by_ann_after = ["message.created", "conversation.updated"], ["conversation.read"]
    before = [*by_ann_before, *by_cho, *by_ann_after, "void", "notification.deleted"]
    assert await replayed() == before
    await instance.post(f"/api/users/{ann.id}/block/", bob)
    held_back = ["void", "void", *by_cho, "void", "void", "notification.deleted"]
    # What ann wrote is unread no more: bob's own sockets are told what is left.
    assert await replayed() == [*held_back, "relationship.changed", "conversation.read"]
    await instance.post(f"/api/users/{ann.id}/unblock/", bob)
    assert (await replayed())[: len(before)] == before
