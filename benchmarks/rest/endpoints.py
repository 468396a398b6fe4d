"""What the web process spends on a request, beside bare aiohttp with the same bytes.

`make bench-endpoints`: everything is on (tokens, rate limits, metrics, checks). All take turns
within a round, so ratios hold on a busy machine, too. With `--against DIR`, a checkout of another
version takes part, on the same database.
"""

import argparse
import asyncio
import json
import os
import re
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import aiohttp
import orjson
import psutil

from benchmarks.requests import person, post

HERE = Path(__file__).parents[2]
CONNECTIONS = 4
AUTHORS = 50
READERS = 40  # so many that none meets a rate limit
POSTS_EACH = 20

STATUSES = {"404": 404, "send": 201}


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    token: str
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Site:
    """A server under test; postgres is empty where it uses none."""

    name: str
    url: str
    web: int
    postgres: int | None


@dataclass(frozen=True, slots=True)
class People:
    """The tokens and conversations of readers, and the ids of authors and posts."""

    tokens: list[str]
    rooms: list[int]
    authors: list[int]
    posts: list[int]


@asynccontextmanager
async def process(
    *command: str, cwd: Path, given: bytes = b"", settings: dict[str, str] | None = None
) -> AsyncIterator[tuple[str, int]]:
    """The URL and the pid of a server that says `ready on URL`."""
    pipe = asyncio.subprocess.PIPE
    started = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        cwd=cwd,
        env=os.environ | (settings or {}),
        stdin=pipe,
        stdout=pipe,
    )
    try:
        assert started.stdin is not None
        assert started.stdout is not None
        started.stdin.write(given)
        started.stdin.close()
        ready = re.search(r"ready on (\S+)", (await started.stdout.readline()).decode())
        assert ready is not None
        yield ready[1], started.pid
    finally:
        started.terminate()
        await started.wait()


async def community(http: aiohttp.ClientSession, url: str) -> People:
    authors = [await person(http, url, f"author_{number}") for number in range(AUTHORS)]
    tokens, rooms, posts = [], [], []
    for number in range(POSTS_EACH):
        for id, token in authors:
            mentioned = f"@author_{(id + number) % AUTHORS}" if number % 4 == 0 else "nobody"
            content = f"post number {number} of mine, #tag{number}, for {mentioned}"
            posts.append((await post(http, f"{url}/api/posts/", token, content=content))["id"])
    for number in range(READERS):
        _, token = await person(http, url, f"reader_{number}")
        for id, _ in authors:
            await post(http, f"{url}/api/users/{id}/follow/", token)
        room = await post(http, f"{url}/api/messages/", token, participants=[authors[number][0]])
        tokens.append(token)
        rooms.append(room["id"])
    return People(tokens, rooms, [id for id, _ in authors], posts)


