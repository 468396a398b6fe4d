"""What so many users and sockets take: `python -m benchmarks.scale.arithmetic [--users --sockets]`.

Multiplies what docs/benchmarks.md measured by what people are assumed to do, hour by hour of a day.
MEASURED is from there, on two shared virtual cores; ASSUMED is nobody's measurement, and to be
replaced by one's own. Nothing is taken off for what a larger machine does better, nor added for
what a busier one does worse: `HEADROOM` is how much of a core is planned for.
"""

import argparse
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

HEADROOM = 0.5


class Cost(NamedTuple):
    """CPU in us of the web process, of PostgreSQL and of Redis, and bytes of WAL."""

    web: float = 0
    postgres: float = 0
    redis: float = 0
    wal: float = 0


# Each with the section of docs/benchmarks.md that it is from.
MEASURED = {
    # Requests; PostgreSQL's share too. A feed page comes from its cached head.
    "feed page": Cost(668, 685),
    "message": Cost(600, 1223, 2 * 2.7, 1453),  # WAL: What a write costs PostgreSQL
    # Beside bare aiohttp ("now"), measured at a load of 10 to 16; Lists and searches (generic).
    "other read": Cost(374, 1100),
    # like, Beside bare aiohttp; follow, What a write costs PostgreSQL. Their WAL was not measured,
    # and is taken to be a message's.
    "like or follow": Cost(997, 1683, 2 * 2.7, 1453),
    # Not measured by itself: taken to be a like.
    "post": Cost(997, 1683, 2.7, 1453),
    # A herd, without what was missed: between 1.72 and 1.98 ms. PostgreSQL's part is not known.
    "connect": Cost(1920),
    # A channel for each user, 10,000 users, 8 instances, singly; Delivery, posts one at a time.
    "delivery": Cost(37.3 + 12.2, 0, 42.6),
}
# An idle site, others commit: of 5,000 sockets, in ms per second.
IDLE = Cost(12.1 / 5_000 * 1_000, 8.4 / 5_000 * 1_000)
SOCKETS_A_PROCESS = 10_000  # Delivery: 50 posts/s each to 200 of 10,000, p99 12 ms
BYTES_A_PROCESS = 181e6  # the same
EVENT_BYTES = 510 + 4  # Delivery; a frame's head
ROW_BYTES = {"event": 183, "post": 690}  # 222 + 144 of WAL for two; words, of 1.2 million posts


@dataclass(frozen=True, slots=True)
class Assumed:
    """What people do; each_hour is of those who are connected, by kind."""

    users: int = 10_000_000
    sockets: int = 1_000_000  # at the peak of the day
    trough: float = 0.25  # of the peak, at the quietest hour
    minutes_connected: float = 20
    reach: float = 200  # sockets that a post is delivered to
    told: float = (
        2  # sockets that a message is delivered to; those of others are a like's, follow's
    )

    @property
    def each_hour(self) -> dict[str, float]:
        """How often somebody who is connected does what."""
        return {
            "feed page": 12,
            "other read": 20,
            "message": 3,
            "like or follow": 4,
            "post": 0.5,
            "connect": 60 / self.minutes_connected,
        }


def share(hour: int, assumed: Assumed) -> float:
    """Return the part of the peak's sockets at an hour: a cosine, with its peak at 20 o'clock."""
    middle, swing = (1 + assumed.trough) / 2, (1 - assumed.trough) / 2
    return middle + swing * math.cos((hour - 20) / 24 * 2 * math.pi)


def rates(sockets: float, assumed: Assumed) -> dict[str, float]:
    """Return how often each happens in a second."""
    found = {what: count * sockets / 3600 for what, count in assumed.each_hour.items()}
    told = assumed.told * found["message"] + found["like or follow"]
    return found | {"delivery": told + assumed.reach * found["post"]}


def cores(sockets: float, assumed: Assumed) -> dict[str, Cost]:
    """Return busy cores (and bytes of WAL a second), by what for."""
    each = rates(sockets, assumed)
    found = {}
    for what, cost in MEASURED.items():
        web, postgres, redis = (each[what] * amount / 1e6 for amount in cost[:3])
        found[what] = Cost(web, postgres, redis, each[what] * cost.wal)
    return found | {"sockets, idle": Cost(*(sockets * amount / 1e6 for amount in IDLE))}


