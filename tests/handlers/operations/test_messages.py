"""Conversations and messages: opened once, sent once, read up to a point."""

import asyncio
from typing import Any

import pytest

from storage.database.pool import Database
from tests.people import Instance, Person

MESSAGES = "/api/messages/"

Instances = tuple[Instance, Instance]


def refs(*users: Person) -> list[dict[str, Any]]:
    """As participants, who are in the order of their ids."""
    return [
        {"id": u.id, "username": u.username, "display_name": u.username, "avatar": None}
        for u in sorted(users, key=lambda user: user.id)
    ]


async def unread(instance: Instance, user: Person) -> int:
    """The same number wherever one looks."""
    counted = (await instance.get(f"{MESSAGES}unread_count/", user)).body
    assert set(counted) == {"unread_count"}
    me = await instance.get("/api/users/me/", user)
    assert me["unread_messages"] == counted["unread_count"]
    listed = await instance.walk(MESSAGES, user)
    assert sum(one["unread_count"] for one in listed) == counted["unread_count"]
    return int(counted["unread_count"])


async def test_conversation_of_two_is_opened_once_from_either_side(
    two_instances: Instances,
) -> None:
    here, there = two_instances
    ann, bob = await here.people("ann", "bob")
    opened = await here.post(MESSAGES, ann, {"participants": [bob.id]}, status=201)
    assert opened.body == {
        "id": opened["id"],
        "kind": "direct",
        "title": None,
        "participants": refs(ann, bob),
        "last_message": None,
        "unread_count": 0,
        "created_at": opened["created_at"],
        "updated_at": opened["updated_at"],
        "read_up_to": [],
        "roles": [],
        "who_may_add": "members",
        "who_may_rename": "members",
        "is_request": False,
        "who_may_pin": "members",
        "pinned_count": 0,
    }
    for user, participants in (
        (ann, [bob.id]), (bob, [ann.id]), (bob, [ann.id, bob.id]), (ann, [bob.id, bob.id]),
    ):  # fmt: skip
        again = await there.post(MESSAGES, user, {"participants": participants}, status=200)
        assert again.body == opened.body


async def test_conversation_of_two_is_opened_once_by_both_at_once(two_instances: Instances) -> None:
    here, there = two_instances
    ann, bob = await here.people("ann", "bob")
    opened = await asyncio.gather(
        *(here.post(MESSAGES, ann, {"participants": [bob.id]}) for _ in range(4)),
        *(there.post(MESSAGES, bob, {"participants": [ann.id]}) for _ in range(4)),
    )
    assert sorted(reply.status for reply in opened) == 7 * [200] + [201]
    assert len({reply["id"] for reply in opened}) == 1


async def test_groups_are_new_each_time(instance: Instance) -> None:
    ann, bob, cat = await instance.people("ann", "bob", "cat")
    ids = set()
    for others, title in (
        ([bob, cat], None), ([bob, cat], None), ([bob, cat], "Trip"), ([bob], "Us"), ([bob], "Us"),
    ):  # fmt: skip
        asked = {"participants": [other.id for other in others], "title": title}
        opened = await instance.post(MESSAGES, ann, asked, status=201)
        assert (opened["kind"], opened["title"]) == ("group", title)
        assert opened["participants"] == refs(ann, *others)
        ids.add(opened["id"])
    assert len(ids) == 5


