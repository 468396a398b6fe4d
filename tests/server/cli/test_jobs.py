"""`jobs`: what an operator sees of background jobs, and does with them."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from storage import jobs
from storage.jobs import claims
from storage.jobs.listener import open_queue
from tests.conftest import Services
from tests.processes import run
from tests.storage.own_database import own_database
from tests.waiting import until

ERROR = "Traceback (most recent call last):\nRefused: 550 no such user"
HOUR = timedelta(hours=1)


@pytest.fixture
async def url(services: Services) -> AsyncIterator[str]:
    async with own_database(services.database_url) as url:
        yield url


@pytest.fixture
async def db(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()


class Operator:
    """Types `python -m server jobs ...`."""

    def __init__(self, url: str, data_dir: Path) -> None:
        self._environment = {"DATABASE_URL": url}
        self._data_dir = str(data_dir)

    def types(self, *arguments: str, code: int = 0) -> CompletedProcess[str]:
        action, *more = arguments
        done = run(*("jobs", action, "--data-dir", self._data_dir, *more), env=self._environment)
        assert done.returncode == code, done.stderr
        return done

    def reads(self, *arguments: str, code: int = 0) -> Any:
        return json.loads(self.types(*arguments, "--json", code=code).stdout)


@pytest.fixture
def operator(url: str, tmp_path: Path) -> Operator:
    return Operator(url, tmp_path)


async def add(db: asyncpg.Connection, kind: str, key: str | None = None) -> int:
    await jobs.enqueue(db, kind, {"user_id": 7}, dedupe_key=key)
    return int(await db.fetchval("SELECT max(id) FROM jobs"))


async def held(db: asyncpg.Connection, kind: str, key: str | None = None) -> int:
    """One that failed for good, as a worker leaves it."""
    id = await add(db, kind, key)
    worker = uuid4()
    update = "UPDATE jobs SET worker = $2, lease_until = now() WHERE id = $1"
    await db.execute(update, id, worker)
    await claims.hold(db, worker, id, ERROR)
    return id


async def test_jobs_are_listed_by_kind_and_state(
    db: asyncpg.Connection, url: str, operator: Operator
) -> None:
    failed, waiting = await held(db, "email.reset"), await add(db, "email.reset")
    running = await add(db, "email.verify")
    async with open_queue(url, lambda: None) as queue:
        await claims.claim(queue, ["email.verify"], 5, uuid4(), HOUR)
    found = operator.reads("list")
    assert [(job["id"], job["state"]) for job in found] == [
        (failed, "held"),
        (waiting, "waiting"),
        (running, "running"),
    ]
    (line,) = operator.types("list", "--state", "held").stdout.splitlines()
    assert line.startswith(f"{failed} email.reset held ")
    assert line.endswith("Refused: 550 no such user")
    assert [job["id"] for job in operator.reads("list", "--kind", "email.verify")] == [running]
    cut = operator.types("list", "--limit", "2")
    assert len(cut.stdout.splitlines()) == 2
    assert "only the first 2" in cut.stderr


async def test_a_job_is_shown_with_its_payload_and_the_whole_error(
    db: asyncpg.Connection, operator: Operator
) -> None:
    id = await held(db, "email.reset")
    (shown,) = operator.reads("show", str(id))
    assert (shown["payload"], shown["error"], shown["attempts"]) == ({"user_id": 7}, ERROR, 1)
    assert ERROR in operator.types("show", str(id)).stdout
    missing = operator.types("show", str(id), str(id + 1), code=1)
    assert f"there is no job {id + 1}" in missing.stderr


async def test_held_jobs_begin_again_as_if_they_were_new_and_workers_are_told(
    db: asyncpg.Connection, url: str, operator: Operator
) -> None:
    first, second = await held(db, "email.reset"), await held(db, "email.verify")
    waiting = await add(db, "email.follow")
    told: list[None] = []
    async with open_queue(url, partial(told.append, None)) as queue:
        assert operator.reads("retry", str(first)) == [first]
        await until(lambda: bool(told))
        (job,) = await claims.claim(queue, ["email.reset"], 5, uuid4(), HOUR)
    assert (job.id, job.attempts, job.lapses) == (first, 0, 0)
    assert operator.reads("retry", "--kind", "email.follow") == []  # it is not held
    assert operator.reads("retry", "--all") == [second]
    assert {job["id"] for job in operator.reads("list", "--state", "waiting")} == {second, waiting}


async def test_of_held_jobs_with_one_purpose_the_last_begins_unless_another_waits(
    db: asyncpg.Connection, operator: Operator
) -> None:
    await held(db, "email.verify", "verify:7")
    last = await held(db, "email.verify", "verify:7")
    needless = await held(db, "email.verify", "verify:8")
    await add(db, "email.verify", "verify:8")
    assert operator.reads("retry", "--all") == [last]
    refused = operator.types("retry", str(needless), code=1)
    assert str(needless) in refused.stderr


async def test_jobs_are_dropped_by_id_by_kind_and_by_state(
    db: asyncpg.Connection, operator: Operator
) -> None:
    first, second = await held(db, "email.reset"), await held(db, "email.reset")
    other, waiting = await held(db, "email.verify"), await add(db, "email.verify")
    assert operator.types("drop", str(first)).stdout == f"{first}\n"
    assert operator.reads("drop", "--kind", "email.reset") == [second]
    assert operator.reads("drop", "--all", "--state", "waiting") == [waiting]
    assert [job["id"] for job in operator.reads("list")] == [other]


async def test_a_job_that_runs_is_left_alone(
    db: asyncpg.Connection, url: str, operator: Operator
) -> None:
    id = await add(db, "email.reset")
    async with open_queue(url, lambda: None) as queue:
        await claims.claim(queue, ["email.reset"], 5, uuid4(), HOUR)
        for action in ("retry", "drop"):
            assert str(id) in operator.types(action, str(id), code=1).stderr
    (job,) = operator.reads("list")
    assert job["state"] == "running"


async def test_nothing_is_dropped_or_begun_that_was_not_named(operator: Operator) -> None:
    for action in ("retry", "drop"):
        assert "--all" in operator.types(action, code=2).stderr
