"""What a herd costs that comes back at once: `make bench-herd` prints how long who waits.

One web process, PostgreSQL and Valkey of its own. Everybody has an account and a session, and has
missed some messages of a group of twenty. While they come, one who was there before goes on asking,
over REST (an answer that PostgreSQL is asked for) and on a socket.
"""

import argparse
import asyncio
import multiprocessing
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import aiohttp
import asyncpg

from benchmarks.delivery import community
from benchmarks.delivery.machine import cpu_seconds
from benchmarks.delivery.process import Server, server
from benchmarks.delivery.setting import OURS, services
from benchmarks.herd.clients import Outcome, herd
from handlers.security.tokens import Tokens

GROUP = 20
PROCESSES = 4
PAUSE_SECONDS = 0.02

CONVERSATIONS = """
    INSERT INTO conversations (kind, title, creator_id, created_rank, rank)
    SELECT 'group', 'group ' || n, $1, n, n FROM generate_series(1, $2::int) AS n RETURNING id"""
PARTICIPANTS = """
    INSERT INTO participants (conversation_id, user_id)
    SELECT ($2::bigint[])[1 + (place - 1) / $3::int], id
      FROM unnest($1::bigint[]) WITH ORDINALITY AS u (id, place)"""
MESSAGES = """
    INSERT INTO messages (conversation_id, sender_id, content)
    SELECT id, $1, 'message number ' || n || ' ' || repeat('x', 200)
      FROM generate_series(1, $3::int) AS n, unnest($2::bigint[]) AS c (id) ORDER BY n, id"""
EVENTS = """
    INSERT INTO events (user_id, seq, kind, ref, actor_id)
    SELECT p.user_id, row_number() OVER (PARTITION BY p.user_id ORDER BY m.id), 'message.created',
           m.id, m.sender_id
      FROM participants p JOIN messages m ON m.conversation_id = p.conversation_id"""
HEADS = """
    UPDATE user_seq s SET seq = (SELECT count(*) FROM events e WHERE e.user_id = s.user_id)"""


