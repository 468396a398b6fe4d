"""How many jobs there are that are not done, and how late they are."""

from dataclasses import dataclass

from storage.database.query import Executor, Query


@dataclass(frozen=True, slots=True)
class JobBacklog:
    """The jobs of one kind that are not done.

    `waiting` have not failed, `failing` have and wait to be tried again; `held` failed for good.
    `oldest_seconds` is how long ago the first that is not held was due; 0 where none is due yet.
    """

    kind: str
    waiting: int
    running: int
    failing: int
    held: int
    oldest_seconds: float


# Of 100,000 waiting jobs it takes some 40 ms, as it looks at all.
JOB_BACKLOG = Query(
    """
    SELECT kind,
           count(*) FILTER (WHERE held_at IS NULL AND worker IS NULL AND error IS NULL)
               AS waiting,
           count(*) FILTER (WHERE worker IS NOT NULL) AS running,
           count(*) FILTER (WHERE held_at IS NULL AND worker IS NULL AND error IS NOT NULL)
               AS failing,
           count(*) FILTER (WHERE held_at IS NOT NULL) AS held,
           coalesce(greatest(0, extract(epoch FROM statement_timestamp()
               - min(run_at) FILTER (WHERE held_at IS NULL))), 0)::float8 AS oldest_seconds
      FROM jobs GROUP BY kind ORDER BY kind""",
    JobBacklog,
)


async def backlog(db: Executor) -> list[JobBacklog]:
    """Count the jobs of each kind that are not done."""
    return await JOB_BACKLOG.all(db)


@dataclass(frozen=True, slots=True)
class ScheduleLateness:
    """How many seconds ago a schedule was due that no worker has queued; 0 while it is not due."""

    name: str
    seconds: float


SCHEDULE_LATENESS = Query(
    """
    SELECT name, greatest(0, extract(epoch FROM statement_timestamp() - next_at))::float8 AS seconds
      FROM job_schedules ORDER BY name""",
    ScheduleLateness,
)


async def lateness(db: Executor) -> list[ScheduleLateness]:
    """Return how late each schedule is."""
    return await SCHEDULE_LATENESS.all(db)
