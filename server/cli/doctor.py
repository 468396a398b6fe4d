"""`doctor`: looks at all that the server needs, and says what to do about what is not well."""

import argparse
import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import UTC, datetime

import aiosmtplib

from handlers.jobs import TryLater
from realtime.broker.redis.broker import open_broker
from server.cli.commands import configured
from server.cli.finding import Finding, fail, ok, warn
from server.cli.jobs_findings import jobs_findings
from server.cli.public_url import public_url_findings
from server.config import Config, ConfigError
from server.jobs.mailer import SmtpMailer
from storage.database.availability import DatabaseRefused, check_connection
from storage.database.examination import examine
from storage.database.pool import open_database
from storage.database.replicas import LAGS, open_replicas
from storage.errors import Unavailable
from storage.media.store import media_store

VERSION_MIN = 150_000
SKEW_SECONDS = 2.0  # tokens and leases go by clocks
REDIS_SECONDS = 5.0
REPLICA_SECONDS = 2.0
CHECK_SECONDS = 30.0  # of each check in all

Check = Callable[[Config], AsyncIterator[Finding]]


def doctor(options: argparse.Namespace) -> int:
    """Print a line for each thing looked at; 1 if one of them fails."""
    try:
        with configured(options.data_dir) as config:
            print(ok("settings", f"accepted; data directory {config.data_dir}"))
            worst = asyncio.run(_examine(config))
    except ConfigError as error:
        print(fail("settings", str(error), "set it as the README's table says"))
        return 1
    return 1 if worst else 0


async def _examine(config: Config) -> bool:
    failed = False
    for name, check in CHECKS.items():
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                async for finding in check(config):
                    print(finding, flush=True)
                    failed |= finding.level == "FAIL"
        except Exception as error:  # noqa: BLE001 - whatever it is, the operator is to know
            failed = True
            print(fail(name, f"{type(error).__name__}: {error}", "see the text of the error"))
    return failed


async def _database(config: Config) -> AsyncIterator[Finding]:
    try:
        await check_connection(config.database_url)
        sent = datetime.now(UTC)
        report = await examine(config.database_url)
    except (DatabaseRefused, Unavailable) as error:
        yield fail("database", f"{error}", "check DATABASE_URL, and that PostgreSQL listens there")
        return
    number = report.server.version
    shown = f"PostgreSQL {number // 10_000}.{number % 10_000}"
    if number < VERSION_MIN:
        yield fail("database", shown, "PostgreSQL 15 or later is needed: upgrade it")
    else:
        yield ok("database", shown)
    if report.server.has_trigrams:
        yield ok("extensions", "pg_trgm")
    else:
        yield fail("extensions", "pg_trgm is not there", "install PostgreSQL's contrib package")
    yield _migrations(report.missing, report.changed, report.unknown)
    received = datetime.now(UTC)
    skew = max(
        (sent - report.server.now).total_seconds(),
        (report.server.now - received).total_seconds(),
        0.0,
    )
    if skew > SKEW_SECONDS:
        yield warn("clock", f"{skew:.1f} s apart from PostgreSQL's", "have both use NTP")
    else:
        yield ok("clock", f"less than {SKEW_SECONDS:.0f} s apart from PostgreSQL's")


async def _replicas(config: Config) -> AsyncIterator[Finding]:
    if not config.database_replica_urls:
        return
    async with (
        open_database(config.database_url, 1) as primary,
        open_replicas(primary, config.database_replica_urls, media_url="/") as replicas,
    ):
        async with asyncio.timeout(REPLICA_SECONDS):
            await replicas.look()
            position = await replicas.primary_position()
        for replica in replicas.all:
            if replica.trouble not in (None, LAGS):
                yield fail(
                    "replicas",
                    f"{replica.name}: {replica.trouble}",
                    "check DATABASE_REPLICA_URLS; until then it is asked nothing",
                )
            elif await replica.reaches(position, REPLICA_SECONDS):
                yield ok("replicas", f"{replica.name} follows")
            else:
                yield warn(
                    "replicas",
                    f"{replica.name} is more than {REPLICA_SECONDS:.0f} s behind",
                    "see recovery_min_apply_delay, its disk and its network; until it has caught "
                    "up, it is asked nothing",
                )


def _migrations(missing: list[str], changed: list[str], unknown: list[str]) -> Finding:
    if changed:
        return fail(
            "migrations",
            f"changed after they were applied: {', '.join(changed)}",
            "install the release that applied them, unedited",
        )
    if unknown:
        return warn(
            "migrations",
            f"of a later release: {', '.join(unknown)}",
            "fine during a rolling upgrade; else install that release",
        )
    if missing:
        return warn(
            "migrations",
            f"{len(missing)} to be applied, from {missing[0]} on",
            "run `migrate`; `serve` and `worker` do so when they start",
        )
    return ok("migrations", "all applied")


async def _redis(config: Config) -> AsyncIterator[Finding]:
    came_up = asyncio.Event()
    async with open_broker(config.redis_url, cluster=config.redis_cluster) as broker:
        broker.on_gap = came_up.set  # when the connection comes later
        broker.subscribe(b"mt:doctor")
        works = await broker.subscribed(REDIS_SECONDS)
        if not works:
            with suppress(TimeoutError):
                async with asyncio.timeout(REDIS_SECONDS):
                    works = await came_up.wait()
        if works:
            yield ok("redis", "publish/subscribe works")
        else:
            yield fail(
                "redis",
                f"no answer in {REDIS_SECONDS:.0f} s",
                "check REDIS_URL and REDIS_CLUSTER; until then live events are seconds late",
            )


async def _mail(config: Config) -> AsyncIterator[Finding]:
    if config.smtp_url is None:
        folder = config.data_dir / "mail"
        yield warn("mail", f"mails are files in {folder}", "set SMTP_URL to have them sent")
        return
    try:
        await SmtpMailer(config.smtp_url).check()
    except (TryLater, aiosmtplib.SMTPException, OSError) as error:
        yield fail("mail", str(error), "check SMTP_URL: address, password, STARTTLS")
    else:
        yield ok("mail", "the mail server lets us in")


async def _media(config: Config) -> AsyncIterator[Finding]:
    store = media_store(config.media_store_url, config.media_dir)
    where = "the bucket" if config.media_store_url else str(config.media_dir)
    key = f"doctor{secrets.token_hex(8)}.webp"
    try:
        await store.put(key, b"-", "image/webp")
        try:
            found = await store.open(key)
        finally:
            await store.delete([key])
    except (Unavailable, OSError) as error:
        yield fail(
            "media", f"{where}: {error}", "check MEDIA_DIR or MEDIA_STORE_URL, and who may write"
        )
        return
    if found is None:
        yield fail("media", f"{where} does not give back what it took", "check MEDIA_STORE_URL")
    else:
        yield ok("media", f"{where} takes files")


CHECKS: dict[str, Check] = {
    "database": _database,
    "replicas": _replicas,
    "jobs": jobs_findings,
    "redis": _redis,
    "mail": _mail,
    "media": _media,
    "public url": public_url_findings,
}
