"""Bots: made and deleted by their owners, who answer for them."""

import asyncio
import secrets
from dataclasses import replace
from typing import Any

import pytest

from handlers.rate_limits import Bucket
from server.config.load import Config
from storage.accounts.bots import BOTS_MAX
from storage.database.pool import Database
from storage.messaging import requests
from tests.conftest import running
from tests.handlers.operations.test_message_requests import inbox
from tests.handlers.session_helpers import stops_working
from tests.handlers.token_helpers import make_token
from tests.people import PASSWORD, Instance, Person

BOTS = "/api/users/bots/"


@pytest.fixture
async def ann(instance: Instance) -> Person:
    return await instance.person("ann")


async def make_bot(instance: Instance, owner: Person, **more: Any) -> Person:
    """A bot, by a token of all scopes."""
    given = {"username": f"bot_{secrets.token_hex(5)}", **more}
    made = await instance.post(BOTS, owner, given, status=201)
    token = await make_token(instance, owner, bot_id=made["id"])
    assert token["user"]["id"] == made["id"]
    return Person(made["id"], made["username"], token["token"], "")


async def suspend(instance: Instance, db: Database, person: Person, verb: str = "suspend") -> None:
    admin = await instance.person("admin")
    await db.execute("UPDATE users SET is_admin = true WHERE id = $1", admin.id)
    await instance.post(f"/api/admin/users/{person.id}/{verb}/", admin)


async def test_a_bot_does_what_a_user_does_and_is_shown_as_one(
    instance: Instance, ann: Person
) -> None:
    bot = await make_bot(instance, ann, display_name="Weather")
    seen = await instance.get(f"/api/users/{bot.id}/")
    assert (seen["is_bot"], seen["display_name"]) == (True, "Weather")
    assert (await instance.get(f"/api/users/{ann.id}/"))["is_bot"] is False
    post = await instance.write(bot, f"hello @{ann.username}")
    assert post["author"]["id"] == bot.id
    [noted] = await instance.walk("/api/notifications/", ann)
    assert noted["actor"]["id"] == bot.id
    me = await instance.get("/api/users/me/", bot)
    assert (me["email"], me["is_bot"]) == ("", True)
    profile = "/api/users/profiles/update_my_profile/"
    await instance.call("PATCH", profile, bot, json={"bio": "rain"})
    assert [one["id"] for one in await instance.walk(BOTS, ann)] == [bot.id]
    assert await instance.walk(BOTS, await instance.person("bob")) == []


async def test_nobody_logs_in_to_a_bot_or_resets_its_password(
    instance: Instance, ann: Person, db: Database
) -> None:
    bot = await make_bot(instance, ann)
    address = await db.fetchval("SELECT email FROM users WHERE id = $1", bot.id)
    for name in (bot.username, address):
        for password in (PASSWORD, "x"):
            login = {"username": name, "password": password}
            reply = await instance.post("/api/users/token/", None, login, status=401)
            assert reply["code"] == "wrong_credentials"
    for path in ("tokens/", "bots/", "sessions/", "me/export/", "second_factor/"):
        reply = await instance.ask("GET", f"/api/users/{path}", bot)
        assert (reply.status, reply["code"]) == (403, "insufficient_scope")
    reply = await instance.ask("POST", BOTS, bot, json={"username": "bot_of_a_bot"})
    assert (reply.status, reply["code"]) == (403, "insufficient_scope")


async def test_somebody_has_so_many_and_only_their_own(instance: Instance, ann: Person) -> None:
    bob = await instance.person("bob")
    bot = await make_bot(instance, ann)
    for _ in range(BOTS_MAX - 1):
        await instance.post(BOTS, ann, {"username": f"bot_{secrets.token_hex(5)}"}, status=201)
    more = {"username": f"bot_{secrets.token_hex(5)}"}
    assert (await instance.post(BOTS, ann, more, status=409))["code"] == "bot_limit"
    taken = {"username": bot.username.upper()}
    assert (await instance.post(BOTS, bob, taken, status=409))["code"] == "username_taken"
    password = {"password": PASSWORD}
    for path in (f"{BOTS}{bot.id}/", f"{BOTS}{ann.id}/"):
        assert (await instance.ask("DELETE", path, bob, json=password)).status == 404
    token = {"name": "mine", "scopes": ["posts:read"], "bot_id": bot.id, **password}
    assert (await instance.ask("POST", "/api/users/tokens/", bob, json=token)).status == 404


async def test_a_deleted_bot_is_gone_with_its_tokens(instance: Instance, ann: Person) -> None:
    bot = await make_bot(instance, ann)
    path = f"{BOTS}{bot.id}/"
    wrong = await instance.ask("DELETE", path, ann, json={"password": "not mine at all"})
    assert (wrong.status, wrong["code"]) == (422, "wrong_password")
    async with instance.socket(bot) as socket:
        await socket.ready()
        await instance.call("DELETE", path, ann, json={"password": PASSWORD})
        assert (await socket.next("session.closing"))["code"] == "session_ended"
    await stops_working(instance, bot.access)
    assert (await instance.ask("GET", f"/api/users/{bot.id}/")).status == 404
    assert await instance.walk(BOTS, ann) == []
    assert await instance.walk("/api/users/tokens/", ann) == []


