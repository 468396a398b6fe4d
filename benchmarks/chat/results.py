"""What a message has cost each server, and the table that is made of it."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

from benchmarks.chat.load import Load
from benchmarks.rest.costs import ratio

OURS = "ours"


@dataclass(frozen=True, slots=True)
class Figures:
    """CPU us a message, messages a second, and ms until both had what they wait for."""

    server: float
    database: float
    per_second: float
    p50: float
    p99: float

    @property
    def both(self) -> float:
        return self.server + self.database


def figures(load: Load, server_us: float, database_us: float) -> Figures:
    return Figures(
        server_us / load.count,
        database_us / load.count,
        load.per_second,
        load.quantile_ms(0.5),
        load.quantile_ms(0.99),
    )


def median(rounds: Iterable[Figures]) -> Figures:
    rounds = list(rounds)
    columns = (field.name for field in fields(Figures))
    return Figures(*(statistics.median(getattr(one, name) for one in rounds) for name in columns))


def table(found: Mapping[str, Sequence[Figures]]) -> Iterable[str]:
    """Yield the rows of one kind of load, in Markdown; ratios are those within a round."""
    yield "| | messages/s | server, us | database, us | both, of ours | p50, ms | p99, ms |"
    yield "| --- | ---: | ---: | ---: | --- | ---: | ---: |"
    base = [one.both for one in found[OURS]]
    for name, rounds in found.items():
        one = median(rounds)
        of_ours = "" if name == OURS else str(ratio([each.both for each in rounds], base))
        yield (
            f"| {name} | {one.per_second:,.0f} | {one.server:,.0f} | {one.database:,.0f} "
            f"| {of_ours} | {one.p50:.1f} | {one.p99:.1f} |"
        )
