"""What a worker says and does when notifications, connections or other workers are lost."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from server.config import Config, load_config
from server.jobs import worker
from storage import jobs
from storage.jobs import claims
from storage.jobs.listener import open_queue
from tests.conftest import Services
from tests.faults.proxy import before_postgres
from tests.server.jobs.mail_server import MailServer, mail_server
from tests.server.jobs.worker_helpers import (
    QUICK,
    follow,
    no_jobs,
    recipients,
    stop,
    until,
    working,
)
from tests.storage.own_database import own_database

LISTENERS = "application_name = 'mini-twitter jobs' AND datname = current_database()"
QUICK_POLL = 0.2


@pytest.fixture
async def settings(services: Services, tmp_path: Path) -> AsyncIterator[Config]:
    async with own_database(services.database_url) as url:
        yield replace(load_config({}, tmp_path), database_url=url)


@pytest.fixture
async def smtp() -> AsyncIterator[MailServer]:
    async with mail_server() as server:
        yield server


@pytest.fixture
async def db(settings: Config) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(settings.database_url)
    yield connection
    with suppress(asyncpg.PostgresError):
        await connection.close()


@asynccontextmanager
async def slow_loop() -> AsyncIterator[None]:
    """Everything in this process waits for 20 ms again and again."""

    async def hog() -> None:
        while True:
            time.sleep(0.02)
            await asyncio.sleep(0)

    task = asyncio.create_task(hog())
    try:
        yield
    finally:
        task.cancel()


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno > logging.INFO]


async def listening(db: asyncpg.Connection) -> bool:
    """Whether a worker has asked for jobs since it began to listen, and waits."""
    query = f"SELECT count(*) FROM pg_stat_activity WHERE {LISTENERS} AND query ~ 'COMMIT'"
    return bool(await db.fetchval(query))


async def enqueue_unheard(db: asyncpg.Connection) -> None:
    """A job whose notification is lost: one for nobody, which succeeds."""
    await db.execute("""INSERT INTO jobs (kind, payload)
                        VALUES ('email.follow', '{"notification_id": 0}')""")


async def test_workers_that_start_again_and_again_warn_of_nothing(
    settings: Config,
    db: asyncpg.Connection,
    smtp: MailServer,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "REQUEUE_SECONDS", 20)  # it is not about how they end
    for number in range(12):
        async with working(settings, smtp) as task:
            if number % 2:
                await follow(db, f"bob{number}", f"alice{number}")
                await until(no_jobs(db))
            else:
                await until(lambda: listening(db))
            await stop(task)
    assert warnings(caplog) == []


async def test_workers_that_start_in_a_slow_loop_warn_of_nothing(
    settings: Config,
    db: asyncpg.Connection,
    smtp: MailServer,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "REQUEUE_SECONDS", 20)  # it is not about how they end
    async with slow_loop():
        for _ in range(4):
            async with working(settings, smtp):
                await until(lambda: listening(db))
    assert warnings(caplog) == []


async def test_connection_that_is_lost_is_replaced_and_said_once(
    settings: Config,
    db: asyncpg.Connection,
    smtp: MailServer,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "POLL_SECONDS", 3600)  # heard of, not polled for
    caplog.set_level(logging.INFO, "server.jobs.worker")
    async with working(settings, smtp):
        await until(lambda: listening(db))
        assert await db.fetchval(
            f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE {LISTENERS}"
        )
        await until(lambda: "the job queue works again" in caplog.text)
        await follow(db, "bob_", "alice")
        await until(no_jobs(db))
    (warning,) = warnings(caplog)
    assert "the job queue stopped" in warning
    assert "has ended" in warning


async def test_outage_is_said_once_however_long_it_lasts(
    settings: Config,
    db: asyncpg.Connection,
    smtp: MailServer,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "RESTART_SECONDS_MAX", 0.2)
    async with (
        before_postgres(settings.database_url) as (proxy, proxied),
        working(replace(settings, database_url=proxied), smtp),
    ):
        await until(lambda: listening(db))
        await proxy.set_mode("reset")
        tried = proxy.accepted
        await until(lambda: proxy.accepted >= tried + 5)
        await proxy.set_mode("pass")
        await follow(db, "bob_", "alice")
        await until(no_jobs(db))
    (warning,) = warnings(caplog)
    assert "the job queue stopped" in warning


async def test_job_whose_notification_is_lost_is_begun_at_the_next_poll(
    settings: Config, db: asyncpg.Connection, smtp: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "POLL_SECONDS", QUICK_POLL)
    async with working(settings, smtp):
        await until(lambda: listening(db))
        await enqueue_unheard(db)
        await until(no_jobs(db))


async def test_delayed_job_is_begun_when_it_is_due_and_not_only_at_a_poll(
    settings: Config, db: asyncpg.Connection, smtp: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "POLL_SECONDS", 3600)
    async with working(settings, smtp):
        await until(lambda: listening(db))
        delay = timedelta(milliseconds=300)
        begun = time.monotonic()
        await jobs.enqueue(db, "email.follow", {"notification_id": 0}, execute_after=delay)
        await until(no_jobs(db))
        assert time.monotonic() - begun >= 0.3


async def test_jobs_of_a_worker_that_died_are_done_by_another(
    settings: Config, db: asyncpg.Connection, smtp: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "POLL_SECONDS", QUICK_POLL)
    await follow(db, "bob_", "alice")
    async with open_queue(settings.database_url, lambda: None) as queue:
        lease = timedelta(seconds=1)
        assert await claims.claim(queue, ["email.follow"], 5, uuid4(), lease)
    async with working(settings, smtp):
        await until(no_jobs(db))
    assert recipients(smtp) == ["bob_@example.org"]


async def left_by_dead_workers(settings: Config, db: asyncpg.Connection, times: int) -> None:
    """So many workers have claimed the only job, and have ended with it in hand."""
    async with open_queue(settings.database_url, lambda: None) as queue:
        for _ in range(times):
            (job,) = await claims.claim(queue, ["email.follow"], 5, uuid4(), timedelta(0))
            await until(lambda: db.fetchval("SELECT lease_until < now() FROM jobs"))
        assert job.lapses == times - 1


async def test_job_that_ends_its_process_again_and_again_is_held(
    settings: Config, db: asyncpg.Connection, smtp: MailServer
) -> None:
    await follow(db, "bob_", "alice")
    await left_by_dead_workers(settings, db, QUICK.max_lapses)
    async with working(settings, smtp):
        await until(lambda: db.fetchval("SELECT held_at IS NOT NULL FROM jobs"))
    assert smtp.tries == 0
    assert "the process that ran it ended" in await db.fetchval("SELECT error FROM jobs")


async def test_job_that_was_in_hand_when_others_ended_the_process_is_done(
    settings: Config, db: asyncpg.Connection, smtp: MailServer
) -> None:
    await follow(db, "bob_", "alice")
    await left_by_dead_workers(settings, db, QUICK.max_lapses - 1)
    async with working(settings, smtp):
        await until(no_jobs(db))
    assert recipients(smtp) == ["bob_@example.org"]


def tries_came_to(smtp: MailServer, tries: int) -> bool:
    return smtp.tries == tries


async def test_job_that_a_worker_puts_back_when_it_stops_has_not_lapsed(
    settings: Config, db: asyncpg.Connection, smtp: MailServer
) -> None:
    smtp.answering.clear()
    await follow(db, "bob_", "alice")
    for tries in (1, 2):
        async with working(settings, smtp):
            await until(partial(tries_came_to, smtp, tries))
    assert await db.fetchval("SELECT (worker IS NULL, lapses) FROM jobs") == (True, 0)


async def test_job_that_runs_for_longer_than_a_lease_stays_with_its_worker(
    settings: Config, db: asyncpg.Connection, smtp: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "POLL_SECONDS", QUICK_POLL)
    monkeypatch.setattr(worker, "LEASE", timedelta(seconds=1))
    smtp.answering.clear()
    async with working(settings, smtp), working(settings, smtp):
        await follow(db, "bob_", "alice")
        await until(lambda: smtp.tries == 1)
        first = await db.fetchval("SELECT lease_until FROM jobs")
        await until(lambda: db.fetchval("SELECT now() > $1::timestamptz + interval '1 s'", first))
        smtp.answering.set()
        await until(no_jobs(db))
    assert smtp.tries == 1


async def test_job_that_another_worker_has_taken_over_is_left_to_it(
    settings: Config,
    db: asyncpg.Connection,
    smtp: MailServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(worker, "POLL_SECONDS", QUICK_POLL)
    smtp.answering.clear()
    async with working(settings, smtp):
        await follow(db, "bob_", "alice")
        await until(lambda: smtp.tries == 1)
        other = uuid4()
        await db.execute("UPDATE jobs SET worker = $1", other)
        await until(lambda: "another worker has it" in caplog.text)
    assert await db.fetchval("SELECT worker FROM jobs") == other


async def test_of_each_kind_so_many_run_in_the_whole_fleet(
    settings: Config, db: asyncpg.Connection, smtp: MailServer
) -> None:
    smtp.answering.clear()
    async with working(settings, smtp), working(settings, smtp):
        for number in range(12):
            await follow(db, f"bob{number:02}", f"alice{number:02}")
        await until(lambda: smtp.tries == 5)
        running = "SELECT count(*) FROM jobs WHERE worker IS NOT NULL"
        assert await db.fetchval(running) == 5
        smtp.answering.set()
        await until(no_jobs(db))
    assert len(smtp.mails) == 12


async def test_what_a_job_failed_with_is_kept_with_it(
    settings: Config, db: asyncpg.Connection, smtp: MailServer
) -> None:
    smtp.refused = {"gone@example.org": "550 no such user"}
    async with working(settings, smtp):
        await follow(db, "gone", "alice")
        await until(lambda: db.fetchval("SELECT held_at IS NOT NULL FROM jobs"))
    error = await db.fetchval("SELECT error FROM jobs")
    assert error.startswith("Traceback")
    assert "no such user" in error


async def test_idle_worker_writes_nothing(
    settings: Config, db: asyncpg.Connection, smtp: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "POLL_SECONDS", 0.05)
    next_id = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text"
    async with working(settings, smtp):
        await until(lambda: listening(db))

        async def quiet() -> bool:
            """Over some ten polls; autovacuum may write in one such while, not in all."""
            before = await db.fetchval(next_id)
            await asyncio.sleep(0.5)
            return bool(before == await db.fetchval(next_id))

        await until(quiet)
