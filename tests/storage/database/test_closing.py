"""A pool that is closed leaves no connection behind, whatever was just being connected."""

import asyncio
from contextlib import suppress

import asyncpg

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
