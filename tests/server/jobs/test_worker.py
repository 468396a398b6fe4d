"""Background jobs on a real queue, with a real mail server, through what may befall both."""

import asyncio
import email
import email.policy
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from prometheus_client import REGISTRY

from handlers.jobs import JOBS, SCHEDULES, JobContext, NotDone, housekeeping
from server.config import Config, load_config
from server.jobs import worker
from storage import jobs
from storage.jobs import JobCounts
from storage.migrations import migrate
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


@pytest.fixture
async def settings(services: Services, tmp_path: Path) -> AsyncIterator[Config]:
    async with own_database(services.database_url) as url:
        yield replace(load_config({}, tmp_path), database_url=url)


@pytest.fixture
async def smtp(settings: Config) -> AsyncIterator[MailServer]:
    async with mail_server() as server:
        yield server


@pytest.fixture
async def db(settings: Config) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(settings.database_url)
    yield connection
    with suppress(asyncpg.PostgresError):
        await connection.close()


async def test_new_follower_is_told_by_mail(
    settings: Config, db: asyncpg.Connection, smtp: MailServer
) -> None:
    async with working(settings, smtp) as task:
        await follow(db, "bob_", "alice")
        await until(no_jobs(db))
        assert await stop(task) < 0.5  # idle: nothing to wait for
    (content,) = smtp.mails
    mail: Any = email.message_from_bytes(content, policy=email.policy.default)
    assert mail["To"] == "bob_@example.org"
    assert mail["Subject"] == "Alice (@alice) follows you"
    assert mail["From"] == settings.mail_from
    assert settings.public_url in mail.get_body(("plain",)).get_content()


async def test_follow_that_was_rolled_back_mails_nobody(
    settings: Config, db: asyncpg.Connection, smtp: MailServer
) -> None:
    async with working(settings, smtp):
        with suppress(ZeroDivisionError):
            async with db.transaction():
                await follow(db, "dan", "alice")
                raise ZeroDivisionError
        await follow(db, "bob_", "carol")
        await until(no_jobs(db))
    assert recipients(smtp) == ["bob_@example.org"]


async def test_nothing_to_tell_any_more_ends_quietly(
    settings: Config, db: asyncpg.Connection, smtp: MailServer
) -> None:
    for meanwhile in (
        "DELETE FROM notifications",
        "DELETE FROM follows",
        "UPDATE users SET suspended_at = now() WHERE username = 'alice'",
        "UPDATE users SET deleted_at = now() WHERE username = 'bob_'",
        "DELETE FROM users",
    ):
        await db.execute("DELETE FROM users")
        await follow(db, "bob_", "alice")
        await db.execute(meanwhile)
        async with working(settings, smtp):
            await until(no_jobs(db))
        assert smtp.tries == 0, meanwhile


async def test_mail_put_off_by_the_server_is_delivered_once(
    settings: Config, db: asyncpg.Connection, smtp: MailServer
) -> None:
    smtp.replies = ["451 later"] * 5  # more often than a failing job is repeated
    async with working(settings, smtp):
        await follow(db, "bob_", "alice")
        await until(no_jobs(db))
    assert smtp.tries == 6
    assert recipients(smtp) == ["bob_@example.org"]


async def test_mail_waits_for_a_server_that_is_away(
    settings: Config, db: asyncpg.Connection
) -> None:
    async with mail_server() as soon_gone:
        port = soon_gone.port
    away = replace(settings, smtp_url=f"smtp://127.0.0.1:{port}")
    await follow(db, "bob_", "alice")
    async with working(away):

        async def tried_often() -> bool:
            return bool(await db.fetchval("SELECT attempts FROM jobs") > QUICK.max_attempts)

        await until(tried_often)
        async with mail_server(port) as back:
            await until(no_jobs(db))
            assert recipients(back) == ["bob_@example.org"]


