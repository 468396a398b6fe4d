"""What an instance knows of itself only when it looks: its connections, its loop."""

import asyncio
import math
import platform
from collections.abc import Sequence
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from realtime.broker.broker import Broker, BrokerCounters
from storage.database.pool import Database
from storage.database.replicas import Replica

LOOK_SECONDS = 1.0  # how old the figures are that other processes of the port show of this one


class InstanceMetrics:
    """Metrics of one instance, brought up to date by `update`."""

    def __init__(self, broker: Broker, db: Database, replicas: Sequence[Replica] = ()) -> None:
        """Make them in a registry of their own."""
        self.registry = CollectorRegistry()
        self._broker = broker
        self._db = db
        self._replicas = replicas
        self._counted = BrokerCounters()
        self._channels = Gauge(
            "mini_twitter_broker_channels",
            "Redis channels this instance is subscribed to",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self._connected = Gauge(
            "mini_twitter_broker_connected",
            "Whether both connections to Redis are up",
            registry=self.registry,
            multiprocess_mode="livemin",
        )
        self._reconnects = Counter(
            "mini_twitter_broker_reconnects",
            "Connections to Redis made again",
            registry=self.registry,
        )
        self._messages = Counter(
            "mini_twitter_broker_messages",
            "Messages on Redis channels, by what became of them",
            ["what"],
            registry=self.registry,
        )
        self._available = Gauge(
            "mini_twitter_database_available",
            "Whether PostgreSQL answers, as far as is known",
            registry=self.registry,
            multiprocess_mode="livemin",
        )
        self._connections = Gauge(
            "mini_twitter_database_connections",
            "Connections to PostgreSQL: in use, and those that there may be at most",
            ["what"],
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self._waiting = Gauge(
            "mini_twitter_database_waiting",
            "Who waits for a connection to PostgreSQL",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self._replica_usable = Gauge(
            "mini_twitter_replica_usable",
            "Whether a replica answers, and does not lag",
            ["replica"],
            registry=self.registry,
            multiprocess_mode="livemin",
        )
        self._replica_lag = Gauge(
            "mini_twitter_replica_lag_seconds",
            "How long ago the primary was where a replica is; NaN where that is not known",
            ["replica"],
            registry=self.registry,
            multiprocess_mode="livemax",
        )
        self._lag = Histogram(
            "mini_twitter_event_loop_lag_seconds",
            "How much later than asked for the event loop came back, once a second",
            registry=self.registry,
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
        )
        self._tasks = Gauge(
            "mini_twitter_tasks",
            "Tasks of the event loop",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        Gauge(
            "mini_twitter_build_info",
            "1, with the versions of the program and of Python",
            ["version", "python"],
            registry=self.registry,
            multiprocess_mode="livemax",
        ).labels(version("mini-twitter"), platform.python_version()).set(1)
        self.update()

    def update(self) -> None:
        """Look now."""
        self._channels.set(self._broker.channels)
        self._connected.set(self._broker.connected)
        self._available.set(self._db.available)
        self._connections.labels("in_use").set(self._db.in_use)
        self._connections.labels("max").set(self._db.size)
        self._waiting.set(self._db.waiting)
        for replica in self._replicas:
            self._replica_usable.labels(replica.name).set(replica.usable)
            lag = math.nan if replica.lag is None else replica.lag
            self._replica_lag.labels(replica.name).set(lag)
        self._tasks.set(len(asyncio.all_tasks()))
        now, before = self._broker.counters, self._counted
        self._reconnects.inc(now.reconnects - before.reconnects)
        for what, count in (
            ("received", now.messages_received - before.messages_received),
            ("published", now.published - before.published),
            ("dropped", now.publish_dropped - before.publish_dropped),
            ("lost", now.publish_lost - before.publish_lost),
        ):
            self._messages.labels(what).inc(count)
        self._counted = BrokerCounters(
            messages_received=now.messages_received,
            published=now.published,
            publish_dropped=now.publish_dropped,
            publish_lost=now.publish_lost,
            reconnects=now.reconnects,
        )

    async def run(self) -> None:
        """Look once a second until cancelled, and measure how late the loop is."""
        loop = asyncio.get_running_loop()
        while True:
            asked = loop.time() + LOOK_SECONDS
            await asyncio.sleep(LOOK_SECONDS)
            self._lag.observe(max(0.0, loop.time() - asked))
            self.update()
