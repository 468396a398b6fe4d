"""Who may write to whom, and what waits until it is accepted; who asks is told nothing of it."""

import asyncio
from dataclasses import replace

import pytest

from server.config import Config
from storage.accounts import purge
from storage.database.pool import Database
from storage.messaging import requests
from tests.conftest import running
from tests.handlers.media.image_helpers import encoded, form, halves, send
from tests.people import PASSWORD, Instance, Person
from tests.storage.locks import waiting

PNG = encoded(halves(), "PNG")
Instances = tuple[Instance, Instance]
REQUESTS = "/api/messages/requests/"
ME = "/api/users/me/"


async def who_may_write(instance: Instance, person: Person, who: str) -> None:
    changed = await instance.call("PATCH", ME, person, json={"who_may_write_to_me": who})
    assert changed["who_may_write_to_me"] == who


async def strangers(instance: Instance) -> tuple[Person, Person]:
    """Ann, and Bob whom she has to ask."""
    ann, bob = await instance.people("ann", "bob")
    await who_may_write(instance, bob, "requests")
    return ann, bob


async def asked(instance: Instance, ann: Person, bob: Person, *said: str) -> int:
    chat = await instance.chat(ann, bob)
    for content in said or ("hi",):
        await instance.say(ann, chat, content)
    return chat


async def inbox(instance: Instance, person: Person) -> list[int]:
    return [one["id"] for one in await instance.walk("/api/messages/", person)]


async def waiting_for(instance: Instance, person: Person) -> list[int]:
    return [one["id"] for one in await instance.walk(REQUESTS, person)]


async def unread(instance: Instance, person: Person) -> tuple[int, int]:
    """Of conversations, and requests with something new."""
    messages = await instance.get("/api/messages/unread_count/", person)
    of_requests = await instance.get(f"{REQUESTS}unread_count/", person)
    assert (await instance.get(ME, person))["unread_messages"] == messages["unread_count"]
    return messages["unread_count"], of_requests["unread_count"]


async def test_who_is_not_followed_waits_among_the_requests(two_instances: Instances) -> None:
    here, there = two_instances
    ann, bob = await strangers(here)
    async with there.socket(bob) as bobs, here.socket(ann) as anns:
        await bobs.ready()
        await anns.ready()
        chat = await here.chat(ann, bob)
        assert await waiting_for(there, bob) == []
        said = await here.say(ann, chat, "hi")
        told = await bobs.next("message_request.received")
        assert told["message"] == said.body
        assert (await anns.next("message.created"))["message"] == said.body
        assert bobs.names() == ["session.ready", "message_request.received"]
    assert await inbox(there, bob) == []
    assert await inbox(here, ann) == [chat]
    (request,) = await there.walk(REQUESTS, bob)
    assert (request["id"], request["is_request"], request["unread_count"]) == (chat, True, 1)
    assert request["last_message"] == said.body
    assert await unread(there, bob) == (0, 1)
    assert (await here.get(f"/api/messages/{chat}/", ann))["is_request"] is False


@pytest.mark.parametrize(
    ("who", "followed", "outcome"),
    [
        ("everybody", False, "conversation"),
        ("requests", False, "request"),
        ("requests", True, "conversation"),
        ("followed", False, "refused"),
        ("followed", True, "conversation"),
        ("nobody", False, "refused"),
        ("nobody", True, "refused"),
    ],
)
async def test_the_setting_says_who_writes_at_once_who_asks_and_who_is_refused(
    instance: Instance, who: str, followed: bool, outcome: str
) -> None:
    ann, bob = await instance.people("ann", "bob")
    await who_may_write(instance, bob, who)
    if followed:
        await instance.follow(bob, ann)
    if outcome == "refused":
        asked_for = {"participants": [bob.id]}
        refused = await instance.post("/api/messages/", ann, asked_for, status=403)
        assert refused["code"] == "not_accepted"
        assert await inbox(instance, ann) == []
        return
    chat = await asked(instance, ann, bob)
    assert await inbox(instance, bob) == ([chat] if outcome == "conversation" else [])
    assert await waiting_for(instance, bob) == ([chat] if outcome == "request" else [])


