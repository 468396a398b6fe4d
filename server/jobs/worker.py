"""Runs background jobs: each at least once, failed ones again, and what keeps failing is held."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from uuid import uuid4

from prometheus_client import Histogram

from handlers.jobs import JOBS, SCHEDULES, JobContext
from handlers.security.tokens import Tokens
from realtime.broker.redis.broker import open_broker
from realtime.delivery.notifier import Notifier
from realtime.tasks import open_tasks
from server import telemetry
from server.config.load import Config
from server.jobs.attempt import Continued, Finished, Held, Outcome, Retry, attempt
from server.jobs.cron import Cron
from server.jobs.mailer import open_mailer
from server.jobs.pusher import WebPushPusher, contact
from server.jobs.retry_policy import RetryPolicy
from server.jobs.webhook_sender import HttpWebhookSender
from server.outgoing import open_outgoing
from storage.database.pool import open_database
from storage.database.query import Executor
from storage.errors import StorageError, Unavailable
from storage.jobs import claims, schedules
from storage.jobs.claims import Job
from storage.jobs.listener import QueueConnection, open_queue
from storage.media.store import media_store

log = logging.getLogger(__name__)

RESTART_SECONDS = 0.2  # after the queue stopped; doubled each time up to
RESTART_SECONDS_MAX = 5.0
POLL_SECONDS = 10.0  # how late a job is begun whose notification was lost; leases are extended then
LEASE = timedelta(seconds=30)  # a worker silent for so long is dead: its jobs go to others
FINISH_SECONDS = 1.25  # what the jobs in hand get when the worker is to stop, then
REQUEUE_SECONDS = 0.5  # what cancelling them gets, and putting them back
POOL_SIZE = 8
POLICY = RetryPolicy()

SECONDS = Histogram(
    "mini_twitter_job_seconds",
    "How long attempts at jobs took, by what came of them: finished, continued, retry or held",
    ["kind", "outcome"],
    buckets=(0.01, 0.1, 0.5, 1, 5, 10, 60, 300, 900),
)


async def run_worker(config: Config, policy: RetryPolicy = POLICY) -> None:
    """Work until cancelled, whatever becomes of PostgreSQL and the mail server.

    On cancellation the jobs in hand get a moment to finish; what is unfinished then goes back into
    the queue. Returns within about 2 s. Raises ConfigError for an SMTP_URL that cannot be used.
    """
    mailer = open_mailer(config)
    store = media_store(config.media_store_url, config.media_dir)
    async with (
        open_database(config.database_url, POOL_SIZE, media_url=config.media_url) as db,
        open_outgoing(config.outgoing_networks) as outgoing,
    ):
        tokens = Tokens(config.jwt_secret, config.access_token_seconds, config.refresh_token_days)
        context = JobContext(
            db,
            mailer,
            tokens,
            config.mail_from,
            config.public_url,
            store,
            partial(_open_notifier, config) if config.redis_url else None,
            WebPushPusher(outgoing, config.vapid_private_key, contact(config)),
            HttpWebhookSender(outgoing, http=config.http_webhooks),
        )
        worker = Worker(config.database_url, context, policy)
        try:
            await worker.run()
        finally:
            await worker.stop()


@asynccontextmanager
async def _open_notifier(config: Config) -> AsyncIterator[Notifier]:
    """Connect to Redis for one job; without Redis it notifies nobody."""
    async with (
        open_broker(config.redis_url, cluster=config.redis_cluster) as broker,
        open_tasks() as tasks,
    ):
        yield Notifier(telemetry.publisher(broker), tasks)


class Worker:
    """Claims jobs, runs each as a task, and writes down what became of it, however long that takes.

    One coroutine says all there is to say to the queue, by one connection that also listens to it.
    That may end at any time: jobs in hand go on, and their outcomes wait for the next.
    """

    def __init__(self, url: str, context: JobContext, policy: RetryPolicy) -> None:
        self._url = url
        self._context = context
        self._policy = policy
        self._attempt = telemetry.attempts(attempt)
        self._id = uuid4()
        self._schedules = {name: Cron.parse(text) for name, (text, _) in SCHEDULES.items()}
        self._kinds = [*JOBS, *SCHEDULES]
        self._running: dict[int, asyncio.Task[None]] = {}
        self._outcomes: list[Outcome] = []
        self._changed = asyncio.Event()
        self._tended_at = -POLL_SECONDS
        self._claiming = False  # stays set when a claim was interrupted: it may have succeeded
        self._failures = 0

    async def run(self) -> None:
        """Serve the queue until cancelled, and again whenever that fails: said once an outage."""
        while True:
            try:
                await self._serve()
            except Exception as error:
                self._failures += 1
                if self._failures == 1:
                    unexpected = not isinstance(error, StorageError)
                    reason = f"{type(error).__name__}: {error}"
                    log.warning("the job queue stopped (%s)", reason, exc_info=unexpected)
            delay = RESTART_SECONDS * 2 ** min(self._failures - 1, 10)
            await asyncio.sleep(min(delay, RESTART_SECONDS_MAX))

    async def _serve(self) -> None:
        async with open_queue(self._url, self._changed.set) as queue:
            self._tended_at = -POLL_SECONDS
            for name, cron in self._schedules.items():
                next_at = cron.next_after(await schedules.now(queue))
                await schedules.register(queue, name, SCHEDULES[name][0], next_at)
            while True:
                self._changed.clear()
                seconds = await self._pass(queue)
                if self._failures:
                    log.info("the job queue works again")
                    self._failures = 0
                try:
                    async with asyncio.timeout(seconds):
                        await self._changed.wait()
                except TimeoutError:
                    pass  # a job or a schedule is due, or a notification may have been lost

    async def _pass(self, queue: QueueConnection) -> float:
        """Do what there is to do now; return the seconds until there may be more."""
        await self._settle(queue)
        if time.monotonic() - self._tended_at >= POLL_SECONDS:
            await self._tend(queue)
        # Asked before claiming: what falls due in between is claimed and looked for once more.
        seconds = await claims.next_due(queue, self._kinds)
        if seconds is not None and seconds <= 0:
            await self._fire(queue)
        limit = self._policy.concurrency
        self._claiming = True
        for job in await claims.claim(queue, self._kinds, limit, self._id, LEASE):
            self._running[job.id] = asyncio.create_task(self._work(job))
        self._claiming = False
        poll = self._tended_at + POLL_SECONDS - time.monotonic()
        return max(0, poll if seconds is None else min(seconds, poll))

    async def _settle(self, db: Executor) -> None:
        """Write down what became of jobs. Repeating it does no harm."""
        outcomes = self._outcomes[:]
        finished = [outcome.id for outcome in outcomes if isinstance(outcome, Finished)]
        if finished:
            await claims.finish(db, self._id, finished)
        for outcome in outcomes:
            match outcome:
                case Continued(id):
                    await claims.requeue(db, self._id, id)
                case Retry(id, error, delay):
                    await claims.retry(db, self._id, id, error, delay)
                case Held(id, error):
                    await claims.hold(db, self._id, id, error)
        del self._outcomes[: len(outcomes)]

    async def _tend(self, queue: QueueConnection) -> None:
        """Extend leases, put back what we hold unknowingly, adopt an earlier release's jobs."""
        in_hand = dict(self._running)
        if in_hand:
            ours = await claims.extend(queue, self._id, in_hand, LEASE)
            for id in in_hand.keys() - ours:
                log.warning("the lease of job %d has lapsed: another worker has it", id)
                in_hand[id].cancel()
        keep = [*self._running, *(outcome.id for outcome in self._outcomes)]
        await claims.release(queue, self._id, keep)
        await claims.adopt_pgqueuer_jobs(queue)
        self._claiming = False
        self._tended_at = time.monotonic()

    async def _fire(self, queue: QueueConnection) -> None:
        for name in await schedules.due(queue, list(self._schedules)):
            next_at = self._schedules[name].next_after(await schedules.now(queue))
            await schedules.fire(queue, name, next_at)

    async def _work(self, job: Job) -> None:
        started = time.perf_counter()
        try:
            outcome = await self._attempt(job, self._context, self._policy)
            seconds = time.perf_counter() - started
            SECONDS.labels(job.kind, type(outcome).__name__.lower()).observe(seconds)
            self._outcomes.append(outcome)
        finally:
            del self._running[job.id]
            self._changed.set()

    async def stop(self) -> None:
        """Let the jobs in hand finish for a moment, and put back those that do not."""
        if self._running:
            await asyncio.wait(self._running.values(), timeout=FINISH_SECONDS)
        unfinished = list(self._running.values())
        for task in unfinished:
            task.cancel()
        if unfinished:
            await asyncio.wait(unfinished, timeout=REQUEUE_SECONDS)
        if not (unfinished or self._outcomes or self._claiming):
            return
        try:
            async with asyncio.timeout(REQUEUE_SECONDS):
                await self._settle(self._context.db)
                await claims.release(self._context.db, self._id)
        except (Unavailable, TimeoutError) as error:
            log.warning("jobs could not be put back (%r): others begin them %s later", error, LEASE)
