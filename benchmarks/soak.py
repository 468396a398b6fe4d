"""Whether a server stays as it is for hours: `make soak MINUTES=60`.

A thousand sockets listen while messages are sent; every second some of them go, half of these
without a word, and as many come back with what they remember. Memory, tasks, threads and
descriptors, which all connections are, must not grow from the second quarter to the last.
"""

import argparse
import asyncio
import random
import re
import statistics
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson
import psutil

from benchmarks.delivery.machine import memory_bytes, processor
from benchmarks.requests import person, post, serving

USERS = 100
SOCKETS_EACH = 10
LEAVE_EACH_SECOND = 20
SENDS_EACH_SECOND = 10
SAMPLES = 40
GROWTH = 0.05  # of each from the second quarter to the last, and
SLACK = {"memory, MiB": 4.0, "tasks": 20, "descriptors": 20, "threads": 2}

TASKS = re.compile(r"^mini_twitter_tasks (\S+)$", re.MULTILINE)
SOCKETS = re.compile(r"^mini_twitter_sockets (\S+)$", re.MULTILINE)


@dataclass
class User:
    """Somebody with a token and a conversation, in which their neighbour writes."""

    id: int
    access: str
    room: int = 0


@dataclass
class Counts:
    """What happened meanwhile."""

    sent: int = 0
    heard: int = 0
    came: int = 0
    resumed: int = 0
    gaps: int = 0
    samples: list[dict[str, float]] = field(default_factory=list)


class Listener:
    """A client by hand: it answers pings and remembers its last number."""

    def __init__(self, http: aiohttp.ClientSession, url: str, user: User, counts: Counts) -> None:
        self._http, self._url, self._user, self._counts = http, url, user, counts
        self._seq: int | None = None
        self._epoch: str | None = None
        self._websocket: aiohttp.ClientWebSocketResponse | None = None
        self.task: asyncio.Task[None] | None = None

    async def come(self) -> None:
        address = f"{self._url}/socket.io/?EIO=4&transport=websocket"
        websocket = self._websocket = await self._http.ws_connect(address, max_msg_size=0)
        auth = {"token": self._user.access, "since": self._seq, "epoch": self._epoch}
        await websocket.send_str(f"40{orjson.dumps(auth).decode()}")
        ready = asyncio.Event()
        self.task = asyncio.create_task(self._listen(websocket, ready))
        await asyncio.wait_for(ready.wait(), 60)
        self._counts.came += 1

    async def _listen(
        self, websocket: aiohttp.ClientWebSocketResponse, ready: asyncio.Event
    ) -> None:
        async for message in websocket:
            if message.data == "2":
                await websocket.send_str("3")
            elif isinstance(message.data, str) and message.data.startswith("42"):
                name, envelope = orjson.loads(message.data[2:])
                self._hear(name, envelope)
                if name == "session.ready":
                    ready.set()

    def _hear(self, name: str, envelope: dict[str, Any]) -> None:
        if name == "session.ready":
            data = envelope["data"]
            self._epoch = data["epoch"]
            self._counts.resumed += data["resume"]["status"] == "resumed"
            if self._seq is None:
                self._seq = data["seq"]
        elif (seq := envelope["seq"]) is not None:
            self._counts.heard += 1
            self._counts.gaps += seq != (self._seq or 0) + 1
            self._seq = seq

    async def go(self, chance: random.Random) -> None:
        websocket, task = self._websocket, self.task
        assert websocket is not None
        assert task is not None
        if chance.random() < 0.5:
            await websocket.close()
        else:
            response = getattr(websocket, "_response", None)
            assert response is not None
            response.connection.transport.abort()
        task.cancel()
        with suppress(asyncio.CancelledError, aiohttp.ClientError, ConnectionError):
            await task


async def people(http: aiohttp.ClientSession, url: str) -> list[User]:
    users = [User(*await person(http, url, f"soak_{number}")) for number in range(USERS)]
    for user, neighbour in zip(users, [*users[1:], users[0]], strict=True):
        asked = {"participants": [neighbour.id]}
        user.room = (await post(http, f"{url}/api/messages/", user.access, **asked))["id"]
    return users