async def test_refused_mail_is_held_and_the_queue_goes_on(
    settings: Config, db: asyncpg.Connection, smtp: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    smtp.refused = {"gone@example.org": "550 no such user"}
    async with working(settings, smtp):
        await follow(db, "gone", "alice")
        await follow(db, "bob_", "carol")

        async def held() -> bool:
            return await jobs.counts(db) == JobCounts(queued=0, held=1)

        await until(held)
    assert recipients(smtp) == ["bob_@example.org"]
    assert smtp.tries == 2  # what is refused for good is not tried again
    failures = [record for record in caplog.records if "no such user" in record.getMessage()]
    assert [record.levelno for record in failures] == [logging.ERROR]
    assert "Traceback" not in caplog.text


async def test_job_that_takes_for_ever_does_not_block_its_kind(
    settings: Config, db: asyncpg.Connection, smtp: MailServer
) -> None:
    smtp.answering.clear()
    async with working(settings, smtp, replace(QUICK, job_seconds=0.1)):
        await follow(db, "bob_", "alice")

        async def held() -> bool:
            return (await jobs.counts(db)).held == 1

        await until(held)


async def test_worker_survives_the_loss_of_all_its_connections(
    settings: Config, db: asyncpg.Connection, smtp: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "POLL_SECONDS", 3600)
    async with working(settings, smtp):
        await follow(db, "bob_", "alice")
        await until(no_jobs(db))
        ended = await db.fetch(
            """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()"""
        )
        assert len(ended) >= 2
        await follow(db, "dave", "carol")
        await until(no_jobs(db))
    assert recipients(smtp) == ["bob_@example.org", "dave@example.org"]


async def test_mail_sent_while_postgresql_went_away_is_not_sent_again(
    settings: Config, db: asyncpg.Connection, smtp: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with before_postgres(settings.database_url) as (proxy, proxied):
        smtp.answering.clear()
        async with working(replace(settings, database_url=proxied), smtp):
            await follow(db, "bob_", "alice")
            await until(lambda: smtp.tries == 1)
            await proxy.set_mode("reset")
            connected = proxy.accepted
            smtp.answering.set()
            await until(lambda: len(smtp.mails) == 1)
            await until(lambda: proxy.accepted >= connected + 8)
            await proxy.set_mode("pass")
            await until(no_jobs(db))
            await follow(db, "dave", "carol")
            await until(no_jobs(db))
    assert recipients(smtp) == ["bob_@example.org", "dave@example.org"]
    assert "Traceback" not in caplog.text
    assert len(caplog.records) < 20


async def test_worker_may_start_before_the_schema_is_there(
    services: Services, tmp_path: Path, smtp: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with own_database(services.database_url) as url:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
            settings = replace(load_config({}, tmp_path), database_url=url)
            async with working(settings, smtp):
                await until(lambda: "the job queue stopped" in caplog.text)
                await migrate(url)
                await follow(connection, "bob_", "alice")
                await until(no_jobs(connection))
        finally:
            await connection.close()
    assert len(smtp.mails) == 1


async def test_stopping_worker_finishes_the_mail_in_hand(
    settings: Config, db: asyncpg.Connection, smtp: MailServer
) -> None:
    smtp.answering.clear()
    async with working(settings, smtp) as task:
        await follow(db, "bob_", "alice")
        await until(lambda: smtp.tries == 1)
        asyncio.get_running_loop().call_later(0.3, smtp.answering.set)
        assert await stop(task) < 4
    assert len(smtp.mails) == 1
    assert await no_jobs(db)()


async def test_stopping_worker_puts_back_what_it_cannot_finish(
    settings: Config, db: asyncpg.Connection, smtp: MailServer
) -> None:
    smtp.answering.clear()
    async with working(settings, smtp) as task:
        await follow(db, "bob_", "alice")
        await until(lambda: smtp.tries == 1)
        assert await stop(task) < 4
    assert await db.fetchval("SELECT worker IS NULL AND held_at IS NULL FROM jobs")
    smtp.answering.set()
    smtp.mails.clear()
    async with working(settings, smtp):
        await until(no_jobs(db))
    assert len(smtp.mails) == 1


async def test_worker_stops_in_time_while_postgresql_is_away(
    settings: Config, db: asyncpg.Connection, smtp: MailServer
) -> None:
    async with before_postgres(settings.database_url) as (proxy, proxied):
        smtp.answering.clear()
        async with working(replace(settings, database_url=proxied), smtp) as task:
            await follow(db, "bob_", "alice")
            await until(lambda: smtp.tries == 1)
            await proxy.set_mode("blackhole")
            smtp.answering.set()
            await until(lambda: len(smtp.mails) == 1)
            assert await stop(task) < 5


async def test_two_workers_share_the_work_and_send_each_mail_once(
    settings: Config, db: asyncpg.Connection, smtp: MailServer
) -> None:
    async with working(settings, smtp), working(settings, smtp):
        for number in range(20):
            await follow(db, f"bob{number:02}", f"alice{number:02}")
        await until(no_jobs(db))
    assert sorted(recipients(smtp)) == [f"bob{number:02}@example.org" for number in range(20)]


async def test_housekeeping_runs_by_the_clock(
    settings: Config, db: asyncpg.Connection, smtp: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = asyncio.Event()

    async def run(context: object) -> None:
        ran.set()

    monkeypatch.setitem(SCHEDULES, "housekeeping", ("* * * * * *", run))  # every second
    async with working(settings, smtp):
        await asyncio.wait_for(ran.wait(), 20)


async def test_ten_workers_do_housekeeping_once_and_say_what_came_of_each_step(
    settings: Config, db: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Not by the clock while this runs.
    monkeypatch.setitem(SCHEDULES, "housekeeping", ("0 0 1 1 *", housekeeping.run))
    finished = partial(
        REGISTRY.get_sample_value,
        "mini_twitter_job_seconds_count",
        {"kind": "housekeeping", "outcome": "finished"},
    )
    before = finished() or 0.0
    async with AsyncExitStack() as fleet:
        for _ in range(10):
            await fleet.enter_async_context(working(settings))
        async with asyncio.timeout(20):
            due = "UPDATE job_schedules SET next_at = now() WHERE name = 'housekeeping'"
            while await db.execute(due) != "UPDATE 1":  # until a worker has registered it
                await asyncio.sleep(0.05)
        async with asyncio.timeout(60):  # a poll, and all steps on a busy machine
            while (finished() or 0.0) == before or not await no_jobs(db)():
                await asyncio.sleep(0.05)
    assert (finished() or 0.0) - before == 1
    steps = await db.fetch("SELECT name, failures, last_success_at FROM housekeeping_steps")
    assert {step["name"] for step in steps} == housekeeping.STEPS.keys()
    assert all(step["last_success_at"] and step["failures"] == 0 for step in steps)


async def test_a_job_that_is_not_done_goes_on_behind_the_others_for_as_long_as_it_takes(
    settings: Config, db: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []

    async def run(context: JobContext, name: str, portions: int) -> None:
        begun.append(name)
        if begun.count(name) < portions:
            raise NotDone

    monkeypatch.setitem(JOBS, "email.follow", run)
    policy = replace(QUICK, concurrency=1)
    portions = 2 * policy.max_attempts
    for name in ("long", "short"):
        payload = {"name": name, "portions": portions if name == "long" else 1}
        await jobs.enqueue(db, "email.follow", payload)
    async with working(settings, policy=policy):
        await until(no_jobs(db))
    assert begun == ["long", "short", *(portions - 1) * ["long"]]
