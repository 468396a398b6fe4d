"""Liveness, readiness and metrics."""

import asyncio
from collections.abc import Awaitable

import orjson
from aiohttp import web
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from realtime.broker.broker import Broker
from server.services import Services
from storage import jobs
from storage.database.pool import Database
from storage.errors import Unavailable

ANSWER_SECONDS = 1.5

SERVICES = web.AppKey("services", Services)


async def healthz(request: web.Request) -> web.Response:
    """Answer 200: the process lives."""
    return web.json_response({"status": "ok"})


async def readyz(request: web.Request) -> web.Response:
    """Answer 200 when PostgreSQL and Redis answer and we are not stopping, else 503, in JSON."""
    services = request.app[SERVICES]
    postgresql = await _answers(services.db.fetchval("SELECT 1"))
    redis = services.broker.connected
    draining = services.clients.draining
    ready = postgresql and redis and not draining
    body = {
        "status": "ok" if ready else "unavailable",
        "postgresql": "ok" if postgresql else "unavailable",
        "redis": "ok" if redis else "unavailable",
        "draining": draining,
    }
    return web.Response(
        body=orjson.dumps(body), status=200 if ready else 503, content_type="application/json"
    )


async def _answers(query: Awaitable[object]) -> bool:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            await query
    except Exception:  # noqa: BLE001 - whatever is wrong with PostgreSQL, we cannot serve
        return False
    return True


async def metrics(request: web.Request) -> web.Response:
    """Answer with all metrics in Prometheus' text format."""
    services = request.app[SERVICES]
    asked = CollectorRegistry()
    asked.register(BrokerMetrics(services.broker))
    asked.register(DatabaseMetrics(services.db))
    asked.register(JobMetrics(await _held_jobs(services.db)))
    body = generate_latest(REGISTRY) + generate_latest(asked)
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})


async def _held_jobs(db: Database) -> int | None:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await jobs.held(db)
    except (Unavailable, TimeoutError):
        return None


class JobMetrics(Collector):
    """Jobs that failed for good, in the whole fleet; nothing when PostgreSQL does not say."""

    def __init__(self, held: int | None) -> None:
        self._held = held

    def collect(self) -> list[Metric]:
        """Return how many wait for somebody to look."""
        if self._held is None:
            return []
        text = "Jobs of all instances that failed for good, such as mails that were refused"
        return [GaugeMetricFamily("mini_twitter_jobs_held", text, value=float(self._held))]


class DatabaseMetrics(Collector):
    """What is known of PostgreSQL."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def collect(self) -> list[Metric]:
        """Return whether it answers."""
        return [
            GaugeMetricFamily(
                "mini_twitter_database_available",
                "Whether PostgreSQL answers, as far as is known",
                value=float(self._db.available),
            )
        ]


class BrokerMetrics(Collector):
    """Metrics of the broker, which counts for itself: its counts are read when asked for."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    def collect(self) -> list[Metric]:
        """Return the broker's gauges and counters as of now."""
        broker = self._broker
        gauges = {
            "mini_twitter_broker_channels": (
                "Redis channels this instance is subscribed to",
                broker.channels,
            ),
            "mini_twitter_broker_connected": (
                "Whether both connections to Redis are up",
                broker.connected,
            ),
        }
        counters = {
            "received": broker.counters.messages_received,
            "published": broker.counters.published,
            "dropped": broker.counters.publish_dropped,
            "lost": broker.counters.publish_lost,
        }
        hints = CounterMetricFamily(
            "mini_twitter_broker_messages",
            "Messages on Redis channels, by what became of them",
            labels=["what"],
        )
        for what, count in counters.items():
            hints.add_metric([what], count)
        found: list[Metric] = [
            GaugeMetricFamily(name, text, value=float(value))
            for name, (text, value) in gauges.items()
        ]
        return [*found, hints]