async def test_other_settings_are_refused(instance: Instance) -> None:
    ann = await instance.person("ann")
    await instance.call("PATCH", ME, ann, json={"who_may_write_to_me": "friends"}, status=422)
    assert (await instance.get(ME, ann))["who_may_write_to_me"] == "everybody"


@pytest.mark.parametrize("who", ["requests", "followed", "nobody"])
async def test_what_was_a_conversation_stays_one_whatever_is_set(
    instance: Instance, who: str
) -> None:
    ann, bob = await instance.people("ann", "bob")
    chat = await asked(instance, ann, bob)
    await who_may_write(instance, bob, who)
    assert await instance.chat(ann, bob) == chat
    await instance.say(ann, chat, "again")
    assert await inbox(instance, bob) == [chat]
    assert await unread(instance, bob) == (2, 0)


async def test_whom_i_have_written_to_first_does_not_ask(instance: Instance) -> None:
    ann, bob = await strangers(instance)
    chat = await asked(instance, bob, ann)
    await instance.say(ann, chat, "hi back")
    assert await inbox(instance, bob) == [chat]


async def test_new_accounts_begin_with_what_the_operator_says(settings: Config) -> None:
    async with running(replace(settings, new_accounts_open_to="followed")) as instance:
        ann, bob = await instance.people("ann", "bob")
        me = await instance.get(ME, bob)
        assert (me["who_may_write_to_me"], me["who_may_add_me"]) == ("requests", "followed")
        chat = await asked(instance, ann, bob)
        assert await waiting_for(instance, bob) == [chat]
        club = await instance.chat(ann, bob, title="club")
        (invitation,) = await instance.walk("/api/messages/invitations/", bob)
        assert invitation["conversation_id"] == club


async def test_accepted_it_is_a_conversation_with_what_was_unread(
    two_instances: Instances,
) -> None:
    here, there = two_instances
    ann, bob = await strangers(here)
    chat = await asked(here, ann, bob, "one", "two")
    async with there.socket(bob) as bobs, here.socket(ann) as anns:
        await bobs.ready()
        await anns.ready()
        accepted = await there.post(f"{REQUESTS}{chat}/accept/", bob)
        assert (accepted["is_request"], accepted["unread_count"]) == (False, 2)
        ended = await bobs.next("message_request.ended")
        assert ended == {"conversation_id": chat, "outcome": "accepted"}
        assert (await bobs.next("conversation.created"))["conversation"] == accepted.body
        await here.say(ann, chat, "three")
        assert (await bobs.next("message.created"))["message"]["content"] == "three"
        await anns.next("message.created")
        assert anns.names() == ["session.ready", "message.created"]
    assert (await inbox(there, bob), await waiting_for(there, bob)) == ([chat], [])
    assert await unread(there, bob) == (3, 0)
    again = await there.post(f"{REQUESTS}{chat}/accept/", bob)
    assert again["unread_count"] == 3


async def test_an_answer_accepts(two_instances: Instances) -> None:
    here, there = two_instances
    ann, bob = await strangers(here)
    chat = await asked(here, ann, bob)
    async with there.socket(bob) as bobs, here.socket(ann) as anns:
        await bobs.ready()
        await anns.ready()
        body = {"content": "hello", "client_id": "once"}
        path = f"/api/messages/{chat}/send_message/"
        said = await there.post(path, bob, body, status=201)
        assert (await there.post(path, bob, body, status=200)).body == said.body
        assert (await bobs.next("message_request.ended"))["outcome"] == "accepted"
        assert (await bobs.next("conversation.created"))["conversation"]["id"] == chat
        assert (await bobs.next("message.created"))["message"] == said.body
        assert (await anns.next("message.created"))["message"] == said.body
    assert await inbox(there, bob) == [chat]