async def test_conversation_takes_somebody_else(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    wrong: list[Any] = [[], [ann.id], None, bob.id, [str(bob.id)], [0], [2**53], [True], 101 * [5]]
    for participants in wrong:
        body = {"participants": participants}
        await instance.post(MESSAGES, ann, body, status=422)
    for title in ("", " ", 101 * "t", "nul\x00", 5):
        titled = {"participants": [bob.id], "title": title}
        refused = await instance.post(MESSAGES, ann, titled, status=422)
        assert list(refused["errors"]) == ["title"]
    await instance.post(MESSAGES, ann, {"participants": [bob.id, 2**52]}, status=404)
    await instance.post(MESSAGES, json={"participants": [bob.id]}, status=401)
    assert await instance.walk(MESSAGES, ann) == []


async def test_conversation_is_there_for_its_participants_only(instance: Instance) -> None:
    ann, bob, eve = await instance.people("ann", "bob", "eve")
    path = f"{MESSAGES}{await instance.chat(ann, bob)}/"
    sent = await instance.post(f"{path}send_message/", ann, {"content": "hi"}, status=201)
    absent = f"{MESSAGES}{2**52}/"
    for place in (path, absent):
        for method, rest, body in (
            ("GET", "", None),
            ("GET", "messages/", None),
            ("POST", "send_message/", {"content": "let me in"}),
            ("POST", "read/", {"up_to": sent["id"]}),
        ):
            await instance.call(method, place + rest, eve, json=body, status=404)
            await instance.call(method, place + rest, json=body, status=401)
    assert await instance.walk(MESSAGES, eve) == []
    assert (await instance.get(path, bob))["last_message"] == sent.body


async def test_message_is_told_in_full_and_listed_newest_first(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    path = f"{MESSAGES}{await instance.chat(ann, bob)}/"
    sent: list[Any] = []
    for sender, content in ((ann, "<b>hi</b> 👋"), (bob, 4000 * "é"), (ann, "x"), (bob, " y\n")):
        message = await instance.post(
            f"{path}send_message/", sender, {"content": content}, status=201
        )
        assert message.body == {
            "id": message["id"],
            "conversation_id": int(path.split("/")[-2]),
            "sender": refs(sender)[0],
            "content": content,
            "image": None,
            "media": [],
            "client_id": None,
            "created_at": message["created_at"],
            "edited_at": None,
            "deleted": False,
            "reply_to": None,
            "reactions": [],
        }
        sent.insert(0, message.body)
    for user in (ann, bob):
        assert await instance.walk(f"{path}messages/?limit=3", user) == sent
    for wrong in ("", " ", 4001 * "x", "nul\x00", None, 5):
        body = {"content": wrong}
        refused = await instance.post(f"{path}send_message/", ann, body, status=422)
        assert list(refused["errors"]) == ["content"]


async def test_walk_through_messages_is_exact_while_more_arrive(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    chat = await instance.chat(ann, bob)
    sent = [(await instance.say(ann, chat, f"number {n}"))["id"] for n in range(7)]
    walked: list[int] = []
    async for page in instance.pages(f"{MESSAGES}{chat}/messages/?limit=2", bob):
        walked += [message["id"] for message in page]
        await instance.say(ann, chat, "meanwhile")
    assert walked == sent[::-1]


async def test_reading_moves_the_mark_forward_only(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    first, second = await instance.chat(ann, bob), await instance.chat(bob, ann, title="Us")
    sent = [(await instance.say(ann, first, f"number {n}"))["id"] for n in range(4)]
    await instance.say(bob, first, "my own are read")
    other = (await instance.say(ann, second, "elsewhere"))["id"]
    assert await unread(instance, bob) == 5
    assert await unread(instance, ann) == 1
    path = f"{MESSAGES}{first}/"
    for up_to, left in ((sent[1], 2), (sent[1], 2), (sent[0], 2), (sent[3], 0), (sent[2], 0)):
        answer = await instance.post(f"{path}read/", bob, {"up_to": up_to})
        assert answer.body == {"unread_count": left}
        assert (await instance.get(path, bob))["unread_count"] == left
        assert await unread(instance, bob) == left + 1
    for wrong in (other, 2**52):
        await instance.post(f"{path}read/", bob, {"up_to": wrong}, status=404)
    for wrong in (None, "1", 0, 1.5, 2**53):
        await instance.post(f"{path}read/", bob, {"up_to": wrong}, status=422)
    assert await unread(instance, bob) == 1


async def test_retried_message_is_the_same_message(two_instances: Instances) -> None:
    here, there = two_instances
    ann, bob = await here.people("ann", "bob")
    chat = await here.chat(ann, bob)
    path = f"{MESSAGES}{chat}/send_message/"
    body = {"content": "once", "client_id": "key-1"}
    header = {"Idempotency-Key": "key-1"}
    first = await here.post(path, ann, body, status=201)
    assert first["client_id"] == "key-1"
    for again in (
        await there.post(path, ann, body, status=200),
        await there.post(path, ann, {"content": "once"}, headers=header, status=200),
        await here.post(path, ann, body, headers=header, status=200),
    ):
        assert again.body == first.body
    refused = await there.post(path, ann, body | {"content": "other"}, status=422)
    assert list(refused["errors"]) == ["client_id"]
    await here.post(path, ann, body, headers={"Idempotency-Key": "key-2"}, status=422)
    group = await here.chat(ann, bob, title="Us")
    await here.post(f"{MESSAGES}{group}/send_message/", ann, body, status=422)
    assert (await there.post(path, bob, body, status=201))["id"] != first["id"]
    assert len(await here.walk(f"{MESSAGES}{chat}/messages/", ann)) == 2
    assert await unread(here, bob) == 1


@pytest.mark.parametrize("client_id", ["", 129 * "k", "nul\x00", 5, []])
async def test_key_that_cannot_be_one_is_refused(instance: Instance, client_id: Any) -> None:
    ann, bob = await instance.people("ann", "bob")
    chat = await instance.chat(ann, bob)
    body = {"content": "hi", "client_id": client_id}
    for path in (f"{MESSAGES}{chat}/send_message/", "/api/posts/"):
        refused = await instance.post(path, ann, body, status=422)
        assert list(refused["errors"]) == ["client_id"]


async def test_many_sends_of_one_message_store_one(two_instances: Instances) -> None:
    here, there = two_instances
    ann, bob = await here.people("ann", "bob")
    chat = await here.chat(ann, bob)
    body = {"content": "once", "client_id": "key"}
    sent = await asyncio.gather(
        *(
            two_instances[turn % 2].post(f"{MESSAGES}{chat}/send_message/", ann, body)
            for turn in range(8)
        )
    )
    assert sorted(reply.status for reply in sent) == 7 * [200] + [201]
    assert len({reply["id"] for reply in sent}) == 1
    assert len(await there.walk(f"{MESSAGES}{chat}/messages/", bob)) == 1
    assert await unread(there, bob) == 1


async def test_messages_sent_at_once_are_all_there_in_one_order(two_instances: Instances) -> None:
    here, there = two_instances
    ann, bob, cat = await here.people("ann", "bob", "cat")
    chat = await here.chat(ann, bob, cat)
    sent = await asyncio.gather(
        *(
            instance.say(sender, chat, f"number {turn}")
            for turn in range(5)
            for sender in (ann, bob)
            for instance in two_instances
        )
    )
    listed = await there.walk(f"{MESSAGES}{chat}/messages/", cat)
    assert [message["id"] for message in listed] == sorted(
        (message["id"] for message in sent), reverse=True
    )
    assert [await unread(there, user) for user in (ann, bob, cat)] == [10, 10, 20]


async def test_retry_is_answered_though_a_block_came_between(
    instance: Instance, db: Database
) -> None:
    ann, bob = await instance.people("ann", "bob")
    path = f"{MESSAGES}{await instance.chat(ann, bob)}/send_message/"
    body = {"content": "hi", "client_id": "key"}
    first = await instance.post(path, ann, body, status=201)
    await db.execute("INSERT INTO blocks VALUES ($1, $2)", bob.id, ann.id)
    assert (await instance.post(path, ann, body, status=200))["id"] == first["id"]
    await instance.post(path, ann, {"content": "hi"}, status=403)


async def test_conversations_are_listed_by_latest_activity(instance: Instance) -> None:
    ann, *others = await instance.people("ann", "bob", "cat", "dan")
    chats = [await instance.chat(ann, other) for other in others]
    listed = await instance.walk(f"{MESSAGES}?limit=2", ann)
    assert [one["id"] for one in listed] == chats[::-1]
    sent = await instance.say(others[0], chats[0], "hi")
    await instance.say(ann, chats[2], "hi")
    listed = await instance.walk(f"{MESSAGES}?limit=1", ann)
    assert [one["id"] for one in listed] == [chats[2], chats[0], chats[1]]
    assert listed[1]["last_message"] == sent.body
    assert listed[1]["updated_at"] == sent["created_at"]
    assert [one["unread_count"] for one in listed] == [0, 1, 0]
    assert [one["id"] for one in await instance.walk(MESSAGES, others[0])] == [chats[0]]


async def test_walk_through_conversations_is_exact_while_they_move(instance: Instance) -> None:
    """Those walked and those still to come are both written to, and new ones opened."""
    ann, *others = await instance.people("ann", *(8 * ["other"]))
    chats = [await instance.chat(other, ann) for other in others]
    for turn in (3, 0, 5):
        await instance.say(others[turn], chats[turn], "hi")
    at_start = [one["id"] for one in await instance.walk(MESSAGES, ann)]
    walked: list[int] = []
    moving = iter(chats)
    async for page in instance.pages(f"{MESSAGES}?limit=2", ann):
        walked += [one["id"] for one in page]
        for chat in (walked[0], next(moving), at_start[-1]):
            await instance.say(ann, chat, "meanwhile")
        await instance.say(ann, await instance.chat(ann, await instance.person("late")), "hello")
    assert walked == at_start


async def test_conversation_says_how_far_each_participant_has_read(instance: Instance) -> None:
    ann, bob, cid = await instance.people("ann", "bob", "cid")
    talk = await instance.chat(ann, bob, title="three")
    ids = [(await instance.say(ann, talk, content))["id"] for content in ("one", "two")]
    path = f"/api/messages/{talk}/"
    await instance.post(f"{path}read/", bob, {"up_to": ids[0]})
    # Who joins has read nothing of it: what was before is not theirs to see.
    await instance.call("PATCH", path, ann, json={"add": [cid.id]})
    assert (await instance.get(path, ann))["read_up_to"] == [{"user_id": bob.id, "up_to": ids[0]}]
    await instance.post(f"{path}read/", bob, {"up_to": ids[1]})
    (listed,) = await instance.walk("/api/messages/", ann)
    assert listed["read_up_to"] == [{"user_id": bob.id, "up_to": ids[1]}]
