"""All my data as one file."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from storage.accounts import export
from storage.database.pool import Database
from tests.people import Instance, Person


async def exported(instance: Instance, person: Person) -> dict[str, Any]:
    reply = await instance.get("/api/users/me/export/", person, status=200)
    assert reply.headers["Content-Type"].startswith("application/json")
    name = f"mini-twitter-{person.username}.json"
    assert reply.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert reply.headers["Cache-Control"] == "no-store"
    body: dict[str, Any] = reply.body
    return body


async def test_everything_one_did_is_in_the_file(instance: Instance) -> None:
    ann, bob, eve = await instance.people("ann", "bob", "eve")
    theirs = await instance.write(bob, f"hello @{ann.username}")
    mine = await instance.write(ann, "first #draft")
    await instance.call("PATCH", f"/api/posts/{mine['id']}/", ann, json={"content": "second"})
    for verb in ("like", "retweet", "bookmark"):
        await instance.post(f"/api/posts/{theirs['id']}/{verb}/", ann)
    await instance.follow(ann, bob)
    await instance.follow(bob, ann)
    await instance.post(f"/api/users/{eve.id}/block/", ann)
    await instance.post(f"/api/users/{eve.id}/mute/", ann)
    chat = await instance.chat(ann, bob)
    sent = await instance.say(ann, chat, "hi")
    answered = await instance.say(bob, chat, "hi yourself")
    data = await exported(instance, ann)
    assert datetime.fromisoformat(data["exported_at"]).tzinfo is not None
    assert data["account"]["email"] == f"{ann.username}@example.org"
    assert data["profile"]["id"] == ann.id
    assert [post["content"] for post in data["posts"]] == ["second"]
    assert [version["content"] for version in data["post_versions"]] == ["first #draft"]
    for marks in ("likes", "retweets", "bookmarks"):
        assert [mark["post_id"] for mark in data[marks]] == [theirs["id"]]
    assert [tie["user"]["id"] for tie in data["following"]] == [bob.id]
    assert [tie["user"]["id"] for tie in data["followers"]] == [bob.id]
    assert [tie["user"]["id"] for tie in data["blocks"]] == [eve.id]
    assert [tie["user"]["id"] for tie in data["mutes"]] == [eve.id]
    assert [notice["kind"] for notice in data["notifications"]] == ["mention", "follow"]
    (conversation,) = data["conversations"]
    assert conversation["id"] == chat
    ids = [message["id"] for message in conversation["messages"]]
    assert ids == [answered["id"], sent["id"]]
    assert [session["address"] for session in data["sessions"]] == ["127.0.0.1"]


async def test_of_groups_left_one_has_ones_own_messages(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    group = await instance.chat(ann, bob, title="us")
    mine = await instance.say(ann, group, "mine")
    await instance.say(bob, group, "yours")
    await instance.call("PATCH", f"/api/messages/{group}/", ann, json={"leave": True})
    data = await exported(instance, ann)
    assert data["conversations"] == []
    assert [message["id"] for message in data["messages_in_groups_left"]] == [mine["id"]]


async def test_of_a_group_come_back_to_one_has_also_ones_own_earlier_messages(
    instance: Instance,
) -> None:
    ann, bob = await instance.people("ann", "bob")
    group = await instance.chat(ann, bob, title="us")
    earlier = await instance.say(ann, group, "mine")
    await instance.say(bob, group, "yours")
    await instance.call("PATCH", f"/api/messages/{group}/", ann, json={"leave": True})
    await instance.call("PATCH", f"/api/messages/{group}/", bob, json={"add": [ann.id]})
    await instance.post(f"/api/messages/{group}/accept/", ann)
    later = await instance.say(ann, group, "back again")
    data = await exported(instance, ann)
    assert [message["id"] for message in data["messages_in_groups_left"]] == [earlier["id"]]
    (conversation,) = data["conversations"]
    assert [message["id"] for message in conversation["messages"]] == [later["id"]]


async def test_what_one_reported_is_in_the_file_without_what_others_wrote(
    instance: Instance,
) -> None:
    ann, bob = await instance.people("ann", "bob")
    post = await instance.write(bob, "not nice")
    await instance.post("/api/reports/", ann, {"post_id": post["id"], "reason": "rude"})
    data = await exported(instance, ann)
    (report,) = data["reports"]
    assert (report["post_id"], report["user_id"]) == (post["id"], bob.id)
    assert (report["reason"], report["status"]) == ("rude", "open")
    assert "not nice" not in str(data)


async def test_somebody_new_exports_empty_lists(instance: Instance) -> None:
    ann = await instance.person("ann")
    data = await exported(instance, ann)
    empty = [name for name, found in data.items() if found == []]
    assert set(empty) == {*export.SECTIONS, "conversations"} - {"sessions"}
    await instance.get("/api/users/me/export/", status=401)


@pytest.fixture
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from handlers.operations import export as operation

    monkeypatch.setattr(operation, "CONVERSATIONS", 2)
    monkeypatch.setattr(operation, "MESSAGES", 2)


async def test_more_than_a_batch_is_all_there_once(
    instance: Instance, db: Database, few_at_once: Callable[[], None]
) -> None:
    ann, *others = await instance.people("ann", "bob", "eve", "dan")
    count = 2 * export.BATCH
    await db.execute(
        """INSERT INTO posts (author_id, content)
           SELECT $1, 'post ' || n FROM generate_series(1, $2::integer) n""",
        ann.id,
        count,
    )
    for other in others:
        chat = await instance.chat(ann, other)
        for number in range(5):
            await instance.say(ann, chat, str(number))
    data = await exported(instance, ann)
    assert [post["content"] for post in data["posts"]] == [f"post {n + 1}" for n in range(count)]
    assert len(data["conversations"]) == 3
    for conversation in data["conversations"]:
        assert [message["content"] for message in conversation["messages"]] == list("43210")


async def test_the_file_has_nothing_of_others_that_one_does_not_see(instance: Instance) -> None:
    ann, bob, eve = await instance.people("ann", "bob", "eve")
    chat = await instance.chat(bob, eve)
    await instance.say(bob, chat, "a secret of ours")
    await instance.write(bob, "not a post of hers")
    text = str(await exported(instance, ann))
    for foreign in (bob.username, eve.username, "a secret of ours", "not a post of hers"):
        assert foreign not in text