async def test_declined_it_is_gone_and_its_sender_sees_no_difference(
    two_instances: Instances,
) -> None:
    here, there = two_instances
    ann, bob = await strangers(here)
    cid = await here.person("cid")
    await who_may_write(here, cid, "requests")
    declined, waits = await asked(here, ann, bob), await asked(here, ann, cid)
    async with there.socket(bob) as bobs, here.socket(ann) as anns:
        await bobs.ready()
        await anns.ready()
        for _ in range(2):
            await there.post(f"{REQUESTS}{declined}/decline/", bob, status=204)
        ended = await bobs.next("message_request.ended")
        assert ended == {"conversation_id": declined, "outcome": "declined"}
        for chat in (declined, waits):
            said = await here.say(ann, chat, "still there?")
            changed = {"content": "are you there?"}
            mine = f"/api/messages/{chat}/messages/{said['id']}/"
            await here.call("PATCH", mine, ann, json=changed, status=200)
            await anns.do("typing", {"conversation_id": chat, "active": True})
            await here.post(f"/api/messages/{chat}/read/", ann, {"up_to": said["id"]})
            await here.call("DELETE", mine, ann, status=204)
        await here.follow(ann, bob)
        await here.post(f"/api/users/{ann.id}/follow/", bob)
        await bobs.next("relationship.changed")
        names = anns.names()
        assert names[1:5] == names[5:9], names
        assert bobs.names()[1:2] == ["message_request.ended"]
        assert not {"message.updated", "message.deleted", "typing"} & set(bobs.names())
    seen = [(await here.get(f"/api/messages/{chat}/", ann)).body for chat in (declined, waits)]
    for one in seen:
        one["participants"] = len(one["participants"])
        for name in ("id", "created_at", "updated_at", "last_message"):
            one.pop(name)
        one["read_up_to"] = [mark["user_id"] for mark in one["read_up_to"]]
    assert seen[0] == seen[1]
    assert (await inbox(there, bob), await waiting_for(there, bob)) == ([], [])
    assert await unread(there, bob) == (0, 0)
    for path in ("", "messages/"):
        await there.get(f"/api/messages/{declined}/{path}", bob, status=404)
    await there.post(f"/api/messages/{declined}/send_message/", bob, {"content": "x"}, status=404)
    await there.post(f"{REQUESTS}{declined}/accept/", bob, status=404)
    assert await here.chat(ann, bob) == declined


async def test_who_writes_to_whom_they_declined_has_all_of_it(instance: Instance) -> None:
    ann, bob = await strangers(instance)
    chat = await asked(instance, ann, bob)
    await instance.post(f"{REQUESTS}{chat}/decline/", bob)
    await instance.say(ann, chat, "later")
    async with instance.socket(bob) as bobs:
        await bobs.ready()
        opened = await instance.post("/api/messages/", bob, {"participants": [ann.id]}, status=200)
        assert (opened["id"], opened["unread_count"], opened["is_request"]) == (chat, 2, False)
        assert (await bobs.next("message_request.ended"))["outcome"] == "accepted"
        assert (await bobs.next("conversation.created"))["conversation"] == opened.body
    contents = [
        one["content"] for one in await instance.walk(f"/api/messages/{chat}/messages/", bob)
    ]
    assert contents == ["later", "hi"]
    assert await unread(instance, bob) == (2, 0)


async def test_reading_a_request_tells_nobody_and_neither_does_typing(
    two_instances: Instances,
) -> None:
    here, there = two_instances
    ann, bob = await strangers(here)
    chat = await asked(here, ann, bob, "one", "two")
    first, last = sorted(
        one["id"] for one in await there.walk(f"/api/messages/{chat}/messages/", bob)
    )
    async with here.socket(ann) as anns, there.socket(bob) as bobs:
        await anns.ready()
        await bobs.ready()
        for up_to, left in ((first, 1), (first, 1), (last, 0)):
            read = await there.post(f"/api/messages/{chat}/read/", bob, {"up_to": up_to})
            assert read["unread_count"] == left
        assert (await bobs.next("conversation.read"))["unread_count"] == 1
        await bobs.do("typing", {"conversation_id": chat, "active": True})
        assert await unread(there, bob) == (0, 0)
        await there.post(f"{REQUESTS}{chat}/accept/", bob)
        await bobs.do("typing", {"conversation_id": chat, "active": True})
        assert (await anns.next("typing"))["user_id"] == bob.id
        assert anns.names() == ["session.ready", "typing"]
    assert await unread(there, bob) == (0, 0)


