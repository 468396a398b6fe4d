"""What PostgreSQL says of the whole fleet, whichever instance asks."""

import asyncio
from collections.abc import Sequence

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from server.health import ANSWER_SECONDS
from storage.database.pool import Database
from storage.errors import Unavailable
from storage.jobs.backlog import JobBacklog, ScheduleLateness, backlog, lateness


async def fleet_metrics(db: Database) -> Collector:
    """Ask for the jobs of all instances: nothing stands for a PostgreSQL that does not say."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return FleetMetrics(await backlog(db), await lateness(db))
    except (Unavailable, TimeoutError):
        return FleetMetrics(None, [])


class FleetMetrics(Collector):
    """Jobs that are not done, and schedules, as they were when asked for."""

    def __init__(
        self, backlog: Sequence[JobBacklog] | None, schedules: Sequence[ScheduleLateness]
    ) -> None:
        self._backlog = backlog
        self._schedules = schedules

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
        return [held, counts, oldest, late]
