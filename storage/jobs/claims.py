"""What a worker does with jobs: it claims them for a time, and says what became of each.

A claim is a lease on the database's clock. A worker extends the leases of the jobs that it has in
hand; those of a dead one lapse, and its jobs go to others. What a worker says about a job that is
no longer its own changes nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from storage.database.advisory_locks import AdvisoryLock
from storage.database.query import Command, Executor, Query, Scalar
from storage.jobs.listener import QueueConnection
from storage.jobs.queue import CHANNEL


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed job; `payload` is JSON.

    `attempts` are those that failed or came at a bad time, `lapses` those whose worker was silent
    until the lease had lapsed, as it does when the process dies. `request_id` is that of the
    request that queued it, where one did.
    """

    id: int
    kind: str
    payload: str
    attempts: int
    lapses: int
    request_id: str | None
    age: timedelta


# $1 kinds, $2 how many of each may run, $3 worker, $4 lease. Its own jobs a worker never claims
# again, however its clock and the database's differ.
CLAIM_JOBS = Query(
    """
    WITH free AS (
        SELECT kind, $2::integer - (
               SELECT count(*) FROM jobs
                WHERE kind = kinds.kind AND worker IS NOT NULL
                  AND lease_until > statement_timestamp()) AS slots
          FROM unnest($1::text[]) AS kinds (kind)),
    due AS (
        SELECT oldest.id FROM free CROSS JOIN LATERAL (
               SELECT id FROM jobs
                WHERE kind = free.kind AND held_at IS NULL AND run_at <= statement_timestamp()
                  AND (worker IS NULL OR (worker <> $3::uuid
                                          AND lease_until <= statement_timestamp()))
                ORDER BY run_at, id LIMIT greatest(free.slots, 0)
                  FOR UPDATE SKIP LOCKED) AS oldest)
    UPDATE jobs SET lapses = lapses + (worker IS NOT NULL)::integer, worker = $3,
           lease_until = statement_timestamp() + $4::interval
      FROM due WHERE jobs.id = due.id
    RETURNING jobs.id, kind, payload, attempts, lapses, request_id,
              statement_timestamp() - created_at AS age""",
    Job,
)


LOCK_CLAIMS = Command("SELECT pg_advisory_xact_lock($1)")


async def claim(
    queue: QueueConnection, kinds: Sequence[str], concurrency: int, worker: UUID, lease: timedelta
) -> list[Job]:
    """Lease the oldest due jobs, so many that of no kind more than `concurrency` run in the fleet.

    The lock comes in a statement before, as only the next one sees what was claimed meanwhile.
    """
    async with queue.transaction():
        await LOCK_CLAIMS.run(queue, AdvisoryLock.JOB_CLAIMS)
        return await CLAIM_JOBS.all(queue, kinds, concurrency, worker, lease)


EXTEND_LEASES = Scalar(
    """
    UPDATE jobs SET lease_until = statement_timestamp() + $3::interval
     WHERE id = ANY($1::bigint[]) AND worker = $2 RETURNING id""",
    int,
)


async def extend(db: Executor, worker: UUID, ids: Collection[int], lease: timedelta) -> set[int]:
    """Renew the leases of these jobs; return which of them are still the worker's."""
    return set(await EXTEND_LEASES.all(db, list(ids), worker, lease))


FINISH_JOBS = Command("DELETE FROM jobs WHERE id = ANY($1::bigint[]) AND worker = $2")


async def finish(db: Executor, worker: UUID, ids: Collection[int]) -> None:
    """Delete jobs that are done."""
    await FINISH_JOBS.run(db, list(ids), worker)


REQUEUE_JOB = Command("""
    UPDATE jobs SET attempts = 0, lapses = 0, error = NULL, worker = NULL, lease_until = NULL,
           run_at = statement_timestamp(), created_at = statement_timestamp()
     WHERE id = $1 AND worker = $2""")


async def requeue(db: Executor, worker: UUID, id: int) -> None:
    """Put a job back that has got on: behind those that wait, and as if it were new."""
    await REQUEUE_JOB.run(db, id, worker)


RETRY_JOB = Command("""
    UPDATE jobs SET attempts = attempts + 1, error = $3, worker = NULL, lease_until = NULL,
           run_at = statement_timestamp() + $4::interval
     WHERE id = $1 AND worker = $2""")


async def retry(db: Executor, worker: UUID, id: int, error: str, delay: timedelta) -> None:
    """Put a job back, to be claimed again after the delay."""
    await RETRY_JOB.run(db, id, worker, error, delay)


HOLD_JOB = Command("""
    UPDATE jobs SET attempts = attempts + 1, error = $3, worker = NULL, lease_until = NULL,
           held_at = statement_timestamp()
     WHERE id = $1 AND worker = $2""")


async def hold(db: Executor, worker: UUID, id: int, error: str) -> None:
    """Set a job that failed for good aside; another one with its dedupe key may come."""
    await HOLD_JOB.run(db, id, worker, error)


RELEASE_JOBS = Command(f"""
    WITH released AS (
        UPDATE jobs SET worker = NULL, lease_until = NULL
         WHERE worker = $1 AND id <> ALL($2::bigint[]) RETURNING id)
    SELECT pg_notify('{CHANNEL}', '') FROM released LIMIT 1""")


async def release(db: Executor, worker: UUID, keep: Collection[int] = ()) -> None:
    """Put back all jobs of the worker but those to keep, as if it had never claimed them."""
    await RELEASE_JOBS.run(db, worker, list(keep))


SECONDS_UNTIL_DUE = Scalar(
    """
    SELECT extract(epoch FROM min(due) - statement_timestamp())::float8 FROM (
        SELECT (SELECT min(run_at) FROM jobs
                 WHERE kind = kinds.kind AND held_at IS NULL AND run_at > statement_timestamp())
          FROM unnest($1::text[]) AS kinds (kind)
        UNION ALL SELECT min(next_at) FROM job_schedules WHERE name = ANY($1)) AS dues (due)""",
    float,
)


async def next_due(db: Executor, kinds: Sequence[str]) -> float | None:
    """Return the seconds until a delayed job or a schedule of these kinds is due, if any is.

    Not positive when a schedule is due already; jobs that are due already do not count.
    """
    return await SECONDS_UNTIL_DUE.maybe(db, kinds)


ADOPT_PGQUEUER_JOBS = Scalar("SELECT adopt_pgqueuer_jobs()", int)


async def adopt_pgqueuer_jobs(db: Executor) -> int:
    """Carry jobs over that an earlier release queued in its own tables; return how many."""
    return await ADOPT_PGQUEUER_JOBS.one(db)
