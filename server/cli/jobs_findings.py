"""What `doctor` says of background jobs: whether anybody does them, and what did not work."""

from collections.abc import AsyncIterator

from server.cli.finding import Finding, ok, warn
from server.config import Config
from storage import housekeeping
from storage.database.availability import DatabaseRefused
from storage.database.examination import examine
from storage.database.pool import open_database
from storage.errors import Unavailable
from storage.jobs import backlog
from storage.webhooks import backlog as webhooks

LATE_SECONDS = 120.0  # a worker that lives looks at schedules every 10 s


async def jobs_findings(config: Config) -> AsyncIterator[Finding]:
    """Look at schedules, held jobs and housekeeping; at nothing while the schema is not there."""
    try:
        if (await examine(config.database_url)).missing:
            return  # as is said of the migrations
        async with open_database(config.database_url, 1) as db:
            schedules = await backlog.lateness(db)
            held = sum(kind.held for kind in await backlog.backlog(db))
            steps = await housekeeping.steps(db)
            hooks = await webhooks.backlog(db)
    except (DatabaseRefused, Unavailable):
        return  # as is said of the database
    late = [one.name for one in schedules if one.seconds > LATE_SECONDS]
    remedy = "start `worker`, or `serve` without --no-jobs"
    if not schedules:
        yield warn("jobs", "no worker has been here", remedy)
    elif late:
        yield warn("jobs", f"due, and begun by no worker: {', '.join(late)}", remedy)
    elif held:
        yield warn("jobs", f"{held} failed for good", "see `jobs list`; then retry or drop them")
    else:
        yield ok("jobs", f"workers run; schedules: {', '.join(one.name for one in schedules)}")
    if hooks.failing_webhooks > hooks.enabled:
        yield warn(
            "webhooks",
            f"{hooks.failing_webhooks} fail, {hooks.enabled} do not; {hooks.failing} events wait",
            "see that workers have a way out: DNS, firewall, port 443",
        )
    elif hooks.enabled or hooks.failing_webhooks or hooks.disabled:
        yield ok(
            "webhooks",
            f"{hooks.enabled} work, {hooks.failing_webhooks} fail, {hooks.disabled} were disabled",
        )
    failing = [f"{step.name} ({step.error})" for step in steps if step.error is not None]
    if failing:
        yield warn(
            "housekeeping", f"failed last: {'; '.join(failing)}", "see the text; it is tried again"
        )
    else:
        yield ok("housekeeping", f"{len(steps)} steps have succeeded" if steps else "not due yet")
