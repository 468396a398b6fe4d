"""Groups, and messages that are changed after they were sent."""

import asyncio

import pytest

from storage.database.pool import Database
from tests.people import Instance, Person
from tests.waiting import until

Instances = tuple[Instance, Instance]


@pytest.fixture
async def people(instance: Instance) -> list[Person]:
    return [await instance.person(name) for name in ("ann", "bob", "cid", "dan")]


async def group(instance: Instance, creator: Person, *others: Person) -> int:
    body = {"participants": [other.id for other in others], "title": "the group"}
    opened = await instance.post("/api/messages/", creator, body, status=201)
    assert opened["kind"] == "group"
    return int(opened["id"])


async def send(instance: Instance, conversation: int, by: Person, content: str) -> int:
    path = f"/api/messages/{conversation}/send_message/"
    return int((await instance.post(path, by, {"content": content}))["id"])


async def unread(instance: Instance, person: Person) -> int:
    return int((await instance.get("/api/messages/unread_count/", person))["unread_count"])


async def test_title_is_changed_by_any_participant_and_told_to_all(
    instance: Instance, people: list[Person]
) -> None:
    ann, bob, cid, _ = people
    talk = await group(instance, ann, bob, cid)
    async with instance.socket(cid) as socket:
        await socket.ready()
        changed = await instance.call("PATCH", f"/api/messages/{talk}/", bob, json={"title": "new"})
        assert changed["title"] == "new"
        told = await socket.next("conversation.updated")
        assert told["conversation"]["title"] == "new"


async def test_who_is_added_sees_what_is_written_from_then_on(
    instance: Instance, people: list[Person]
) -> None:
    ann, bob, cid, dan = people
    talk = await group(instance, ann, bob, cid)
    await send(instance, talk, ann, "before")
    async with instance.socket(dan) as dans, instance.socket(bob) as bobs:
        await dans.ready()
        await bobs.ready()
        await instance.call("PATCH", f"/api/messages/{talk}/", bob, json={"add": [dan.id]})
        created = (await dans.next("conversation.created"))["conversation"]
        assert {person["id"] for person in created["participants"]} == {p.id for p in people}
        assert created["last_message"] is None
        assert (await bobs.next("conversation.updated"))["conversation"]["last_message"] is not None
        after = await send(instance, talk, ann, "after")
        assert (await dans.next("message.created"))["message"]["id"] == after
    listed = await instance.get(f"/api/messages/{talk}/messages/", dan)
    assert [message["id"] for message in listed["results"]] == [after]
    assert await unread(instance, dan) == 1


async def test_who_left_hears_and_sees_nothing_of_it_any_more(
    instance: Instance, people: list[Person]
) -> None:
    ann, bob, cid, _ = people
    talk = await group(instance, ann, bob, cid)
    await send(instance, talk, ann, "unread when bob leaves")
    assert await unread(instance, bob) == 1
    left = await instance.call("PATCH", f"/api/messages/{talk}/", bob, json={"leave": True})
    assert bob.id not in {person["id"] for person in left["participants"]}
    assert await unread(instance, bob) == 0
    await instance.get(f"/api/messages/{talk}/", bob, status=404)
    await instance.get(f"/api/messages/{talk}/messages/", bob, status=404)
    await instance.post(f"/api/messages/{talk}/send_message/", bob, {"content": "x"}, status=404)
    seq = await last_seq(instance, bob)
    await send(instance, talk, ann, "after bob left")
    assert await last_seq(instance, bob) == seq
    async with instance.socket(bob, since=0) as socket:
        ready = await socket.ready()
        await until(lambda: len(socket.durable()) >= ready["seq"])
        assert {name for _, name, _ in socket.durable()} == {"void"}


async def last_seq(instance: Instance, person: Person) -> int:
    async with instance.socket(person) as socket:
        return int((await socket.ready())["seq"])


async def test_who_comes_back_does_not_see_what_was_said_meanwhile(
    instance: Instance, people: list[Person]
) -> None:
    ann, bob, cid, _ = people
    talk = await group(instance, ann, bob, cid)
    await instance.call("PATCH", f"/api/messages/{talk}/", bob, json={"leave": True})
    await send(instance, talk, ann, "meanwhile")
    await instance.call("PATCH", f"/api/messages/{talk}/", ann, json={"add": [bob.id]})
    await instance.get(f"/api/messages/{talk}/", bob, status=404)
    await instance.post(f"/api/messages/{talk}/accept/", bob)
    assert (await instance.get(f"/api/messages/{talk}/messages/", bob))["results"] == []
    again = await send(instance, talk, ann, "welcome back")
    listed = await instance.get(f"/api/messages/{talk}/messages/", bob)
    assert [message["id"] for message in listed["results"]] == [again]


