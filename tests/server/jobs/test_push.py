"""Web Push as a push service gets it and a browser decrypts it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from ipaddress import ip_network

import asyncpg
import pytest

from server.config import Config
from server.outgoing import Networks, may_connect
from tests.conftest import Services, running
from tests.people import Instance, Person
from tests.server.jobs.mail_server import mail_server
from tests.server.jobs.push_service import Browser, PushService, push_service
from tests.server.jobs.worker_helpers import no_jobs, until, working
from tests.storage.own_database import own_database

LOOPBACK = (ip_network("127.0.0.0/8"),)


@dataclass(frozen=True, slots=True)
class World:
    instance: Instance
    service: PushService
    db: asyncpg.Connection

    async def subscribed(self, person: Person, name: str) -> Browser:
        browser = self.service.browser(name)
        sent = browser.subscription
        path = "/api/push/subscription/"
        told = await self.instance.call("PUT", path, person, json=sent, status=200)
        assert told["subscribed"]
        return browser

    async def settled(self) -> None:
        """Wait until all that is due has been pushed, without the moment that it waits."""
        await self.db.execute("UPDATE jobs SET run_at = now() WHERE kind LIKE 'push.%'")
        await self.db.execute("SELECT pg_notify('jobs', '')")
        await until(no_jobs(self.db))

    async def is_subscribed(self, person: Person) -> bool:
        subscribed: bool = (await self.instance.get("/api/push/", person))["subscribed"]
        return subscribed


@pytest.fixture
def networks() -> Networks:
    return LOOPBACK


@pytest.fixture
async def world(settings: Config, services: Services, networks: Networks) -> AsyncIterator[World]:
    async with (
        own_database(services.database_url) as url,
        push_service() as service,
        mail_server() as smtp,
    ):
        own = replace(settings, database_url=url, outgoing_networks=tuple(networks))
        async with running(own) as instance, working(own, smtp):
            db = await asyncpg.connect(url)
            yield World(instance, service, db)
            await db.close()


async def test_a_message_and_a_like_are_told_to_each_browser_that_asked_for_it(
    world: World,
) -> None:
    ann, bob = await world.instance.people("ann", "bob")
    phone = await world.instance.log_in(bob.id, bob.username)
    tablet = await world.instance.log_in(bob.id, bob.username)
    await world.subscribed(bob, "desktop")
    await world.subscribed(phone, "phone")
    chat = await world.instance.chat(ann, bob)
    await world.instance.say(ann, chat, "are you there?")
    post = (await world.instance.write(bob, "a thought"))["id"]
    await world.instance.post(f"/api/posts/{post}/like/", ann)
    await world.settled()
    name = (await world.instance.get("/api/users/me/", ann))["display_name"]
    message = {
        "kind": "message",
        "actor": name,
        "text": "are you there?",
        "path": f"/messages/{chat}",
        "tag": f"message-{chat}",
    }
    like = {
        "kind": "like",
        "actor": name,
        "text": "a thought",
        "path": f"/@{bob.username}/posts/{post}",
        "tag": f"like-{post}",
    }
    for browser in ("desktop", "phone"):
        got = world.service.got(browser)
        assert sorted(got, key=lambda one: one["kind"]) == [like, message]
    assert not await world.is_subscribed(tablet)


async def test_what_was_read_and_what_oneself_wrote_are_not_pushed(world: World) -> None:
    ann, bob = await world.instance.people("ann", "bob")
    await world.subscribed(ann, "ann")
    await world.subscribed(bob, "bob")
    chat = await world.instance.chat(ann, bob)
    message = (await world.instance.say(ann, chat, "hello"))["id"]
    read = {"up_to": message}
    await world.instance.post(f"/api/messages/{chat}/read/", bob, json=read, status=200)
    await world.settled()
    assert not world.service.received


async def test_a_session_that_ends_and_one_that_unsubscribes_get_no_more(world: World) -> None:
    ann, bob = await world.instance.people("ann", "bob")
    phone = await world.instance.log_in(bob.id, bob.username)
    await world.subscribed(bob, "desktop")
    await world.subscribed(phone, "phone")
    await world.instance.call("DELETE", "/api/push/subscription/", bob, status=204)
    await world.instance.post(
        "/api/users/token/revoke/", phone, json={"refresh": phone.refresh}, status=204
    )
    chat = await world.instance.chat(ann, bob)
    await world.instance.say(ann, chat, "hello")
    await world.settled()
    assert not world.service.received
    assert not await world.is_subscribed(bob)


async def test_without_a_browser_no_event_queues_a_job(world: World) -> None:
    ann, bob = await world.instance.people("ann", "bob")
    await world.settled()
    await world.subscribed(bob, "bob")
    await world.instance.call("DELETE", "/api/push/subscription/", bob, status=204)
    chat = await world.instance.chat(ann, bob)
    await world.instance.say(ann, chat, "hello")
    queued = await world.db.fetchval("SELECT count(*) FROM jobs WHERE kind LIKE 'push.%'")
    assert queued == 0


@pytest.mark.parametrize("status", [404, 410])
async def test_a_subscription_that_the_push_service_has_forgotten_is_forgotten(
    world: World, status: int
) -> None:
    ann, bob = await world.instance.people("ann", "bob")
    await world.subscribed(bob, "bob")
    world.service.answers["bob"] = status
    chat = await world.instance.chat(ann, bob)
    await world.instance.say(ann, chat, "hello")
    await world.settled()
    assert len(world.service.received) == 1
    assert not await world.is_subscribed(bob)


async def test_what_the_push_service_cannot_take_now_is_pushed_later(world: World) -> None:
    ann, bob = await world.instance.people("ann", "bob")
    await world.subscribed(bob, "bob")
    world.service.answers["bob"] = 503
    chat = await world.instance.chat(ann, bob)
    await world.instance.say(ann, chat, "hello")
    await world.db.execute("UPDATE jobs SET run_at = now() WHERE kind LIKE 'push.%'")
    await world.db.execute("SELECT pg_notify('jobs', '')")

    await until(lambda: bool(world.service.received))
    world.service.answers.clear()
    await world.settled()
    assert world.service.got("bob")[-1]["text"] == "hello"
    assert await world.is_subscribed(bob)


async def test_a_browser_that_another_account_takes_over_is_told_of_that_one_only(
    world: World,
) -> None:
    ann, bob, eve = await world.instance.people("ann", "bob", "eve")
    browser = await world.subscribed(bob, "shared")
    await world.instance.call(
        "PUT", "/api/push/subscription/", eve, json=browser.subscription, status=200
    )
    chat = await world.instance.chat(ann, bob)
    await world.instance.say(ann, chat, "for bob alone")
    await world.settled()
    assert not world.service.received
    assert not await world.is_subscribed(bob)


@pytest.mark.parametrize("networks", [()], ids=["none allowed"])
async def test_nothing_is_sent_to_an_address_within_the_own_network(world: World) -> None:
    ann, bob = await world.instance.people("ann", "bob")
    await world.subscribed(bob, "bob")
    chat = await world.instance.chat(ann, bob)
    await world.instance.say(ann, chat, "hello")
    await world.settled()
    assert not world.service.received
    assert not await world.is_subscribed(bob)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("endpoint", "http://push.example/1"),
        ("endpoint", "ftp://127.0.0.1/1"),
        ("endpoint", "https://"),
        ("endpoint", "https://[::1/"),
        ("endpoint", "nothing"),
        ("p256dh", "AAAA"),
        ("p256dh", "not base64!"),
        ("auth", "AAAA"),
        ("auth", ""),
    ],
)
async def test_what_is_no_subscription_is_refused_at_its_field(
    instance: Instance, field: str, value: str
) -> None:
    ann = await instance.person("ann")
    sent = Browser("https://push.example/1").subscription | {field: value}
    path = "/api/push/subscription/"
    refused = await instance.call("PUT", path, ann, json=sent, status=422)
    assert refused["errors"].keys() == {field}


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fd00::1",
        "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "ff02::1",
    ],
)  # fmt: skip
def test_addresses_within_networks_are_not_public(address: str) -> None:
    assert not may_connect(address, ())


def test_public_addresses_and_allowed_networks_may_be_connected_to() -> None:
    assert may_connect("93.184.216.34", ())
    assert may_connect("2606:2800:220:1:248:1893:25c8:1946", ())
    assert may_connect("::ffff:127.0.0.1", LOOPBACK)
    assert may_connect("127.0.0.1", LOOPBACK)