async def test_a_bot_stops_and_goes_on_with_its_owner_on_all_instances(
    two_instances: tuple[Instance, Instance], db: Database
) -> None:
    here, there = two_instances
    ann = await here.person("ann")
    bot, other = await make_bot(here, ann), await make_bot(here, ann)
    await suspend(here, db, other)
    async with there.socket(bot) as socket:
        await socket.ready()
        await suspend(here, db, ann)
        assert (await socket.next("session.closing"))["code"] == "session_ended"
    await stops_working(there, bot.access)
    await suspend(here, db, bot, "restore")
    assert (await there.ask("GET", "/api/users/me/", bot)).status == 401
    await suspend(here, db, ann, "restore")
    assert (await there.ask("GET", "/api/users/me/", bot)).status == 200
    assert (await there.ask("GET", "/api/users/me/", other)).status == 401  # on its own account


async def test_bots_are_deleted_with_their_owner(
    two_instances: tuple[Instance, Instance], db: Database
) -> None:
    here, there = two_instances
    ann = await here.person("ann")
    bot = await make_bot(here, ann)
    async with there.socket(bot) as socket:
        await socket.ready()
        await here.call("DELETE", "/api/users/me/", ann, json={"password": PASSWORD})
        assert (await socket.next("session.closing"))["code"] == "session_ended"
    await stops_working(there, bot.access)
    assert (await here.ask("GET", f"/api/users/{bot.id}/")).status == 404
    gone = await db.fetchrow("SELECT username, owner_id FROM users WHERE id = $1", bot.id)
    assert gone is not None
    assert tuple(gone) == (f"deleted_{bot.id}", None)


async def test_a_bot_is_not_restored_between_the_deletion_of_its_owner_and_its_own(
    instance: Instance, ann: Person, db: Database
) -> None:
    bot = await make_bot(instance, ann)
    await db.execute("UPDATE users SET deleted_at = now() WHERE id = $1", ann.id)
    await suspend(instance, db, bot, "restore")
    assert (await instance.ask("GET", "/api/users/me/", bot)).status == 401


async def test_a_password_that_changes_leaves_the_tokens_of_bots(
    instance: Instance, ann: Person
) -> None:
    bot = await make_bot(instance, ann)
    own = replace(ann, access=(await make_token(instance, ann))["token"])
    change = {"current_password": PASSWORD, "new_password": "another horse"}
    await instance.post("/api/users/password/", ann, change)
    await stops_working(instance, own.access)
    assert (await instance.ask("GET", "/api/users/me/", bot)).status == 200
    [left] = await instance.walk("/api/users/tokens/", ann)
    await instance.call("DELETE", f"/api/users/tokens/{left['id']}/", ann)
    await stops_working(instance, bot.access)


async def test_first_messages_of_a_bot_are_requests_and_counted_with_its_owners(
    instance: Instance, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "OPENED_MAX", 2)
    bot, other = await make_bot(instance, ann), await make_bot(instance, ann)
    people = await instance.people("bob", "eve", "joe")
    ask = {"who_may_write_to_me": "requests"}
    for person in people:
        await instance.call("PATCH", "/api/users/me/", person, json=ask)
    room = await instance.chat(bot, people[0])
    await instance.say(bot, room, "hello")
    assert await inbox(instance, people[0]) == []
    await instance.chat(ann, people[1])
    for by in (bot, other, ann):
        wanted = {"participants": [people[2].id]}
        reply = await instance.ask("POST", "/api/messages/", by, json=wanted)
        assert (reply.status, reply["code"]) == (409, "request_limit"), by


async def test_blocks_are_between_the_bot_and_others(instance: Instance, ann: Person) -> None:
    bob = await instance.person("bob")
    bot = await make_bot(instance, ann)
    await instance.post(f"/api/users/{bot.id}/block/", bob)
    reply = await instance.ask("POST", f"/api/users/{bob.id}/follow/", bot)
    assert (reply.status, reply["code"]) == (403, "blocked")
    await instance.post(f"/api/users/{bob.id}/follow/", ann)


async def test_bots_spend_from_their_owners_limits_and_each_token_from_half(
    settings: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    quota = replace(Bucket.READ.value, burst=20, per_second=0.01, lease=1)
    monkeypatch.setattr(Bucket.READ, "quota", quota)
    async with running(replace(settings, rate_limits=True)) as instance:
        ann = await instance.person("ann")
        bot = await make_bot(instance, ann)

        async def statuses(by: Person, count: int) -> list[int]:
            asked = [instance.ask("GET", "/api/posts/", by) for _ in range(count)]
            return sorted(reply.status for reply in await asyncio.gather(*asked))

        assert await statuses(bot, 12) == [200] * 10 + [429] * 2
        refused = await instance.ask("GET", "/api/posts/", bot)
        assert refused.headers["RateLimit-Policy"].startswith('"read-token";q=10;')
        assert await statuses(ann, 12) == [200] * 10 + [429] * 2
