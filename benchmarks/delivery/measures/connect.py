"""Connecting, 50 at a time, and disconnecting, all at once; and what a socket at rest holds.

Sockets of ours count as connected when they have their session.ready. Browsers offer
permessage-deflate; who accepts keeps a compressor for each of them.
"""

from collections.abc import Iterator

from benchmarks.delivery.crowd import Crowd
from benchmarks.delivery.results import Goal, Ratio, Row, Table

MOST_SOCKETS = 10_000
DEFLATE = ", deflate offered"
DEFLATE_SOCKETS = 1000

TABLE = Table(
    "Connecting, disconnecting, and an idle socket",
    {
        "connect_us": "server CPU, us a connect",
        "per_second": "connects/s",
        "disconnect_us": "server CPU, us a disconnect",
        "memory_kb": "memory, KB a socket",
    },
    [
        Ratio("connect_us", "us", "node"),
        Ratio("disconnect_us", "us", "node", 1.0),
        Ratio("disconnect_us", "us", "stock"),
        Ratio("memory_kb", "us", "node"),
        Ratio("memory_kb", "us", "stock"),
    ],
    [
        Goal("memory_kb", "us", 20),
        Goal("memory_kb", f"us{DEFLATE}", 20),
    ],
)


def measure(crowd: Crowd) -> Iterator[Row]:
    """The crowd is gone afterwards, so this is the last of its measures."""
    yield (
        crowd.name,
        {
            "connect_us": crowd.connect_cpu_s / crowd.sockets * 1e6,
            "per_second": crowd.sockets / crowd.connect_s,
            "memory_kb": crowd.memory_bytes / crowd.sockets / 1e3,
            "disconnect_us": crowd.disconnect() / crowd.sockets * 1e6,
        },
    )
