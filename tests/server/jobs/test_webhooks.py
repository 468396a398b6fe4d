"""Webhooks as their receiver gets them."""

import base64
import email
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import format_datetime
from ipaddress import ip_network
from typing import Any

import asyncpg
import pytest

from handlers.security import webhook_signatures
from server.config import Config
from server.outgoing import Networks, may_connect
from storage.webhooks import deliveries
from tests.conftest import Services, running
from tests.handlers.operations.test_bots import make_bot
from tests.people import PASSWORD, Instance, Person
from tests.server.jobs.mail_server import MailServer, mail_server
from tests.server.jobs.webhook_receiver import Receiver, verified, webhook_receiver
from tests.server.jobs.worker_helpers import until, working
from tests.storage.own_database import own_database

LOOPBACK = (ip_network("127.0.0.0/8"),)
ALL = ["message.created", "notification.created"]


@dataclass(frozen=True, slots=True)
class World:
    instance: Instance
    receiver: Receiver
    db: asyncpg.Connection
    smtp: MailServer

    async def hooked(self, person: Person, path: str, *events: str, url: str = "") -> Any:
        wanted = {
            "url": url or f"{self.receiver.url}/{path}", "events": events or ALL, "name": path
        }  # fmt: skip
        return (await self.instance.post("/api/webhooks/", person, wanted, status=201)).body

    async def deliveries(self, person: Person, hook: Any) -> list[Any]:
        found = await self.instance.get(f"/api/webhooks/{hook['id']}/deliveries/", person)
        results: list[Any] = found["results"]
        return results

    def mails(self) -> list[Message]:
        """Those about webhooks."""
        mails = map(email.message_from_bytes, self.smtp.mails)
        return [mail for mail in mails if "your webhook" in mail["Subject"]]

    async def quiet(self) -> None:
        """Wait until nothing is to be done now."""

        async def idle() -> bool:
            waiting: int = await self.db.fetchval(
                "SELECT count(*) FROM jobs WHERE kind LIKE '%webhook%' AND run_at <= now()"
            )
            return waiting == 0

        await until(idle)

    async def due(self) -> None:
        """Have what is to be tried again tried now, and wait for it."""
        await self.db.execute(
            """UPDATE webhook_deliveries SET next_attempt_at = now() WHERE status = 'waiting'"""
        )
        await self.db.execute("UPDATE webhooks SET paused_until = NULL")
        await self.db.execute("UPDATE jobs SET run_at = now() WHERE kind LIKE '%webhook%'")
        await self.db.execute("SELECT pg_notify('jobs', '')")
        await self.quiet()


@pytest.fixture
def networks() -> Networks:
    return LOOPBACK


@pytest.fixture
async def world(settings: Config, services: Services, networks: Networks) -> AsyncIterator[World]:
    async with (
        own_database(services.database_url) as url,
        webhook_receiver() as receiver,
        mail_server() as smtp,
    ):
        own = replace(
            settings, database_url=url, outgoing_networks=tuple(networks), http_webhooks=True
        )
        async with running(own) as instance, working(own, smtp):
            db = await asyncpg.connect(url)
            yield World(instance, receiver, db, smtp)
            await db.close()


