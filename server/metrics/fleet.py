"""What PostgreSQL says of the whole fleet, whichever instance asks."""

import asyncio
from collections.abc import Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from server.health import ANSWER_SECONDS
from storage import housekeeping
from storage.database.pool import Database
from storage.errors import Unavailable
from storage.housekeeping import Step
from storage.jobs.backlog import JobBacklog, ScheduleLateness, backlog, lateness
from storage.webhooks import backlog as webhooks
from storage.webhooks.backlog import WebhookBacklog


async def fleet_metrics(db: Database) -> Collector:
    """Ask for the jobs of all instances: nothing stands for a PostgreSQL that does not say."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return FleetMetrics(
                await backlog(db),
                await lateness(db),
                await housekeeping.steps(db),
                await webhooks.backlog(db),
            )
    except (Unavailable, TimeoutError):
        return FleetMetrics(None, [], [], None)


class FleetMetrics(Collector):
    """Jobs that are not done, schedules and housekeeping, as they were when asked for."""

    def __init__(
        self,
        backlog: Sequence[JobBacklog] | None,
        schedules: Sequence[ScheduleLateness],
        steps: Sequence[Step],
        webhooks: WebhookBacklog | None,
    ) -> None:
        self._backlog = backlog
        self._schedules = schedules
        self._steps = steps
        self._webhooks = webhooks

    def collect(self) -> list[Metric]:
        """Return how many jobs there are by kind and state, and how late they are."""
        if self._backlog is None:
            return []
        held = GaugeMetricFamily(
            "mini_twitter_jobs_held",
            "Jobs of all instances that failed for good, such as mails that were refused",
            value=float(sum(kind.held for kind in self._backlog)),
        )
        counts = GaugeMetricFamily(
            "mini_twitter_jobs",
            "Jobs of all instances that are not done; failing ones wait to be tried again",
            labels=["kind", "state"],
        )
        oldest = GaugeMetricFamily(
            "mini_twitter_jobs_oldest_seconds",
            "How long ago the oldest job that waits or runs was due",
            labels=["kind"],
        )
        for kind in self._backlog:
            for state in ("waiting", "running", "failing", "held"):
                counts.add_metric([kind.kind, state], float(getattr(kind, state)))
            oldest.add_metric([kind.kind], kind.oldest_seconds)
        late = GaugeMetricFamily(
            "mini_twitter_schedule_late_seconds",
            "How long ago a schedule was due that no worker has queued, such as housekeeping",
            labels=["schedule"],
        )
        for schedule in self._schedules:
            late.add_metric([schedule.name], schedule.seconds)
        return [held, counts, oldest, late, *self._housekeeping(), *self._sent()]

    def _sent(self) -> list[Metric]:
        if self._webhooks is None:
            return []
        hooks = GaugeMetricFamily(
            "mini_twitter_webhooks",
            "Webhooks of all accounts; disabled ones were so by the server, not by their owner",
            labels=["state"],
        )
        hooks.add_metric(["enabled"], float(self._webhooks.enabled))
        hooks.add_metric(["failing"], float(self._webhooks.failing_webhooks))
        hooks.add_metric(["disabled"], float(self._webhooks.disabled))
        deliveries = GaugeMetricFamily(
            "mini_twitter_webhook_deliveries",
            "What waits to be sent to webhooks; failing ones wait to be tried again",
            labels=["state"],
        )
        deliveries.add_metric(["waiting"], float(self._webhooks.waiting))
        deliveries.add_metric(["failing"], float(self._webhooks.failing))
        return [hooks, deliveries]

    def _housekeeping(self) -> list[Metric]:
        succeeded = GaugeMetricFamily(
            "mini_twitter_housekeeping_last_success_timestamp_seconds",
            "When a step of housekeeping last succeeded on any instance; 0: never",
            labels=["step"],
        )
        seconds = GaugeMetricFamily(
            "mini_twitter_housekeeping_seconds",
            "How long the last run of a step of housekeeping took",
            labels=["step"],
        )
        failures = CounterMetricFamily(
            "mini_twitter_housekeeping_failures",
            "Runs of a step of housekeeping that failed or were not done in time",
            labels=["step"],
        )
        rows = CounterMetricFamily(
            "mini_twitter_housekeeping_rows",
            "What a step of housekeeping has removed; days of the event log are estimates",
            labels=["step"],
        )
        for step in self._steps:
            success = step.last_success_at
            succeeded.add_metric([step.name], success.timestamp() if success else 0)
            seconds.add_metric([step.name], step.seconds)
            failures.add_metric([step.name], step.failures)
            rows.add_metric([step.name], step.rows)
        return [succeeded, seconds, failures, rows]
