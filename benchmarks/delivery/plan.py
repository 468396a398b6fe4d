"""What is measured in a round, and in which order."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from types import ModuleType

from benchmarks.delivery.crowd import crowd
from benchmarks.delivery.measures import (
    burst,
    command,
    connect,
    durable,
    fanout,
    feed,
    uninterested,
)
from benchmarks.delivery.results import Row
from benchmarks.delivery.sites import ALONE, FAMILIES, Open, Setting, us_streaming

MEASURES = {
    module.__name__.rpartition(".")[2]: module
    for module in (fanout, burst, command, connect, durable, feed, uninterested)
}
ALONE_SOCKETS_MAX = 1000  # beyond, what Redis costs does not show


@dataclass(frozen=True, slots=True)
class Options:
    """seconds: that one thing is measured in a round. brief: without what takes minutes."""

    families: list[str]
    measures: list[str]
    sockets: list[int]
    seconds: float
    brief: bool


@dataclass(frozen=True, slots=True)
class Visit:
    """Servers that are started for some measures; once: not in every round, but in the first."""

    name: str
    take: Callable[[Setting], Iterator[tuple[str, int, Row]]]  # (measure, sockets, row)
    once: bool = False


def visits(options: Options) -> Iterator[Visit]:
    """One round. What is compared stands close together, as the machine's mood changes."""
    sites = {name: site for family in options.families for name, site in FAMILIES[family].items()}
    peers = {name: site for name, site in sites.items() if name not in FAMILIES["raw"]}
    on_crowd = partial(_on_crowd, options)
    for sockets in options.sockets:
        for name, site in sites.items():
            yield from on_crowd([fanout, burst, connect], name, site, sockets)
        if "us" in peers:
            yield from on_crowd([fanout, burst], "us, a stream", us_streaming, sockets)
        for name, site in _alone(peers, sockets):
            yield from on_crowd([fanout, burst], f"{name} alone", site, sockets)
    for name, site in peers.items():
        yield from on_crowd([command], name, site, command.SOCKETS)
    for name, site in peers.items():
        offering = f"{name}{connect.DEFLATE}"
        yield from on_crowd([connect], offering, site, connect.DEFLATE_SOCKETS, deflate=True)
    for name in [name for name in peers if name == "us" or not options.brief]:
        indifferent = partial(uninterested.measure, name, peers[name])
        yield from _apart(options, uninterested, name, indifferent)
    if "us" in peers:
        yield from _apart(options, durable, "us", durable.measure)
    if not options.brief:
        yield from _long_visits(options, peers)


def _long_visits(options: Options, peers: dict[str, Open]) -> Iterator[Visit]:
    if "us" in peers:
        yield from _apart(options, feed, "us", feed.measure, once=True)
    for name in [name for name in peers if name != "stock"]:  # it needs minutes to see them off
        yield from _on_crowd(options, [connect], name, peers[name], connect.MOST_SOCKETS, once=True)


def _alone(peers: Iterable[str], sockets: int) -> Iterator[tuple[str, Open]]:
    """Peers that are also measured without Redis, with so many sockets."""
    if sockets <= ALONE_SOCKETS_MAX:
        yield from ((name, ALONE[name]) for name in peers if name in ALONE)


def _on_crowd(
    options: Options,
    modules: Iterable[ModuleType],
    name: str,
    opened: Open,
    sockets: int,
    *,
    deflate: bool = False,
    once: bool = False,
) -> Iterator[Visit]:
    """Measures that share one audience, if any of them is wanted."""
    wanted = [name for name in options.measures if MEASURES[name] in modules]

    def take(setting: Setting) -> Iterator[tuple[str, int, Row]]:
        with crowd(name, opened, setting, sockets, options.seconds, deflate=deflate) as audience:
            for measure in wanted:
                for row in MEASURES[measure].measure(audience):
                    yield measure, sockets, row

    if wanted:
        yield Visit(f"{name}, {sockets:,} sockets: {', '.join(wanted)}", take, once)


def _apart(
    options: Options,
    module: ModuleType,
    name: str,
    measure: Callable[[Setting], Iterable[tuple[int, Row]]],
    *,
    once: bool = False,
) -> Iterator[Visit]:
    """A measure that sets up everything itself."""
    measured = module.__name__.rpartition(".")[2]

    def take(setting: Setting) -> Iterator[tuple[str, int, Row]]:
        for sockets, row in measure(setting):
            yield measured, sockets, row

    if measured in options.measures:
        yield Visit(f"{name}: {measured}", take, once)
