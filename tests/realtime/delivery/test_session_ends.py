"""A socket lives as long as its session and its token, on every instance, and is told its end."""

import asyncio
from dataclasses import replace

import pytest

from realtime.delivery import reconciler
from realtime.transport.websocket import FLUSH_SECONDS
from server.config.load import Config
from tests.conftest import running
from tests.people import Instance, Person, SocketClient
from tests.realtime.socket_client import raw_socket
from tests.waiting import until


async def ended(*clients: SocketClient, seconds: float) -> None:
    """All of them are told that they are closed for good, and closed."""
    for client in clients:
        closing = await client.next("session.closing", seconds)
        assert closing["code"] == "session_ended"
        assert closing["reason"]
        assert closing["reconnect_in_ms"] is None
    await until(lambda: not any(client.client.connected for client in clients), FLUSH_SECONDS + 5)


async def revoke(instance: Instance, person: Person) -> None:
    path = "/api/users/token/revoke/"
    await instance.post(path, person, {"refresh": person.refresh}, status=204)


@pytest.fixture
def unreconciled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ends of sessions are told to other instances, or not noticed there."""
    monkeypatch.setattr(reconciler, "PERIOD_SECONDS", 3600)


async def test_revoked_session_loses_its_sockets_everywhere_and_no_other_does(
    unreconciled: None, two_instances: tuple[Instance, Instance]
) -> None:
    here, there = two_instances
    ann = await here.person("ann")
    phone = await here.log_in(ann.id, ann.username)
    async with (
        here.socket(ann) as one,
        there.socket(ann) as other,
        there.socket(ann, transports=["polling"]) as polling,
        there.socket(phone) as stays,
    ):
        for client in (one, other, polling, stays):
            await client.ready()
        await revoke(here, ann)
        await ended(one, other, polling, seconds=10)
        await stays.do("feed.list")
        assert stays.client.connected


async def test_a_reused_refresh_token_ends_the_sockets_of_its_family(
    two_instances: tuple[Instance, Instance],
) -> None:
    here, there = two_instances
    ann = await here.person("ann")
    async with here.socket(ann) as one, there.socket(ann) as other:
        await one.ready()
        await other.ready()
        path = "/api/users/token/refresh/"
        second = await here.post(path, json={"refresh": ann.refresh})
        await here.post(path, json={"refresh": second["refresh"]})
        assert one.client.connected
        await there.post(path, json={"refresh": ann.refresh}, status=401)
        await ended(one, other, seconds=10)


async def test_without_redis_the_reconciler_closes_the_sockets_of_a_revoked_session(
    settings: Config,
) -> None:
    away = replace(settings, redis_url="redis://127.0.0.1:1")
    async with running(away) as here, running(away) as there:
        ann = await here.person("ann")
        async with here.socket(ann) as one, there.socket(ann) as other:
            await one.ready()
            await other.ready()
            await revoke(here, ann)
            await ended(one, other, seconds=10)


async def test_one_who_connects_with_a_token_just_revoked_is_not_let_live(
    unreconciled: None, instance: Instance
) -> None:
    ann = await instance.person("ann")
    await revoke(instance, ann)
    async with raw_socket(instance) as raw:
        await raw.send(f'40{{"token":"{ann.access}"}}')
        texts = []
        while (text := await raw.next(10)) is not None and not text.startswith("44"):
            texts.append(text)
    assert not texts or "session.closing" in texts[-2]


async def test_a_stock_client_is_told_for_good_so_that_it_does_not_come_back(
    instance: Instance,
) -> None:
    ann = await instance.person("ann")
    async with raw_socket(instance) as raw:
        await raw.log_in(ann)
        await revoke(instance, ann)
        assert (await raw.event("session.closing"))["seq"] is None
        assert await raw.next() == "41"
        assert await raw.next() is None


async def test_expired_access_token_closes_its_socket(settings: Config) -> None:
    async with running(replace(settings, access_token_seconds=5)) as instance:
        ann = await instance.person("ann")
        async with instance.socket(ann) as client:
            await client.ready()
            closing = await client.next("session.closing", 20)
            assert closing["code"] == "token_expired"
            assert closing["reconnect_in_ms"] is None
            async with asyncio.timeout(20):
                await client.client.wait()
            assert client.names().count("session.closing") == 1


async def test_sessions_that_end_one_by_one_each_take_only_their_own_sockets(
    two_instances: tuple[Instance, Instance],
) -> None:
    here, there = two_instances
    ann = await here.person("ann")
    logins = [await here.log_in(ann.id, ann.username) for _ in range(4)]
    async with (
        here.socket(logins[0]) as a,
        there.socket(logins[1]) as b,
        here.socket(logins[2]) as c,
        there.socket(logins[3]) as d,
    ):
        left = [a, b, c, d]
        for client in left:
            await client.ready()
        while left:
            gone = left.pop()
            await revoke(here, logins[len(left)])
            await ended(gone, seconds=1)
            for client in left:
                await client.do("feed.list")
