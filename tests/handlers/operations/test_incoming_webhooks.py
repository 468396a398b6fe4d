"""Incoming webhooks: programs that post as an account, or write for it, by a URL."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import aiohttp
import orjson
import pytest

from server.config.load import Config
from storage.database.pool import Database
from tests.conftest import running
from tests.people import PASSWORD, Instance, Person

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
POST_MAX, MESSAGE_MAX = 280, 4_000


async def made(instance: Instance, by: Person, **more: Any) -> str:
    """The path of a new URL."""
    answer = await instance.post(
        "/api/webhooks/incoming/", by, {"name": "builds", **more}, status=201
    )
    url: str = answer["url"]
    return url[url.index("/api/") :]


async def test_a_program_posts_as_who_made_the_url(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    await instance.follow(bob, ann)
    path = await made(instance, ann)
    async with instance.socket(bob) as socket:
        await socket.ready()
        reply = await instance.post(path, json={"text": f"#green for @{bob.username}"})
        assert reply.body == b"ok"
        assert reply.headers["Content-Type"].startswith("text/plain")
        post = (await socket.next("post.created"))["post"]
        told = (await socket.next("notification.created"))["notification"]
    assert post["author"]["id"] == ann.id
    assert post["hashtags"] == ["green"]
    assert (told["kind"], told["post_id"]) == ("mention", post["id"])
    (listed,) = await instance.walk("/api/webhooks/incoming/", ann)
    assert listed["last_used_at"] is not None
    assert "url" not in listed


async def test_a_program_writes_into_the_one_conversation(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    chat = await instance.chat(ann, bob)
    path = await made(instance, ann, conversation_id=chat)
    async with instance.socket(bob) as socket:
        await socket.ready()
        await instance.post(path, json={"text": "green"})
        message = (await socket.next("message.created"))["message"]
    assert (message["sender"]["id"], message["conversation_id"]) == (ann.id, chat)
    assert message["content"] == "green"
    assert not await instance.walk(f"/api/users/{ann.id}/posts/")


async def test_what_is_said_to_slack_is_understood(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    chat = await instance.chat(ann, bob)
    path = await made(instance, ann, conversation_id=chat)
    said = {"text": "by a form", "channel": "#builds", "username": "ci", "icon_emoji": ":tada:"}
    form = urlencode({"payload": orjson.dumps(said).decode()}).encode()
    await instance.call("POST", path, data=form, headers=FORM, status=200)
    more: dict[str, Any] = {f"field{number}": {} for number in range(50)}
    await instance.post(path, json={**said, "text": "by JSON", "attachments": [{}], **more})
    messages = await instance.walk(f"/api/messages/{chat}/messages/", bob)
    assert [one["content"] for one in messages] == ["by JSON", "by a form"]


@pytest.mark.parametrize(
    ("data", "headers", "status", "code"),
    [
        (b"payload=nothing", FORM, 422, "invalid"),
        (b"other=1", FORM, 422, "invalid"),
        (b"payload=%5B%5D", FORM, 422, "invalid"),
        (b"a=1&" * 101, FORM, 400, "malformed"),
        (b"[]", {"Content-Type": "application/json"}, 400, "malformed"),
        (b"hello", {"Content-Type": "text/plain"}, 415, "unsupported_media_type"),
        (b"{}", {"Content-Type": "application/json"}, 422, "invalid"),
        (b'{"text": ""}', {"Content-Type": "application/json"}, 422, "invalid"),
        (b'{"text": 7}', {"Content-Type": "application/json"}, 422, "invalid"),
    ],
)
async def test_what_says_nothing_is_refused(
    instance: Instance, data: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    path = await made(instance, await instance.person("ann"))
    refused = await instance.call("POST", path, data=data, headers=headers, status=status)
    assert refused["code"] == code


async def test_text_is_as_long_as_what_it_becomes(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    posts = await made(instance, ann)
    writes = await made(instance, ann, conversation_id=await instance.chat(ann, bob))
    for path, most in ((posts, POST_MAX), (writes, MESSAGE_MAX)):
        await instance.post(path, json={"text": "x" * most})
        refused = await instance.call("POST", path, json={"text": "x" * (most + 1)}, status=422)
        assert refused["errors"].keys() == {"text"}


async def test_a_url_ends_with_its_revocation_its_place_and_its_account(
    instance: Instance, db: Database
) -> None:
    ann, bob = await instance.people("ann", "bob")
    group = await instance.chat(bob, ann, title="ours")
    posts, writes = await made(instance, ann), await made(instance, ann, conversation_id=group)
    hi = {"text": "hi"}
    await instance.post(writes, json=hi)
    await instance.call("PATCH", f"/api/messages/{group}/", ann, json={"leave": True})
    await instance.call("POST", writes, json=hi, status=404)

    await db.execute("UPDATE users SET suspended_at = now() WHERE id = $1", ann.id)
    await instance.call("POST", posts, json=hi, status=404)
    await db.execute("UPDATE users SET suspended_at = NULL WHERE id = $1", ann.id)
    await instance.post(posts, json=hi)
    unknown = await instance.call("POST", "/api/webhooks/in/unknown/", json=hi, status=404)
    newest, _ = await instance.walk("/api/webhooks/incoming/", ann)
    path = f"/api/webhooks/incoming/{newest['id']}/"
    await instance.call("DELETE", path, bob, status=404)
    await instance.call("DELETE", path, ann, status=204)
    gone = await instance.call("POST", writes, json=hi, status=404)
    assert gone.problem == unknown.problem
    await instance.call("DELETE", "/api/users/me/", ann, json={"password": PASSWORD}, status=204)
    await instance.call("POST", posts, json=hi, status=404)


async def test_who_is_blocked_is_not_written_to_by_a_program_either(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    path = await made(instance, ann, conversation_id=await instance.chat(ann, bob))
    await instance.post(f"/api/users/{ann.id}/block/", bob)
    refused = await instance.call("POST", path, json={"text": "hi"}, status=403)
    assert refused["code"] == "blocked"


async def test_a_url_is_for_a_conversation_that_one_is_in(instance: Instance) -> None:
    ann, bob, eve = await instance.people("ann", "bob", "eve")
    elsewhere = await instance.chat(bob, eve)
    asked = {"name": "x", "conversation_id": elsewhere}
    await instance.call("POST", "/api/webhooks/incoming/", ann, json=asked, status=404)
    await instance.call("POST", "/api/webhooks/incoming/", ann, json={"name": ""}, status=422)


async def test_an_account_has_twenty(instance: Instance) -> None:
    ann = await instance.person("ann")
    for _ in range(20):
        await made(instance, ann)
    body = {"name": "one more"}
    refused = await instance.call("POST", "/api/webhooks/incoming/", ann, json=body, status=409)
    assert refused["code"] == "webhook_limit"


async def test_each_url_has_a_limit_of_its_own(settings: Config) -> None:
    async with running(replace(settings, rate_limits=True)) as instance:
        ann = await instance.person("ann")
        path, other = await made(instance, ann), await made(instance, ann)
        statuses = [
            (await instance.ask("POST", path, json={"text": f"{number}"})).status
            for number in range(60)
        ]
        assert statuses[:30] == [200] * 30
        assert 429 in statuses[30:]
        await instance.post(other, json={"text": "free"})


async def test_the_token_is_not_stored(instance: Instance, db: Database) -> None:
    ann = await instance.person("ann")
    token = (await made(instance, ann)).split("/")[-2]
    row = await db.fetchval("SELECT i::text FROM incoming_webhooks i WHERE user_id = $1", ann.id)
    assert token not in row
    assert token.encode().hex() not in row


async def test_a_body_with_the_token_of_another_url_is_for_the_url_that_was_asked(
    instance: Instance,
) -> None:
    ann, bob = await instance.people("ann", "bob")
    mine, theirs = await made(instance, ann), await made(instance, bob)
    body = {"text": "whose", "token": theirs.split("/")[-2]}
    async with aiohttp.ClientSession() as http, http.post(instance.url + mine, json=body) as answer:
        assert answer.status == 200
    (post,) = await instance.walk(f"/api/users/{ann.id}/posts/")
    assert post["content"] == "whose"
