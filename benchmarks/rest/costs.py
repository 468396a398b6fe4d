"""What a request has cost server and PostgreSQL, and the tables that are made of it."""

import os
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import asyncpg
import psutil

from benchmarks.delivery.machine import cpu_seconds

TICK_US = 1_000_000 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a request: CPU in us, and bytes of the write-ahead log."""

    server: float
    postgres: float
    wal: float

    @property
    def both(self) -> float:
        return self.server + self.postgres


def cpu_us(pid: int) -> float:
    """Return what a process, what it has started, and what of that has ended have used.

    So a parallel worker is in what PostgreSQL used; what has ended is counted in ticks of 10 ms.
    """
    process = psutil.Process(pid)
    total = 0.0
    for one in [process, *process.children(recursive=True)]:
        try:
            ended = Path(f"/proc/{one.pid}/stat").read_text().rpartition(") ")[2].split()[13:15]
            total += cpu_seconds(one.pid) * 1e6 + sum(map(int, ended)) * TICK_US
        except OSError:
            continue  # it has just ended, and its parent counts it
    return total


class Meter:
    """Reads the counters of one server and of PostgreSQL, all of its processes together."""

    def __init__(self, database: asyncpg.Connection, postmaster: int, server: int) -> None:
        self._database, self._postmaster, self._server = database, postmaster, server

    async def read(self) -> tuple[float, float, int]:
        wal = await self._database.fetchval("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
        return cpu_us(self._server), cpu_us(self._postmaster), int(wal)


def difference(
    before: tuple[float, float, int], after: tuple[float, float, int], requests: int
) -> Cost:
    return Cost(*((late - early) / requests for early, late in zip(before, after, strict=True)))


def median(costs: Iterable[Cost]) -> Cost:
    """Return the median of each column."""
    costs = list(costs)
    return Cost(
        *(statistics.median(getattr(cost, field.name) for cost in costs) for field in fields(Cost))
    )


@dataclass(frozen=True, slots=True)
class Ratio:
    """The median of the ratios within a round, the least and the greatest."""

    median: float
    least: float
    greatest: float

    def __str__(self) -> str:
        return f"{_short(self.median)} ({_short(self.least)}-{_short(self.greatest)})"


def _short(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"


def ratio(values: Sequence[float], bases: Sequence[float]) -> Ratio:
    """Return how values stand to bases of the same rounds."""
    ratios = [value / base for value, base in zip(values, bases, strict=True)]
    return Ratio(statistics.median(ratios), min(ratios), max(ratios))


Found = Mapping[str, Mapping[str, Sequence[Cost]]]  # operation -> candidate -> rounds
BARE, OURS, ALONE = "bare", "ours", "alone"


def compared(found: Found, buffers: Mapping[tuple[str, str], float]) -> Iterable[str]:
    """Yield the table of one size of the data, in Markdown."""
    yield "| | | server, us | of bare | of ours | PostgreSQL, us | WAL, bytes | buffers |"
    yield "| --- | --- | ---: | --- | --- | ---: | ---: | ---: |"
    for operation, candidates in found.items():
        shown = operation
        for name, rounds in candidates.items():
            cost = median(rounds)
            server = [each.server for each in rounds]
            cells = [shown, name, f"{cost.server:,.0f}"]
            for base in (BARE, OURS):
                bases = [] if name == base else candidates.get(base, [])
                cells.append(str(ratio(server, [each.server for each in bases])) if bases else "")
            if name == BARE:
                cells += ["", "", ""]
            else:
                pages = buffers.get((operation, name))
                cells += [f"{cost.postgres:,.0f}", f"{cost.wal:,.0f}"]
                cells.append("" if pages is None else f"{pages:,.0f}")
            yield _row(cells)
            shown = ""


def growth(by_size: Mapping[str, Found]) -> Iterable[str]:
    """Yield how server and PostgreSQL together grow from the smallest size to the largest.

    Sizes are in the order in which they were measured, the smallest first.
    """
    sizes = list(by_size)
    columns = " | ".join(f"{size}: server, PostgreSQL" for size in sizes)
    yield f"| | | {columns} | growth |"
    yield f"| --- | --- |{' --- |' * len(sizes)} --- |"
    first, last = by_size[sizes[0]], by_size[sizes[-1]]
    for operation, candidates in first.items():
        for name in candidates:
            if name == BARE:
                continue
            cells = [operation, name]
            for size in sizes:
                cost = median(by_size[size][operation][name])
                cells.append(f"{cost.server:,.0f}, {cost.postgres:,.0f}")
            small, large = (median(found[operation][name]).both for found in (first, last))
            yield _row([*cells, f"{large / small:.2f}"])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