async def test_the_sender_changes_what_waits(instance: Instance) -> None:
    ann, bob = await strangers(instance)
    chat = await instance.chat(ann, bob)
    said = await instance.say(ann, chat, "hi")
    async with instance.socket(bob) as bobs, instance.socket(ann) as anns:
        await bobs.ready()
        await anns.ready()
        mine = f"/api/messages/{chat}/messages/{said['id']}/"
        for content in ("hello", "hello?", "hello!"):
            await instance.call("PATCH", mine, ann, json={"content": content})
            assert (await anns.next("message.updated"))["message"]["content"] == content
        (request,) = await instance.walk(REQUESTS, bob)
        assert request["last_message"]["content"] == "hello!"
        await instance.call("DELETE", mine, ann)
        assert (await bobs.next("message.deleted"))["message_id"] == said["id"]
        assert bobs.names() == ["session.ready", "message.deleted"]
    assert await unread(instance, bob) == (0, 0)
    assert await waiting_for(instance, bob) == []
    await instance.say(ann, chat, "are you there?")
    assert (await waiting_for(instance, bob), await unread(instance, bob)) == ([chat], (0, 1))
    again = await instance.walk(f"/api/messages/{chat}/messages/", ann)
    await instance.call("DELETE", f"/api/messages/{chat}/messages/{again[0]['id']}/", ann)
    accepted = await instance.post(f"{REQUESTS}{chat}/accept/", bob)
    assert accepted["unread_count"] == 0


@pytest.mark.parametrize("outcome", [None, "accept", "decline"])
async def test_a_replay_tells_what_was_told_live(
    two_instances: Instances, outcome: str | None
) -> None:
    here, there = two_instances
    ann, bob = await strangers(here)
    async with there.socket(bob) as live:
        since = (await live.ready())["seq"]
        chat = await asked(here, ann, bob)
        await live.next("message_request.received")
        if outcome:
            await there.post(f"{REQUESTS}{chat}/{outcome}/", bob)
            await live.next("message_request.ended")
        if outcome == "accept":
            await live.next("conversation.created")
        told = live.durable()
    if outcome == "decline":
        told[0] = (told[0][0], "void", None)
    async with here.socket(bob, since=since) as later:
        await later.ready()
        await later.next(told[-1][1])
        assert later.durable() == told


@pytest.mark.parametrize("kept_away", ["block", "mute"])
async def test_who_is_blocked_or_muted_is_not_heard_and_is_when_that_ends(
    instance: Instance, kept_away: str
) -> None:
    ann, bob = await strangers(instance)
    chat = await asked(instance, ann, bob)
    await instance.post(f"/api/users/{ann.id}/{kept_away}/", bob)
    assert await waiting_for(instance, bob) == []
    assert await unread(instance, bob) == (0, 0)
    if kept_away == "mute":
        async with instance.socket(bob) as bobs:
            await bobs.ready()
            await instance.say(ann, chat, "hello?")
            await instance.follow(bob, await instance.person("cid"))
            await bobs.next("relationship.changed")
            assert "message_request.received" not in bobs.names()
    await instance.post(f"/api/users/{ann.id}/un{kept_away}/", bob)
    assert await waiting_for(instance, bob) == [chat]
    assert await unread(instance, bob) == (0, 1)


async def test_what_somebody_muted_changes_in_a_request_is_told_to_nobody_else(
    instance: Instance,
) -> None:
    ann, bob = await strangers(instance)
    picture = (await send(instance, "POST", "/api/media/", ann, form("file", PNG), 201)).body
    await instance.post(f"/api/users/{ann.id}/mute/", bob)
    chat = await instance.chat(ann, bob)
    said = await instance.say(ann, chat, "look", media_ids=[picture["id"]])
    mine = f"/api/messages/{chat}/messages/{said['id']}/"
    async with instance.socket(bob) as bobs, instance.socket(ann) as anns:
        await bobs.ready()
        await anns.ready()
        media = f"/api/media/{picture['id']}/"
        await instance.call("PATCH", media, ann, json={"alt": "read this"}, status=200)
        await instance.call("PATCH", mine, ann, json={"content": "look!"}, status=200)
        for _ in range(2):
            await anns.next("message.updated")
        await instance.call("DELETE", mine, ann, status=204)
        await anns.next("message.deleted")
        await instance.follow(bob, await instance.person("cid"))
        await bobs.next("relationship.changed")
        assert bobs.names() == ["session.ready", "relationship.changed"]
    assert await unread(instance, bob) == (0, 0)


