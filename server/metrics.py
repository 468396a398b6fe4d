"""What is measured, in Prometheus' text format."""

import asyncio
from hmac import compare_digest

from aiohttp import hdrs, web
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from realtime.broker.broker import Broker
from server.health import ANSWER_SECONDS, SERVICES
from server.services import Services
from storage import jobs
from storage.database.pool import Database
from storage.errors import Unavailable


def add_metrics(app: web.Application, token: str) -> None:
    """Serve /metrics to those who show the token, or to all where it is empty."""

    async def handle(request: web.Request) -> web.Response:
        if token and not _shows(request, token):
            raise web.HTTPUnauthorized(headers={hdrs.WWW_AUTHENTICATE: "Bearer"})
        return await _metrics(request.app[SERVICES])

    app.router.add_get("/metrics", handle)


def metrics_app(services: Services, token: str) -> web.Application:
    """Make an application of /metrics alone, for an address of its own."""
    app = web.Application()
    app[SERVICES] = services
    add_metrics(app, token)
    return app


def _shows(request: web.Request, token: str) -> bool:
    scheme, _, shown = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    shown_bytes = shown.strip().encode(errors="surrogateescape")
    return scheme.lower() == "bearer" and compare_digest(shown_bytes, token.encode())


async def _metrics(services: Services) -> web.Response:
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
