"""A worker, what to give it, and how to see that it is done."""

import asyncio
import email
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from ipaddress import ip_network

import asyncpg

from server.config.load import Config
from server.jobs.retry_policy import RetryPolicy
from server.jobs.worker import POLL_SECONDS, run_worker
from storage import jobs
from storage.jobs import JobCounts
from tests import waiting
from tests.server.jobs.mail_server import MailServer

QUICK = RetryPolicy(
    max_attempts=3,
    first_delay=timedelta(milliseconds=20),
    max_delay=timedelta(milliseconds=100),
    away_delay=timedelta(milliseconds=50),
    lapse_spread=timedelta(milliseconds=50),
)

# Shorter than the time between two polls, which would hide that a notification was lost.
until = partial(waiting.until, seconds=POLL_SECONDS - 2)


def sending_here(settings: Config, database_url: str) -> Config:
    """Of a server with this database, whose pushes and webhooks may go to this machine."""
    return replace(
        settings,
        database_url=database_url,
        outgoing_networks=(ip_network("127.0.0.0/8"),),
        http_webhooks=True,
    )


@asynccontextmanager
async def working(
    settings: Config, smtp: MailServer | None = None, policy: RetryPolicy = QUICK
) -> AsyncIterator[asyncio.Task[None]]:
    if smtp is not None:
        settings = replace(settings, smtp_url=f"smtp://127.0.0.1:{smtp.port}")
    task = asyncio.create_task(run_worker(settings, policy))
    try:
        yield task
    finally:
        await stop(task)


async def stop(task: asyncio.Task[None]) -> float:
    """Cancel it as a shutdown does; seconds until it was out."""
    begun = time.monotonic()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    return time.monotonic() - begun


async def follow(db: asyncpg.Connection, followed: str, follower: str) -> None:
    """What an operation does: rows and job in one transaction."""
    async with db.transaction():
        ids = [
            await db.fetchval(
                """INSERT INTO users (username, email, display_name, password_hash)
                   VALUES ($1, $1 || '@example.org', initcap($1), '') RETURNING id""",
                name,
            )
            for name in (followed, follower)
        ]
        await db.execute("INSERT INTO follows (followed_id, follower_id) VALUES ($1, $2)", *ids)
        notification_id = await db.fetchval(
            """INSERT INTO notifications (user_id, actor_id, kind) VALUES ($1, $2, 'follow')
               RETURNING id""",
            *ids,
        )
        payload = {"notification_id": notification_id}
        await jobs.enqueue(
            db, "email.follow", payload, dedupe_key=f"email.follow:{notification_id}"
        )


def no_jobs(db: asyncpg.Connection) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        return await jobs.counts(db) == JobCounts(queued=0, held=0)

    return check


def recipients(smtp: MailServer) -> list[str]:
    return [email.message_from_bytes(mail)["To"] for mail in smtp.mails]
