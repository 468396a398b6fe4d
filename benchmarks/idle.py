"""What sockets cost on which nothing happens: `make bench-idle` prints what CPU they take.

That of the web process, and that of all processes of PostgreSQL; it, Valkey and the accounts are
made for this. All who are connected have been sent what there is, and answer pings. `--beside` has
somebody else commit to the same database meanwhile, for a second figure.
"""

import argparse
import asyncio
import multiprocessing
import secrets
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import asyncpg
import psutil
import uvloop

from benchmarks.delivery import community
from benchmarks.delivery.machine import cpu_seconds
from benchmarks.delivery.process import server
from benchmarks.delivery.setting import OURS, services
from benchmarks.herd.__main__ import fill
from benchmarks.herd.clients import Client, Outcome
from handlers.security.tokens import Tokens

CONNECTED_S = 300
SETTLE_S = 10  # after the last has connected, and before anything is measured
AT_ONCE = 50


async def connect(port: int, tokens: Sequence[str]) -> list[Client]:
    """So many clients, each with the one event that it had missed."""
    loop, turns = asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE)

    async def one(token: str) -> Client:
        outcome = Outcome()
        async with turns:
            _, client = await loop.create_connection(
                lambda: Client(token, 1, time.monotonic(), outcome), "127.0.0.1", port
            )
            await client.done
        if outcome.refused:
            raise SystemExit(f"a client was refused: {outcome.refused}")
        return client

    async with asyncio.timeout(CONNECTED_S):
        return await asyncio.gather(*map(one, tokens))


def postgres(data_dir: Path) -> list[psutil.Process]:
    """All processes of the server in this directory."""
    return [
        process
        for main in psutil.process_iter(["name", "cmdline"])
        if main.info["name"] == "postgres"
        and any(str(data_dir) in word for word in main.info["cmdline"] or ())
        for process in (main, *main.children())
    ]


def used(processes: Sequence[psutil.Process]) -> dict[int, float]:
    """The seconds of CPU that each of them has used; the main one's are with those that ended."""
    found = {}
    for process in processes:
        times = process.cpu_times()
        found[process.pid] = times.user + times.system + times.children_user + times.children_system
    return found


async def write(database_url: str, per_second: float) -> None:
    """Commit transactions that concern nobody, until cancelled."""
    connection = await asyncpg.connect(database_url)
    while True:
        await connection.execute("SELECT pg_current_xact_id()")
        await asyncio.sleep(1 / per_second)


async def measured(pid: int, data_dir: Path, seconds: float) -> tuple[float, float]:
    """The milliseconds a second that the web process and PostgreSQL's use."""
    web, database = cpu_seconds(pid), used(postgres(data_dir))
    began = time.monotonic()
    await asyncio.sleep(seconds)
    took = time.monotonic() - began
    after = used(postgres(data_dir))
    spent = sum(seconds - database.get(pid, 0) for pid, seconds in after.items())
    return 1000 * (cpu_seconds(pid) - web) / took, 1000 * spent / took


async def run(asked: argparse.Namespace, directory: Path, urls: dict[str, str]) -> None:
    secret = secrets.token_urlsafe(48)
    tokens = Tokens(secret, community.TOKEN_SECONDS, 1)
    env = urls | OURS | {"JWT_SECRET": secret}
    command = [sys.executable, "-m", "server", "serve", "--port", "0"]
    if not asked.jobs:
        command.append("--no-jobs")
    cores = set(range(multiprocessing.cpu_count()))
    with server(command, cores, directory / "log", env=env) as serving:
        people = await fill(urls["DATABASE_URL"], tokens, asked.sockets, 1)
        clients = await connect(serving.port, people[: asked.sockets])
        await asyncio.sleep(SETTLE_S)
        for beside in (0, *([asked.beside] if asked.beside else [])):
            writing = asyncio.create_task(write(urls["DATABASE_URL"], beside)) if beside else None
            web, database = await measured(serving.pid, directory / "services", asked.seconds)
            print(
                f"{len(clients)} sockets, {beside:g} transactions/s of others: "
                f"web {web:.1f} ms/s, PostgreSQL {database:.1f} ms/s"
            )
            if writing is not None:
                writing.cancel()
        if any(client.transport.is_closing() for client in clients):
            raise SystemExit("some clients were cut meanwhile")


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="make bench-idle", description=__doc__)
    parser.add_argument("--sockets", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--beside", type=float, default=0, help="transactions a second of others")
    parser.add_argument("--jobs", action="store_true", help="with the worker of background jobs")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="mt-bench-") as name:
        directory = Path(name)
        with services(Path.cwd(), directory) as urls:
            uvloop.run(run(asked, directory, urls))
        print((directory / "log").read_text(), file=sys.stderr, end="")


if __name__ == "__main__":
    main(sys.argv[1:])
