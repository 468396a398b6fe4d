"""What was measured, and how it is told: medians (min-max) over rounds, and ratios."""

import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

Figures = Mapping[str, float]
Row = tuple[str, Figures]  # its label, and what was found


@dataclass(frozen=True, slots=True)
class Ratio:
    """Of the figure of two rows, within the same round; goal is what issue and docs ask for."""

    figure: str
    ours: str
    theirs: str
    goal: float | None = None
    sockets: int | None = None  # of the goal; None: whatever their number


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure of one row, in its own unit; sockets as in Ratio."""

    figure: str
    label: str
    at_most: float
    sockets: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """columns: figure -> heading, with its unit."""

    title: str
    columns: Mapping[str, str]
    ratios: Sequence[Ratio] = ()
    goals: Sequence[Goal] = ()


@dataclass(slots=True)
class Results:
    table: Table
    # (sockets, label) -> round -> what was found
    rows: dict[tuple[int, str], dict[int, Figures]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    def add(self, number: int, sockets: int, row: Row) -> None:
        label, figures = row
        self.rows[sockets, label][number] = figures

    def lines(self) -> Iterator[str]:
        """Markdown; nothing when there is nothing."""
        if not self.rows:
            return
        yield f"### {self.table.title}"
        yield ""
        columns = {
            figure: heading
            for figure, heading in self.table.columns.items()
            if any(figure in found for rounds in self.rows.values() for found in rounds.values())
        }
        yield f"| sockets | | rounds | {' | '.join(columns.values())} |"
        yield f"| ---: | --- | ---: |{' ---: |' * len(columns)}"
        for (sockets, label), rounds in sorted(self.rows.items(), key=lambda row: row[0][0]):
            found = rounds.values()
            cells = (_told([one[key] for one in found if key in one]) for key in columns)
            yield f"| {sockets:,} | {label} | {len(rounds)} | {' | '.join(cells)} |"
        yield ""
        compared = [*self._ratios(), *self._goals()]
        if compared:
            yield "| | sockets | median (min-max) of the rounds | goal |"
            yield "| --- | ---: | ---: | ---: |"
            yield from compared
            yield ""

    def _ratios(self) -> Iterator[str]:
        for ratio in self.table.ratios:
            for sockets in sorted({sockets for sockets, _ in self.rows}):
                ours = self.rows.get((sockets, ratio.ours), {})
                theirs = self.rows.get((sockets, ratio.theirs), {})
                found = [
                    ours[number][ratio.figure] / theirs[number][ratio.figure]
                    for number in ours.keys() & theirs.keys()
                    if theirs[number][ratio.figure]
                ]
                if not found:
                    continue
                goal = ratio.goal if ratio.sockets in (None, sockets) else None
                name = f"{ratio.ours} / {ratio.theirs}, {self.table.columns[ratio.figure]}"
                yield f"| {name} | {sockets:,} | {_told(found)} | {_verdict(found, goal)} |"

    def _goals(self) -> Iterator[str]:
        for goal in self.table.goals:
            for (sockets, label), rounds in self.rows.items():
                if label != goal.label or goal.sockets not in (None, sockets):
                    continue
                found = [figures[goal.figure] for figures in rounds.values()]
                name = f"{label}, {self.table.columns[goal.figure]}"
                yield (
                    f"| {name} | {sockets:,} | {_told(found)} | {_verdict(found, goal.at_most)} |"
                )


def _verdict(found: Sequence[float], at_most: float | None) -> str:
    if at_most is None:
        return ""
    met = statistics.median(found) <= at_most
    return f"{at_most:.3g}: {'met' if met else 'MISSED'}"


def _told(values: Sequence[float]) -> str:
    if not values:
        return ""
    median = _short(statistics.median(values))
    if len(values) == 1:
        return median
    return f"{median} ({_short(min(values))}-{_short(max(values))})"


def _short(value: float) -> str:
    """Three digits that count."""
    if abs(value) >= 100 or value == 0:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"
