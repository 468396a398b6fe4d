"""A client by plain WebSockets: nothing lost over kill -9, on any process of any instance."""

import asyncio
import contextlib
import itertools
from pathlib import Path
from typing import Any

from tests.conftest import Services
from tests.journeys.reconnecting_client import GONE, QUIET, Process, send_surely, two_processes
from tests.people import Person
from tests.processes import PROGRAM
from tests.realtime.plain_socket import plain_socket
from tests.server.lifecycle import instances
from tests.waiting import until

MESSAGES = 40


class Listener:
    """Listens by a plain WebSocket, on one instance or another, and never gives up."""

    def __init__(self, person: Person) -> None:
        self.said: list[str] = []
        self.seqs: list[int] = []
        self.statuses: list[str] = []
        self._person = person
        self._place: dict[str, Any] = {}

    async def listen(self, instances: list[Process]) -> None:
        for instance in itertools.cycle(instances):
            with contextlib.suppress(*GONE, EOFError):
                await self._listen(instance)
            await asyncio.sleep(0.05)

    async def _listen(self, instance: Process) -> None:
        async with plain_socket(instance) as client:
            ready = await client.connect(self._person, **self._place)
            self.statuses.append(ready["resume"]["status"])
            self._place.setdefault("since", ready["seq"])
            self._place["epoch"] = ready["epoch"]
            while True:
                frame = await client.read(60)
                if frame.get("seq") is not None:
                    self.seqs.append(frame["seq"])
                    self._place["since"] = frame["seq"]
                if frame.get("event") == "message.created":
                    self.said.append(frame["data"]["message"]["content"])


async def test_nothing_is_lost_or_doubled_over_kill_nine_of_the_instance_that_one_is_on(
    services: Services, tmp_path: Path
) -> None:
    async with two_processes(services, tmp_path) as (here, there):
        ann, bob = await here.person("ann"), await here.person("bob")
        room = await here.chat(ann, bob)
        listener = Listener(bob)
        task = asyncio.create_task(listener.listen([there, here]))
        try:
            await until(lambda: bool(listener.statuses))
            for number in range(MESSAGES):
                await send_surely([here], ann, room, str(number))
                if number == MESSAGES // 2:
                    there.kill()
            await until(lambda: len(listener.said) >= MESSAGES)
            assert listener.said == [str(number) for number in range(MESSAGES)]
            first = listener.seqs[0]
            assert listener.seqs == list(range(first, first + len(listener.seqs)))
            assert listener.statuses[0] == "fresh"
            assert listener.statuses[-1] == "resumed"
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def test_any_process_behind_a_port_has_the_connection(
    services: Services, tmp_path: Path
) -> None:
    flags = ("--no-jobs", "--workers", "2")
    async with (
        instances.serving(services, tmp_path, *flags, program=PROGRAM, **QUIET) as served,
        contextlib.AsyncExitStack() as stack,
    ):
        instance = Process(served)
        ann, bob = await instance.person("ann"), await instance.person("bob")
        room = await instance.chat(ann, bob)
        clients = [await stack.enter_async_context(plain_socket(instance, bob)) for _ in range(8)]
        for client in clients:
            await client.next("session.ready")
        said = await clients[0].do("message.send", {"conversation_id": room, "content": "to all"})
        for client in clients:
            heard = [one for one in client.received if one.get("event") == "message.created"]
            frame = heard[0] if heard else await client.next_frame("message.created")
            assert frame["data"]["message"]["id"] == said["id"]
