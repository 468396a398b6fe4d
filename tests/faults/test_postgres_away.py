"""PostgreSQL that answers nothing is remembered to be away, and one that is only slow is not."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from urllib.parse import urlsplit

import asyncpg
import pytest

from server.config.load import Config
from storage.database import breaker, pool
from storage.database.pool import COMMAND_SECONDS, Database, open_database
from storage.errors import Unavailable
from tests.conftest import Services, running
from tests.faults.proxy import FaultProxy, Mode, before_postgres
from tests.people import PASSWORD
from tests.realtime.socket_client import raw_socket
from tests.waiting import until

AWAY: list[Mode] = ["blackhole", "refuse", "reset"]
BREAKER = "storage.database.breaker"
SIZE = 10
LONG_SECONDS = 40.0
LOCK = 7_000_001
ROUNDS = 5


@pytest.fixture
async def unowned() -> AsyncIterator[list[str]]:
    """What the event loop had to say of exceptions that nobody took care of."""
    said: list[str] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: said.append(repr(context)))
    yield said
    loop.set_exception_handler(None)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Statements, turns and connections may take longer than what a busy machine adds to them."""
    monkeypatch.setattr(pool, "COMMAND_SECONDS", LONG_SECONDS)
    monkeypatch.setattr(pool, "ACQUIRE_SECONDS", LONG_SECONDS)
    monkeypatch.setattr(breaker, "CONNECT_SECONDS", LONG_SECONDS)


@asynccontextmanager
async def through_proxy(services: Services) -> AsyncIterator[tuple[FaultProxy, Database]]:
    async with (
        before_postgres(services.database_url) as (proxy, url),
        open_database(url, SIZE) as db,
    ):
        yield proxy, db


async def answers(db: Database) -> bool:
    try:
        return bool(await db.fetchval("SELECT true"))
    except Unavailable:
        return False


async def outcomes(db: Database, count: int) -> list[bool]:
    return await asyncio.gather(*(answers(db) for _ in range(count)))


async def connected(db: Database, count: int) -> None:
    """So many connections at least are open in the pool, none in use."""
    await asyncio.gather(*(db.fetchval("SELECT pg_sleep(0.1)") for _ in range(count)))


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == BREAKER]


# Away


@pytest.mark.parametrize("mode", AWAY)
async def test_nobody_waits_for_a_postgresql_that_is_known_to_be_away(
    services: Services, mode: Mode, caplog: pytest.LogCaptureFixture, unowned: list[str]
) -> None:
    async with through_proxy(services) as (proxy, db):
        await connected(db, 3)
        await proxy.set_mode(mode)
        assert not any(await outcomes(db, 30))
        started, accepted = time.monotonic(), proxy.accepted
        for _ in range(100):
            assert not await answers(db)
        assert time.monotonic() - started < COMMAND_SECONDS  # not one of them has waited
        assert proxy.accepted - accepted < 30  # but for the one that tries
        await proxy.set_mode("pass")
        await until(lambda: answers(db))
        assert all(await outcomes(db, 30))
    assert sum("is away" in line for line in said(caplog)) == 1
    assert "again" in said(caplog)[-1]
    assert unowned == []


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("mode", AWAY)
@pytest.mark.parametrize("opened", [0, 3, SIZE])
async def test_the_first_who_find_postgresql_away_wait_for_less_than_a_statement_may_take(
    services: Services, mode: Mode, opened: int, unowned: list[str]
) -> None:
    async with through_proxy(services) as (proxy, db):
        await connected(db, opened)
        await proxy.set_mode(mode)
        started = time.monotonic()
        assert not any(await outcomes(db, 100))
        assert time.monotonic() - started < LONG_SECONDS / 2
    assert unowned == []


async def in_transaction(db: Database, between: Callable[[], Awaitable[None]]) -> None:
    async with db.transaction() as connection:
        await connection.fetchval("SELECT 1")
        await between()
        await connection.fetchval("SELECT 1")


