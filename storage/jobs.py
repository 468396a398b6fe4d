"""The job queue: pgqueuer's own tables, and what this program asks of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import asyncpg
import orjson
from pgqueuer.adapters.persistence.qb import (
    QueryBuilderEnvironment,
    QueryQueueBuilder,
    QuerySchedulerBuilder,
)
from pgqueuer.db import AsyncpgDriver, Driver
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.domain.types import Channel
from pgqueuer.queries import Queries

from storage.database.pool import Database
from storage.database.query import Executor, Query

# Each name is spelled out because pgqueuer reads those that are not from the environment, from
# variables as common as CHANNEL, TRIGGER and FUNCTION: two processes could then disagree on them.
NAMES: Final = DBSettings(
    prefix="",
    db_schema=None,
    channel=Channel("ch_pgqueuer"),
    function="fn_pgqueuer_changed",
    statistics_table="pgqueuer_statistics",
    queue_status_type="pgqueuer_status",
    queue_table="pgqueuer",
    queue_table_log="pgqueuer_log",
    trigger="tg_pgqueuer_changed",
    schedules_table="pgqueuer_schedules",
    durability=Durability.durable,
    widen_id=True,
)
LOG_KEPT = timedelta(days=7)
TRIM_ROWS = 5_000  # deleted by one statement: a few milliseconds, far from any timeout


class Queue(Queries):
    """pgqueuer's statements, under the names above."""

    def __init__(self, driver: Driver) -> None:
        super().__init__(
            driver,
            QueryBuilderEnvironment(NAMES),
            QueryQueueBuilder(NAMES),
            QuerySchedulerBuilder(NAMES),
        )


async def install(connection: asyncpg.Connection) -> None:
    """Create the queue's tables, or bring those of an earlier pgqueuer up to date.

    May be repeated, also after it was cut off half way. Call it outside of a transaction: a label
    added to an enum can be used only after its commit.
    """
    await Queue(AsyncpgDriver(connection)).upgrade()


async def enqueue(
    connection: asyncpg.Connection,
    job: str,
    payload: Mapping[str, object],
    *,
    dedupe_key: str | None = None,
    execute_after: timedelta | None = None,
) -> None:
    """Have a job of handlers.jobs done, at least once, if and only if the transaction commits.

    While a job with the same key waits or runs, another one is quietly the same; the transaction
    stays usable. `payload` becomes the job's keyword arguments and must be plain JSON.
    """
    await Queue(AsyncpgDriver(connection)).enqueue(
        job,
        orjson.dumps(dict(payload)),
        dedupe_key=dedupe_key,
        execute_after=execute_after,
        on_conflict="skip",
    )


@dataclass(frozen=True, slots=True)
class JobCounts:
    """`queued` wait or run. `held` failed for good and stay until somebody looks after them."""

    queued: int
    held: int


COUNTS = Query(
    """
    SELECT count(*) FILTER (WHERE status IN ('queued', 'picked')) AS queued,
           count(*) FILTER (WHERE status = 'failed') AS held
      FROM pgqueuer""",
    JobCounts,
)


async def counts(db: Executor) -> JobCounts:
    return await COUNTS.one(db)


TRIM_LOG = """
    DELETE FROM pgqueuer_log
     WHERE id = ANY(ARRAY(
        SELECT id FROM pgqueuer_log WHERE created < now() - $1::interval LIMIT $2))"""


async def trim_log(db: Database, kept: timedelta = LOG_KEPT) -> None:
    """Forget what became of jobs longer ago than `kept`: pgqueuer itself never does."""
    deleted = TRIM_ROWS
    while deleted == TRIM_ROWS:
        deleted = int((await db.execute(TRIM_LOG, kept, TRIM_ROWS)).rpartition(" ")[2])
