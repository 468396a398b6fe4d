"""Puts jobs into the queue, and counts them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import asyncpg
import orjson

from storage import tracing
from storage.database.query import Command, Executor, Query

CHANNEL = "jobs"  # on which PostgreSQL notifies workers of jobs that may be begun

# PostgreSQL delivers the notification at the commit, and equal ones of a transaction once.
ENQUEUE_JOB = Command(f"""
    WITH queued AS (
        INSERT INTO jobs (kind, payload, dedupe_key, run_at, request_id)
        VALUES ($1, $2, $3, now() + $4::interval, $5) ON CONFLICT DO NOTHING RETURNING id)
    SELECT pg_notify('{CHANNEL}', '') FROM queued""")


async def enqueue(
    connection: asyncpg.Connection,
    kind: str,
    payload: Mapping[str, object],
    *,
    dedupe_key: str | None = None,
    execute_after: timedelta = timedelta(0),
) -> None:
    """Have a job of handlers.jobs done, at least once, if and only if the transaction commits.

    While a job with the same key waits or runs, another one is quietly the same; the transaction
    stays usable. `payload` becomes the job's keyword arguments and must be plain JSON.
    """
    body = orjson.dumps(dict(payload)).decode()
    await ENQUEUE_JOB.run(connection, kind, body, dedupe_key, execute_after, tracing.kept())


@dataclass(frozen=True, slots=True)
class JobCounts:
    """`queued` wait or run. `held` failed for good and stay until somebody looks after them."""

    queued: int
    held: int


JOB_COUNTS = Query(
    """
    SELECT count(*) FILTER (WHERE held_at IS NULL) AS queued,
           count(*) FILTER (WHERE held_at IS NOT NULL) AS held
      FROM jobs""",
    JobCounts,
)


async def counts(db: Executor) -> JobCounts:
    """Count all jobs that are not done."""
    return await JOB_COUNTS.one(db)
