"""What delivery costs, beside its peers and the limit: `make bench-delivery`.

Prints Markdown. CPU is that of the measured process alone, user and system time, pinned to a core
of its own. Candidates take turns in every round.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.delivery.crowd import Crowd, crowd
from benchmarks.delivery.measures import burst, command, connect, fanout
from benchmarks.delivery.process import Failed
from benchmarks.delivery.results import Results, Row, Table
from benchmarks.delivery.setting import setting, versions
from benchmarks.delivery.sites import FAMILIES, Setting

SOCKETS = (100, 1000, 5000)


@dataclass(frozen=True, slots=True)
class Measure:
    table: Table
    take: Callable[[Crowd], Iterable[Row]]


# In the order in which they are taken on a crowd: it is gone after the last.
ON_A_CROWD = {
    module.__name__.rpartition(".")[2]: Measure(module.TABLE, module.measure)
    for module in (fanout, burst, command, connect)
}


def main(arguments: Sequence[str]) -> int:
    options = parser().parse_args(arguments)
    families = [name for name in FAMILIES if name in options.only]
    try:
        with setting(options.tree.resolve(), with_node="node" in families) as stage:
            print("\n".join(versions(stage, with_node="node" in families)), end="\n\n", flush=True)
            results = {name: Results(ON_A_CROWD[name].table) for name in options.measure}
            for number in range(options.rounds):
                for sockets in options.sockets:
                    for family in families:
                        take_round(stage, family, sockets, options, results, number)
    except Failed as failed:
        print(f"bench-delivery: {failed}", file=sys.stderr)
        return 1
    for found in results.values():
        print("\n".join(found.lines()))
    return 0


def take_round(stage: Setting, family: str, sockets, options, results, number: int) -> None:
    for name, opened in FAMILIES[family].items():
        began = time.monotonic()
        with crowd(name, opened, stage, sockets, options.seconds) as audience:
            for measure in options.measure:
                if measure == "command" and sockets != command.SOCKETS:
                    continue
                for row in ON_A_CROWD[measure].take(audience):
                    results[measure].add(sockets, row)
        took = time.monotonic() - began
        print(f"round {number + 1}: {name}, {sockets} sockets: {took:.1f} s", file=sys.stderr)


def parser() -> argparse.ArgumentParser:
    def names(known: Iterable[str]) -> Callable[[str], list[str]]:
        def parse(text: str) -> list[str]:
            found = text.split(",")
            if unknown := set(found) - set(known):
                raise argparse.ArgumentTypeError(f"no {unknown}; there are {', '.join(known)}")
            return found

        return parse

    parsed = argparse.ArgumentParser(prog="make bench-delivery", description=__doc__)
    parsed.add_argument("--only", type=names(FAMILIES), default=list(FAMILIES))
    parsed.add_argument("--measure", type=names(ON_A_CROWD), default=list(ON_A_CROWD))
    parsed.add_argument(
        "--sockets", type=lambda text: [int(n) for n in text.split(",")], default=list(SOCKETS)
    )
    parsed.add_argument("--rounds", type=int, default=3)
    parsed.add_argument("--seconds", type=float, default=2.5, help="that a phase may take")
    parsed.add_argument("--tree", type=Path, default=Path.cwd(), help="where our server stands")
    return parsed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
