"""What REST costs beside what others would have written: `make bench-rest`.

Bare aiohttp with our bytes, Django with DRF (and with its page in a Redis cache), FastAPI with
asyncpg, fastify with pg; on one database, at each size in turn. A server has a core of its own,
PostgreSQL and the generator the others; all take turns within a round, so that ratios hold on a
busy machine, too. What is built and installed is kept in --keep: the largest size takes a quarter
of an hour once.
"""

import argparse
import asyncio
import os
import secrets
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from itertools import count
from pathlib import Path

import asyncpg

from benchmarks.delivery import machine
from benchmarks.delivery.process import Failed
from benchmarks.delivery.setting import services
from benchmarks.rest import candidates, data, installed
from benchmarks.rest.candidates import HERE, Candidate, Setting
from benchmarks.rest.costs import (
    ALONE,
    BARE,
    OURS,
    Cost,
    Found,
    Meter,
    compared,
    difference,
    growth,
)
from benchmarks.rest.endpoints import place, postmaster
from benchmarks.rest.requests import STATUSES, Operation, ask, operations, people
from benchmarks.rest.size import PEOPLE, Size

KEEP = HERE / "build/bench"
COPY = "bench_rest"
FLUSH_SECONDS = 11  # a backend tells its counters 10 s after it went idle, at the latest
BUFFERS = """
    SELECT a.application_name AS name, a.pid, sum(io.hits + io.reads)::bigint AS pages
      FROM pg_stat_activity a CROSS JOIN LATERAL pg_stat_get_backend_io(a.pid) AS io
     WHERE a.datname = current_database() AND io.object = 'relation' GROUP BY 1, 2"""


class Run:
    """One size of the data, and all candidates on it."""

    def __init__(self, taken: Mapping[str, Operation], requests: int) -> None:
        self._operations = taken
        self._requests = requests
        self._numbers = count()
        self.buffers: dict[tuple[str, str], float] = {}

    async def ask(self, operation: str, candidate: Candidate, requests: int) -> bytes:
        wanted = [self._operations[operation](next(self._numbers)) for _ in range(requests)]
        if candidate.name in (BARE, ALONE):
            wanted = [replace(request, path=place(operation)) for request in wanted]
        return await ask(candidate.server.url, wanted, STATUSES.get(operation, 200))

    async def answers(self, of: Candidate) -> dict[str, tuple[int, str]]:
        return {
            place(name): (STATUSES.get(name, 200), (await self.ask(name, of, 1)).decode())
            for name in self._operations
        }

    async def measure(
        self,
        running: Sequence[Candidate],
        meters: Mapping[str, Meter],
        another: Callable[[int], bool],
    ) -> Found:
        """Have all take turns, round after round, for as long as there is to be another.

        Every other round has them in the opposite order, since who comes first finds cold caches.
        The first does not count: what is asked for first is prepared, and cached, first.
        """
        found: dict[str, dict[str, list[Cost]]] = {name: {} for name in self._operations}
        turn = 0
        while another(turn):
            for operation, rounds in found.items():
                for one in running[:: -1 if turn % 2 else 1]:
                    if one.takes_part_in(operation):
                        cost = await self._cost(operation, one, meters[one.name])
                        rounds.setdefault(one.name, []).extend([cost] if turn else [])
            print(f"measured: round {turn}", file=sys.stderr, flush=True)
            turn += 1
        return found

    async def _cost(self, operation: str, one: Candidate, meter: Meter) -> Cost:
        before = await meter.read()
        await self.ask(operation, one, self._requests)
        return difference(before, await meter.read(), self._requests)

    async def count_buffers(self, running: Sequence[Candidate], url: str) -> None:
        """Count the pages of 8 KB that a request looks at, once, as it does not depend on time."""
        before = await _buffers(url)
        for operation in self._operations:
            asked = [one for one in running if one.application and one.takes_part_in(operation)]
            for one in asked:
                await self.ask(operation, one, self._requests)
            after = await _buffers(url)
            for one in asked:
                looked_at = sum(
                    pages - before.get(backend, 0)
                    for backend, pages in after.items()
                    if backend[0] == one.application
                )
                self.buffers[operation, one.name] = looked_at / self._requests
            before = after


async def _buffers(url: str) -> dict[tuple[str, int], int]:
    """Return by application and pid what each backend has looked at."""
    await asyncio.sleep(FLUSH_SECONDS)
    connection = await asyncpg.connect(url)
    try:
        return {(row["name"], row["pid"]): row["pages"] for row in await connection.fetch(BUFFERS)}
    finally:
        await connection.close()


async def at_size(
    size: str, urls: Mapping[str, str], options: argparse.Namespace
) -> tuple[Found, dict[tuple[str, str], float]]:
    def progress(what: str) -> None:
        print(f"data of size {size}: {what}", file=sys.stderr, flush=True)

    server_url, sizes = urls["DATABASE_URL"], Size(PEOPLE[size])
    name = await data.template(server_url, sizes.people, progress=progress)
    url = await data.copy(server_url, name, COPY)
    secret = secrets.token_urlsafe(48)
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mt-bench-")))
        environment = {**urls, "DATABASE_URL": url, "JWT_SECRET": secret}
        setting = Setting(options.keep, directory, environment)
        database = await asyncpg.connect(url)
        try:
            asked = await people(database, sizes, secret)
            taken = operations(asked, sizes)
            run = Run({name: taken[name] for name in options.only or taken}, options.requests)
            ours = stack.enter_context(candidates.ours(setting))
            answers = await run.answers(ours)
            running = [stack.enter_context(candidates.bare(setting, answers)), ours]
            running += candidates.peers(setting, options.peers, stack)
            await database.execute("CHECKPOINT")
            main = postmaster(str(options.keep / "services"))
            meters = {one.name: Meter(database, main, one.server.pid) for one in running}
            found = await run.measure(running, meters, lambda turn: turn <= options.rounds)
            if options.buffers:
                await run.count_buffers(running, url)
        finally:
            await database.close()
    return found, run.buffers


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--sizes", nargs="*", choices=PEOPLE, default=["1/16", "1/4", "1"], help="smallest first"
    )
    parser.add_argument("--peers", nargs="*", choices=candidates.PEERS, default=[*candidates.PEERS])
    parser.add_argument("--only", nargs="*", help="names of operations")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=300, help="of an operation, in a round")
    parser.add_argument("--no-buffers", dest="buffers", action="store_false")
    parser.add_argument("--keep", type=Path, default=KEEP, help="where data and peers are kept")
    return parser.parse_args()


def main() -> None:
    options = _options()
    if len(machine.CORES) < 2:
        raise SystemExit("two cores are needed: one for the server that is measured")
    os.sched_setaffinity(0, machine.OTHER_CORES)  # and so all that we start, unless it says so
    by_size: dict[str, Found] = {}
    try:
        with installed.kept(options.keep) as options.keep, services(HERE, options.keep) as urls:
            for size in options.sizes:
                found, buffers = asyncio.run(at_size(size, urls, options))
                by_size[size] = found
                print(f"\n{PEOPLE[size]:,} people (size {size}):\n")
                print("\n".join(compared(found, buffers)), flush=True)
    except Failed as reason:
        raise SystemExit(f"benchmark: {reason}") from reason
    if len(by_size) > 1:
        print(f"\nCPU us from size to size, {OURS} and peers:\n")
        print("\n".join(growth(by_size)))


if __name__ == "__main__":
    main()
