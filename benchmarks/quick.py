"""What a change has done to REST, in under 3 minutes: `make bench-quick`.

The requests that there are most of, beside bare aiohttp with the same bytes, on a site of 500
people that is built for it; rounds go on until the time is up, and ratios are those within a round.
With `--against DIR`, a checkout of another version takes part, on the same database.
"""

import argparse
import asyncio
import os
import secrets
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import asyncpg

from benchmarks.delivery import machine
from benchmarks.delivery.setting import services
from benchmarks.rest import candidates, data
from benchmarks.rest.candidates import HERE, Setting
from benchmarks.rest.compare import Run
from benchmarks.rest.costs import BARE, OURS, Cost, Found, Meter, median, ratio
from benchmarks.rest.endpoints import postmaster
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
    against = any(AGAINST in candidates for candidates in found.values())
    other = (" of the other |", " --- |") if against else ("", "")
    yield f"| | ours, us | of bare | PostgreSQL, us | WAL, bytes |{other[0]}"
    yield f"| --- | ---: | --- | ---: | ---: |{other[1]}"
    for operation, rounds in found.items():
        cost = median(rounds[OURS])
        line = f"| {operation} | {cost.server:,.0f} | {_of(rounds, BARE)} "
        line += f"| {cost.postgres:,.0f} | {cost.wal:,.0f} |"
        yield line + (f" {_of(rounds, AGAINST)} |" if against else "")


def _of(rounds: Mapping[str, Sequence[Cost]], base: str) -> str:
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
            main = postmaster(str(setting.directory / "services"))
            meters = {one.name: Meter(database, main, one.server.pid) for one in running}
            return await run.measure(running, meters, until)
    finally:
        await database.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", type=Path, help="a checkout to compare with")
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
