"""What a direct message costs beside ejabberd, prosody and Synapse: `make bench-chat`.

Pairs of people, each a connection: one sends, and sends again when the server has acknowledged the
message and the other has it; or all of them together send so many a second. ejabberd has its
archive in PostgreSQL, and in mnesia; prosody in its files; Synapse in PostgreSQL. ejabberd and
prosody are installed from Debian, Synapse from PyPI, where they are not there. Each server has the
same core of its own while it is its turn, PostgreSQL and the clients the others; all take turns
within a round. Ours counts Redis, too.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from pathlib import Path

import asyncpg
import psutil

from benchmarks.chat import debian
from benchmarks.chat.load import Load, Pair, paced, saturated
from benchmarks.chat.results import Figures, figures, table
from benchmarks.chat.servers import CHATS, HERE, Chat, Setting, ours
from benchmarks.delivery import machine
from benchmarks.delivery.process import Failed
from benchmarks.delivery.setting import services
from benchmarks.rest import installed
from benchmarks.rest.costs import cpu_us

KEEP = HERE / "build/bench"
WARM_UP_S = 2.0
SATURATED = "saturated"


@contextmanager
def stores(keep: Path, directory: Path) -> Iterator[dict[str, str]]:
    """Debian's PostgreSQL on TCP, which all can reach, else the embedded one; and Redis."""
    with ExitStack() as stack:
        urls = stack.enter_context(services(HERE, keep))
        if reason := debian.missing_postgresql():
            skipped("PostgreSQL from Debian, and whoever needs it on TCP", reason)
            yield urls
        else:
            url = stack.enter_context(debian.postgresql(directory))
            yield {**urls, "DATABASE_URL": url}


def skipped(what: str, reason: object) -> None:
    print(f"\n*** SKIPPED: {what}: {reason}\n", file=sys.stderr, flush=True)


async def running(
    setting: Setting, names: Sequence[str], stack: AsyncExitStack
) -> AsyncIterator[Chat]:
    yield await stack.enter_async_context(ours(setting))
    for name in names:
        try:
            yield await stack.enter_async_context(CHATS[name](setting))
        except Failed as reason:
            skipped(name, reason)


async def _connected(chat: Chat, count: int, stack: AsyncExitStack) -> list[Pair]:
    pairs: list[Pair] = []
    for number in range(count):
        pair = await chat.pair(number)
        stack.push_async_callback(pair.close)
        pairs.append(pair)
    return pairs


async def measure(
    setting: Setting, options: argparse.Namespace
) -> Mapping[str, Mapping[str, list[Figures]]]:
    """Return by load and server what the rounds have found."""
    main = await _postmaster(setting.urls["DATABASE_URL"])
    loads = [SATURATED, f"{options.per_second:g} messages/s"]
    found: dict[str, dict[str, list[Figures]]] = {load: {} for load in loads}
    async with AsyncExitStack() as stack:
        chats: list[tuple[Chat, list[Pair]]] = []
        async for chat in running(setting, options.peers, stack):
            chats.append((chat, await _connected(chat, options.pairs, stack)))
            print(f"ready: {chat.name}", file=sys.stderr, flush=True)
        for _, pairs in chats:
            await saturated(pairs, WARM_UP_S)
        for turn in range(options.rounds):
            for load in loads:
                for chat, pairs in chats:
                    before = _cpu(chat), cpu_us(main)
                    done = await _run(load, pairs, options)
                    server, database = _cpu(chat) - before[0], cpu_us(main) - before[1]
                    one = figures(done, server, database if chat.in_postgres else 0)
                    found[load].setdefault(chat.name, []).append(one)
            print(f"measured: round {turn + 1}", file=sys.stderr, flush=True)
    return found


async def _run(load: str, pairs: Sequence[Pair], options: argparse.Namespace) -> Load:
    if load == SATURATED:
        return await saturated(pairs, options.seconds)
    return await paced(pairs, options.per_second, options.seconds)


def _cpu(chat: Chat) -> float:
    return sum(map(cpu_us, chat.pids))


async def _postmaster(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        backend = psutil.Process(connection.get_server_pid())
        parent = backend.parent()
        assert parent is not None
        return parent.pid
    finally:
        await connection.close()


def _redis(keep: Path) -> int:
    return int((keep / "services/redis/valkey.pid").read_text())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", nargs="*", choices=CHATS, default=[*CHATS])
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5, help="of each load, in a round")
    parser.add_argument("--per-second", type=float, default=200, help="of the second load")
    parser.add_argument("--keep", type=Path, default=KEEP, help="where peers are kept")
    options = parser.parse_args()
    if len(machine.CORES) < 2:
        raise SystemExit("two cores are needed: one for the server that is measured")
    os.sched_setaffinity(0, machine.OTHER_CORES)  # and so all that we start, unless it says so
    with ExitStack() as stack:
        try:
            keep = stack.enter_context(installed.kept(options.keep))
        except Failed as reason:
            raise SystemExit(f"benchmark: {reason}") from reason
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mt-bench-")))
        directory.chmod(0o755)
        urls = stack.enter_context(stores(keep, directory))
        setting = Setting(keep, directory, urls, _redis(keep))
        found = asyncio.run(measure(setting, options))
    for load, of in found.items():
        print(f"\n{load}, {options.pairs} pairs:\n")
        print("\n".join(table(of)))


if __name__ == "__main__":
    main()