def total(parts: dict[str, Cost]) -> Cost:
    """Return the sum."""
    return Cost(*map(sum, zip(*parts.values(), strict=True)))


def table(assumed: Assumed) -> str:
    """Return the peak by what for, as docs/scaling.md has it."""
    each = rates(assumed.sockets, assumed)
    parts = cores(assumed.sockets, assumed)
    lines = ["| at the peak | a second | web, cores | PostgreSQL | Redis | WAL, MB/s |"]
    lines.append("| --- |" + " ---: |" * 5)
    for what, cost in (*parts.items(), ("all", total(parts))):
        often = f"{each[what]:,.0f}" if what in each else ""
        numbers = " | ".join(f"{number:.1f}" for number in (*cost[:3], cost.wal / 1e6))
        lines.append(f"| {what} | {often} | {numbers} |")
    return "\n".join(lines) + "\n"


def machines(assumed: Assumed) -> str:
    """Return what follows of it, as docs/scaling.md has it."""
    peak = total(cores(assumed.sockets, assumed))
    processes = max(assumed.sockets / SOCKETS_A_PROCESS, peak.web / HEADROOM)
    each = rates(assumed.sockets, assumed)
    daily = sum(share(hour, assumed) for hour in range(24)) * 3600
    events = (each["message"] * 2 + each["like or follow"]) * daily
    hours = daily / 3600 * assumed.sockets / assumed.users
    rows = {
        "hours a day that a user is connected": f"{hours:.1f}",
        "web processes": f"{processes:,.0f}",
        "their memory, GB": f"{processes * BYTES_A_PROCESS / 1e9:,.0f}",
        "cores for them": f"{peak.web / HEADROOM:,.0f}",
        "PostgreSQL, cores": f"{peak.postgres / HEADROOM:,.0f}",
        "its connections, 10 a process": f"{processes * 10:,.0f}",
        "WAL a day, GB": f"{peak.wal * daily / 1e9:,.0f}",
        "events kept (7 days), millions, GB": (
            f"{events * 7 / 1e6:,.0f}, {events * 7 * ROW_BYTES['event'] / 1e9:,.0f}"
        ),
        "posts a year, millions, GB with their words": (
            f"{each['post'] * daily * 365 / 1e6:,.0f}, "
            f"{each['post'] * daily * 365 * ROW_BYTES['post'] / 1e9:,.0f}"
        ),
        "Redis, cores": f"{peak.redis / HEADROOM:,.1f}",
        "events to sockets, MB/s": f"{each['delivery'] * EVENT_BYTES / 1e6:,.0f}",
    }
    head = "| what it takes | |\n| --- | ---: |\n"
    return head + "".join(f"| {name} | {value} |\n" for name, value in rows.items())


def day(assumed: Assumed) -> Iterator[str]:
    """Yield a line for every fourth hour of a day."""
    yield "| hour | sockets | web, cores | PostgreSQL | Redis |"
    yield "| --- |" + " ---: |" * 4
    for hour in range(0, 24, 4):
        sockets = share(hour, assumed) * assumed.sockets
        busy = total(cores(sockets, assumed))
        numbers = " | ".join(f"{number:.1f}" for number in busy[:3])
        yield f"| {hour} | {sockets:,.0f} | {numbers} |"


def main() -> None:
    usual = Assumed()
    parser = argparse.ArgumentParser(description="Print what so many sockets take.")
    parser.add_argument("--users", type=int, default=usual.users)
    parser.add_argument("--sockets", type=int, default=usual.sockets)
    parser.add_argument("--reach", type=float, default=usual.reach)
    given = parser.parse_args()
    assumed = Assumed(users=given.users, sockets=given.sockets, reach=given.reach)
    print(table(assumed), machines(assumed), "\n".join(day(assumed)), sep="\n")


if __name__ == "__main__":
    main()
