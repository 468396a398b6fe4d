"""One event at a time to everybody, the next when the last socket has the one before."""

from collections.abc import Iterator

from benchmarks.delivery.crowd import PUBLISHERS, Crowd
from benchmarks.delivery.machine import cpu_seconds
from benchmarks.delivery.process import Failed
from benchmarks.delivery.results import Ratio, Row, Table
from benchmarks.delivery.sites import Publisher

WARM_UP_S = 0.4

COLUMNS = {
    "delivery_us": "server CPU, us a delivery",
    "post_us": "publisher CPU, us an event",
    "p50_ms": "p50, ms",
    "p99_ms": "p99, ms",
    "last_p50_ms": "last socket p50, ms",
    "last_p99_ms": "last socket p99, ms",
    "stored_p50_ms": "since stored p50, ms",
    "stored_p99_ms": "since stored p99, ms",
    "generator_us": "generator CPU, us a delivery",
    "bytes": "bytes",
}
OURS = "us over Redis"
TABLE = Table(
    "Fan-out, one event at a time",
    COLUMNS,
    [
        Ratio("delivery_us", OURS, "stock over Redis", 1 / 9, 1000),
        Ratio("delivery_us", OURS, "node over Redis", 0.75, 1000),
        Ratio("delivery_us", OURS, "raw aiohttp", 1.4, 1000),
        Ratio("delivery_us", "us over Redis: a stream", "node over Redis"),
        Ratio("delivery_us", OURS, "raw C"),
        Ratio("delivery_us", "us over Redis: hints", "raw aiohttp"),
        Ratio("delivery_us", "us alone", "stock alone"),
        Ratio("delivery_us", "us alone", "node alone"),
    ],
)


def measure(crowd: Crowd) -> Iterator[Row]:
    yield from published(crowd, 1)


def published(crowd: Crowd, burst: int) -> Iterator[Row]:
    """Rows of all who publish on this site, so many events at once."""
    for publisher in crowd.site.publishers:
        with crowd.publishing(publisher):
            yield publisher.label, _published(crowd, publisher, burst)


def _published(crowd: Crowd, publisher: Publisher, burst: int) -> dict[str, float]:
    template, instance = publisher.template, publisher.instance

    def publish(seconds: float) -> dict[str, float]:
        return crowd.generator.publish(
            PUBLISHERS,
            template,
            burst=burst,
            each=crowd.sockets,
            seconds=seconds,
            prefix=publisher.prefix,
        )

    publish(WARM_UP_S)
    before = cpu_seconds(crowd.pid), crowd.generator.cpu_seconds
    instance_before = cpu_seconds(instance.pid) if instance else 0.0
    found = publish(crowd.seconds)
    generator_s = crowd.generator.cpu_seconds - before[1]
    server_s = cpu_seconds(crowd.pid) - before[0]
    if found["disordered"] and burst == 1:
        raise Failed(f"events arrived out of order: {found}")
    figures = {
        "delivery_us": server_s / found["deliveries"] * 1e6,
        "generator_us": generator_s / found["deliveries"] * 1e6,
        "bytes": found["bytes"],
        "p50_ms": found["latency_p50_us"] / 1e3,
        "p99_ms": found["latency_p99_us"] / 1e3,
        "last_p50_ms": found["last_p50_us"] / 1e3,
        "last_p99_ms": found["last_p99_us"] / 1e3,
    }
    if instance:
        instance_s = cpu_seconds(instance.pid) - instance_before
        figures["post_us"] = instance_s / found["sent"] * 1e6
    if "stored_p50_us" in found and not template.startswith("%"):
        figures["stored_p50_ms"] = found["stored_p50_us"] / 1e3
        figures["stored_p99_ms"] = found["stored_p99_us"] / 1e3
    return figures
