"""What an operator does with jobs: look at them, begin them again, drop them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from storage.database.query import Executor, Query, Scalar
from storage.jobs.queue import CHANNEL

State = Literal["waiting", "running", "held"]
STATES: tuple[State, ...] = ("waiting", "running", "held")


@dataclass(frozen=True, slots=True)
class JobDetails:
    """A job that is not done.

    `payload` is JSON; `attempts` are those that failed or came at a bad time, `lapses` those whose
    process ended; `error` is what the last one ended in. `run_at` is when it is or was due.
    """

    id: int
    kind: str
    state: str
    payload: str
    attempts: int
    lapses: int
    error: str | None
    request_id: str | None
    run_at: datetime
    created_at: datetime
    held_at: datetime | None
    lease_until: datetime | None


@dataclass(frozen=True, slots=True)
class Selection:
    """Jobs: those of all these ids (None: any), of this kind (None: any) and in this state."""

    ids: Sequence[int] | None = None
    kind: str | None = None
    state: State | None = None


STATE_OF = """CASE WHEN held_at IS NOT NULL THEN 'held' WHEN worker IS NOT NULL THEN 'running'
                ELSE 'waiting' END"""
SELECTED = f"""($1::bigint[] IS NULL OR id = ANY($1)) AND ($2::text IS NULL OR kind = $2)
           AND ($3::text IS NULL OR {STATE_OF} = $3)"""

FIND_JOBS = Query(
    f"""
    SELECT id, kind, {STATE_OF} AS state, payload, attempts, lapses, error,
           split_part(request_id, ' ', 1) AS request_id, run_at, created_at,
           held_at, lease_until
      FROM jobs WHERE {SELECTED} ORDER BY id LIMIT $4""",
    JobDetails,
)


async def find(db: Executor, selection: Selection, limit: int) -> list[JobDetails]:
    """Return up to `limit` of the jobs, those first that were queued first."""
    return await FIND_JOBS.all(db, selection.ids, selection.kind, selection.state, limit)


# Of jobs with the same dedupe_key one may wait: the last one held, unless another waits already.
BEGIN_AGAIN = Scalar(
    f"""
    WITH chosen AS (
        SELECT DISTINCT ON (coalesce(dedupe_key, id::text)) id FROM jobs AS job
         WHERE {SELECTED} AND worker IS NULL
           AND (held_at IS NULL OR dedupe_key IS NULL OR NOT EXISTS (
                SELECT FROM jobs WHERE dedupe_key = job.dedupe_key AND held_at IS NULL))
         ORDER BY coalesce(dedupe_key, id::text), id DESC),
    begun AS (
        UPDATE jobs SET held_at = NULL, attempts = 0, lapses = 0, error = NULL,
               run_at = statement_timestamp(), created_at = statement_timestamp()
          FROM chosen WHERE jobs.id = chosen.id AND worker IS NULL RETURNING jobs.id),
    told AS (SELECT pg_notify('{CHANNEL}', ''))
    SELECT id FROM begun, told ORDER BY id""",
    int,
)


async def begin_again(db: Executor, selection: Selection) -> list[int]:
    """Have the jobs begun now, as if they were new; return the ids of those that will be.

    One that runs is left alone, and so is one that another with its dedupe key makes needless.
    """
    return await BEGIN_AGAIN.all(db, selection.ids, selection.kind, selection.state)


DROP_JOBS = Scalar(
    f"DELETE FROM jobs WHERE {SELECTED} AND worker IS NULL RETURNING id",
    int,
)


async def drop(db: Executor, selection: Selection) -> list[int]:
    """Delete the jobs, undone; return their ids. One that runs is left alone."""
    return sorted(await DROP_JOBS.all(db, selection.ids, selection.kind, selection.state))
