"""A pool that is closed leaves no connection behind, whatever was just being connected."""

import asyncio
from contextlib import suppress

import asyncpg
import pytest

from storage.database.breaker import CircuitBreaker
from storage.database.connection import Connection
from storage.database.connection_pool import ConnectionPool
from storage.database.pool import open_database
from storage.errors import Unavailable
from tests.conftest import Services
from tests.storage.own_database import own_database
from tests.waiting import until

OPEN = """
    SELECT count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()"""


async def test_connections_that_are_made_while_it_closes_are_closed_too(
    services: Services,
) -> None:
    async with own_database(services.database_url) as url:
        for milliseconds in range(40):
            async with open_database(url) as db:
                asking = [asyncio.ensure_future(db.fetchval("SELECT 1")) for _ in range(5)]
                await asyncio.sleep(milliseconds / 1000)
                for task in asking[::2]:  # whoever gives up does so at the same moment
                    task.cancel()
            for task in asking:
                with suppress(asyncio.CancelledError, Unavailable):
                    await task
        admin = await asyncpg.connect(url)
        try:

            async def none_is_left() -> bool:
                return int(await admin.fetchval(OPEN)) == 0

            await until(none_is_left)
        finally:
            await admin.close()


@pytest.mark.parametrize("ticks", range(8))
async def test_a_connection_that_is_ready_just_as_nobody_wants_it_any_more_is_closed(
    services: Services, ticks: int
) -> None:
    made: list[Connection] = []

    async def open_connection(seconds: float) -> Connection:
        connection: Connection = await asyncpg.connect(
            services.database_url, timeout=seconds, connection_class=Connection
        )
        made.append(connection)
        return connection

    breaker = CircuitBreaker(open_connection, lambda: None)
    breaker.pool = ConnectionPool(breaker.connect, lambda: None)
    try:
        opening = asyncio.create_task(breaker.pool.open())
        while not made:
            await asyncio.sleep(0)
        for _ in range(ticks):
            await asyncio.sleep(0)
        opening.cancel()
        await asyncio.wait({opening})
        await asyncio.sleep(0)
        assert made[0].is_closed() == opening.cancelled()
    finally:
        breaker.pool.close()
        await breaker.close()