@pytest.mark.usefixtures("patient")
async def test_a_transaction_under_way_is_given_up_with_the_rest(services: Services) -> None:
    async with through_proxy(services) as (proxy, db):
        started = time.monotonic()
        with pytest.raises(Unavailable):
            await in_transaction(db, partial(proxy.set_mode, "blackhole"))
        assert time.monotonic() - started < LONG_SECONDS / 2
        await proxy.set_mode("pass")
        await until(lambda: answers(db))


async def test_postgresql_that_went_and_came_fails_none_but_who_meet_a_dead_connection(
    services: Services,
) -> None:
    async with through_proxy(services) as (proxy, db):
        await connected(db, 3)
        await proxy.set_mode("reset")
        await proxy.set_mode("pass")
        assert (await outcomes(db, 30)).count(False) <= 3


async def test_who_gives_up_waiting_leaves_nothing_behind(
    services: Services, unowned: list[str]
) -> None:
    """Neither an exception that nobody saw, nor a place in the pool that is lost."""
    async with through_proxy(services) as (proxy, db):
        await connected(db, SIZE)
        await proxy.set_mode("blackhole")
        for _ in range(3):
            waiting = [asyncio.create_task(answers(db)) for _ in range(5 * SIZE)]
            await asyncio.sleep(0.02)  # in which some begin a statement, others wait for a turn
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
        await proxy.set_mode("pass")
        await until(lambda: answers(db))
        await connected(db, SIZE)
        waiting = [asyncio.create_task(answers(db)) for _ in range(5 * SIZE)]
        await asyncio.sleep(0.02)
        await proxy.set_mode("blackhole")
    for task in waiting:  # the pool was closed over them
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    await asyncio.sleep(0)
    assert unowned == []


# Half away