def test_the_signature_is_that_of_the_specification() -> None:
    """By the example of its libraries."""
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signed = webhook_signatures.headers(
        [key], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert signed["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_events_arrive_signed_as_the_own_socket_has_them_and_in_their_order(
    world: World,
) -> None:
    ann, bob = await world.instance.people("ann", "bob")
    hook = await world.hooked(bob, "bob")
    async with world.instance.socket(bob) as socket:
        await socket.ready()
        chat = await world.instance.chat(ann, bob)
        await world.instance.say(ann, chat, "hello")
        await world.instance.say(bob, chat, "hi")
        await world.instance.follow(ann, bob)
        await world.instance.write(ann, f"@{bob.username} and more")
        await socket.next("notification.created")
        await socket.next("notification.created")
        events = [
            (name, envelope["seq"], envelope["ts"], envelope["data"])
            for name, envelope in socket.received
            if name in ALL
        ]
    await until(lambda: len(world.receiver.got("bob")) == 4)
    told = [
        (one["type"], one["seq"], one["timestamp"], one["data"])
        for one in (
            verified(hook["secret"], request.headers, request.body)
            for request in world.receiver.received["bob"]
        )
    ]
    for one in (*told, *events):
        one[3].pop("unread_count", None)  # as it is when it is sent
    assert told == events
    assert {one["status"] for one in await world.deliveries(bob, hook)} <= {"delivered", "waiting"}


async def test_only_the_chosen_events_and_only_what_comes_after_it_was_made_are_sent(
    world: World,
) -> None:
    ann, bob = await world.instance.people("ann", "bob")
    await world.instance.follow(ann, bob)
    await world.hooked(bob, "follows", "notification.created")
    await world.hooked(bob, "later", "message.created")
    chat = await world.instance.chat(ann, bob)
    await world.instance.say(ann, chat, "hello")
    await until(lambda: bool(world.receiver.got("later")))
    await world.quiet()
    assert [one["data"]["message"]["content"] for one in world.receiver.got("later")] == ["hello"]
    assert not world.receiver.got("follows")


async def test_an_account_without_a_webhook_queues_nothing(world: World) -> None:
    ann, bob = await world.instance.people("ann", "bob")
    hook = await world.hooked(bob, "bob")
    await world.instance.call("DELETE", f"/api/webhooks/{hook['id']}/", bob, status=204)
    await world.quiet()
    await world.db.execute("DELETE FROM jobs")
    chat = await world.instance.chat(ann, bob)
    await world.instance.say(ann, chat, "hello")
    assert not await world.db.fetchval("SELECT count(*) FROM jobs WHERE kind LIKE 'webhook.%'")
    marks = await world.db.fetchval(
        "SELECT count(*) FROM user_seq WHERE webhooks_read_up_to IS NOT NULL"
    )
    assert marks == 0


async def test_what_fails_is_tried_again_under_its_own_id_and_does_not_hold_up_the_rest(
    world: World,
) -> None:
    ann, bob = await world.instance.people("ann", "bob")
    hook = await world.hooked(bob, "bob", "message.created")
    chat = await world.instance.chat(ann, bob)
    world.receiver.answers["bob"] = (500, {})
    await world.instance.say(ann, chat, "first")
    await until(lambda: len(world.receiver.got("bob")) == 1)
    await world.quiet()
    (failing,) = await world.deliveries(bob, hook)
    assert (failing["status"], failing["attempts"]) == ("waiting", 1)
    assert (failing["error"], failing["response_status"]) == ("status", 500)
    assert failing["next_attempt_at"] > failing["attempted_at"]
    world.receiver.answers.clear()
    await world.instance.say(ann, chat, "second")
    await until(lambda: len(world.receiver.got("bob")) == 2)
    await world.due()
    said = [one["data"]["message"]["content"] for one in world.receiver.got("bob")]
    assert said == ["first", "second", "first"]
    ids = [one.headers["webhook-id"] for one in world.receiver.received["bob"]]
    assert ids[0] == ids[2] != ids[1]
    settled = await world.deliveries(bob, hook)
    assert [(one["status"], one["attempts"]) for one in settled] == [
        ("delivered", 1),
        ("delivered", 2),
    ]


@pytest.mark.parametrize("as_date", [False, True])
async def test_nothing_is_sent_before_the_time_that_retry_after_asks_for(
    world: World, as_date: bool
) -> None:
    ann, bob = await world.instance.people("ann", "bob")
    hook = await world.hooked(bob, "bob", "message.created")
    chat = await world.instance.chat(ann, bob)
    at = datetime.now(UTC) + timedelta(hours=2)
    asked = format_datetime(at, usegmt=True) if as_date else "7200"
    world.receiver.answers["bob"] = (429, {"Retry-After": asked})
    await world.instance.say(ann, chat, "first")
    await until(lambda: len(world.receiver.got("bob")) == 1)
    await world.quiet()
    await world.instance.say(ann, chat, "second")
    await world.quiet()
    assert len(world.receiver.got("bob")) == 1
    second, first = await world.deliveries(bob, hook)
    next_at = datetime.fromisoformat(first["next_attempt_at"])
    assert next_at > at - timedelta(seconds=5)
    assert second["attempts"] == 0


async def test_it_is_given_up_after_a_day_and_the_webhook_after_days_of_failure(
    world: World,
) -> None:
    ann, bob = await world.instance.people("ann", "bob")
    hook = await world.hooked(bob, "bob", "message.created")
    chat = await world.instance.chat(ann, bob)
    world.receiver.answers["bob"] = (503, {})
    await world.instance.say(ann, chat, "hello")
    await until(lambda: len(world.receiver.got("bob")) == 1)
    await world.quiet()
    await world.db.execute("UPDATE webhook_deliveries SET queued_at = now() - interval '25 h'")
    await world.due()
    (given_up,) = await world.deliveries(bob, hook)
    assert (given_up["status"], given_up["attempts"]) == ("failed", 2)
    assert given_up["next_attempt_at"] is None

    await world.db.execute("UPDATE webhooks SET failing_since = now() - interval '73 h'")
    await world.db.execute("UPDATE webhooks SET paused_until = NULL")
    await world.instance.say(ann, chat, "again")
    await until(lambda: bool(world.mails()))
    path = f"/api/webhooks/{hook['id']}/"
    ended = await world.instance.get(path, bob)
    assert (ended["enabled"], ended["disabled_because"]) == (False, "failing")
    (mail,) = world.mails()
    assert "webhook bob" in mail["Subject"]
    assert mail["To"] == f"{bob.username}@example.org"
    await world.instance.say(ann, chat, "unheard")
    await world.quiet()
    assert len(world.receiver.got("bob")) == 3

    world.receiver.answers.clear()
    again = await world.instance.call("PATCH", path, bob, json={"enabled": True})
    assert again["enabled"]
    assert again["disabled_because"] is None
    await world.instance.say(ann, chat, "heard")
    await until(lambda: len(world.receiver.got("bob")) == 4)
    assert world.receiver.got("bob")[-1]["data"]["message"]["content"] == "heard"


async def test_who_answers_gone_gets_no_more_and_its_owner_is_told(world: World) -> None:
    ann, bob = await world.instance.people("ann", "bob")
    hook = await world.hooked(bob, "bob", "message.created")
    chat = await world.instance.chat(ann, bob)
    world.receiver.answers["bob"] = (410, {})
    await world.instance.say(ann, chat, "hello")
    await until(lambda: bool(world.mails()))
    await world.instance.say(ann, chat, "hello?")
    await world.quiet()
    assert len(world.receiver.got("bob")) == 1
    ended = await world.instance.get(f"/api/webhooks/{hook['id']}/", bob)
    assert ended["disabled_because"] == "gone"
    (delivery,) = await world.deliveries(bob, hook)
    assert (delivery["status"], delivery["error"]) == ("failed", "disabled")
    path = f"/api/webhooks/{hook['id']}/deliveries/{delivery['id']}/redeliver/"
    refused = await world.instance.call("POST", path, bob, status=409)
    assert refused["code"] == "webhook_disabled"


async def test_the_owner_is_told_that_the_webhook_of_a_bot_was_disabled(world: World) -> None:
    ann, bob = await world.instance.people("ann", "bob")
    bot = await make_bot(world.instance, bob)
    await world.hooked(bot, "bot", "message.created")
    chat = await world.instance.chat(ann, bot)
    world.receiver.answers["bot"] = (410, {})
    await world.instance.say(ann, chat, "hello")
    await until(lambda: bool(world.mails()))
    [mail] = world.mails()
    assert f"{bob.username}@example.org" in mail["To"]
    plain = next(part for part in mail.walk() if part.get_content_type() == "text/plain")
    assert f"@{bot.username}".encode() in plain.get_payload(decode=True)


async def test_the_webhook_of_a_bot_rests_while_its_owner_is_suspended(world: World) -> None:
    ann, bob = await world.instance.people("ann", "bob")
    bot = await make_bot(world.instance, bob)
    await world.hooked(bot, "bot", "message.created")
    chat = await world.instance.chat(ann, bot)
    suspend = "UPDATE users SET suspended_at = now() WHERE id = $1"
    await world.db.execute(suspend, bob.id)
    await world.instance.say(ann, chat, "hello")
    await world.quiet()
    await world.db.execute("UPDATE users SET suspended_at = NULL WHERE id = $1", bob.id)
    await world.instance.say(ann, chat, "back?")
    await until(lambda: bool(world.receiver.got("bot")))
    said = [one["data"]["message"]["content"] for one in world.receiver.got("bot")]
    assert said == ["back?"]


async def test_a_redirect_is_not_followed(world: World) -> None:
    bob = await world.instance.person("bob")
    hook = await world.hooked(bob, "bob")
    world.receiver.answers["bob"] = (307, {"Location": f"{world.receiver.url}/elsewhere"})
    await world.instance.post(f"/api/webhooks/{hook['id']}/test/", bob)
    await until(lambda: bool(world.receiver.got("bob")))
    await world.quiet()
    assert not world.receiver.got("elsewhere")
    (test,) = await world.deliveries(bob, hook)
    assert (test["error"], test["response_status"]) == ("status", 307)


async def test_a_secret_that_was_rotated_signs_beside_the_new_one_for_a_day(world: World) -> None:
    bob = await world.instance.person("bob")
    hook = await world.hooked(bob, "bob")
    path = f"/api/webhooks/{hook['id']}/"
    new = await world.instance.post(f"{path}rotate_secret/", bob)
    assert new["secret"] != hook["secret"]
    assert new["previous_secret_until"] is not None
    assert "secret" not in (await world.instance.get(path, bob)).body
    await world.instance.post(f"{path}test/", bob)
    await until(lambda: bool(world.receiver.got("bob")))
    (both,) = world.receiver.received["bob"]
    assert both.said["type"] == "webhook.test"
    for secret in (hook["secret"], new["secret"]):
        verified(secret, both.headers, both.body)
    await world.db.execute("UPDATE webhooks SET previous_secret_until = now()")
    await world.instance.post(f"{path}test/", bob)
    await until(lambda: len(world.receiver.got("bob")) == 2)
    one = world.receiver.received["bob"][1]
    assert verified(new["secret"], one.headers, one.body)
    with pytest.raises(AssertionError):
        verified(hook["secret"], one.headers, one.body)


async def test_what_was_taken_back_or_is_by_somebody_blocked_since_is_not_sent(
    world: World,
) -> None:
    ann, bob, eve = await world.instance.people("ann", "bob", "eve")
    hook = await world.hooked(bob, "bob")
    world.receiver.answers["bob"] = (500, {})
    await world.instance.follow(ann, bob)
    await world.instance.follow(eve, bob)
    await until(lambda: len(world.receiver.got("bob")) == 2)
    await world.quiet()
    world.receiver.answers.clear()
    await world.instance.post(f"/api/users/{ann.id}/unfollow/", bob)
    await world.instance.post(f"/api/users/{bob.id}/unfollow/", ann)
    await world.instance.post(f"/api/users/{eve.id}/block/", bob)
    await world.due()
    assert len(world.receiver.got("bob")) == 2
    assert [one["status"] for one in await world.deliveries(bob, hook)] == ["withdrawn"] * 2


async def test_a_suspended_account_is_sent_nothing(world: World) -> None:
    ann, bob = await world.instance.people("ann", "bob")
    await world.hooked(bob, "bob")
    chat = await world.instance.chat(ann, bob)
    await world.quiet()
    await world.db.execute("UPDATE users SET suspended_at = now() WHERE id = $1", bob.id)
    await world.instance.say(ann, chat, "hello")
    await world.quiet()
    await world.db.execute("UPDATE users SET suspended_at = NULL WHERE id = $1", bob.id)
    await world.instance.say(ann, chat, "back?")
    await until(lambda: bool(world.receiver.got("bob")))
    said = [one["data"]["message"]["content"] for one in world.receiver.got("bob")]
    assert said == ["back?"]


async def test_a_deleted_account_leaves_no_webhook(world: World) -> None:
    ann, bob = await world.instance.people("ann", "bob")
    await world.hooked(bob, "bob")
    await world.instance.follow(ann, bob)
    await world.instance.call("DELETE", "/api/users/me/", bob, json={"password": PASSWORD})
    assert not await world.db.fetchval("SELECT count(*) FROM webhooks")
    assert not await world.db.fetchval(
        "SELECT count(*) FROM user_seq WHERE webhooks_read_up_to IS NOT NULL"
    )


async def test_one_for_which_too_much_waits_is_disabled(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "WAITING_MAX", 2)
    ann, bob = await world.instance.people("ann", "bob")
    hook = await world.hooked(bob, "bob", "message.created")
    world.receiver.answers["bob"] = (429, {"Retry-After": "3600"})
    chat = await world.instance.chat(ann, bob)
    for number in range(3):
        await world.instance.say(ann, chat, f"{number}")
    await until(lambda: bool(world.mails()))
    ended = await world.instance.get(f"/api/webhooks/{hook['id']}/", bob)
    assert ended["disabled_because"] == "overflow"


async def test_a_job_that_was_lost_costs_no_event(world: World) -> None:
    """The next event has all of them sent."""
    ann, bob = await world.instance.people("ann", "bob")
    await world.hooked(bob, "bob", "message.created")
    chat = await world.instance.chat(ann, bob)
    await world.quiet()
    async with world.db.transaction():
        await world.db.execute("LOCK TABLE webhooks IN ACCESS EXCLUSIVE MODE")
        await world.instance.say(ann, chat, "first")
        await world.db.execute("DELETE FROM jobs WHERE kind LIKE 'webhook.%'")
    await world.instance.say(ann, chat, "second")
    await until(lambda: len(world.receiver.got("bob")) == 2)
    said = [one["data"]["message"]["content"] for one in world.receiver.got("bob")]
    assert said == ["first", "second"]


async def test_a_burst_arrives_complete_and_in_order(world: World) -> None:
    ann, bob = await world.instance.people("ann", "bob")
    await world.hooked(bob, "bob", "message.created")
    await world.hooked(ann, "ann", "message.created")
    chat = await world.instance.chat(ann, bob)
    for number in range(30):
        await world.instance.say(ann, chat, f"{number}")
    for path in ("bob", "ann"):
        await until(lambda path=path: len(world.receiver.got(path)) >= 30)  # type: ignore[misc]
        said = [one["data"]["message"]["content"] for one in world.receiver.got(path)]
        assert said == [f"{number}" for number in range(30)]


@pytest.mark.parametrize("networks", [()], ids=["none allowed"])
@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0177.0.0.1",
     "0x7f.1", "127.1", "10.0.0.1", "169.254.169.254"],
)  # fmt: skip
async def test_nothing_is_sent_into_the_own_network_however_it_is_written(
    world: World, host: str
) -> None:
    bob = await world.instance.person("bob")
    port = world.receiver.url.rpartition(":")[2]
    hook = await world.hooked(bob, "bob", url=f"http://{host}:{port}/bob")
    await world.instance.post(f"/api/webhooks/{hook['id']}/test/", bob)

    async def tried() -> bool:
        (test,) = await world.deliveries(bob, hook)
        return bool(test["attempts"])

    await until(tried)
    (test,) = await world.deliveries(bob, hook)
    assert (test["error"], test["response_status"]) == ("address", None)
    assert not world.receiver.received


