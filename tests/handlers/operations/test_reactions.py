"""Reactions to messages: who may, what is told of them, and what becomes of them."""

import asyncio
from typing import Any

import pytest

from storage.accounts import purge
from storage.database.pool import Database
from storage.messaging import reactions
from tests.people import PASSWORD, Instance, Person, Reply, SocketClient
from tests.waiting import until

FLAG = "SELECT has_reactions FROM messages WHERE id = $1"
THUMB, HEART = "👍", "❤\ufe0f"
MANY = [
    "😀",
    "😁",
    "😂",
    "😃",
    "😄",
    "😅",
    "😆",
    "😇",
    "😈",
    "😉",
    "😊",
    "😋",
    "😌",
    "😍",
    "😎",
    "😏",
]
MANY += ["😐", "😑", "😒", "😓", "😔"]


def place(talk: int, message: int, verb: str) -> str:
    return f"/api/messages/{talk}/messages/{message}/{verb}/"


async def react(
    instance: Instance, by: Person, talk: int, message: int, emoji: Any = THUMB, status: int = 200
) -> Reply:
    path = place(talk, message, "react")
    return await instance.post(path, by, {"emoji": emoji}, status=status)


async def unreact(
    instance: Instance, by: Person, talk: int, message: int, emoji: str = THUMB
) -> Reply:
    return await instance.post(place(talk, message, "unreact"), by, {"emoji": emoji})


async def shown(instance: Instance, by: Person, talk: int, message: int) -> list[Any]:
    found = await instance.walk(f"/api/messages/{talk}/messages/", by)
    (reactions,) = [one["reactions"] for one in found if one["id"] == message]
    return list(reactions)


def sums(*counted: tuple[str, int, bool | None]) -> list[dict[str, Any]]:
    return [{"emoji": emoji, "count": count, "mine": mine} for emoji, count, mine in counted]


def last_told(client: SocketClient) -> Any:
    """What the last message.reactions said."""
    told = [data["reactions"] for _, name, data in client.durable() if name == "message.reactions"]
    return told[-1] if told else None


async def test_reactions_are_counted_and_say_which_are_mine(instance: Instance) -> None:
    ann, bob, cleo = await instance.people("ann", "bob", "cleo")
    group = await instance.chat(ann, bob, cleo, title="all")
    said = await instance.say(ann, group, "hello")
    assert said["reactions"] == []
    first = await react(instance, bob, group, said["id"])
    assert first["reactions"] == sums((THUMB, 1, True))
    assert (await react(instance, bob, group, said["id"])).body == first.body
    await react(instance, cleo, group, said["id"])
    last = await react(instance, cleo, group, said["id"], "❤")
    assert last["reactions"] == sums((THUMB, 2, True), (HEART, 1, True))
    assert await shown(instance, bob, group, said["id"]) == sums(
        (THUMB, 2, True), (HEART, 1, False)
    )
    assert await shown(instance, ann, group, said["id"]) == sums(
        (THUMB, 2, False), (HEART, 1, False)
    )
    gone = await unreact(instance, cleo, group, said["id"])
    assert gone["reactions"] == sums((THUMB, 1, False), (HEART, 1, True))
    assert (await unreact(instance, cleo, group, said["id"])).body == gone.body
    listed = await instance.walk(place(group, said["id"], "reactions"), ann)
    assert [(one["emoji"], one["user"]["id"]) for one in listed] == [
        (HEART, cleo.id),
        (THUMB, bob.id),
    ]
    only = await instance.get(place(group, said["id"], "reactions") + "?emoji=👍&limit=1", ann)
    assert ([one["user"]["id"] for one in only["results"]], only["next"]) == ([bob.id], None)


async def test_many_reactions_are_one_event_to_all_also_on_another_instance(
    two_instances: tuple[Instance, Instance],
) -> None:
    here, there = two_instances
    ann, *others = await here.people("ann", *(f"p{number}" for number in range(6)))
    group = await here.chat(ann, *others, title="all")
    said = await here.say(ann, group, "hello")
    async with there.socket(ann) as anns, here.socket(others[0]) as own:
        since = (await anns.ready())["seq"]
        await own.ready()
        await asyncio.gather(*(react(here, one, group, said["id"]) for one in others))
        first = await own.next("message.reactions")
        assert [one["mine"] for one in first["reactions"]] == [True]

        def told() -> list[Any]:
            return [data for _, name, data in anns.durable() if name == "message.reactions"]

        await until(lambda: last_told(anns) == sums((THUMB, 6, None)))
        assert told()[-1] == {
            "conversation_id": group,
            "message_id": said["id"],
            "reactions": sums((THUMB, 6, None)),
        }
        # Six people in different requests, within half a second or, on a busy machine, two.
        assert len(told()) < 6
        await until(lambda: own.names().count("message.reactions") > len(told()))
    async with there.socket(ann, since=since) as anns:
        await anns.ready()
        heard = await anns.next("message.reactions")
        assert heard["reactions"] == sums((THUMB, 6, False))