async def test_direct_conversation_has_no_title_and_nobody_leaves_or_joins(
    instance: Instance, people: list[Person]
) -> None:
    ann, bob, cid, _ = people
    talk = (await instance.post("/api/messages/", ann, {"participants": [bob.id]}))["id"]
    for change in ({"title": "x"}, {"add": [cid.id]}, {"leave": True}):
        await instance.call("PATCH", f"/api/messages/{talk}/", ann, json=change, status=403)


async def test_what_is_refused_changes_nothing_of_a_group(
    instance: Instance, people: list[Person]
) -> None:
    ann, bob, cid, dan = people
    path = f"/api/messages/{await group(instance, ann, bob, cid)}/"
    before = (await instance.get(path, ann)).body
    await instance.call("PATCH", path, dan, json={"title": "x"}, status=404)
    nobody = {"title": "x", "add": [2**40]}
    await instance.call("PATCH", path, ann, json=nobody, status=404)
    await instance.post(f"/api/users/{ann.id}/block/", dan)
    await instance.call("PATCH", path, ann, json={"title": "x", "add": [dan.id]}, status=403)
    assert (await instance.get(path, ann)).body == before


async def test_edited_message_is_told_to_all_and_kept_from_others(
    two_instances: Instances,
) -> None:
    here, there = two_instances
    ann, bob = await here.person("ann"), await there.person("bob")
    talk = (await here.post("/api/messages/", ann, {"participants": [bob.id]}))["id"]
    message = await send(here, talk, ann, "tpyo")
    path = f"/api/messages/{talk}/messages/{message}/"
    async with there.socket(bob) as socket:
        await socket.ready()
        edited = await here.call("PATCH", path, ann, json={"content": "typo"})
        assert edited["edited_at"] is not None
        assert (await socket.next("message.updated"))["message"] == edited.body
    await there.call("PATCH", path, bob, json={"content": "forged"}, status=403)
    eve = await here.person("eve")
    await here.call("PATCH", path, eve, json={"content": "forged"}, status=404)
    elsewhere = f"/api/messages/{talk + 1}/messages/{message}/"
    await here.call("PATCH", elsewhere, ann, json={"content": "x"}, status=404)


async def test_deleted_message_keeps_its_place_without_its_content_and_is_no_longer_unread(
    two_instances: Instances,
) -> None:
    here, there = two_instances
    ann, bob = await here.person("ann"), await there.person("bob")
    talk = (await here.post("/api/messages/", ann, {"participants": [bob.id]}))["id"]
    message = await send(here, talk, ann, "regretted")
    kept = await send(here, talk, ann, "kept")
    async with there.socket(bob) as socket:
        await socket.ready()
        path = f"/api/messages/{talk}/messages/{message}/"
        await there.call("DELETE", path, bob, status=403)
        await here.call("DELETE", path, ann, status=204)
        told = await socket.next("message.deleted")
        assert told == {"conversation_id": talk, "message_id": message}
        await here.call("DELETE", path, ann, status=404)
    listed = (await there.get(f"/api/messages/{talk}/messages/", bob))["results"]
    assert [entry["id"] for entry in listed] == [kept, message]
    assert (listed[1]["content"], listed[1]["deleted"]) == ("", True)
    assert await unread(there, bob) == 1


async def test_unread_counts_stay_exact_while_everybody_sends_reads_deletes_and_leaves(
    instance: Instance, people: list[Person], db: Database
) -> None:
    ann, bob, cid, dan = people
    talks = [await group(instance, ann, bob, cid, dan) for _ in range(2)]

    async def bustle(person: Person) -> None:
        for number in range(6):
            talk = talks[number % 2]
            message = await send(instance, talk, person, f"{number}")
            if number % 3 == 0:
                path = f"/api/messages/{talk}/messages/{message}/"
                await instance.call("DELETE", path, person, status=204)
            elif number % 3 == 1:
                await instance.post(f"/api/messages/{talk}/read/", person, {"up_to": message})

    await asyncio.gather(*(bustle(person) for person in people))
    await instance.call("PATCH", f"/api/messages/{talks[0]}/", dan, json={"leave": True})
    wrong = await db.fetch(
        """
        SELECT v.conversation_id, v.user_id, v.unread_count FROM participants v
         WHERE v.conversation_id = ANY($1::bigint[]) AND v.left_at IS NULL
           AND v.unread_count <> (SELECT count(*) FROM messages m
                WHERE m.conversation_id = v.conversation_id AND m.sender_id <> v.user_id
                  AND m.id > v.last_read_id AND m.deleted_at IS NULL)""",
        talks,
    )
    assert wrong == []
    for person in people:
        counted = await db.fetchval(
            "SELECT sum(unread_count) FROM participants WHERE user_id = $1 AND left_at IS NULL",
            person.id,
        )
        assert await unread(instance, person) == counted