@pytest.mark.parametrize("port", [22, 25, 5432, 6379, 11211])
def test_public_addresses_are_asked_at_ports_of_the_web_alone(port: int) -> None:
    assert not may_connect("93.184.216.34", (), port)
    assert may_connect("127.0.0.1", LOOPBACK, port)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/", "https://", "https://user:password@example.org/", "//example.org/",
        "https://example.org/#part", "https://example.org:0/", "https://example.org:99999/",
        "https://exa mple.org/", "https://example.org\\@127.0.0.1/", "https://[::1/", "nothing",
        "https://ex\u00e4mple.org/",
    ],
)  # fmt: skip
async def test_what_is_no_address_for_events_is_refused_at_its_field(
    instance: Instance, url: str
) -> None:
    ann = await instance.person("ann")
    body = {"url": url, "events": ["message.created"]}
    refused = await instance.call("POST", "/api/webhooks/", ann, json=body, status=422)
    assert refused["errors"].keys() == {"url"}


async def test_an_address_without_tls_is_for_operators_to_allow(instance: Instance) -> None:
    ann = await instance.person("ann")
    body = {"url": "http://example.org/", "events": ["message.created"]}
    refused = await instance.call("POST", "/api/webhooks/", ann, json=body, status=422)
    assert refused["errors"].keys() == {"url"}
    made = await instance.post(
        "/api/webhooks/", ann, {**body, "url": "https://example.org/"}, status=201
    )
    path = f"/api/webhooks/{made['id']}/"
    await instance.call("PATCH", path, ann, json={"url": body["url"]}, status=422)


