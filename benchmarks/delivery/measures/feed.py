"""Ten thousand readers on one instance, 50 posts a second from another, each to 200 of them.

Ours only. Taken twice in a row, so that memory that grows with what was delivered shows.
"""

from collections.abc import Iterator

from benchmarks.delivery.community import COLUMNISTS, READERS
from benchmarks.delivery.crowd import AUDIENCE, PUBLISHERS
from benchmarks.delivery.generator import Clients, generator
from benchmarks.delivery.machine import cpu_seconds, memory_bytes, rest
from benchmarks.delivery.process import Failed
from benchmarks.delivery.results import Goal, Row, Table
from benchmarks.delivery.sites import OUR_READY, POST, POSTED, Setting, instance

PER_SECOND = 50
SECONDS = 10
FOLLOWERS = READERS // COLUMNISTS
TIMES = 2

TABLE = Table(
    f"{PER_SECOND} posts a second, each to {FOLLOWERS} of {READERS:,} sockets",
    {
        "delivery_us": "server CPU, us a delivery",
        "share": "of a core",
        "stored_p50_ms": "stored to received p50, ms",
        "stored_p99_ms": "stored to received p99, ms",
        "sent_p50_ms": "sent to received p50, ms",
        "sent_p99_ms": "sent to received p99, ms",
        "memory_before_mb": "memory before, MB",
        "memory_after_mb": "after, MB",
    },
    goals=[Goal("sent_p99_ms", f"us, time {time}", 100) for time in range(1, TIMES + 1)],
)


def measure(setting: Setting) -> Iterator[tuple[int, Row]]:
    people = setting.community
    with (
        instance(setting, measured=True) as here,
        instance(setting) as there,
        generator(setting.binaries["generator"]) as clients,
    ):
        readers = Clients(here.port, ready=OUR_READY, tokens=people.readers, counted=True)
        clients.connect(AUDIENCE, readers, READERS)
        columnists = Clients(there.port, ready=OUR_READY, tokens=people.columnists)
        clients.connect(PUBLISHERS, columnists, COLUMNISTS)
        rest(here.pid)
        for time in range(1, TIMES + 1):
            memory, cpu = memory_bytes(here.pid), cpu_seconds(here.pid)
            found = clients.rate(
                PUBLISHERS,
                POST,
                per_second=PER_SECOND,
                seconds=SECONDS,
                each=FOLLOWERS,
                prefix=POSTED,
            )
            spent = cpu_seconds(here.pid) - cpu
            if found["incomplete"] or found["refused"]:
                raise Failed(f"posts were lost, repeated or refused: {found}")
            yield (
                READERS,
                (
                    f"us, time {time}",
                    {
                        "delivery_us": spent / found["deliveries"] * 1e6,
                        "share": spent / found["seconds"],
                        "stored_p50_ms": found["stored_p50_us"] / 1e3,
                        "stored_p99_ms": found["stored_p99_us"] / 1e3,
                        "sent_p50_ms": found["latency_p50_us"] / 1e3,
                        "sent_p99_ms": found["latency_p99_us"] / 1e3,
                        "memory_before_mb": memory / 1e6,
                        "memory_after_mb": memory_bytes(here.pid) / 1e6,
                    },
                ),
            )