async def test_of_whom_is_suspended_no_request_waits(instance: Instance, db: Database) -> None:
    ann, bob = await strangers(instance)
    await asked(instance, ann, bob)
    await db.execute("UPDATE users SET suspended_at = now() WHERE id = $1", ann.id)
    assert await waiting_for(instance, bob) == []
    assert await unread(instance, bob) == (0, 0)


async def test_who_has_not_answered_is_written_to_a_few_times_only(instance: Instance) -> None:
    ann, bob = await strangers(instance)
    cid = await instance.person("cid")
    await who_may_write(instance, cid, "requests")
    chats = [await instance.chat(ann, other) for other in (bob, cid)]
    await instance.say(ann, chats[0], "first")
    await instance.post(f"{REQUESTS}{chats[0]}/decline/", bob)
    await instance.say(ann, chats[1], "first")
    problems = []
    for chat in chats:
        path = f"/api/messages/{chat}/send_message/"
        for number in range(1, requests.MESSAGES_MAX):
            body = {"content": "hey", "client_id": f"{chat}.{number}"}
            await instance.post(path, ann, body, status=201)
        await instance.post(path, ann, body, status=200)
        refused = await instance.post(path, ann, {"content": "more"}, status=409)
        assert refused["code"] == "request_limit"
        problems.append(refused.problem)
    assert problems[0] == problems[1]
    await instance.say(cid, chats[1], "stop it")
    await instance.say(ann, chats[1], "sorry")


async def test_so_many_at_once_are_no_more(instance: Instance, db: Database) -> None:
    ann, bob = await strangers(instance)
    chat = await instance.chat(ann, bob)
    path = f"/api/messages/{chat}/send_message/"
    some = requests.MESSAGES_MAX - 2
    for _ in range(some):
        await instance.say(ann, chat, "hey")
    async with db.transaction() as connection:
        await connection.execute("SELECT FROM user_seq WHERE user_id = $1 FOR UPDATE", bob.id)
        calls = [
            asyncio.create_task(instance.ask("POST", path, ann, json={"content": "hey"}))
            for _ in range(4)
        ]
        await waiting(db, 4, "present AS MATERIALIZED")
    assert sorted([(await call).status for call in calls]) == [201, 201, 409, 409]
    stored = "SELECT count(*) FROM messages WHERE conversation_id = $1"
    assert await db.fetchval(stored, chat) == requests.MESSAGES_MAX


async def test_only_so_many_strangers_are_asked_in_a_day(
    instance: Instance, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "OPENED_MAX", 2)
    ann, *others = await instance.people("ann", "bob", "cid", "dan", "eve")
    for other in others:
        await who_may_write(instance, other, "requests")
    chats = [await instance.chat(ann, other) for other in others[:2]]
    third = {"participants": [others[2].id]}
    await instance.say(ann, chats[0], "hi")
    await instance.post(f"{REQUESTS}{chats[0]}/decline/", others[0])
    refused = await instance.post("/api/messages/", ann, third, status=409)
    assert refused["code"] == "request_limit"
    assert await instance.chat(ann, others[0]) == chats[0]
    await instance.say(ann, chats[1], "hi")
    await instance.say(others[1], chats[1], "hello")
    await instance.post("/api/messages/", ann, third, status=201)
    fourth = {"participants": [others[3].id]}
    await instance.post("/api/messages/", ann, fourth, status=409)
    await db.execute(
        "UPDATE conversations SET created_at = now() - interval '1 day' WHERE creator_id = $1",
        ann.id,
    )
    await instance.post("/api/messages/", ann, fourth, status=201)


async def test_strangers_and_the_one_who_asks_can_answer_no_request(instance: Instance) -> None:
    ann, bob = await strangers(instance)
    cid = await instance.person("cid")
    chat = await asked(instance, ann, bob)
    for other in (ann, cid):
        await instance.post(f"{REQUESTS}{chat}/decline/", other, status=404)
    await instance.post(f"{REQUESTS}{chat}/accept/", cid, status=404)
    assert (await instance.post(f"{REQUESTS}{chat}/accept/", ann))["is_request"] is False
    assert await waiting_for(instance, bob) == [chat]


