"""What came of each step of housekeeping, for whoever asks: any instance may have done it."""

from dataclasses import dataclass
from datetime import datetime

from storage.database.query import Command, Executor, Query


@dataclass(frozen=True, slots=True)
class Step:
    """A step: when it was run last, when it last succeeded, and what ended the last run (`error`).

    `seconds` are those of the last run, `rows` what all runs have removed, `failures` how many
    failed.
    """

    name: str
    last_run_at: datetime
    last_success_at: datetime | None
    seconds: float
    rows: int
    failures: int
    error: str | None


RECORD_STEP = Command("""
    INSERT INTO housekeeping_steps AS known
           (name, last_run_at, last_success_at, seconds, rows, failures, error)
    VALUES ($1, now(), CASE WHEN $4::text IS NULL THEN now() END, $2, $3,
            ($4::text IS NOT NULL)::integer, $4)
    ON CONFLICT (name) DO UPDATE
       SET last_run_at = excluded.last_run_at,
           last_success_at = coalesce(excluded.last_success_at, known.last_success_at),
           seconds = excluded.seconds, rows = known.rows + excluded.rows,
           failures = known.failures + excluded.failures, error = excluded.error""")


async def record(db: Executor, name: str, seconds: float, rows: int, error: str | None) -> None:
    """Record a run: what it removed, and what it failed by."""
    await RECORD_STEP.run(db, name, seconds, rows, error)


STEPS = Query(
    """
    SELECT name, last_run_at, last_success_at, seconds, rows, failures, error
      FROM housekeeping_steps ORDER BY name""",
    Step,
)


async def steps(db: Executor) -> list[Step]:
    """Return all steps that were ever run."""
    return await STEPS.all(db)
