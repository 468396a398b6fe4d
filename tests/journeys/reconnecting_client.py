"""Processes that serve, and clients that hold on: they reconnect, and they try again."""

import asyncio
import contextlib
import itertools
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import socketio
from jsonschema_rs import ValidationError

from tests.conftest import Services
from tests.documented import check_event
from tests.people import Instance, Person
from tests.processes import PROGRAM
from tests.server.lifecycle import instances
from tests.stock_client import shut
from tests.waiting import until

QUIET = {"RATE_LIMITS": "off", "BCRYPT_ROUNDS": "4", "LOG_LEVEL": "error"}
GONE = (aiohttp.ClientError, ConnectionError, TimeoutError)


class Process(Instance):
    """An instance in a process of its own."""

    def __init__(self, served: instances.Instance) -> None:
        super().__init__(served.url, served.client)
        self.end = served.end
        self.terminate = served.process.terminate
        self.kill = served.process.kill


@asynccontextmanager
async def two_processes(
    services: Services, directory: Path, **env: str
) -> AsyncIterator[tuple[Process, Process]]:
    """Both with one key, on the PostgreSQL and Redis of this test process unless env says else."""
    async with contextlib.AsyncExitStack() as stack:
        serving = [
            stack.enter_async_context(
                instances.serving(
                    services, directory, "--no-jobs", program=PROGRAM, **(QUIET | env)
                )
            )
            for _ in range(2)
        ]
        here, there = await asyncio.gather(*serving)
        yield Process(here), Process(there)


class ReconnectingClient:
    """A client that remembers where it was, and comes back to whichever instance lets it in.

    faults tells of each number that was not the next one, and of what is not as documented; `log`
    is what it was told.
    """

    def __init__(self, person: Person, urls: Sequence[str]) -> None:
        self.person = person
        self.log: list[tuple[int, str, Any]] = []
        self.live: list[tuple[str, Any]] = []
        self.faults: list[str] = []
        self.closings: list[dict[str, Any]] = []
        self.connects = 0
        self.ended = False
        self.seq: int | None = None
        self._client: socketio.AsyncClient | None = None
        self._epoch: str | None = None
        self._urls = itertools.cycle(urls)

    def go_to(self, urls: Sequence[str]) -> None:
        """Come back to one of these the next time."""
        self._urls = itertools.cycle(urls)

    async def listen(self) -> None:
        """Until it is ended."""
        while not self.ended:
            client = self._client = socketio.AsyncClient(reconnection=False)
            client.on("*", self._hear)
            auth = {"token": self.person.access, "since": self.seq, "epoch": self._epoch}
            try:
                await client.connect(
                    next(self._urls), auth=auth, transports=["websocket"], wait_timeout=3
                )
                await client.wait()
            except (socketio.exceptions.ConnectionError, *GONE):
                await asyncio.sleep(0.05)  # and then the next instance
            finally:
                await asyncio.shield(shut(client))

    async def end(self, listening: "asyncio.Task[None]") -> None:
        """End its task, which is not cancelled alone: the stock client may swallow that.

        asyncio.wait_for of Python 3.11 does, where something has just come; the client would then
        stay until its token is over.
        """
        self.ended = True
        if self._client is not None:
            await shut(self._client)
        listening.cancel()
        await asyncio.wait({listening})

    async def _hear(self, name: str, envelope: dict[str, Any]) -> None:
        try:
            check_event(name, envelope)
        except (ValidationError, KeyError) as wrong:
            self.faults.append(f"{name} is not as documented: {wrong}")
        data = envelope["data"]
        if name == "session.ready":
            self.connects += 1
            self._epoch = data["epoch"]
            if self.seq is None:
                self.seq = data["seq"]
            elif data["resume"]["status"] != "resumed":
                self.faults.append(f"{data['resume']}")
        elif name == "session.closing":
            self.closings.append(data)
        elif envelope["seq"] is None:
            self.live.append((name, data))
        else:
            if envelope["seq"] != (self.seq or 0) + 1:
                self.faults.append(f"{envelope['seq']} after {self.seq}")
            self.seq = envelope["seq"]
            self.log.append((self.seq, name, data))


@asynccontextmanager
async def listening(
    people: Sequence[Person], urls: Sequence[str]
) -> AsyncIterator[dict[int, ReconnectingClient]]:
    """Clients of these by user id, all of them connected once, evenly over the instances."""
    clients = {
        person.id: ReconnectingClient(person, [*urls[n % len(urls) :], *urls[: n % len(urls)]])
        for n, person in enumerate(people)
    }
    tasks = [asyncio.create_task(client.listen()) for client in clients.values()]
    try:
        await until(lambda: all(client.connects for client in clients.values()), 10)
        yield clients
    finally:
        await asyncio.gather(*map(ReconnectingClient.end, clients.values(), tasks))


async def send_surely(
    instances: Sequence[Instance], by: Person, conversation_id: int, content: str
) -> int:
    """Tries with the same client_id until it is acknowledged; the id of the message."""
    body = {"content": content, "client_id": secrets.token_hex(8)}
    path = f"/api/messages/{conversation_id}/send_message/"
    headers = {"Authorization": f"Bearer {by.access}"}
    for instance in itertools.cycle(instances):
        try:
            async with instance.http.post(
                instance.url + path,
                json=body,
                headers=headers,
                timeout=aiohttp.ClientTimeout(5),
            ) as answer:
                if answer.status in (200, 201):
                    return int((await answer.json())["id"])
                assert answer.status == 503, (answer.status, await answer.text())
        except GONE:
            pass
        await asyncio.sleep(0.02)  # between two tries
    raise AssertionError
