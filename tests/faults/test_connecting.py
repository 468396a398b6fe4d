"""Clients that connect while PostgreSQL is away, or all at once, get in by themselves."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import socketio

from realtime.transport import socketio_server
from server.config.load import Config
from storage.database import pool
from tests.conftest import running
from tests.faults.proxy import FaultProxy, Mode, before_postgres
from tests.journeys.test_javascript_client import client_js, pytestmark, script
from tests.people import Instance, Person
from tests.realtime.message_helpers import conversation, send_many
from tests.realtime.socket_client import raw_socket
from tests.stock_client import shut
from tests.waiting import until

__all__ = ["client_js", "pytestmark"]  # the stock JavaScript client needs Node

BACK_SECONDS = 10  # within which a client is in after PostgreSQL is back
HERD_SECONDS = 90  # for all of a herd, on a busy machine
AWAY: list[Mode] = ["refuse", "blackhole"]


@asynccontextmanager
async def behind_proxy(settings: Config) -> AsyncIterator[tuple[FaultProxy, Instance, Person]]:
    async with AsyncExitStack() as stack:
        proxy, url = await stack.enter_async_context(before_postgres(settings.database_url))
        instance = await stack.enter_async_context(running(replace(settings, database_url=url)))
        yield proxy, instance, await instance.person("ann")


@pytest.mark.parametrize("mode", AWAY)
async def test_a_stock_python_client_that_comes_while_postgresql_is_away_gets_in_later(
    settings: Config, mode: Mode
) -> None:
    async with behind_proxy(settings) as (proxy, instance, ann):
        await proxy.set_mode(mode)
        client = socketio.AsyncClient(reconnection_delay=0.2, reconnection_delay_max=1)
        ready = asyncio.Event()
        client.on("session.ready", lambda _: ready.set())
        connecting = asyncio.create_task(
            client.connect(
                instance.url,
                auth={"token": ann.access},
                transports=["websocket"],
                retry=True,
                wait_timeout=30,  # by default it gives up for good after a second of silence
            )
        )
        try:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(asyncio.shield(ready.wait()), 2)
            await proxy.set_mode("pass")
            await asyncio.wait_for(ready.wait(), BACK_SECONDS)
        finally:
            connecting.cancel()
            await asyncio.gather(connecting, return_exceptions=True)
            await shut(client)


@pytest.mark.parametrize("transports", ["websocket", "polling,websocket"])
async def test_a_stock_javascript_client_that_comes_while_postgresql_is_away_gets_in_later(
    settings: Config, client_js: Path, transports: str
) -> None:
    async with behind_proxy(settings) as (proxy, instance, ann):
        await proxy.set_mode("refuse")
        async with script(client_js, instance, ann.access, transports) as client:
            with pytest.raises(TimeoutError):
                await client.next("event", "session.ready", seconds=2)
            await proxy.set_mode("pass")
            await client.next("event", "session.ready", seconds=BACK_SECONDS)


async def test_a_herd_waits_its_turn_instead_of_being_refused_and_requests_are_answered_meanwhile(
    settings: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A turn for a connection to PostgreSQL is short here: who asked for one at once would fail."""
    asked = 0

    async def ask_on(instance: Instance, person: Person) -> None:
        nonlocal asked
        while True:
            await instance.get("/api/users/me/", person, status=200)
            asked += 1
            await asyncio.sleep(0.02)

    async with running(replace(settings, max_sockets_per_user=30)) as instance:
        ann, *herd = await instance.people("ann", *(10 * ["bob"]))
        room = await conversation(instance, ann, *herd)
        await send_many(instance, ann, room, 20 * ["x" * 2000])
        monkeypatch.setattr(pool, "ACQUIRE_SECONDS", 0.1)
        async with AsyncExitStack() as stack:
            sockets = await asyncio.gather(
                *(stack.enter_async_context(raw_socket(instance)) for _ in range(30 * len(herd)))
            )
            for socket in sockets:
                socket.patience = HERD_SECONDS
            arrivals = [
                socket.log_in(herd[number % len(herd)], since=0)
                for number, socket in enumerate(sockets)
            ]
            asking = asyncio.create_task(ask_on(instance, ann))
            ready = await asyncio.wait_for(asyncio.gather(*arrivals), HERD_SECONDS)
            assert not asking.done(), asking
            asking.cancel()
        assert asked > 0
        assert {one["resume"]["status"] for one in ready} == {"resumed"}


async def test_who_waits_its_turn_is_not_cut_for_having_shown_no_token(
    settings: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socketio_server, "HANDSHAKE_SECONDS", 0.2)
    async with behind_proxy(settings) as (proxy, instance, ann):
        await proxy.set_mode("blackhole")
        async with raw_socket(instance) as raw, raw_socket(instance) as silent:
            arriving = asyncio.create_task(raw.log_in(ann))
            assert await silent.next() is None  # it has shown none
            assert not arriving.done()
            await proxy.set_mode("pass")
            assert (await arriving)["user"]["id"] == ann.id


async def test_who_has_shown_a_token_that_a_busy_instance_has_not_read_yet_is_not_cut(
    settings: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socketio_server, "HANDSHAKE_SECONDS", 0.4)
    async with running(settings) as instance:
        ann = await instance.person("ann")
        async with raw_socket(instance) as raw:
            await raw.send(f'40{{"token":"{ann.access}"}}')
            time.sleep(0.6)
            assert (await raw.event("session.ready"))["data"]["user"]["id"] == ann.id


async def test_who_gave_up_waiting_is_not_looked_up(settings: Config) -> None:
    """Hundreds who waited and went cost those behind them nothing: no query, and no 3 s each."""
    async with behind_proxy(settings) as (proxy, instance, ann):
        await proxy.set_mode("blackhole")
        async with AsyncExitStack() as stack:
            for _ in range(150):
                raw = await stack.enter_async_context(raw_socket(instance))
                await raw.send(f'40{{"token":"{ann.access}"}}')
        async with raw_socket(instance) as last:
            await last.send(f'40{{"token":"{ann.access}"}}')
            # Cut, to come again. Two at a time are looked up for 3 s: all would take minutes.
            assert await last.next(60) is None
        await proxy.set_mode("pass")


async def test_a_connection_that_is_cut_for_now_is_told_nothing(settings: Config) -> None:
    async with behind_proxy(settings) as (proxy, instance, ann):
        await proxy.set_mode("refuse")
        async with raw_socket(instance) as raw:
            await raw.send(f'40{{"token":"{ann.access}"}}')
            assert await raw.next() is None
        await proxy.set_mode("pass")
        await until(instance.is_ready)


@pytest.mark.parametrize("transports", ["websocket", "polling,websocket"])
async def test_a_stock_javascript_client_beyond_the_limit_of_its_user_gets_in_when_one_goes(
    settings: Config, client_js: Path, transports: str
) -> None:
    async with running(replace(settings, max_sockets_per_user=1)) as instance:
        ann = await instance.person("ann")
        async with AsyncExitStack() as leaving:
            first = await leaving.enter_async_context(instance.socket(ann))
            await first.ready()
            async with script(client_js, instance, ann.access, transports) as client:
                with pytest.raises(TimeoutError):
                    await client.next("event", "session.ready", seconds=2)
                await leaving.aclose()
                await client.next("event", "session.ready", seconds=BACK_SECONDS)