async def fill(database_url: str, tokens: Tokens, users: int, missed: int) -> list[str]:
    """The access tokens of so many users, who have missed so many messages each, and a last one."""
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            rows = await connection.fetch(community.USERS, "user_", users + 1)
            ids = [row["id"] for row in rows]
            await connection.execute(community.PROFILES)
            await connection.execute(community.SEQS)
            sessions = dict(await connection.fetch(community.SESSIONS, community.SESSION_DAYS))
            groups = -(-users // GROUP)
            made = await connection.fetch(CONVERSATIONS, ids[-1], groups)
            conversations = [row["id"] for row in made]
            await connection.execute(PARTICIPANTS, ids[:-1], conversations, GROUP)
            await connection.execute(MESSAGES, ids[-1], conversations, missed)
            await connection.execute(EVENTS)
            await connection.execute(HEADS)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
    return [tokens.issue(id, sessions[id], 0).access for id in ids]


class Bystander:
    """Was there before the herd: how many seconds each answer took, and what was no answer."""

    def __init__(self, url: str, token: str) -> None:
        self.over_rest: list[float] = []
        self.on_socket: list[float] = []
        self.failures: list[str] = []
        self._url = url
        self._token = token

    async def ask_on(self) -> None:
        """Until cancelled."""
        async with aiohttp.ClientSession() as http:
            await asyncio.gather(self._over_rest(http), self._on_socket(http))

    async def _over_rest(self, http: aiohttp.ClientSession) -> None:
        headers = {"Authorization": f"Bearer {self._token}"}
        while True:
            began = time.monotonic()
            async with http.get(f"{self._url}/api/users/me/", headers=headers) as response:
                await response.read()
                if response.status != 200:
                    self.failures.append(str(response.status))
            self.over_rest.append(time.monotonic() - began)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _on_socket(self, http: aiohttp.ClientSession) -> None:
        url = f"{self._url}/socket.io/?EIO=4&transport=websocket"
        async with http.ws_connect(url) as socket:
            await socket.send_str(f'40{{"token":"{self._token}"}}')
            while True:
                began = time.monotonic()
                await socket.send_str('421["post.unwatch",{"ids":[1]}]')
                while not (text := await socket.receive_str()).startswith("431"):
                    if text == "2":
                        await socket.send_str("3")
                self.on_socket.append(time.monotonic() - began)
                await asyncio.sleep(PAUSE_SECONDS)


async def measured(serving: Server, tokens: Sequence[str], missed: int) -> None:
    bystander = Bystander(serving.url, tokens[-1])
    asking = asyncio.create_task(bystander.ask_on())
    await asyncio.sleep(2)
    quiet = len(bystander.over_rest), len(bystander.on_socket)
    cpu_before = cpu_seconds(serving.pid)
    loop = asyncio.get_running_loop()
    with multiprocessing.Manager() as manager, ProcessPoolExecutor(PROCESSES) as pool:
        start = manager.Barrier(PROCESSES)
        shares = [tokens[:-1][number::PROCESSES] for number in range(PROCESSES)]
        found = await asyncio.gather(
            *(
                loop.run_in_executor(pool, herd, serving.port, share, missed, start)
                for share in shares
            )
        )
    cpu = cpu_seconds(serving.pid) - cpu_before
    outcomes = [outcome for share in found for outcome in share]
    if asking.done():
        await asking
    asking.cancel()
    print(f"{len(outcomes)} sockets, each with {missed} events missed")
    print(line("session.ready", [one.ready or 0 for one in outcomes], "s"))
    print(line("all that was missed", [one.level or 0 for one in outcomes], "s"))
    print(f"refused: {refusals(outcomes)}")
    print(f"CPU of the web process {cpu:.1f} s, {1000 * cpu / len(outcomes):.2f} ms each")
    for name, took, before in (
        ("REST", bystander.over_rest, quiet[0]),
        ("ack", bystander.on_socket, quiet[1]),
    ):
        print(line(f"a bystander's {name} before", [1000 * one for one in took[:before]], "ms"))
        print(line(f"a bystander's {name} beside", [1000 * one for one in took[before:]], "ms"))
    print(f"a bystander's failures: {bystander.failures or 'none'}")


def refusals(outcomes: Sequence[Outcome]) -> str:
    counted: dict[str, int] = {}
    for outcome in outcomes:
        for why in outcome.refused:
            counted[why[:100]] = counted.get(why[:100], 0) + 1
    return ", ".join(f"{count} {why}" for why, count in counted.items()) or "none"


def line(name: str, values: Sequence[float], unit: str) -> str:
    cuts = statistics.quantiles(values, n=100)
    return (
        f"{name:28} p50 {cuts[49]:8.2f} {unit}, p99 {cuts[98]:8.2f} {unit}, "
        f"max {max(values):8.2f} {unit}"
    )


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="make bench-herd", description=__doc__)
    parser.add_argument("--sockets", type=int, default=5000)
    parser.add_argument("--missed", type=int, default=20, help="events, by each")
    asked = parser.parse_args(arguments)
    secret = secrets.token_urlsafe(48)
    tokens = Tokens(secret, community.TOKEN_SECONDS, 1)
    with tempfile.TemporaryDirectory(prefix="mt-bench-") as name:
        directory = Path(name)
        with services(Path.cwd(), directory) as urls:
            env = urls | OURS | {"JWT_SECRET": secret}
            command = [sys.executable, "-m", "server", "serve", "--port", "0", "--no-jobs"]
            cores = set(range(multiprocessing.cpu_count()))
            with server(command, cores, directory / "log", env=env) as serving:
                people = asyncio.run(
                    fill(urls["DATABASE_URL"], tokens, asked.sockets, asked.missed)
                )
                asyncio.run(measured(serving, people, asked.missed))
            print((directory / "log").read_text(), file=sys.stderr, end="")


if __name__ == "__main__":
    main(sys.argv[1:])
