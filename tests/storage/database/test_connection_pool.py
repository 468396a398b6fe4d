"""The pool hands out what works, to one at a time, in turn, and loses none."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from random import Random

import asyncpg
import pytest

from storage.database import connection_pool, pool
from storage.database.connection import STATEMENTS_KEPT
from storage.database.pool import Database, open_database
from storage.errors import Unavailable
from tests.conftest import Services
from tests.storage.own_database import own_database
from tests.waiting import until

SIZE = 3
PID = "SELECT pg_backend_pid()"
OTHERS = """
    SELECT count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type LIKE 'client%'
"""
END_OTHERS = OTHERS.replace("count(*)", "count(pg_terminate_backend(pid))")
PREPARED = "SELECT count(*) FROM pg_prepared_statements"


@asynccontextmanager
async def small_pool(services: Services) -> AsyncIterator[tuple[Database, asyncpg.Connection]]:
    """A pool on a database of its own, and a connection beside it."""
    async with own_database(services.database_url) as url:
        admin = await asyncpg.connect(url)
        try:
            async with open_database(url, SIZE) as db:
                yield db, admin
        finally:
            await admin.close()


async def at_once(db: Database, count: int) -> set[int]:
    """The backends of so many statements at once."""
    return set(await asyncio.gather(*(_pid(db) for _ in range(count))))


async def _pid(db: Database) -> int:
    async with db.connection() as connection:
        await connection.execute("SELECT pg_sleep(0.02)")
        return int(await connection.fetchval(PID))


async def is_whole(db: Database) -> bool:
    """Nobody has or waits for a connection."""
    return (db.in_use, db.waiting) == (0, 0)


# What is open


async def test_connections_are_made_when_they_are_wanted_up_to_the_size(
    services: Services,
) -> None:
    async with small_pool(services) as (db, admin):
        assert await admin.fetchval(OTHERS) == 0
        assert len({await db.fetchval(PID) for _ in range(5)}) == 1
        assert len(await at_once(db, 8 * SIZE)) == SIZE
        assert await admin.fetchval(OTHERS) == SIZE


async def test_the_connection_used_last_is_used_next(services: Services) -> None:
    async with small_pool(services) as (db, _):
        await at_once(db, SIZE)
        last = await db.fetchval(PID)
        assert {await db.fetchval(PID) for _ in range(10)} == {last}


async def test_an_idle_connection_is_closed_after_a_while(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_pool, "IDLE_SECONDS", 0.2)
    async with small_pool(services) as (db, admin):
        await at_once(db, SIZE)

        async def only_the_used_one_is_left() -> bool:
            await db.fetchval("SELECT 1")
            return bool(await admin.fetchval(OTHERS) == 1)

        await until(only_the_used_one_is_left)

        async def none_is_left() -> bool:
            return bool(await admin.fetchval(OTHERS) == 0)

        await until(none_is_left)
        assert await db.fetchval("SELECT 1") == 1


async def test_an_old_connection_is_replaced_when_it_is_released(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_pool, "AGE_SECONDS", 0.0)
    async with small_pool(services) as (db, _):
        assert len({await db.fetchval(PID) for _ in range(5)}) == 5


async def test_connections_that_postgresql_ended_while_idle_are_noticed(
    services: Services,
) -> None:
    async with small_pool(services) as (db, admin):
        before = await at_once(db, SIZE)
        async with db.connection() as one, db.connection() as two, db.connection() as three:
            connections = (one, two, three)
        assert await admin.fetchval(END_OTHERS) == SIZE
        # Their last words may come after they left the list of PostgreSQL.
        await until(lambda: all(connection.is_closed() for connection in connections))
        assert not before & await at_once(db, SIZE)


async def test_a_connection_that_ends_in_somebodys_hands_is_not_given_to_the_next(
    services: Services,
) -> None:
    async with small_pool(services) as (db, _):
        with pytest.raises(Unavailable):
            await db.execute("SELECT pg_terminate_backend(pg_backend_pid()), $1::int", 1)
        assert await db.fetchval("SELECT 1") == 1
        assert await is_whole(db)


async def test_who_is_ended_to_resolve_a_deadlock_may_try_again(services: Services) -> None:
    async with small_pool(services) as (db, admin):
        await admin.execute("SET deadlock_timeout = '1min'")  # so that it is the other one
        lock = "SELECT pg_advisory_xact_lock($1)"
        crossed = asyncio.Event()

        async def cross() -> None:
            async with db.transaction() as connection:
                await connection.execute(lock, 2)
                crossed.set()
                await connection.execute(lock, 1)

        async with admin.transaction():
            await admin.execute(lock, 1)
            crossing = asyncio.create_task(cross())
            await crossed.wait()
            await admin.execute(lock, 2)
        with pytest.raises(Unavailable):
            await crossing
        assert await is_whole(db)


# Turns


async def test_who_waits_is_served_in_turn(services: Services) -> None:
    async with small_pool(services) as (db, _):
        await at_once(db, SIZE)
        served: list[int] = []

        async def one(number: int) -> None:
            async with db.connection() as connection:
                served.append(number)
                await connection.execute("SELECT pg_sleep(0.005)")

        await asyncio.gather(*(one(number) for number in range(10 * SIZE)))
        assert served == list(range(10 * SIZE))


async def test_nobody_who_comes_later_overtakes_who_waits(services: Services) -> None:
    async with small_pool(services) as (db, _):
        waiting: asyncio.Task[int] | None = None
        async with db.connection(), db.connection():
            async with db.connection():
                waiting = asyncio.create_task(_pid(db))
                await until(lambda: db.waiting == 1)
            later = asyncio.create_task(_pid(db))
            done, _ = await asyncio.wait({waiting, later}, return_when=asyncio.FIRST_COMPLETED)
            assert waiting in done
            await later


async def test_who_gets_no_turn_in_time_is_told_so(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with small_pool(services) as (db, _):
        async with db.connection(), db.connection(), db.connection():
            with monkeypatch.context() as hurried:
                hurried.setattr(pool, "ACQUIRE_SECONDS", 0.1)
                with pytest.raises(Unavailable):
                    await db.fetchval("SELECT 1")
        assert await is_whole(db)
        assert await db.fetchval("SELECT 1") == 1


# Given up


@pytest.mark.parametrize("cancel", ["waiting", "in a statement", "in a transaction"])
async def test_who_is_cancelled_leaves_a_connection_as_good_as_new(
    services: Services, cancel: str
) -> None:
    async with small_pool(services) as (db, admin):
        before = await at_once(db, SIZE)

        async def slow() -> None:
            if cancel == "in a transaction":
                async with db.transaction() as connection:
                    await connection.execute("CREATE TABLE half (done int)")
                    await connection.execute("SELECT pg_sleep(1), $1::int", 1)
            await db.execute("SELECT pg_sleep(1), $1::int", 1)

        asked = [asyncio.create_task(slow()) for _ in range(2 * SIZE)]
        active = OTHERS + " AND state = 'active'"
        await until(lambda: _all_at_work(admin, active))
        for task in asked[SIZE:] if cancel == "waiting" else asked[:SIZE]:
            task.cancel()
        if cancel != "waiting":  # whose turn comes then
            await until(lambda: db.waiting == 0)
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
        await until(lambda: is_whole(db))
        assert await at_once(db, SIZE) == before  # none had to be replaced
        states = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'"
        assert await admin.fetchval(states) == 0
        assert await admin.fetchval("SELECT to_regclass('half')") is None


async def _all_at_work(admin: asyncpg.Connection, active: str) -> bool:
    return bool(await admin.fetchval(active) == SIZE)


async def test_cancelling_at_any_moment_loses_no_connection(services: Services) -> None:
    choose = Random(1)
    async with small_pool(services) as (db, admin):

        async def work(number: int) -> None:
            if number % 3:
                assert await db.fetchval("SELECT $1::int", number) == number
                return
            async with db.transaction() as connection:
                assert await connection.fetchval("SELECT $1::int", number) == number
                assert await connection.fetchval("SELECT -$1::int", number) == -number

        for _ in range(20):
            tasks = [asyncio.create_task(work(number)) for number in range(4 * SIZE)]
            await asyncio.sleep(choose.random() / 200)
            for task in choose.sample(tasks, 2 * SIZE):
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task  # an answer that is another's would fail here
        await until(lambda: is_whole(db))
        assert len(await at_once(db, SIZE)) == SIZE
        assert await admin.fetchval(OTHERS) == SIZE


async def test_a_statement_that_takes_too_long_leaves_a_usable_connection(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "COMMAND_SECONDS", 0.2)
    async with small_pool(services) as (db, _):
        pid = await db.fetchval(PID)
        with pytest.raises(Unavailable):
            await db.execute("SELECT pg_sleep(1.5), $1::int", 1)
        await until(lambda: is_whole(db))
        assert await db.fetchval(PID) == pid


async def test_a_transaction_that_was_left_open_is_rolled_back(services: Services) -> None:
    async with small_pool(services) as (db, _):
        async with db.connection() as connection:
            pid = await connection.fetchval(PID)
            await connection.execute("BEGIN")
        await until(lambda: is_whole(db))
        async with db.connection() as connection:
            assert await connection.fetchval(PID) == pid
            assert not connection.is_in_transaction()


# Statements


async def test_a_statement_is_prepared_once_on_a_connection(services: Services) -> None:
    async with small_pool(services) as (db, _):
        prepared = set()
        for number in range(5):
            assert await db.fetchval("SELECT $1::int", number) == number
            assert await db.fetchrow("SELECT $1::int AS n", number) == (number,)
            assert await db.fetch("SELECT $1::int AS m", number) == [(number,)]
            assert await db.execute("SELECT $1::int AS o", number) == "SELECT 1"
            prepared.add(await db.fetchval(PREPARED))
        assert len(prepared) == 1


async def test_no_more_statements_are_kept_than_a_program_has(services: Services) -> None:
    async with small_pool(services) as (db, _):
        for number in range(STATEMENTS_KEPT + 20):
            assert await db.fetchval(f"SELECT {number} + $1::int", 1) == number + 1
        # One is about to be closed, and asyncpg has some of its own.
        assert await db.fetchval(PREPARED) < STATEMENTS_KEPT + 10


async def test_a_migration_beneath_a_prepared_statement_fails_nobody(services: Services) -> None:
    async with small_pool(services) as (db, admin):
        await admin.execute("CREATE TABLE changing (a int); INSERT INTO changing VALUES (1)")
        assert dict(await db.fetchrow("SELECT * FROM changing") or ()) == {"a": 1}
        await admin.execute("ALTER TABLE changing ADD b int")
        assert dict(await db.fetchrow("SELECT * FROM changing") or ()) == {"a": 1, "b": None}
        await admin.execute("ALTER TABLE changing ALTER a TYPE text")
        assert dict(await db.fetchrow("SELECT * FROM changing") or ()) == {"a": "1", "b": None}


async def test_a_type_that_a_migration_changes_fails_one_statement_and_no_other(
    services: Services,
) -> None:
    async with small_pool(services) as (db, admin):
        await admin.execute("CREATE TYPE pair AS (a int); CREATE TABLE pairs (value pair)")
        await admin.execute("INSERT INTO pairs VALUES (ROW(1))")
        assert dict(await db.fetchval("SELECT value FROM pairs")) == {"a": 1}
        await admin.execute("ALTER TYPE pair ADD ATTRIBUTE b int CASCADE")
        with pytest.raises(Unavailable):
            await db.fetchval("SELECT value FROM pairs")
        assert dict(await db.fetchval("SELECT value FROM pairs")) == {"a": 1, "b": None}


@pytest.mark.parametrize("rows", [0, 1, 3])
async def test_a_statement_is_answered_as_asyncpg_answers_it(services: Services, rows: int) -> None:
    async with small_pool(services) as (db, admin):
        sql = "SELECT n, n::text AS said, ARRAY[n] AS list FROM generate_series(1, $1::int) AS n"
        assert await db.fetch(sql, rows) == await admin.fetch(sql, rows)
        assert await db.fetchrow(sql, rows) == await admin.fetchrow(sql, rows)
        assert await db.fetchval(sql, rows) == await admin.fetchval(sql, rows)
        assert await db.execute(sql, rows) == await admin.execute(sql, rows)
        async with db.transaction() as connection:
            assert await connection.fetch(sql, rows) == await admin.fetch(sql, rows)
            assert await connection.fetchrow(sql, rows) == await admin.fetchrow(sql, rows)
            assert await connection.fetchval(sql, rows) == await admin.fetchval(sql, rows)
            assert await connection.execute(sql, rows) == await admin.execute(sql, rows)


# The end


async def test_a_closed_pool_refuses_at_once(services: Services) -> None:
    async with open_database(services.database_url, SIZE) as db:
        await db.fetchval("SELECT 1")
    with pytest.raises(Unavailable):
        await db.fetchval("SELECT 1")