async def test_who_comes_back_hears_the_last_of_a_message_once_and_what_is_theirs(
    instance: Instance, db: Database
) -> None:
    ann, bob = await instance.people("ann", "bob")
    talk = await instance.chat(ann, bob)
    messages = [(await instance.say(ann, talk, text))["id"] for text in ("one", "two")]
    async with instance.socket(bob) as bobs:
        since = (await bobs.ready())["seq"]
    for emoji in (THUMB, HEART, "🎉"):
        for message in messages:
            await react(instance, bob, talk, message, emoji)
            await reactions.tell(db, message)
    end = "SELECT seq FROM user_seq WHERE user_id = $1"
    last = await db.fetchval(end, bob.id)
    assert last >= since + 9  # his own, and those told of more
    async with instance.socket(bob, since=since) as bobs:
        await until(lambda: bool(bobs.durable()) and bobs.durable()[-1][0] >= last)
    heard = [event for event in bobs.durable() if event[0] <= last]
    assert [seq for seq, _, _ in heard] == list(range(since + 1, last + 1))
    told = [data for _, name, data in heard if name == "message.reactions"]
    assert {name for _, name, _ in heard} == {"message.reactions", "void"}
    mine = sums((THUMB, 1, True), (HEART, 1, True), ("🎉", 1, True))
    assert sorted((one["message_id"], one["reactions"]) for one in told) == [
        (message, mine) for message in messages
    ]


async def test_what_an_instance_left_untold_is_told_by_another(
    instance: Instance, db: Database
) -> None:
    ann, bob = await instance.people("ann", "bob")
    talk = await instance.chat(ann, bob)
    said = (await instance.say(ann, talk, "hello"))["id"]
    async with instance.socket(ann) as anns:
        await anns.ready()
        await reactions.add(db, bob.id, said, THUMB)  # as by an instance that was killed then
        heard = await anns.next("message.reactions")
        assert heard["reactions"] == sums((THUMB, 1, None))
    left = "SELECT count(*) FROM reactions_to_tell WHERE message_id = $1"
    assert await db.fetchval(left, said) == 0


