"""What requests cost: `make bench-requests` prints one line each for reading feeds and sending.

A reader's first page comes out of what was kept of it; the second is always a walk, of the same
length, so it shows what the first would cost without.

One web process, embedded PostgreSQL and Valkey, limits off; a generator in this process with a few
kept-alive connections, each asking again when it is answered. CPU is what the operating system
charged to the web process and to PostgreSQL's processes, divided by the requests.
"""

import asyncio
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson
import psutil

CONNECTIONS = 8
SECONDS = 5.0
ROUNDS = 3
FOLLOWED = (50, 500)
POSTS_EACH = 20
FEED = "/api/posts/feed/"
PASSWORD = "correct horse"


@dataclass(frozen=True, slots=True)
class Cost:
    per_second: float
    web_us: float
    postgresql_us: float
    p50_ms: float
    p99_ms: float


@asynccontextmanager
async def serving(data_dir: str, **settings: str) -> AsyncIterator[tuple[str, psutil.Process]]:
    """The URL and the process of a server of its own; limits are off unless they are set."""
    usual = {"RATE_LIMITS": "off", "BCRYPT_ROUNDS": "4", "LOG_LEVEL": "warning"}
    settings = usual | {"NEW_ACCOUNTS_OPEN_TO": "everybody"} | settings
    command = [sys.executable, "-m", "server", "serve", "--port", "0", "--data-dir", data_dir]
    with subprocess.Popen(
        command, env=os.environ | settings, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            ready = re.search(r"ready on (\S+)", process.stdout.readline())
            assert ready is not None
            yield ready[1], psutil.Process(process.pid)
        finally:
            process.terminate()


async def post(
    http: aiohttp.ClientSession, url: str, token: str | None = None, **body: object
) -> dict[str, Any]:
    """What is answered, which has to be well."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with http.post(url, json=body, headers=headers) as response:
        assert response.status < 300, await response.text()
        answer: dict[str, Any] = await response.json()
        return answer


async def person(http: aiohttp.ClientSession, url: str, name: str) -> tuple[int, str]:
    """The id and the access token of a new account."""
    login = {"username": name, "password": PASSWORD}
    me = await post(http, f"{url}/api/users/", **login, email=f"{name}@example.org")
    pair = await post(http, f"{url}/api/users/token/", **login)
    return int(me["id"]), str(pair["access"])


async def community(http: aiohttp.ClientSession, url: str) -> tuple[dict[int, str], int]:
    """Readers' access tokens, by how many they follow, and a conversation of the first reader."""
    readers = {count: (await person(http, url, f"reader_{count}"))[1] for count in FOLLOWED}
    others = [await person(http, url, f"writer_{number}") for number in range(max(FOLLOWED))]
    for count, reader in readers.items():
        for user_id, _ in others[:count]:
            await post(http, f"{url}/api/users/{user_id}/follow/", reader)
    for number in range(POSTS_EACH):
        for _, token in others:
            content = f"post number {number} of mine, #tag{number}"
            await post(http, f"{url}/api/posts/", token, content=content)
    first = readers[FOLLOWED[0]]
    talk = await post(http, f"{url}/api/messages/", first, participants=[others[0][0]])
    return readers, int(talk["id"])


async def second_page(http: aiohttp.ClientSession, url: str, token: str) -> str:
    """Where the first page says that the next one is."""
    async with http.get(url + FEED, headers={"Authorization": f"Bearer {token}"}) as response:
        return str((await response.json())["next"])


async def load(url: str, request: Callable[[int], bytes], seconds: float) -> list[float]:
    """Seconds that each request took, over all connections."""
    host, port = url.removeprefix("http://").split(":")
    took: list[float] = []
    until = time.perf_counter() + seconds

    async def connection(number: int) -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        count = 0
        while (began := time.perf_counter()) < until:
            writer.write(request(number * 10**6 + count))
            count += 1
            head = await reader.readuntil(b"\r\n\r\n")
            assert head[9:10] == b"2", head
            length = re.search(rb"Content-Length: (\d+)", head)
            assert length is not None
            await reader.readexactly(int(length[1]))
            took.append(time.perf_counter() - began)
        writer.close()

    await asyncio.gather(*(connection(number) for number in range(CONNECTIONS)))
    return took


async def measure(
    url: str, web: psutil.Process, request: Callable[[int], bytes], seconds: float
) -> Cost:
    postgres = next(p for p in psutil.process_iter() if _serves(p, web))
    before = _cpu([web]), _cpu(_family(postgres))
    took = await load(url, request, seconds)
    after = _cpu([web]), _cpu(_family(postgres))
    quantiles = statistics.quantiles(took, n=100)
    return Cost(
        per_second=len(took) / seconds,
        web_us=(after[0] - before[0]) / len(took) * 1e6,
        postgresql_us=(after[1] - before[1]) / len(took) * 1e6,
        p50_ms=quantiles[49] * 1e3,
        p99_ms=quantiles[98] * 1e3,
    )


def _serves(process: psutil.Process, web: psutil.Process) -> bool:
    """Whether it is the postmaster of the data directory that the web process was given."""
    try:
        data_dir = web.cmdline()[-1]
        return process.name() == "postgres" and data_dir in " ".join(process.cmdline())
    except psutil.Error:
        return False


def _family(process: psutil.Process) -> list[psutil.Process]:
    return [process, *process.children(recursive=True)]


def _cpu(processes: list[psutil.Process]) -> float:
    times = [process.cpu_times() for process in processes if process.is_running()]
    return sum(time.user + time.system for time in times)


async def main() -> None:
    with tempfile.TemporaryDirectory(prefix="mt-bench-") as data_dir:
        async with serving(data_dir) as (url, web), aiohttp.ClientSession() as http:
            readers, conversation_id = await community(http, url)
            heads = {
                count: f"Host: bench\r\nAuthorization: Bearer {token}\r\n"
                for count, token in readers.items()
            }
            head = heads[FOLLOWED[0]]

            def read(path: str, count: int) -> Callable[[int], bytes]:
                line = f"GET {path} HTTP/1.1\r\n{heads[count]}\r\n".encode()
                return lambda _: line

            def send(number: int) -> bytes:
                body = orjson.dumps({"content": f"message {number}", "client_id": f"c{number}"})
                return (
                    f"POST /api/messages/{conversation_id}/send_message/ HTTP/1.1\r\n{head}"
                    f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
                ).encode() + body

            names: dict[str, Callable[[int], bytes]] = {"send a message": send}
            for count, token in readers.items():
                names[f"feed of {count}"] = read(FEED, count)
                names[f"feed of {count}, page 2"] = read(await second_page(http, url, token), count)
            costs: dict[str, list[Cost]] = {name: [] for name in names}
            for round_number in range(ROUNDS):
                for name, request in names.items():
                    numbered = _from(request, round_number * 10**8)
                    costs[name].append(await measure(url, web, numbered, SECONDS))
            for name, found in costs.items():
                print(f"{name:26} {_line(found)}")


def _from(request: Callable[[int], bytes], start: int) -> Callable[[int], bytes]:
    """The same requests under numbers that no other round has."""
    return lambda number: request(start + number)


def _line(costs: list[Cost]) -> str:
    def median(field: str) -> float:
        values: list[float] = [getattr(cost, field) for cost in costs]
        return statistics.median(values)

    return (
        f"{median('per_second'):7.0f} requests/s, CPU us a request: {median('web_us'):6.0f} web, "
        f"{median('postgresql_us'):6.0f} PostgreSQL; p50 {median('p50_ms'):.1f} ms, "
        f"p99 {median('p99_ms'):.1f} ms"
    )


if __name__ == "__main__":
    asyncio.run(main())
