"""What a change has done to REST, in under 3 minutes: `make bench-quick`.

The requests that there are most of, beside bare aiohttp with the same bytes, on a site of 500
people that is built for it; rounds go on until the time is up, and ratios are those within a round.
With `--against DIR`, a checkout of another version takes part, on the same database; with `--alone`
bare aiohttp that runs the statement of a request by asyncpg, and answers bytes made beforehand.
"""

import argparse
import asyncio
import os
import secrets
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import asyncpg

from benchmarks.delivery import machine
from benchmarks.delivery.setting import services
from benchmarks.rest import alone, candidates, data
from benchmarks.rest.candidates import HERE, Setting
from benchmarks.rest.compare import Run
from benchmarks.rest.costs import ALONE, BARE, OURS, Cost, Found, Meter, median, ratio
from benchmarks.rest.endpoints import place, postmaster
from benchmarks.rest.requests import operations, people
from benchmarks.rest.size import Size

PEOPLE = 500
SECONDS = 130
ROUNDS = 9  # at most; with fewer than three, the first among them, nothing can be said
AGAINST = "against"
TAKEN = ("feed page", "single post", "me", "send", "like")


class Deadline:
    """Says whether another round is to begin: while one as long as the longest fits, or too few."""

    def __init__(self, seconds: float, rounds: int = ROUNDS, least: int = 3) -> None:
        self._until = time.monotonic() + seconds
        self._rounds, self._least = rounds, least
        self._began: float | None = None
        self._longest = 0.0

    def __call__(self, turn: int) -> bool:
        now = time.monotonic()
        if self._began is not None:
            self._longest = max(self._longest, now - self._began)
        self._began = now
        if turn < self._least:
            return True
        return turn < self._rounds and now + self._longest <= self._until


def table(found: Found) -> Iterable[str]:
    """Yield a line for each operation, in Markdown."""
    others = {AGAINST: "of the other", ALONE: "of its statement alone"}
    compared = {
        name: title
        for name, title in others.items()
        if any(name in candidates for candidates in found.values())
    }
    titles = "".join(f" {title} |" for title in compared.values())
    yield f"| | ours, us | of bare | PostgreSQL, us | WAL, bytes |{titles}"
    yield f"| --- | ---: | --- | ---: | ---: |{' --- |' * len(compared)}"
    for operation, rounds in found.items():
        cost = median(rounds[OURS])
        line = f"| {operation} | {cost.server:,.0f} | {_of(rounds, BARE)} "
        line += f"| {cost.postgres:,.0f} | {cost.wal:,.0f} |"
        yield line + "".join(f" {_of(rounds, name)} |" for name in compared)


def _of(rounds: Mapping[str, Sequence[Cost]], base: str) -> str:
    if base not in rounds:
        return ""
    server = ([cost.server for cost in rounds[name]] for name in (OURS, base))
    return str(ratio(*server))


async def measured(setting: Setting, options: argparse.Namespace, until: Deadline) -> Found:
    """Build the site, start the servers, and let them take turns."""
    size = Size(PEOPLE)
    template = await data.template(setting.environment["DATABASE_URL"], PEOPLE)
    url = await data.copy(setting.environment["DATABASE_URL"], template, "bench_quick")
    secret = secrets.token_urlsafe(48)
    environment = {**setting.environment, "DATABASE_URL": url, "JWT_SECRET": secret}
    setting = Setting(setting.keep, setting.directory, environment)
    database = await asyncpg.connect(url)
    try:
        with ExitStack() as stack:
            await database.execute("TRUNCATE blocks")  # of so few people they keep everybody apart
            taken = operations(await people(database, size, secret), size)
            run = Run({name: taken[name] for name in TAKEN}, options.requests)
            running = [stack.enter_context(candidates.ours(setting))]
            if options.against:
                other = candidates.ours(setting, options.against.absolute(), AGAINST)
                running.append(stack.enter_context(other))
            answers = await run.answers(running[0])
            running.append(stack.enter_context(candidates.bare(setting, answers)))
            if options.alone:
                found = await alone.statements(database, url, size)
                after = {place(name): (*answers[place(name)], *found[name]) for name in found}
                beside = candidates.bare(setting, after, ALONE)
                running.append(replace(stack.enter_context(beside), only=tuple(found)))
            main = postmaster(str(setting.directory / "services"))
            meters = {one.name: Meter(database, main, one.server.pid) for one in running}
            return await run.measure(running, meters, until)
    finally:
        await database.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", type=Path, help="a checkout to compare with")
    parser.add_argument("--alone", action="store_true", help="have statements take part, alone")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for all of it, about")
    parser.add_argument("--requests", type=int, default=100, help="of an operation, in a round")
    options = parser.parse_args()
    until = Deadline(options.seconds)
    if len(machine.CORES) > 1:
        os.sched_setaffinity(0, machine.OTHER_CORES)
    with tempfile.TemporaryDirectory(prefix="mt-bench-") as name:
        directory = Path(name)
        directory.chmod(0o711)  # PostgreSQL has an account of its own where this is root
        with services(HERE, directory) as urls:
            setting = Setting(directory, directory, urls)
            print("\n".join(table(asyncio.run(measured(setting, options, until)))))


if __name__ == "__main__":
    main()
