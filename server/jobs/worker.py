"""Runs background jobs: each at least once, failed ones again, and what keeps failing is held."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import asyncpg
import orjson
from pgqueuer import DatabaseRetryEntrypointExecutor, Job, PgQueuer, RetryRequested
from pgqueuer.core.tm import TaskManager
from pgqueuer.db import Driver
from pgqueuer.models import Schedule, TableChangedEvent, TracebackRecord
from pgqueuer.ports.driver import NotifyCallback
from pgqueuer.types import JOB_STATUS

from handlers.jobs import JOBS, SCHEDULES, JobContext, TryLater
from handlers.security.tokens import Tokens
from server.config.load import Config
from server.jobs.mailer import open_mailer
from storage.database.pool import Database, open_database
from storage.errors import Unavailable
from storage.jobs import NAMES, Queue
from storage.media.store import media_store

log = logging.getLogger(__name__)

RESTART_SECONDS = 0.2  # after the queue ended; doubled each time up to
RESTART_SECONDS_MAX = 5.0
CONNECT_SECONDS = 3.0
POLL_SECONDS = 10.0  # how late a job is begun whose notification was lost
HEARTBEAT_SECONDS = 30.0  # a worker silent for this long is dead: its jobs go to others
FINISH_SECONDS = 1.25  # what the jobs in hand get when the worker is told to stop, then
REQUEUE_SECONDS = 0.5  # what putting back the unfinished ones gets, and giving up on that
POOL_SIZE = 8


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How failed jobs are repeated: the n-th delay is first_delay * 2 ** (n - 1), up to max_delay.

    A job that fails (an error of its own, a mail that is refused) starts max_attempts times. One
    that raises TryLater, or finds PostgreSQL away, goes on until it is away_days old, with delays
    up to away_delay.
    """

    max_attempts: int = 8
    first_delay: timedelta = timedelta(seconds=1)
    max_delay: timedelta = timedelta(minutes=5)
    away_delay: timedelta = timedelta(minutes=1)
    away_days: float = 4
    concurrency: int = 5  # of each kind of job, in the whole fleet
    job_seconds: float = 60


async def run_worker(config: Config, patience: RetryPolicy = RetryPolicy()) -> None:
    """Work until cancelled, whatever becomes of PostgreSQL and the mail server.

    On cancellation the jobs in hand get a moment to finish; what is unfinished then goes back into
    the queue. Returns within about 2 s. Raises ConfigError for an SMTP_URL that cannot be used.
    """
    logging.getLogger("pgqueuer").addFilter(quiet_retries)
    mailer = open_mailer(config)
    store = media_store(config.media_store_url, config.media_dir)
    async with open_database(config.database_url, POOL_SIZE, media_url=config.media_url) as db:
        tokens = Tokens(config.jwt_secret, config.access_token_seconds, config.refresh_token_days)
        context = JobContext(db, mailer, tokens, config.mail_from, config.public_url, store)
        await retry_forever(partial(_run_queue, config.database_url, context, patience))


async def retry_forever(run: Callable[[], Awaitable[None]]) -> None:
    delay = RESTART_SECONDS
    while True:
        begun = time.monotonic()
        reason = "the connection to PostgreSQL ended"
        try:
            await run()
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
        if time.monotonic() - begun > RESTART_SECONDS_MAX:
            delay = RESTART_SECONDS
        log.warning("the job queue stopped (%s), again in %.1f s", reason, delay)
        await asyncio.sleep(delay)
        delay = min(2 * delay, RESTART_SECONDS_MAX)


async def _run_queue(url: str, context: JobContext, patience: RetryPolicy) -> None:
    """Returns when the connection that hears of new jobs ends; raises what else ends the queue."""
    async with _connection(url) as listener:
        driver = PoolAndListener(context.db, listener)
        queue = PgQueuer(driver, channel=NAMES.channel, queries=PatientQueue(driver))
        for name, job in JOBS.items():
            queue.entrypoint(
                name,
                concurrency_limit=patience.concurrency,
                on_failure="hold",
                # pgqueuer counts from 0 and repeats while attempts < max_attempts: one start more.
                executor_factory=partial(
                    DatabaseRetryEntrypointExecutor,
                    max_attempts=patience.max_attempts - 1,
                    initial_delay=patience.first_delay,
                    max_delay=patience.max_delay,
                ),
            )(_entrypoint(job, context, patience))
        for name, (cron, task) in SCHEDULES.items():
            queue.schedule(name, cron)(_scheduled(task, context))
        # Else only the next poll would notice, and no job be heard of until then.
        listener.add_termination_listener(lambda _: queue.shutdown.set())
        async with _stopped_at_exit(queue) as running:
            # Shielded: the first cancellation must not reach the jobs in hand.
            await asyncio.shield(running)