async def test_a_request_is_pushed_to_no_browser(instance: Instance, db: Database) -> None:
    ann, bob = await strangers(instance)
    await db.execute("UPDATE user_seq SET has_push = true WHERE user_id = $1", bob.id)
    chat = await asked(instance, ann, bob)
    pushed = """SELECT count(*) FROM jobs WHERE kind = 'push.spread'
                   AND payload::text LIKE '%[' || $1 || ', %'"""
    assert await db.fetchval(pushed, str(bob.id)) == 0
    await instance.post(f"{REQUESTS}{chat}/accept/", bob)
    await instance.say(ann, chat, "hello")
    assert await db.fetchval(pushed, str(bob.id)) == 1


async def test_a_message_that_crosses_a_change_of_mind_is_delivered(
    instance: Instance, db: Database
) -> None:
    ann, bob = await strangers(instance)
    chat = await asked(instance, ann, bob)
    await instance.post(f"{REQUESTS}{chat}/decline/", bob)
    async with instance.socket(bob) as bobs:
        await bobs.ready()
        async with db.transaction() as connection:
            await connection.execute(
                "SELECT FROM user_seq WHERE user_id = ANY($1) FOR UPDATE", [ann.id, bob.id]
            )
            told = await requests.accept_locked(connection, bob.id, chat)
            assert len(told) == 2
            saying = asyncio.create_task(instance.say(ann, chat, "meanwhile"))
            await waiting(db, 1)
        await saying
        assert (await bobs.next("message.created"))["message"]["content"] == "meanwhile"
    assert await unread(instance, bob) == (2, 0)


async def test_the_export_has_what_waits_and_not_what_was_declined(instance: Instance) -> None:
    ann, bob = await strangers(instance)
    chat = await asked(instance, ann, bob)
    (exported,) = (await instance.get("/api/users/me/export/", bob))["conversations"]
    assert (exported["id"], exported["is_request"], len(exported["messages"])) == (chat, True, 1)
    await instance.post(f"{REQUESTS}{chat}/decline/", bob)
    assert (await instance.get("/api/users/me/export/", bob))["conversations"] == []
    (exported,) = (await instance.get("/api/users/me/export/", ann))["conversations"]
    assert exported["is_request"] is False


@pytest.mark.parametrize("outcome", [None, "decline"])
async def test_who_deletes_the_account_is_gone_for_who_asked(
    instance: Instance, db: Database, outcome: str | None
) -> None:
    ann, bob = await strangers(instance)
    chat = await asked(instance, ann, bob)
    if outcome:
        await instance.post(f"{REQUESTS}{chat}/{outcome}/", bob)
    await instance.call("DELETE", ME, bob, json={"password": PASSWORD})
    while not await purge.purge_account(db, bob.id, 10):
        pass
    path = f"/api/messages/{chat}/send_message/"
    refused = await instance.post(path, ann, {"content": "hello?"}, status=403)
    assert refused["code"] == "blocked"


async def test_the_request_of_a_deleted_account_is_gone(instance: Instance, db: Database) -> None:
    ann, bob = await strangers(instance)
    await asked(instance, ann, bob)
    async with instance.socket(bob) as bobs:
        await bobs.ready()
        await instance.call("DELETE", ME, ann, json={"password": PASSWORD})
        while not await purge.purge_account(db, ann.id, 10):
            pass
        await instance.follow(bob, await instance.person("cid"))
        await bobs.next("relationship.changed")
        assert "conversation.updated" not in bobs.names()
    assert await waiting_for(instance, bob) == []
    assert await unread(instance, bob) == (0, 0)


async def test_an_answer_that_crosses_the_acceptance_is_sent(
    instance: Instance, db: Database
) -> None:
    ann, bob = await strangers(instance)
    chat = await asked(instance, ann, bob)
    async with db.transaction() as connection:
        await connection.execute("LOCK TABLE participants IN ACCESS EXCLUSIVE MODE")
        saying = asyncio.gather(*(instance.say(bob, chat, str(number)) for number in range(5)))
        await waiting(db, 5)
    assert [one.status for one in await saying] == [201] * 5
    assert await inbox(instance, ann) == [chat]
    assert await unread(instance, ann) == (5, 0)
