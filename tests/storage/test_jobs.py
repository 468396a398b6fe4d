"""Queueing a job inside a transaction that does other things, too."""

from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import orjson
import pytest
import pytest_asyncio
from pgqueuer.db import AsyncpgDriver
from pgqueuer.domain.settings import DBSettings
from pgqueuer.qm import QueueManager

from storage import jobs
from storage.database.pool import open_database
from storage.jobs import JobCounts, Queue
from tests.conftest import Services
from tests.storage.own_database import own_database


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database_url(services: Services) -> AsyncIterator[str]:
    async with own_database(services.database_url) as url:
        yield url


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database_url)
    await jobs.install(connection)
    await connection.execute("TRUNCATE pgqueuer, pgqueuer_log RESTART IDENTITY")
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
    (row,) = await connection.fetch("SELECT entrypoint, payload, attempts FROM pgqueuer")
    assert row["entrypoint"] == "email.follow"
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


async def test_install_may_be_repeated_and_leaves_jobs_alone(
    connection: asyncpg.Connection,
) -> None:
    await jobs.enqueue(connection, "email.follow", {"notification_id": 1})
    await jobs.install(connection)
    assert (await jobs.counts(connection)).queued == 1
    # What pgqueuer itself checks before it begins to work.
    await QueueManager(Queue(AsyncpgDriver(connection))).verify_structure()


async def test_install_goes_on_where_it_was_cut_off(connection: asyncpg.Connection) -> None:
    await connection.execute("DROP TABLE pgqueuer_log; DROP INDEX pgqueuer_picked_slot_idx")
    await jobs.install(connection)
    await QueueManager(Queue(AsyncpgDriver(connection))).verify_structure()


def test_environment_names_nothing_of_the_queue() -> None:
    assert jobs.NAMES.model_fields_set == set(DBSettings.model_fields)


async def test_log_is_trimmed_by_age(
    database_url: str, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "TRIM_ROWS", 2)
    for number in range(6):
        await jobs.enqueue(connection, "email.follow", {"notification_id": number})
    await connection.execute(
        "UPDATE pgqueuer_log SET created = now() - interval '8 days' WHERE job_id <= 5"
    )
    async with open_database(database_url) as db:
        await jobs.trim_log(db, timedelta(days=7))
    assert await connection.fetchval("SELECT count(*) FROM pgqueuer_log") == 1