async def churn(listeners: list[Listener], chance: random.Random, until: float) -> None:
    while time.monotonic() < until:
        begun = time.monotonic()
        leaving = chance.sample(listeners, LEAVE_EACH_SECOND)
        await asyncio.gather(*(listener.go(chance) for listener in leaving))
        await asyncio.gather(*(listener.come() for listener in leaving))
        await asyncio.sleep(max(0.0, 1 - (time.monotonic() - begun)))


async def send(
    http: aiohttp.ClientSession, url: str, users: list[User], until: float, counts: Counts
) -> None:
    chance = random.Random(2)
    while time.monotonic() < until:
        user = chance.choice(users)
        path = f"{url}/api/messages/{user.room}/send_message/"
        await post(http, path, user.access, content="x" * chance.randrange(1, 500))
        counts.sent += 1
        await asyncio.sleep(1 / SENDS_EACH_SECOND)


async def sample(
    http: aiohttp.ClientSession, url: str, server: psutil.Process, until: float, counts: Counts
) -> None:
    pause = (until - time.monotonic()) / SAMPLES
    while time.monotonic() < until - pause / 2:
        await asyncio.sleep(pause)
        async with http.get(f"{url}/metrics") as answer:
            metrics = await answer.text()
        tasks, sockets = TASKS.search(metrics), SOCKETS.search(metrics)
        assert tasks is not None
        assert sockets is not None
        counts.samples.append(
            {
                "memory, MiB": memory_bytes(server.pid) / 2**20,
                "tasks": float(tasks[1]),
                "sockets": float(sockets[1]),
                "descriptors": server.num_fds(),
                "threads": server.num_threads(),
            }
        )


def verdict(samples: list[dict[str, float]]) -> bool:
    """Print medians of each quarter; whether nothing grew."""
    quarter = len(samples) // 4
    flat = True
    for what in samples[0]:
        values = [one[what] for one in samples]
        medians = [statistics.median(values[n * quarter : (n + 1) * quarter]) for n in range(4)]
        allowed = medians[1] * (1 + GROWTH) + SLACK.get(what, 0)
        grew = what in SLACK and medians[3] > allowed
        flat = flat and not grew
        shown = " ".join(f"{median:9.1f}" for median in medians)
        print(f"{what:12} {shown}  max {max(values):.1f}{'  GREW' if grew else ''}")
    return flat


async def soak(minutes: float) -> bool:
    counts, chance = Counts(), random.Random(1)
    with tempfile.TemporaryDirectory(prefix="mt-soak-") as directory:
        # Tokens are to last, and forty sockets of a user to be let in.
        settings = {"ACCESS_TOKEN_SECONDS": "86400", "MAX_SOCKETS_PER_USER": "40"}
        connector = aiohttp.TCPConnector(limit=0)
        async with (
            serving(directory, **settings) as (url, server),
            aiohttp.ClientSession(connector=connector) as http,
        ):
            users = await people(http, url)
            listeners = [
                Listener(http, url, user, counts) for user in users for _ in range(SOCKETS_EACH)
            ]
            for start in range(0, len(listeners), 50):
                await asyncio.gather(*(one.come() for one in listeners[start : start + 50]))
            until = time.monotonic() + minutes * 60
            await asyncio.gather(
                churn(listeners, chance, until),
                send(http, url, users, until, counts),
                sample(http, url, server, until, counts),
            )
            await asyncio.gather(*(listener.go(chance) for listener in listeners))
    print(f"{processor()}, Python {sys.version.split()[0]}; {minutes:g} min")
    print(
        f"{len(listeners)} sockets, {counts.came} connections ({counts.resumed} resumed),"
        f" {counts.sent} sends, {counts.heard} events heard, {counts.gaps} gaps"
    )
    print(f"{'median of':12} {'1st':>9} {'2nd':>9} {'3rd':>9} {'4th quarter':>9}")
    return verdict(counts.samples) and counts.gaps == 0


def main() -> None:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    if not asyncio.run(soak(parser.parse_args().minutes)):
        sys.exit("something has grown, or a number was left out")


if __name__ == "__main__":
    main()
