"""Jobs that the clock queues: each time once in the whole fleet, whoever comes first."""

from collections.abc import Sequence
from datetime import datetime

from storage.database.query import Command, Executor, Scalar
from storage.jobs.queue import CHANNEL

NOW = Scalar("SELECT statement_timestamp()", datetime)


async def now(db: Executor) -> datetime:
    """Return the database's time, by which schedules go."""
    return await NOW.one(db)


REGISTER_SCHEDULE = Command("""
    INSERT INTO job_schedules AS known (name, expression, next_at) VALUES ($1, $2, $3)
    ON CONFLICT (name) DO UPDATE SET expression = excluded.expression, next_at = excluded.next_at
     WHERE known.expression <> excluded.expression""")


async def register(db: Executor, name: str, expression: str, next_at: datetime) -> None:
    """Store a schedule; one that is known keeps its time, so what fell into a pause is made up for.

    However often it was missed, it is made up for once.
    """
    await REGISTER_SCHEDULE.run(db, name, expression, next_at)


DUE_SCHEDULES = Scalar(
    "SELECT name FROM job_schedules WHERE name = ANY($1) AND next_at <= statement_timestamp()", str
)


async def due(db: Executor, names: Sequence[str]) -> list[str]:
    """Return those of the schedules whose time has come."""
    return await DUE_SCHEDULES.all(db, names)


# Whoever waited for the row finds next_at changed, and queues nothing.
FIRE_SCHEDULE = Command(f"""
    WITH due AS (
        UPDATE job_schedules SET next_at = $2
         WHERE name = $1 AND next_at <= statement_timestamp() RETURNING name),
    queued AS (
        INSERT INTO jobs (kind, dedupe_key) SELECT name, 'schedule:' || name FROM due
        ON CONFLICT DO NOTHING RETURNING id)
    SELECT pg_notify('{CHANNEL}', '') FROM queued""")


async def fire(db: Executor, name: str, next_at: datetime) -> None:
    """Queue the schedule's job, unless it still waits or runs, and set when the next one is due."""
    await FIRE_SCHEDULE.run(db, name, next_at)
