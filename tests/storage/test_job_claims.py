"""What workers do with the queue, at once and one after another."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from storage import jobs
from storage.jobs import JobCounts, claims, schedules
from storage.jobs.claims import Job
from storage.jobs.listener import QueueConnection, open_queue
from tests.conftest import Services
from tests.storage.own_database import own_database

LEASE = timedelta(seconds=30)
LAPSED = timedelta(seconds=-1)
KINDS = ["a", "b"]
ANN, BOB = uuid4(), uuid4()


@pytest.fixture
async def url(services: Services) -> AsyncIterator[str]:
    async with own_database(services.database_url) as url:
        yield url


@pytest.fixture
async def db(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()


@pytest.fixture
async def queue(url: str) -> AsyncIterator[QueueConnection]:
    async with open_queue(url, lambda: None) as connection:
        yield connection


async def enqueue(db: asyncpg.Connection, kind: str, count: int = 1) -> None:
    for number in range(count):
        await jobs.enqueue(db, kind, {"n": number})


async def claim(
    queue: QueueConnection, worker: UUID = ANN, limit: int = 5, lease: timedelta = LEASE
) -> list[Job]:
    return await claims.claim(queue, KINDS, limit, worker, lease)


@asynccontextmanager
async def many(url: str, count: int) -> AsyncIterator[list[QueueConnection]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(open_queue(url, lambda: None)) for _ in range(count)]


async def test_the_oldest_of_each_kind_are_claimed_up_to_the_limit(
    db: asyncpg.Connection, queue: QueueConnection
) -> None:
    await enqueue(db, "a", 3)
    await enqueue(db, "b", 1)
    await enqueue(db, "of a later release", 1)
    claimed = await claim(queue, limit=2)
    assert sorted((job.kind, job.payload) for job in claimed) == [
        ("a", '{"n":0}'),
        ("a", '{"n":1}'),
        ("b", '{"n":0}'),
    ]
    assert await claim(queue, BOB, limit=2) == []


async def test_of_no_kind_more_than_the_limit_run_in_a_fleet_that_claims_at_once(
    db: asyncpg.Connection, url: str
) -> None:
    await enqueue(db, "a", 60)
    async with many(url, 8) as queues:
        workers = [uuid4() for _ in queues]
        done = 0
        while done < 60:
            rounds = await asyncio.gather(
                *(claim(one, worker, 5) for one, worker in zip(queues, workers, strict=True))
            )
            found = [job.id for claimed in rounds for job in claimed]
            assert len(found) == len(set(found)) == 5
            for one, worker, claimed in zip(queues, workers, rounds, strict=True):
                await claims.finish(one, worker, [job.id for job in claimed])
            done += len(found)
    assert await jobs.counts(db) == JobCounts(queued=0, held=0)


async def test_jobs_of_a_dead_worker_go_to_others_when_their_lease_has_lapsed(
    db: asyncpg.Connection, queue: QueueConnection
) -> None:
    await enqueue(db, "a")
    (job,) = await claim(queue, ANN, lease=LAPSED)
    assert await claim(queue, ANN) == []  # it may have it in hand
    (again,) = await claim(queue, BOB)
    assert again.id == job.id
    assert await claims.extend(queue, ANN, [job.id], LEASE) == set()
    await claims.finish(queue, ANN, [job.id])
    await claims.retry(queue, ANN, job.id, "why", LAPSED)
    await claims.hold(queue, ANN, job.id, "why")
    await claims.release(queue, ANN)
    assert await db.fetchval("SELECT worker FROM jobs") == BOB
    assert await claims.extend(queue, BOB, [job.id], LEASE) == {job.id}


async def test_extending_a_lease_in_time_keeps_the_job(
    db: asyncpg.Connection, queue: QueueConnection
) -> None:
    await enqueue(db, "a")
    (job,) = await claim(queue, ANN, lease=LAPSED)
    assert await claims.extend(queue, ANN, [job.id], LEASE) == {job.id}
    assert await claim(queue, BOB) == []


async def test_job_put_off_comes_again_after_its_delay_with_one_attempt_more(
    db: asyncpg.Connection, queue: QueueConnection
) -> None:
    await enqueue(db, "a")
    (job,) = await claim(queue)
    await claims.retry(queue, ANN, job.id, "later", timedelta(minutes=5))
    assert await claim(queue) == []
    seconds = await claims.next_due(queue, KINDS)
    assert seconds is not None
    assert 290 < seconds <= 300
    await db.execute("UPDATE jobs SET run_at = now()")
    (again,) = await claim(queue)
    assert (again.id, again.attempts) == (job.id, 1)


async def test_held_job_stays_with_its_error_and_leaves_its_key_to_others(
    db: asyncpg.Connection, queue: QueueConnection
) -> None:
    for _ in range(2):
        await jobs.enqueue(db, "a", {}, dedupe_key="k")
    (job,) = await claim(queue)
    await claims.hold(queue, ANN, job.id, "no such user")
    assert await claim(queue) == []
    assert await db.fetchval("SELECT error FROM jobs") == "no such user"
    await jobs.enqueue(db, "a", {}, dedupe_key="k")
    assert await jobs.counts(db) == JobCounts(queued=1, held=1)


async def test_released_jobs_are_as_before_and_those_to_keep_stay(
    db: asyncpg.Connection, queue: QueueConnection
) -> None:
    await enqueue(db, "a", 3)
    kept, *_ = await claim(queue)
    await claims.release(queue, ANN, [kept.id])
    released = await claim(queue, BOB)
    assert len(released) == 2
    assert kept.id not in [job.id for job in released]
    assert {job.attempts for job in released} == {0}


async def test_delayed_job_waits(db: asyncpg.Connection, queue: QueueConnection) -> None:
    await jobs.enqueue(db, "a", {}, execute_after=timedelta(hours=1))
    assert await claim(queue) == []
    seconds = await claims.next_due(queue, KINDS)
    assert seconds is not None
    assert 3590 < seconds <= 3600


async def test_nothing_is_due_in_an_empty_queue(queue: QueueConnection) -> None:
    assert await claims.next_due(queue, KINDS) is None


async def test_listener_hears_of_a_commit_and_of_no_rollback(
    db: asyncpg.Connection, url: str
) -> None:
    heard = asyncio.Event()
    async with open_queue(url, heard.set):
        transaction = db.transaction()
        await transaction.start()
        await enqueue(db, "a")
        await transaction.rollback()
        await db.execute("SELECT 1")
        assert not heard.is_set()
        await enqueue(db, "a")
        await asyncio.wait_for(heard.wait(), 20)


async def test_schedule_queues_its_job_once_however_many_fire_it(
    db: asyncpg.Connection, url: str
) -> None:
    async with many(url, 8) as queues:
        now = await schedules.now(queues[0])
        await schedules.register(queues[0], "a", "* * * * *", now - timedelta(hours=3))
        assert (await claims.next_due(queues[0], KINDS) or 0) < 0
        assert await schedules.due(queues[0], KINDS) == ["a"]
        later = now + timedelta(hours=1)
        await asyncio.gather(*(schedules.fire(one, "a", later) for one in queues))
        assert await schedules.due(queues[0], KINDS) == []
        assert await jobs.counts(db) == JobCounts(queued=1, held=0)
        (job,) = await claim(queues[0])
        assert (job.kind, job.payload) == ("a", "{}")


async def test_schedule_is_not_queued_again_while_its_job_runs(
    db: asyncpg.Connection, queue: QueueConnection
) -> None:
    now = await schedules.now(queue)
    await schedules.register(queue, "a", "* * * * *", now)
    for _ in range(2):
        await schedules.fire(queue, "a", now)
        await claim(queue)
    assert await jobs.counts(db) == JobCounts(queued=1, held=0)


async def test_known_schedule_keeps_its_time_until_its_expression_changes(
    queue: QueueConnection, db: asyncpg.Connection
) -> None:
    now = await schedules.now(queue)
    later = now + timedelta(hours=1)
    await schedules.register(queue, "a", "0 * * * *", now)
    await schedules.register(queue, "a", "0 * * * *", later)
    assert await db.fetchval("SELECT next_at FROM job_schedules") == now
    await schedules.register(queue, "a", "5 * * * *", later)
    assert await db.fetchval("SELECT next_at FROM job_schedules") == later


# As pgqueuer 1.6 made it, without indexes.
PGQUEUER = """
    CREATE TYPE pgqueuer_status AS ENUM (
        'queued', 'picked', 'successful', 'exception', 'canceled', 'deleted', 'failed');
    CREATE TABLE pgqueuer (
        id bigserial PRIMARY KEY, priority integer NOT NULL, queue_manager_id uuid,
        created timestamptz NOT NULL DEFAULT now(), updated timestamptz NOT NULL DEFAULT now(),
        heartbeat timestamptz NOT NULL DEFAULT now(),
        execute_after timestamptz NOT NULL DEFAULT now(), status pgqueuer_status NOT NULL,
        entrypoint text NOT NULL, dedupe_key text, payload bytea, headers jsonb,
        attempts integer NOT NULL DEFAULT 0, slot bigint);
    INSERT INTO pgqueuer (priority, status, entrypoint, dedupe_key, payload, attempts, heartbeat)
    VALUES (0, 'queued', 'a', 'k', '{"n":1}', 2, now()),
           (0, 'queued', 'b', NULL, NULL, 0, now()),
           (0, 'failed', 'a', NULL, '{"n":2}', 8, now() - interval '3 days'),
           (0, 'picked', 'a', NULL, '{"n":3}', 0, now()),
           (0, 'picked', 'b', NULL, '{"n":4}', 0, now() - interval '2 minutes')"""


async def test_jobs_of_an_earlier_release_are_carried_over_but_those_in_its_hands(
    db: asyncpg.Connection, queue: QueueConnection
) -> None:
    assert await claims.adopt_pgqueuer_jobs(queue) == 0  # a site that never had pgqueuer
    await db.execute(PGQUEUER)
    assert await claims.adopt_pgqueuer_jobs(queue) == 4
    assert await claims.adopt_pgqueuer_jobs(queue) == 0
    assert await jobs.counts(db) == JobCounts(queued=3, held=1)
    carried = await db.fetch(
        "SELECT kind, payload, dedupe_key, attempts, held_at IS NOT NULL FROM jobs ORDER BY id"
    )
    assert [tuple(row) for row in carried] == [
        ("a", '{"n":1}', "k", 2, False),
        ("b", "{}", None, 0, False),
        ("a", '{"n":2}', None, 8, True),
        ("b", '{"n":4}', None, 0, False),
    ]
    assert await db.fetchval("SELECT payload FROM pgqueuer") == b'{"n":3}'
    assert len(await claim(queue)) == 3
