"""The emptiest command with an ack, from 100 sockets, each asking again when it is answered.

A handler that does nothing; ours goes through all that a command does (peers/ours.py). Beside it
`post.unwatch` of a post that is not watched, whose input takes some checking.
"""

from collections.abc import Iterator

from benchmarks.delivery.crowd import AUDIENCE, Crowd
from benchmarks.delivery.machine import cpu_seconds
from benchmarks.delivery.results import Ratio, Row, Table

SOCKETS = 100
WARM_UP_S = 0.4

TABLE = Table(
    "An acknowledged command that does nothing",
    {
        "command_us": "server CPU, us a command",
        "per_second": "commands/s",
        "p50_ms": "p50, ms",
        "p99_ms": "p99, ms",
        "generator_us": "generator CPU, us a command",
    },
    [
        Ratio("command_us", "us", "node", 1.0),
        Ratio("command_us", "us", "stock"),
        Ratio("command_us", "us: post.unwatch", "node"),
    ],
)


def measure(crowd: Crowd) -> Iterator[Row]:
    for label, template in crowd.site.commands.items():
        crowd.generator.loop(AUDIENCE, template, WARM_UP_S)
        before = cpu_seconds(crowd.pid), crowd.generator.cpu_seconds
        found = crowd.generator.loop(AUDIENCE, template, crowd.seconds)
        server_s = cpu_seconds(crowd.pid) - before[0]
        generator_s = crowd.generator.cpu_seconds - before[1]
        yield (
            label,
            {
                "command_us": server_s / found["acks"] * 1e6,
                "generator_us": generator_s / found["acks"] * 1e6,
                "per_second": found["acks"] / found["seconds"],
                "p50_ms": found["ack_p50_us"] / 1e3,
                "p99_ms": found["ack_p99_us"] / 1e3,
            },
        )
