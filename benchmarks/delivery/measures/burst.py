"""Ten events at once to everybody, the next ten when the last socket has all of them.

Peers' publisher sends ten back to back; ten of our authors post in the same moment, which comes
spread out, as storing takes longer than delivering; "hints" are ten notification hints, back to
back.
"""

from collections.abc import Iterator

from benchmarks.delivery.crowd import Crowd
from benchmarks.delivery.measures.fanout import COLUMNS, published
from benchmarks.delivery.results import Ratio, Row, Table

BURST = 10
HINTS = "us over Redis: hints"
TABLE = Table(
    f"Fan-out in bursts of {BURST}",
    COLUMNS,
    [
        Ratio("delivery_us", HINTS, "node over Redis", 0.2, 1000),
        Ratio("delivery_us", HINTS, "stock over Redis"),
        Ratio("delivery_us", "us over Redis", "node over Redis"),
        Ratio("delivery_us", "us over Redis", "stock over Redis"),
        Ratio("delivery_us", "us alone", "node alone"),
        Ratio("delivery_us", HINTS, "raw aiohttp"),
    ],
)


def measure(crowd: Crowd) -> Iterator[Row]:
    yield from published(crowd, BURST)
