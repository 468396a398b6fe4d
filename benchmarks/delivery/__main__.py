"""What delivery costs, beside its peers and the limit: `make bench-delivery`.

Prints Markdown. CPU is the user and system time of the measured process alone, which is pinned to a
core of its own. Candidates take turns in every round.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.delivery.crowd import Crowd, crowd
from benchmarks.delivery.measures import (
    burst,
    command,
    connect,
    durable,
    fanout,
    feed,
    uninterested,
)
from benchmarks.delivery.process import Failed
from benchmarks.delivery.results import Results, Row
from benchmarks.delivery.setting import setting, versions
from benchmarks.delivery.sites import ALONE, FAMILIES, Open, Setting

MEASURES = {
    module.__name__.rpartition(".")[2]: module
    for module in (fanout, burst, command, connect, durable, feed, uninterested)
}
FANNED_OUT = {"fanout": fanout.measure, "burst": burst.measure}

# sockets, rounds, seconds that one thing is measured in a round
FULL = (100, 1000, 5000), 3, 1.5
QUICK = (1000,), 1, 0.5

Found = Iterator[tuple[str, int, Row]]  # measure, sockets, row


@dataclass(frozen=True, slots=True)
class Visit:
    """Something that is measured once a round, or in the first only."""

    name: str
    take: Callable[[Setting], Found]
    once: bool = False


def on_a_crowd(
    takes: Mapping[str, Callable[[Crowd], Iterable[Row]]],
    name: str,
    opened: Open,
    sockets: int,
    seconds: float,
    *,
    deflate: bool = False,
    once: bool = False,
) -> Visit:
    def take(stage: Setting) -> Found:
        with crowd(name, opened, stage, sockets, seconds, deflate=deflate) as audience:
            for measure, function in takes.items():
                for row in function(audience):
                    yield measure, sockets, row

    return Visit(f"{name}, {sockets:,} sockets: {', '.join(takes)}", take, once)


def apart(
    measure: str,
    function: Callable[[Setting], Iterable[tuple[int, Row]]],
    name: str,
    *,
    once: bool = False,
) -> Visit:
    """What has its own way to set things up."""

    def take(stage: Setting) -> Found:
        for sockets, row in function(stage):
            yield measure, sockets, row

    return Visit(f"{name}: {measure}", take, once)


def visits(options: argparse.Namespace) -> Iterator[Visit]:
    """One round. What is compared stands close together, as the machine's mood changes."""
    families = {name: sites for name, sites in FAMILIES.items() if name in options.only}
    peers = {name: sites[name] for name, sites in families.items() if name != "raw"}
    wanted, seconds = set(options.measure), options.seconds
    fanned_out = {name: take for name, take in FANNED_OUT.items() if name in wanted}
    connecting = {"connect": connect.measure} if "connect" in wanted else {}
    for sockets in options.sockets:
        takes = fanned_out | connecting
        for sites in families.values() if takes else ():
            for name, opened in sites.items():
                yield on_a_crowd(takes, name, opened, sockets, seconds)
        for name in peers if fanned_out else ():
            if name in ALONE:
                yield on_a_crowd(fanned_out, f"{name} alone", ALONE[name], sockets, seconds)
    for name, opened in peers.items():
        if "command" in wanted:
            takes = {"command": command.measure}
            yield on_a_crowd(takes, name, opened, command.SOCKETS, seconds)
    for name, opened in peers.items() if connecting else ():
        yield on_a_crowd(
            connecting, name + connect.DEFLATE, opened, connect.DEFLATE_SOCKETS, 0, deflate=True
        )
    for name, opened in peers.items() if connecting and not options.quick else ():
        yield on_a_crowd(connecting, name, opened, connect.MOST_SOCKETS, 0, once=True)
    if "durable" in wanted and "us" in peers:
        yield apart("durable", partial(durable.measure, seconds=seconds), "us")
    for name, opened in peers.items() if "uninterested" in wanted else ():
        yield apart("uninterested", partial(uninterested.measure, name, opened), name)
    if "feed" in wanted and "us" in peers and not options.quick:
        yield apart("feed", partial(feed.measure, seconds=seconds), "us", once=True)


def main(arguments: Sequence[str]) -> int:
    options = parser().parse_args(arguments)
    sockets, rounds, seconds = QUICK if options.quick else FULL
    options.sockets = options.sockets or sockets
    options.rounds = options.rounds or rounds
    options.seconds = options.seconds or seconds
    with_node = "node" in options.only
    results = {name: Results(MEASURES[name].TABLE) for name in options.measure}
    began = time.monotonic()
    failures = 0
    try:
        with setting(options.tree.resolve(), with_node=with_node) as stage:
            print("\n".join(versions(stage, with_node=with_node)), end="\n\n", flush=True)
            for number in range(options.rounds):
                for visit in visits(options):
                    if number and visit.once:
                        continue
                    minutes, seconds = divmod(int(time.monotonic() - began), 60)
                    _say(f"{minutes}:{seconds:02} round {number + 1}: {visit.name}")
                    try:
                        for measure, count, row in visit.take(stage):
                            results[measure].add(count, row)
                    except Failed as failed:
                        failures += 1
                        _say(f"FAILED: {failed}")
    except Failed as failed:
        _say(f"bench-delivery: {failed}")
        return 1
    for found in results.values():
        print("\n".join(found.lines()))
    print(f"{options.rounds} rounds, {(time.monotonic() - began) / 60:.0f} minutes.")
    return 1 if failures else 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def parser() -> argparse.ArgumentParser:
    def some_of(known: Iterable[str]) -> Callable[[str], list[str]]:
        def parse(text: str) -> list[str]:
            found = text.split(",")
            if unknown := set(found) - set(known):
                raise argparse.ArgumentTypeError(f"no {unknown}; there are {', '.join(known)}")
            return [name for name in known if name in found]

        return parse

    def numbers(text: str) -> list[int]:
        return [int(number) for number in text.split(",")]

    parsed = argparse.ArgumentParser(prog="make bench-delivery", description=__doc__)
    add = parsed.add_argument
    add("--quick", action="store_true", help="under two minutes: one round, 1,000 sockets")
    add("--only", type=some_of(FAMILIES), default=list(FAMILIES), metavar=",".join(FAMILIES))
    add("--measure", type=some_of(MEASURES), default=list(MEASURES), metavar=",".join(MEASURES))
    add("--sockets", type=numbers, metavar="N,N")
    add("--rounds", type=int)
    add("--seconds", type=float, help="that one thing is measured in a round")
    add("--tree", type=Path, default=Path.cwd(), help="where our server stands, if elsewhere")
    return parsed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
