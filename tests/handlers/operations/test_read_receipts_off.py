"""Read receipts switched off: nobody is told, nobody is shown, in both directions, ever."""

from typing import Any

from storage.database.pool import Database
from tests.people import Instance, Person, SocketClient
from tests.waiting import until

ME = "/api/users/me/"

Instances = tuple[Instance, Instance]


async def switch(instance: Instance, person: Person, on: bool) -> None:
    changed = await instance.call("PATCH", ME, person, json={"send_read_receipts": on})
    assert changed["send_read_receipts"] is on
    assert (await instance.get(ME, person))["send_read_receipts"] is on


async def read(instance: Instance, by: Person, room: int, up_to: int) -> None:
    await instance.post(f"/api/messages/{room}/read/", by, {"up_to": up_to})


async def say(instance: Instance, by: Person, room: int) -> int:
    return int((await instance.say(by, room, "something"))["id"])


async def marks(instance: Instance, viewer: Person, room: int) -> dict[int, int]:
    """The same, wherever one looks."""
    path = f"/api/messages/{room}/"
    shown = (await instance.get(path, viewer))["read_up_to"]
    listed = {one["id"]: one for one in await instance.walk("/api/messages/", viewer)}
    assert listed[room]["read_up_to"] == shown
    export = await instance.get("/api/users/me/export/", viewer)
    (exported,) = [one for one in export["conversations"] if one["id"] == room]
    assert exported["read_up_to"] == shown
    return {mark["user_id"]: mark["up_to"] for mark in shown}


def told(client: SocketClient) -> list[tuple[int, int]]:
    """Who is told to have read up to what."""
    return [
        (data["user_id"], data["up_to"])
        for _, name, data in client.durable()
        if name == "conversation.read"
    ]


async def replayed(instance: Instance, person: Person, since: int) -> list[tuple[int, int]]:
    """The same, to somebody who comes back."""
    async with instance.socket(person, since=since) as client:
        missed = (await client.ready())["resume"]["missed"]
        await until(lambda: len(client.durable()) >= missed)
        return told(client)


async def test_new_accounts_send_read_receipts(instance: Instance) -> None:
    ann = await instance.person("ann")
    assert (await instance.get(ME, ann))["send_read_receipts"] is True
    wrong = await instance.call("PATCH", ME, ann, json={"send_read_receipts": "no"}, status=422)
    assert list(wrong["errors"]) == ["send_read_receipts"]


async def test_who_has_them_off_tells_only_own_devices_in_a_conversation_of_two(
    two_instances: Instances,
) -> None:
    here, there = two_instances
    ann, bob = await here.people("ann", "bob")
    room = await here.chat(ann, bob)
    await switch(here, bob, False)
    async with here.socket(ann) as others, there.socket(bob) as own:
        since = (await others.ready())["seq"]
        await own.ready()
        said = await say(here, ann, room)
        await own.next("message.created")
        await read(here, bob, room, said)
        mine = await own.next("conversation.read")
        assert (mine["user_id"], mine["unread_count"]) == (bob.id, 0)
        back = await say(here, bob, room)
        await read(here, ann, room, back)
        last = await say(here, bob, room)  # behind all that there would be
        for client in (own, others):
            while (await client.next("message.created"))["message"]["id"] != last:
                pass
        assert told(others) == [(ann.id, back)]
        assert told(own) == [(bob.id, said)]
    assert await marks(here, ann, room) == {ann.id: back}
    assert await marks(there, bob, room) == {bob.id: said}
    assert (bob.id, said) not in await replayed(there, ann, since)


async def test_in_a_group_those_who_have_them_on_go_on_telling_each_other(
    instance: Instance,
) -> None:
    ann, bob, cem = await instance.people("ann", "bob", "cem")
    room = await instance.chat(ann, bob, cem, title="three")
    await switch(instance, bob, False)
    async with instance.socket(ann) as to_ann, instance.socket(bob) as to_bob:
        await to_ann.ready()
        await to_bob.ready()
        said = await say(instance, ann, room)
        for reader in (ann, bob, cem):
            await read(instance, reader, room, said)
        last = await say(instance, ann, room)
        for client in (to_ann, to_bob):
            while (await client.next("message.created"))["message"]["id"] != last:
                pass
        assert told(to_ann) == [(ann.id, said), (cem.id, said)]
        assert told(to_bob) == [(bob.id, said)]
        title = {"title": "others"}
        await instance.call("PATCH", f"/api/messages/{room}/", ann, json=title)
        seen = [
            {
                mark["user_id"]
                for mark in (await client.next("conversation.updated"))["conversation"][
                    "read_up_to"
                ]
            }
            for client in (to_ann, to_bob)
        ]
        assert seen == [{ann.id, cem.id}, {bob.id}]
    assert set(await marks(instance, ann, room)) == {ann.id, cem.id}
    assert set(await marks(instance, bob, room)) == {bob.id}
    assert set(await marks(instance, cem, room)) == {ann.id, cem.id}


async def test_switched_on_again_nothing_that_was_read_meanwhile_is_told(
    instance: Instance,
) -> None:
    ann, bob = await instance.people("ann", "bob")
    room = await instance.chat(ann, bob)
    async with instance.socket(ann) as client:
        since = (await client.ready())["seq"]
    first = await say(instance, ann, room)
    await read(instance, bob, room, first)
    assert await marks(instance, ann, room) == {bob.id: first}
    await switch(instance, bob, False)
    assert await marks(instance, ann, room) == {}
    assert await replayed(instance, ann, since) == []
    meanwhile = await say(instance, ann, room)
    unread = await say(instance, ann, room)
    await read(instance, bob, room, meanwhile)
    answer = await say(instance, bob, room)
    await read(instance, ann, room, answer)
    await switch(instance, bob, True)
    await switch(instance, bob, True)
    assert await marks(instance, ann, room) == {ann.id: answer}
    assert await marks(instance, bob, room) == {bob.id: meanwhile}
    await read(instance, bob, room, unread)  # said before: it tells nothing
    assert await marks(instance, ann, room) == {ann.id: answer}
    new = await say(instance, ann, room)
    await read(instance, bob, room, new)
    assert await marks(instance, ann, room) == {ann.id: answer, bob.id: new}
    assert await marks(instance, bob, room) == {bob.id: new}
    assert (bob.id, new) in await replayed(instance, ann, since)
    newest = await say(instance, bob, room)
    await read(instance, ann, room, newest)
    assert await marks(instance, bob, room) == {ann.id: newest, bob.id: new}


async def test_deleted_account_that_had_them_off_is_not_found_to_have_read(
    instance: Instance, db: Database
) -> None:
    ann, bob = await instance.people("ann", "bob")
    room = await instance.chat(ann, bob)
    await switch(instance, bob, False)
    await read(instance, bob, room, await say(instance, ann, room))
    gone: dict[str, Any] = {"password": "correct horse"}
    await instance.call("DELETE", ME, bob, json=gone)
    assert await marks(instance, ann, room) == {}
