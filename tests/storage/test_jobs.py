"""Queueing a job inside a transaction that does other things, too."""

from collections.abc import AsyncIterator

import asyncpg
import orjson
import pytest
import pytest_asyncio

from storage import jobs
from storage.jobs import JobCounts
from tests.conftest import Services
from tests.storage.own_database import own_database


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database_url(services: Services) -> AsyncIterator[str]:
    async with own_database(services.database_url) as url:
        yield url


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database_url)
    await connection.execute("TRUNCATE jobs RESTART IDENTITY")
    yield connection
    await connection.close()


async def test_job_of_a_rolled_back_transaction_never_was(connection: asyncpg.Connection) -> None:
    transaction = connection.transaction()
    await transaction.start()
    await jobs.enqueue(connection, "email.follow", {"notification_id": 1})
    await transaction.rollback()
    assert await jobs.counts(connection) == JobCounts(queued=0, held=0)


async def test_job_of_a_committed_transaction_waits_with_its_payload(
    connection: asyncpg.Connection,
) -> None:
    async with connection.transaction():
        await jobs.enqueue(connection, "email.follow", {"notification_id": 7})
    (row,) = await connection.fetch("SELECT kind, payload, attempts FROM jobs")
    assert row["kind"] == "email.follow"
    assert orjson.loads(row["payload"]) == {"notification_id": 7}
    assert await jobs.counts(connection) == JobCounts(queued=1, held=0)


async def test_same_dedupe_key_twice_is_one_job_and_the_transaction_goes_on(
    connection: asyncpg.Connection,
) -> None:
    async with connection.transaction():
        await jobs.enqueue(connection, "email.follow", {"notification_id": 1}, dedupe_key="f1")
        await jobs.enqueue(connection, "email.follow", {"notification_id": 1}, dedupe_key="f1")
        await jobs.enqueue(connection, "email.follow", {"notification_id": 2}, dedupe_key="f2")
        assert await connection.fetchval("SELECT 1") == 1
    assert await jobs.counts(connection) == JobCounts(queued=2, held=0)


async def test_jobs_without_a_dedupe_key_are_all_different(connection: asyncpg.Connection) -> None:
    for _ in range(2):
        await jobs.enqueue(connection, "email.follow", {"notification_id": 1})
    assert (await jobs.counts(connection)).queued == 2
