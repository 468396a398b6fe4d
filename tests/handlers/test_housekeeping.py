"""What has served its time is deleted in portions, and one failure keeps the rest from nothing."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace

import pytest

from handlers.jobs import SCHEDULES, JobContext, TryLater, housekeeping
from server.config.load import Config
from storage import housekeeping as stored
from storage.database import pool
from storage.database.pool import Database, open_database
from storage.database.trimming import PORTION
from storage.errors import Unavailable
from storage.media.store.disk import Disk
from tests.handlers.operations import crowds

KEYS = """
    INSERT INTO idempotency_keys (user_id, scope, key, body_hash, result_id, created_at)
    SELECT $1, 'post', 'key' || n, '', 1, now() - make_interval(hours => $3)
      FROM generate_series(1, $2::integer) n"""
SESSIONS = """
    INSERT INTO sessions (user_id, expires_at)
    SELECT $1, now() - make_interval(days => CASE WHEN n % 4 = 0 THEN 29 ELSE 31 END)
      FROM generate_series(1, 12000) n"""
EVENTS = """
    WITH counted AS (UPDATE user_seq SET seq = 40 WHERE user_id = ANY($1::bigint[]))
    INSERT INTO events (user_id, seq, kind, actor_id, at)
    SELECT id, n, 'relationship.changed', id, now() - make_interval(days => CASE
             WHEN n <= 30 THEN 8 ELSE 1 END)
      FROM unnest($1::bigint[]) id, generate_series(1, 40) n ORDER BY n, id"""


@pytest.fixture
async def db(own_settings: Config) -> AsyncIterator[Database]:
    async with open_database(own_settings.database_url) as database:
        yield database


async def keep_house(db: Database, settings: Config) -> None:
    context = SimpleNamespace(db=db, media_store=Disk(settings.media_dir))
    await SCHEDULES["housekeeping"][1](context)  # type: ignore[arg-type]


async def test_more_than_a_portion_of_each_table_goes(db: Database, own_settings: Config) -> None:
    users = await crowds.crowd(db, 500)
    await db.execute(KEYS, users[0], 2 * PORTION + 1, 25)
    await db.execute(KEYS, users[1], 3, 23)
    await db.execute(SESSIONS, users[0])
    await db.execute(EVENTS, users)
    await keep_house(db, own_settings)
    left = """
        SELECT (SELECT count(*) FROM idempotency_keys), (SELECT count(*) FROM sessions),
               (SELECT count(*) FROM events), (SELECT min(seq) FROM events)"""
    assert tuple(await db.fetchrow(left) or ()) == (3, 3_000, 500 * 10, 31)
    floors = "SELECT count(*) FROM user_seq WHERE floor = 30"
    assert await db.fetchval(floors) == 500


async def test_a_table_that_cannot_be_trimmed_keeps_the_others_from_nothing(
    db: Database, own_settings: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(pool.SETTINGS, "statement_timeout", "1000")
    (user,) = await crowds.crowd(db, 1)
    await db.execute(EVENTS, [user])
    await db.execute(KEYS, user, 10, 25)
    async with db.transaction() as holder, open_database(own_settings.database_url) as hurried:
        await holder.execute("SELECT FROM user_seq WHERE user_id = $1 FOR UPDATE", user)
        with pytest.raises(Unavailable):
            await keep_house(hurried, own_settings)
        assert await db.fetchval("SELECT count(*) FROM idempotency_keys") == 0
    await keep_house(db, own_settings)
    assert await db.fetchval("SELECT count(*) FROM events") == 10


async def test_a_step_that_fails_or_takes_too_long_is_recorded_and_the_others_are_taken(
    db: Database, own_settings: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(_: JobContext) -> int:
        raise RuntimeError("a mistake")

    async def hangs(_: JobContext) -> int:
        await asyncio.Event().wait()
        return 0

    (user,) = await crowds.crowd(db, 1)
    await db.execute(KEYS, user, 10, 25)
    with monkeypatch.context() as patch:
        patch.setattr(housekeeping, "STEP_SECONDS", 5.0)
        patch.setitem(housekeeping.STEPS, "events", fails)
        patch.setitem(housekeeping.STEPS, "feed", hangs)
        patch.setattr(housekeeping, "STEPS", dict(reversed(housekeeping.STEPS.items())))
        with pytest.raises(TryLater):
            await keep_house(db, own_settings)
    steps = {step.name: step for step in await stored.steps(db)}
    assert steps.keys() == housekeeping.STEPS.keys()
    assert steps["events"].error == "RuntimeError: a mistake"
    assert "goes on the next time" in (steps["feed"].error or "")
    failed = {name for name, step in steps.items() if step.last_success_at is None}
    assert failed == {"events", "feed"}
    assert steps["idempotency"].rows == 10
    await keep_house(db, own_settings)
    again = {step.name: step for step in await stored.steps(db)}
    assert again["events"].error is None
    assert again["events"].failures == 1
    assert again["events"].last_success_at is not None