@asynccontextmanager
async def _connection(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(
        url,
        timeout=CONNECT_SECONDS,
        command_timeout=CONNECT_SECONDS,
        server_settings={"application_name": "mini-twitter jobs"},
    )
    try:
        yield connection
    finally:
        connection.terminate()


@asynccontextmanager
async def _stopped_at_exit(queue: PgQueuer) -> AsyncIterator[asyncio.Task[None]]:
    running = asyncio.create_task(
        queue.run(
            dequeue_timeout=timedelta(seconds=POLL_SECONDS),
            heartbeat_timeout=timedelta(seconds=HEARTBEAT_SECONDS),
            shutdown_on_listener_failure=True,
            log_aggregation_interval=timedelta(0),  # statistics that nobody reads
        )
    )
    try:
        yield running
    finally:
        queue.shutdown.set()
        try:
            for seconds in (FINISH_SECONDS, REQUEUE_SECONDS, REQUEUE_SECONDS):
                await asyncio.wait({running}, timeout=seconds)
                if running.done():
                    break
                running.cancel()
        finally:
            running.cancel()


def _entrypoint(
    run: Callable[..., Awaitable[None]], context: JobContext, patience: RetryPolicy
) -> Callable[[Job], Awaitable[None]]:
    async def perform(job: Job) -> None:
        try:
            async with asyncio.timeout(patience.job_seconds):
                await run(context, **orjson.loads(job.payload or b"{}"))
        except (TryLater, Unavailable) as error:
            if datetime.now(UTC) - job.created > timedelta(days=patience.away_days):
                raise
            # The exponent is bounded because a timedelta is.
            delay = min(patience.first_delay * 2 ** min(job.attempts, 20), patience.away_delay)
            log.warning("job %s %d waits %s: %s", job.entrypoint, job.id, delay, error)
            raise RetryRequested(delay, str(error)) from error
        except Exception as error:
            if job.attempts + 1 < patience.max_attempts:  # pgqueuer itself reports the last one
                log.warning(
                    "job %s %d failed, attempt %d of %d: %r",
                    job.entrypoint,
                    job.id,
                    job.attempts + 1,
                    patience.max_attempts,
                    error,
                )
            raise

    return perform


def _scheduled(
    run: Callable[[JobContext], Awaitable[None]], context: JobContext
) -> Callable[[Schedule], Awaitable[None]]:
    async def perform(_: Schedule) -> None:
        await run(context)

    return perform


class PoolAndListener(Driver):
    """Statements go through the pool, which reconnects; notifications have a connection apart."""

    def __init__(self, db: Database, listener: asyncpg.Connection) -> None:
        self._db = db
        self._listener = listener
        self._shutdown = asyncio.Event()

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        return [dict(row) for row in await self._db.fetch(query, *args)]

    async def execute(self, query: str, *args: object) -> str:
        return await self._db.execute(query, *args)

    async def notify(self, channel: str, payload: str) -> None:
        await self._db.execute("SELECT pg_notify($1, $2)", channel, payload)

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        await self._listener.add_listener(channel, lambda *event: callback(event[-1]))

    @property
    def shutdown(self) -> asyncio.Event:
        return self._shutdown

    @property
    def tm(self) -> TaskManager:
        return TaskManager()

    async def __aenter__(self) -> "PoolAndListener":
        return self

    async def __aexit__(self, *_: object) -> None:
        """Both connections belong to others."""


class PatientQueue(Queue):
    """Writes down what became of a job, however long PostgreSQL is away.

    pgqueuer gives up after five attempts in a row: a mail that went out would go out again.
    """

    async def log_jobs(
        self, job_status: list[tuple[Job, JOB_STATUS, TracebackRecord | None]]
    ) -> None:
        """A job that was cancelled is one of a worker that stops; pgqueuer would delete it."""
        for job, status, _ in job_status:
            if status == "canceled":
                await self.retry_job(job, timedelta(0), None)
        ended = [entry for entry in job_status if entry[1] != "canceled"]
        if ended:
            await _insist(partial(super().log_jobs, ended))

    async def retry_job(
        self, job: Job, delay: timedelta, traceback_record: TracebackRecord | None
    ) -> None:
        """Never fails for want of PostgreSQL: pgqueuer would count the job as failed for good."""
        await _insist(partial(super().retry_job, job, delay, traceback_record))
        # pgqueuer's trigger is silent about updates: without this the job waits for the next poll.
        requeued = TableChangedEvent(
            type="table_changed_event",
            channel=NAMES.channel,
            operation="update",
            table=NAMES.queue_table,
            sent_at=datetime.now(UTC),
        )
        await _insist(partial(self.driver.notify, NAMES.channel, requeued.model_dump_json()))


async def _insist(act: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            return await act()
        except Unavailable:
            await asyncio.sleep(RESTART_SECONDS)


def quiet_retries(record: logging.LogRecord) -> bool:
    """A filter for pgqueuer's logger: no tracebacks, and nothing below a warning.

    Its tracebacks show its own stack and come many times a second while PostgreSQL is away.
    """
    if record.exc_info and record.exc_info[1] is not None:
        record.msg = f"{record.getMessage()}: {record.exc_info[1]!r}"
        record.args, record.exc_info = (), None
    return record.levelno >= logging.WARNING