@pytest.mark.parametrize("events", [[], ["post.created"], ["session.ready"], ["nothing"], "x"])
async def test_only_events_of_ones_own_log_can_be_chosen(instance: Instance, events: Any) -> None:
    ann = await instance.person("ann")
    body = {"url": "https://example.org/", "events": events}
    refused = await instance.call("POST", "/api/webhooks/", ann, json=body, status=422)
    assert all(field.startswith("events") for field in refused["errors"])


async def test_an_account_has_ten_webhooks_and_nobody_elses(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    body = {"url": "https://example.org/", "events": ["message.created"]}
    made = [(await instance.post("/api/webhooks/", ann, body))["id"] for _ in range(10)]
    refused = await instance.call("POST", "/api/webhooks/", ann, json=body, status=409)
    assert refused["code"] == "webhook_limit"
    assert [one["id"] for one in await instance.walk("/api/webhooks/", ann)] == made[::-1]
    assert not await instance.walk("/api/webhooks/", bob)
    path = f"/api/webhooks/{made[0]}/"
    for method, below in (
        ("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "test/"), ("POST", "rotate_secret/"),
        ("GET", "deliveries/"), ("POST", "deliveries/1/redeliver/"),
    ):  # fmt: skip
        await instance.call(method, path + below, bob, status=404)
    await instance.call("DELETE", path, ann, status=204)
    await instance.post("/api/webhooks/", ann, body, status=201)


async def test_a_delivery_is_sent_again_when_its_owner_asks_for_it(world: World) -> None:
    ann, bob = await world.instance.people("ann", "bob")
    hook = await world.hooked(bob, "bob", "message.created")
    chat = await world.instance.chat(ann, bob)
    said = await world.instance.say(ann, chat, "hello")
    await until(lambda: bool(world.receiver.got("bob")))
    await world.quiet()
    edited = f"/api/messages/{chat}/messages/{said['id']}/"
    await world.instance.call("PATCH", edited, ann, json={"content": "hello again"})
    (delivery,) = await world.deliveries(bob, hook)
    path = f"/api/webhooks/{hook['id']}/deliveries/{delivery['id']}/redeliver/"
    assert (await world.instance.post(path, bob))["status"] == "waiting"
    await until(lambda: len(world.receiver.got("bob")) == 2)
    first, second = world.receiver.received["bob"]
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert second.said["data"]["message"]["content"] == "hello again"
    assert int(second.headers["webhook-timestamp"]) <= time.time()