def operations(people: People) -> dict[str, Callable[[int], Request]]:
    """By name: the request with a number; those of two numbers differ."""

    def read(path: Callable[[int], str]) -> Callable[[int], Request]:
        return lambda n: Request("GET", path(n), people.tokens[n % READERS])

    def send(n: int) -> Request:
        body = orjson.dumps({"content": f"message {n}", "client_id": f"c{n}"})
        path = f"/api/messages/{people.rooms[n % READERS]}/send_message/"
        return Request("POST", path, people.tokens[n % READERS], body)

    def like(n: int) -> Request:
        post = people.posts[(n // READERS) % len(people.posts)]
        return Request("POST", f"/api/posts/{post}/like/", people.tokens[n % READERS])

    def one(ids: list[int], n: int) -> int:
        return ids[n % len(ids)]

    return {
        "404": read(lambda _: "/api/nothing/"),
        "me": read(lambda _: "/api/users/me/"),
        "profile": read(lambda n: f"/api/users/profiles/{one(people.authors, n)}/"),
        "single post": read(lambda n: f"/api/posts/{one(people.posts, n)}/"),
        "feed page": read(lambda _: "/api/posts/feed/"),
        "send": send,
        "like": like,
    }


def written(request: Request) -> bytes:
    head = f"{request.method} {request.path} HTTP/1.1\r\nHost: bench\r\n"
    head += f"Authorization: Bearer {request.token}\r\n"
    if request.method == "POST":
        head += f"Content-Type: application/json\r\nContent-Length: {len(request.body)}\r\n"
    return f"{head}\r\n".encode() + request.body


def place(name: str) -> str:
    """Where bare aiohttp has what an operation answered."""
    return f"/{name.replace(' ', '_')}"


async def ask(url: str, requests: Iterator[bytes], status: int) -> bytes:
    """Ask one request after the other over several connections; return the last body."""
    host, port = url.removeprefix("http://").split(":")
    body = b""

    async def connection() -> None:
        nonlocal body
        reader, writer = await asyncio.open_connection(host, int(port))
        for request in requests:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            assert int(head[9:12]) == status, head
            length = re.search(rb"Content-Length: (\d+)", head)
            assert length is not None
            body = await reader.readexactly(int(length[1]))
        writer.close()

    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    return body


def cpu_us(*pids: int) -> float:
    """What processes have used, from Linux, which counts it in ns."""
    files = (file for pid in pids for file in Path(f"/proc/{pid}/task").glob("*/schedstat"))
    return sum(int(file.read_text().split()[0]) for file in files) / 1000


def backends(postmaster: int | None) -> list[int]:
    return [] if postmaster is None else [one.pid for one in psutil.Process(postmaster).children()]


async def measure(site: Site, requests: list[bytes], status: int) -> tuple[float, float]:
    """Return CPU us a request: of the web process, of PostgreSQL."""
    before = cpu_us(site.web), cpu_us(*backends(site.postgres))
    await ask(site.url, iter(requests), status)
    after = cpu_us(site.web), cpu_us(*backends(site.postgres))
    return (after[0] - before[0]) / len(requests), (after[1] - before[1]) / len(requests)


def postmaster(data_dir: str) -> int:
    """Return the pid of the embedded PostgreSQL."""
    return int((Path(data_dir) / "postgres/postmaster.pid").read_text().split()[0])


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", type=Path, help="a checkout to compare with")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--requests", type=int, default=600, help="of an operation, in a round")
    parser.add_argument("--only", nargs="*", help="names of operations")
    options = parser.parse_args()
    trees = {"ours": HERE} | ({"against": options.against} if options.against else {})
    async with AsyncExitStack() as stack:
        data_dir = stack.enter_context(tempfile.TemporaryDirectory(prefix="mt-bench-"))
        serve = ("-m", "server", "serve", "--port", "0", "--data-dir", data_dir)
        settings = {
            "BCRYPT_ROUNDS": "4",
            "LOG_LEVEL": "warning",
            "NEW_ACCOUNTS_OPEN_TO": "everybody",
        }
        sites: list[Site] = []
        for name, tree in trees.items():
            url, pid = await stack.enter_async_context(process(*serve, cwd=tree, settings=settings))
            sites.append(Site(name, url, pid, postmaster(data_dir)))
        async with aiohttp.ClientSession() as http:
            people = await community(http, sites[0].url)
        taken = operations(people)
        numbers = count()
        answers: dict[str, tuple[int, str]] = {}
        for name, operation in taken.items():
            status = STATUSES.get(name, 200)
            body = await ask(sites[0].url, iter([written(operation(next(numbers)))]), status)
            answers[name] = (status, body.decode())
        paths = {place(name): answer for name, answer in answers.items()}
        bare = str(Path(__file__).with_name("bare.py"))
        url, pid = await stack.enter_async_context(
            process(bare, cwd=HERE, given=json.dumps(paths).encode())
        )
        sites.append(Site("bare", url, pid, None))
        for name in options.only or taken:
            found: dict[str, list[tuple[float, float]]] = {site.name: [] for site in sites}
            for turn in range(options.rounds + 1):
                for site in sites:
                    wanted = [taken[name](next(numbers)) for _ in range(options.requests)]
                    if site.name == "bare":
                        wanted = [replace(request, path=place(name)) for request in wanted]
                    cost = await measure(site, list(map(written, wanted)), answers[name][0])
                    if turn:  # what is first asked for is prepared first
                        found[site.name].append(cost)
            print(_line(name, len(answers[name][1]), found), flush=True)


def _line(name: str, size: int, found: dict[str, list[tuple[float, float]]]) -> str:
    line = f"{name:12} {size:6} bytes"
    bare = [web for web, _ in found["bare"]]
    for site, costs in found.items():
        web = statistics.median(cost[0] for cost in costs)
        line += f" | {site} {web:6.0f}"
        if site != "bare":
            ratios = [cost[0] / base for cost, base in zip(costs, bare, strict=True)]
            line += f" ({statistics.median(ratios):4.2f} bare)"
            line += f", PG {statistics.median(cost[1] for cost in costs):5.0f}"
    return line


if __name__ == "__main__":
    asyncio.run(main())