async def test_an_edit_tells_nobody_whose_reactions_are_whose(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    talk = await instance.chat(ann, bob)
    said = (await instance.say(ann, talk, "hello"))["id"]
    await react(instance, ann, talk, said)
    async with instance.socket(bob) as bobs:
        await bobs.ready()
        path = f"/api/messages/{talk}/messages/{said}/"
        edited = await instance.call("PATCH", path, ann, json={"content": "mended"})
        assert edited["reactions"] == sums((THUMB, 1, True))
        heard = (await bobs.next("message.updated"))["message"]
        assert heard == {**edited.body, "reactions": sums((THUMB, 1, None))}


async def test_there_is_a_limit_for_a_message_and_for_each_person(instance: Instance) -> None:
    people = await instance.people(*(f"p{number}" for number in range(6)))
    group = await instance.chat(*people, title="all")
    said = (await instance.say(people[0], group, "hello"))["id"]
    for number in range(reactions.DIFFERENT_MAX):
        await react(instance, people[number // reactions.EACH_MAX], group, said, MANY[number])
    by_one = await react(instance, people[0], group, said, MANY[10], status=409)
    assert by_one["code"] == "reaction_limit"
    different = await react(instance, people[5], group, said, MANY[20], status=409)
    assert "emoji" in different["errors"]
    await react(instance, people[5], group, said, MANY[0])
    await unreact(instance, people[0], group, said, MANY[1])
    await react(instance, people[5], group, said, MANY[20])


@pytest.mark.parametrize("wrong", ["", "a", "👍👍", ":+1:", "👍 ", 7, None, ["👍"], "x" * 65])
async def test_what_is_not_one_emoji_is_refused(instance: Instance, wrong: Any) -> None:
    ann, bob = await instance.people("ann", "bob")
    talk = await instance.chat(ann, bob)
    said = (await instance.say(ann, talk, "hello"))["id"]
    refused = await react(instance, bob, talk, said, wrong, status=422)
    assert "emoji" in refused["errors"]


async def test_only_who_sees_a_message_may_react_and_not_whom_its_sender_has_blocked(
    instance: Instance,
) -> None:
    ann, bob, cleo, dora, eve = await instance.people("ann", "bob", "cleo", "dora", "eve")
    group = await instance.chat(ann, bob, cleo, dora, title="all")
    other = await instance.chat(ann, bob)
    said = (await instance.say(ann, group, "hello"))["id"]
    await react(instance, bob, group, said)
    await react(instance, cleo, group, said)
    await instance.post(f"/api/users/{bob.id}/block/", ann)
    refused = await react(instance, bob, group, said, HEART, status=403)
    assert refused["code"] == "blocked"
    await unreact(instance, bob, group, said)
    await react(instance, bob, group, said, status=403)
    await instance.call("PATCH", f"/api/messages/{group}/", cleo, json={"leave": True})
    await react(instance, cleo, group, said, HEART, status=404)
    await instance.post(f"/api/users/{ann.id}/block/", dora)
    unseen = [
        await react(instance, dora, group, said, status=404),
        await react(instance, eve, group, said, status=404),
        await react(instance, ann, other, said, status=404),
        await react(instance, ann, group, 2**40, status=404),
    ]
    assert len({one["detail"] for one in unseen}) == 1
    for path in ("react", "unreact"):
        await instance.post(place(group, said, path), eve, {"emoji": THUMB}, status=404)
    await instance.call("GET", place(group, said, "reactions"), eve, status=404)
    await instance.call("GET", place(group, said, "reactions"), dora, status=404)
    # Who has left stays among those who have reacted.
    assert await shown(instance, ann, group, said) == sums((THUMB, 1, False))


async def test_the_two_of_a_block_do_not_react_in_a_direct_conversation(
    instance: Instance,
) -> None:
    ann, bob = await instance.people("ann", "bob")
    talk = await instance.chat(ann, bob)
    by_ann = (await instance.say(ann, talk, "by ann"))["id"]
    by_bob = (await instance.say(bob, talk, "by bob"))["id"]
    await react(instance, ann, talk, by_bob)
    await instance.post(f"/api/users/{ann.id}/block/", bob)
    for message in (by_ann, by_bob):
        refused = await react(instance, ann, talk, message, HEART, status=403)
        assert refused["code"] == "blocked"
    await react(instance, bob, talk, by_bob, status=403)
    await unreact(instance, ann, talk, by_bob)


async def test_nobody_reacts_to_a_message_request(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    await instance.call("PATCH", "/api/users/me/", bob, json={"who_may_write_to_me": "requests"})
    talk = await instance.chat(ann, bob)
    said = (await instance.say(ann, talk, "hello"))["id"]
    for person in (ann, bob):
        refused = await react(instance, person, talk, said, status=403)
        assert refused["code"] == "not_accepted"
    await instance.post(f"/api/messages/requests/{talk}/accept/", bob)
    assert (await react(instance, bob, talk, said))["reactions"] == sums((THUMB, 1, True))


async def test_who_is_blocked_is_counted_but_not_listed_and_hears_nothing_of_the_blocked(
    instance: Instance,
) -> None:
    ann, bob, cleo = await instance.people("ann", "bob", "cleo")
    group = await instance.chat(ann, bob, cleo, title="all")
    by_ann = (await instance.say(ann, group, "by ann"))["id"]
    by_cleo = (await instance.say(cleo, group, "by cleo"))["id"]
    await instance.post(f"/api/users/{cleo.id}/block/", bob)
    async with instance.socket(bob) as bobs:
        await bobs.ready()
        await react(instance, ann, group, by_cleo)
        await react(instance, cleo, group, by_ann)
        heard = await bobs.next("message.reactions")
        assert heard["message_id"] == by_ann
        assert await instance.walk(place(group, by_ann, "reactions"), bob) == []
        assert await shown(instance, bob, group, by_ann) == sums((THUMB, 1, False))
        await instance.say(ann, group, "the end")
        await bobs.next("message.created")
        told = [data for _, name, data in bobs.durable() if name == "message.reactions"]
        assert {one["message_id"] for one in told} == {by_ann}


async def test_reactions_go_with_the_message(instance: Instance, db: Database) -> None:
    ann, bob = await instance.people("ann", "bob")
    talk = await instance.chat(ann, bob)
    said = (await instance.say(ann, talk, "hello"))["id"]
    await react(instance, bob, talk, said)
    path = f"/api/messages/{talk}/messages/{said}/"
    await instance.call("DELETE", path, ann, status=204)
    assert await shown(instance, bob, talk, said) == []
    await react(instance, bob, talk, said, status=404)
    assert await instance.walk(place(talk, said, "reactions"), bob) == []
    left = "SELECT count(*) FROM message_reactions WHERE message_id = $1"
    assert await db.fetchval(left, said) == 0


async def test_reactions_go_with_the_account_and_the_others_are_told(
    instance: Instance, db: Database
) -> None:
    ann, bob = await instance.people("ann", "bob")
    talk = await instance.chat(ann, bob)
    said = (await instance.say(ann, talk, "hello"))["id"]
    await react(instance, bob, talk, said)
    async with instance.socket(ann) as anns:
        await anns.ready()
        await instance.call("DELETE", "/api/users/me/", bob, json={"password": PASSWORD})
        await purge.purge_account(db, bob.id, 10)
        async with asyncio.timeout(20):
            while await db.fetchval(FLAG, said):
                await asyncio.sleep(0.05)
        await until(lambda: last_told(anns) == [])
    assert await shown(instance, ann, talk, said) == []


async def test_who_came_later_hears_of_no_reactions_to_what_was_before(
    instance: Instance,
) -> None:
    ann, bob, cleo = await instance.people("ann", "bob", "cleo")
    group = await instance.chat(ann, bob, title="all")
    before = (await instance.say(ann, group, "before"))["id"]
    await instance.call("PATCH", f"/api/messages/{group}/", ann, json={"add": [cleo.id]})
    after = (await instance.say(ann, group, "after"))["id"]
    async with instance.socket(cleo) as cleos:
        await cleos.ready()
        await react(instance, bob, group, before)
        await react(instance, bob, group, after)
        assert (await cleos.next("message.reactions"))["message_id"] == after
        assert cleos.names().count("message.reactions") == 1
