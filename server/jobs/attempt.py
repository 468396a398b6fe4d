"""One attempt at one job, and what becomes of the job after it."""

import asyncio
import logging
import random
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import orjson

from handlers.jobs import JOBS, SCHEDULES, JobContext, NotDone, Refused, TryLater
from server.jobs.retry_policy import RetryPolicy
from storage import tracing
from storage.errors import Unavailable
from storage.jobs.claims import Job

log = logging.getLogger(__name__)

ERROR_MAX = 8_000  # characters of a traceback that are kept: its end, which says what happened


@dataclass(frozen=True, slots=True)
class Finished:
    """The job is done."""

    id: int


@dataclass(frozen=True, slots=True)
class Continued:
    """The job has done a part, and is to go on as one that was just queued."""

    id: int


@dataclass(frozen=True, slots=True)
class Retry:
    """The job is to be started again after the delay."""

    id: int
    error: str
    delay: timedelta


@dataclass(frozen=True, slots=True)
class Held:
    """The job failed for good."""

    id: int
    error: str


Outcome = Finished | Continued | Retry | Held


async def attempt(job: Job, context: JobContext, policy: RetryPolicy) -> Outcome:
    """Run the job once. Raises nothing but CancelledError."""
    if job.request_id is not None:  # each job has a task of its own, which ends with it
        tracing.begin(tracing.restored(job.request_id)[0])
    if job.lapses >= policy.max_lapses:
        return _ended_its_process(job)
    if job.lapses > 1:
        await asyncio.sleep(random.uniform(0, policy.lapse_spread.total_seconds()))
    run, seconds = _entry(job.kind, policy)
    try:
        async with asyncio.timeout(seconds):
            await run(context, **orjson.loads(job.payload))
    except NotDone:
        return Continued(job.id)
    except (TryLater, Unavailable) as error:
        if job.age <= timedelta(days=policy.away_days):
            delay = policy.delay(job.attempts, policy.away_delay)
            level = logging.INFO if job.attempts else logging.WARNING
            log.log(level, "job %s %d waits %s: %s", job.kind, job.id, delay, error)
            return Retry(job.id, _storable(str(error)), delay)
        return _failed(job, error, policy)
    except Refused as error:
        log.error("job %s %d is held, it would fail for ever: %s", job.kind, job.id, error)
        return Held(job.id, _trace(error))
    except Exception as error:  # noqa: BLE001 - whatever a job raises is kept with it
        return _failed(job, error, policy)
    return Finished(job.id)


def _ended_its_process(job: Job) -> Outcome:
    error = f"{job.lapses} times the process that ran it ended, or hung, before it was done"
    log.error("job %s %d is held: %s", job.kind, job.id, error)
    return Held(job.id, error)


def _entry(kind: str, policy: RetryPolicy) -> tuple[Callable[..., Awaitable[None]], float]:
    if kind in SCHEDULES:
        return SCHEDULES[kind][1], policy.schedule_seconds
    return JOBS[kind], policy.job_seconds


def _failed(job: Job, error: Exception, policy: RetryPolicy) -> Outcome:
    number = job.attempts + 1
    trace = _trace(error)
    if number < policy.max_attempts:
        log.warning(
            "job %s %d failed, attempt %d of %d: %r",
            *(job.kind, job.id, number, policy.max_attempts, error),
        )
        return Retry(job.id, trace, policy.delay(job.attempts, policy.max_delay))
    log.error("job %s %d is held after %d attempts: %r", job.kind, job.id, number, error)
    return Held(job.id, trace)


def _trace(error: Exception) -> str:
    return _storable("".join(traceback.format_exception(error)))


def _storable(text: str) -> str:
    """Without what PostgreSQL does not take as text."""
    return text.replace("\0", "").encode(errors="replace").decode()[-ERROR_MAX:]