@pytest.mark.usefixtures("patient")
async def test_connections_that_lead_nowhere_are_replaced_while_new_ones_can_be_made(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    async with through_proxy(services) as (proxy, db):
        await connected(db, SIZE)
        proxy.strand()
        started = time.monotonic()
        await outcomes(db, 3)
        assert time.monotonic() - started < LONG_SECONDS / 2
        assert all(await outcomes(db, 3 * SIZE))
    assert said(caplog) == []


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("opened", [1, 4])
async def test_connections_that_there_are_serve_all_while_no_new_one_can_be_made(
    services: Services, opened: int, caplog: pytest.LogCaptureFixture
) -> None:
    async with through_proxy(services) as (proxy, db):
        await connected(db, opened)
        await proxy.set_mode("newcomers")
        started = time.monotonic()
        assert all(await outcomes(db, 5 * SIZE))
        assert time.monotonic() - started < LONG_SECONDS / 2
        assert db.available
        await proxy.set_mode("pass")
        await until(lambda: "again" in said(caplog)[-1])
        assert all(await outcomes(db, 5 * SIZE))
    assert "takes no more" in said(caplog)[0]


@pytest.mark.usefixtures("patient")
async def test_postgresql_is_away_when_the_last_of_what_all_share_ends_while_idle(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    async with through_proxy(services) as (proxy, db):
        await connected(db, 3)
        await proxy.set_mode("newcomers")
        assert all(await outcomes(db, 5 * SIZE))
        assert "takes no more" in said(caplog)[-1]
        await proxy.set_mode("reset")  # of which nobody hears, as nobody asks
        await until(lambda: not db.available)
        assert not any(await outcomes(db, 5 * SIZE))
        await proxy.set_mode("pass")
        await until(lambda: answers(db))


async def test_a_role_that_may_have_fewer_connections_than_the_pool_does_with_these(
    services: Services,
) -> None:
    role = f"few_{uuid.uuid4().hex}"
    admin = await asyncpg.connect(services.database_url)
    await admin.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{role}' CONNECTION LIMIT 2")
    try:
        parts = urlsplit(services.database_url)
        url = parts._replace(netloc=f"{role}:{role}@{parts.netloc.rpartition('@')[2]}").geturl()
        async with open_database(url, SIZE) as db:
            await db.fetchval("SELECT 1")
            assert all(await outcomes(db, 5 * SIZE))
    finally:
        await until(lambda: dropped(admin, role))
        await admin.close()


async def dropped(admin: asyncpg.Connection, role: str) -> bool:
    try:
        await admin.execute(f"DROP ROLE {role}")
    except asyncpg.PostgresError:
        return False
    return True


# Not away


@asynccontextmanager
async def locked(services: Services) -> AsyncIterator[None]:
    """Whoever asks for LOCK waits, until PostgreSQL cancels the statement after 2 s."""
    admin = await asyncpg.connect(services.database_url)
    await admin.execute(f"SELECT pg_advisory_lock({LOCK})")
    try:
        yield
    finally:
        await admin.close()


@pytest.mark.parametrize("slow", [1, SIZE, 2 * SIZE])
async def test_slow_statements_do_not_make_postgresql_away(
    services: Services, slow: int, caplog: pytest.LogCaptureFixture
) -> None:
    async with through_proxy(services) as (_, db), locked(services):
        waits = f"SELECT pg_advisory_xact_lock({LOCK})"
        waiting = [asyncio.create_task(db.execute(waits)) for _ in range(slow)]
        ended = await asyncio.gather(*waiting, return_exceptions=True)
        # PostgreSQL itself ended them, none the breaker.
        causes = {type(error.__cause__) for error in ended if isinstance(error, BaseException)}
        assert causes <= {asyncpg.QueryCanceledError, TimeoutError}
        assert asyncpg.QueryCanceledError in causes
        assert all(await outcomes(db, SIZE))
    assert said(caplog) == []


async def test_a_stall_of_this_process_does_not_make_postgresql_away(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    async with through_proxy(services) as (_, db):
        for opened in (0, 3):
            await connected(db, opened)
            asking = asyncio.gather(*(answers(db) for _ in range(2 * SIZE)))
            for _ in range(6):
                await asyncio.sleep(0)
                time.sleep(0.3)
            assert all(await asking)
    assert said(caplog) == []


async def test_a_connection_that_is_held_without_a_statement_is_left_alone(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        through_proxy(services) as (_, db),
        locked(services),
        db.transaction() as connection,
    ):
        pid = await connection.fetchval("SELECT pg_backend_pid()")
        with pytest.raises(Unavailable):
            await db.execute(f"SELECT pg_advisory_xact_lock({LOCK})")
        assert await connection.fetchval("SELECT pg_backend_pid()") == pid
    assert said(caplog) == []


# Everybody who uses it


@pytest.mark.parametrize("mode", AWAY)
async def test_requests_logins_commands_and_newcomers_are_refused_at_once_while_it_is_away(
    settings: Config, mode: Mode
) -> None:
    async with (
        before_postgres(settings.database_url) as (proxy, url),
        running(replace(settings, database_url=url)) as instance,
    ):
        ann, bob = await instance.people("ann", "bob")
        login = {"username": ann.username, "password": PASSWORD}
        async with instance.socket(ann) as client:
            await client.ready()
            await proxy.set_mode(mode)
            first = [instance.get("/api/posts/", status=503) for _ in range(30)]
            await asyncio.gather(*first)
            started = time.monotonic()
            for _ in range(ROUNDS):
                reply = await instance.post("/api/users/token/", json=login, status=503)
                assert int(reply.headers["Retry-After"]) >= 1
                await instance.get("/api/users/me/", ann, status=503)
                assert (
                    b"mini_twitter_database_available 0.0" in (await instance.get("/metrics")).body
                )
                readiness = await instance.get("/readyz", status=503)
                assert readiness["postgresql"] == "unavailable"
                ack = await client.call("post.create", {"content": "hi"})
                assert ack["error"]["status"] == 503
                async with raw_socket(instance) as raw:
                    await raw.send(f'40{{"token":"{bob.access}"}}')
                    assert await raw.next() is None  # cut, to come again
            assert time.monotonic() - started < ROUNDS * COMMAND_SECONDS
            await proxy.set_mode("pass")
            await until(instance.is_ready)
            ack = await client.call("post.create", {"content": "hi"})
            assert ack["ok"]
