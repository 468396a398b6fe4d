"""What delivery costs, beside its peers and the limit: `make bench-delivery`.

Prints Markdown. CPU is the user and system time of the measured process alone, which is pinned to a
core of its own. Candidates take turns in every round.
"""

import argparse
import signal
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from benchmarks.delivery.plan import MEASURES, Options, visits
from benchmarks.delivery.process import Failed
from benchmarks.delivery.results import Results
from benchmarks.delivery.setting import setting, versions
from benchmarks.delivery.sites import FAMILIES

# sockets, rounds, seconds that one thing is measured in a round
FULL = [100, 1000, 5000], 3, 1.5
QUICK = [1000], 1, 0.5


def main(arguments: Sequence[str]) -> int:
    asked = parser().parse_args(arguments)
    sockets, rounds, seconds = QUICK if asked.quick else FULL
    options = Options(
        families=asked.only,
        measures=asked.measure,
        sockets=asked.sockets or sockets,
        seconds=asked.seconds or seconds,
        brief=asked.quick,
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # and end what was started
    try:
        return measured(options, asked.rounds or rounds, asked.tree.resolve())
    except Failed as failed:
        tell(f"bench-delivery: {failed}")
        return 1


def measured(options: Options, rounds: int, tree: Path) -> int:
    """The exit code: 1 if anything failed, the rest being measured all the same."""
    results = {name: Results(MEASURES[name].TABLE) for name in options.measures}
    with_node = "node" in options.families
    began = time.monotonic()
    failures = 0
    with setting(tree, with_node=with_node) as found:
        print("\n".join(versions(found, with_node=with_node)), end="\n\n", flush=True)
        turns = [(number, visit) for number in range(rounds) for visit in visits(options)]
        try:
            for number, visit in turns:
                if number and visit.once:
                    continue
                minutes, seconds = divmod(int(time.monotonic() - began), 60)
                tell(f"{minutes:2}:{seconds:02} round {number + 1}: {visit.name}")
                try:
                    for measure, sockets, row in visit.take(found):
                        results[measure].add(number, sockets, row)
                except Failed as failed:
                    failures += 1
                    tell(f"FAILED: {failed}")
        except KeyboardInterrupt:
            tell("interrupted: this is what there is so far")
            failures += 1
    for one in results.values():
        print("\n".join(one.lines()))
    print(f"{rounds} rounds, {(time.monotonic() - began) / 60:.0f} minutes.")
    return 1 if failures else 0


def tell(line: str) -> None:
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
    add("--quick", action="store_true", help="one round, 1,000 sockets, not all that is slow")
    add("--only", type=some_of(FAMILIES), default=list(FAMILIES), metavar=",".join(FAMILIES))
    add("--measure", type=some_of(MEASURES), default=list(MEASURES), metavar=",".join(MEASURES))
    add("--sockets", type=numbers, metavar="N,N")
    add("--rounds", type=int)
    add("--seconds", type=float, help="that one thing is measured in a round")
    add("--tree", type=Path, default=Path.cwd(), help="where our server stands, if elsewhere")
    return parsed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
