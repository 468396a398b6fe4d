"""An instance that is killed, and started again while PostgreSQL refuses: its clients come back."""

import asyncio
import json
import re
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import socketio

from tests.conftest import Services
from tests.faults.proxy import before_postgres
from tests.journeys.reconnecting_client import QUIET
from tests.journeys.test_javascript_client import client_js, pytestmark
from tests.people import Instance, Person
from tests.processes import PROGRAM, printed
from tests.processes import running as running_process
from tests.server.lifecycle import instances
from tests.stock_client import shut
from tests.waiting import until

__all__ = ["client_js", "pytestmark"]  # the stock JavaScript client needs Node

PEOPLE = 10
EACH = 10  # sockets, of each kind of client
AWAY_SECONDS = 5  # long enough for clients to have tried again, and to have been patient
# Of PostgreSQL's return. All are back within 10 s of it on a machine that has time for them; this
# is what tells "late" from "never", which is what a refusal leads to.
BACK_SECONDS = 45


class Herd:
    """Stock Python and JavaScript clients: how often each kind has been ready, and how resumed."""

    def __init__(self) -> None:
        self.python: list[str] = []
        self.javascript: list[str] = []
        self.refused: list[str] = []

    def forget(self) -> None:
        self.python.clear()
        self.javascript.clear()

    def is_back(self) -> bool:
        """Each has been ready once since `forget`."""
        return len(self.python) >= PEOPLE * EACH <= len(self.javascript)


@asynccontextmanager
async def python_clients(herd: Herd, url: str, people: list[Person]) -> AsyncIterator[None]:
    clients = []
    try:
        for person in people:
            for _ in range(EACH):
                client = socketio.AsyncClient()
                memory: dict[str, object] = {"token": person.access}

                def ready(envelope: dict[str, object], memory: dict[str, object] = memory) -> None:
                    data: Mapping[str, object] = envelope["data"]  # type: ignore[assignment]
                    memory |= {"since": data["seq"], "epoch": data["epoch"]}
                    herd.python.append(data["resume"]["status"])  # type: ignore[index]

                client.on("session.ready", ready)
                await client.connect(url, auth=memory, transports=["websocket"], wait_timeout=30)
                clients.append(client)
        yield
    finally:
        await asyncio.gather(*map(shut, clients), return_exceptions=True)


@asynccontextmanager
async def javascript_clients(
    herd: Herd, program: Path, url: str, people: list[Person]
) -> AsyncIterator[None]:
    tokens = json.dumps([person.access for person in people])
    process = await asyncio.create_subprocess_exec(
        "node", str(program), url, tokens, str(EACH), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None

    async def listen(out: asyncio.StreamReader) -> None:
        while line := await out.readline():
            what, told = json.loads(line)
            (herd.javascript if what == "ready" else herd.refused).append(told)

    listening = asyncio.create_task(listen(process.stdout))
    try:
        yield
    finally:
        process.kill()
        await process.wait()
        await listening


async def test_a_herd_of_stock_clients_comes_back_when_the_restarted_instance_has_postgresql(
    services: Services, tmp_path: Path, client_js: Path
) -> None:
    async with AsyncExitStack() as stack:
        proxy, url = await stack.enter_async_context(before_postgres(services.database_url))
        env = instances.settings(services) | QUIET | {"DATABASE_URL": url}

        def start(port: int) -> "subprocess.Popen[str]":
            flags = ("--port", str(port), "--data-dir", str(tmp_path), "--no-jobs")
            return stack.enter_context(running_process("serve", *flags, env=env, program=PROGRAM))

        first = start(0)
        ready = re.fullmatch(
            r"ready on (http://127\.0\.0\.1:(\d+))", await asyncio.to_thread(printed, first)
        )
        assert ready
        http = await stack.enter_async_context(aiohttp.ClientSession())
        people = await Instance(ready[1], http).people(*PEOPLE * ["ann"])
        herd = Herd()
        program = client_js.with_name("herd.js")
        await stack.enter_async_context(javascript_clients(herd, program, ready[1], people))
        await stack.enter_async_context(python_clients(herd, ready[1], people))
        await until(herd.is_back, BACK_SECONDS)

        await proxy.set_mode("refuse")
        first.kill()
        herd.forget()
        start(int(ready[2]))
        await asyncio.sleep(AWAY_SECONDS)
        assert herd.python == herd.javascript == []
        await proxy.set_mode("pass")
        await until(herd.is_back, BACK_SECONDS)
        assert {*herd.python, *herd.javascript} == {"resumed"}
        assert herd.refused == []
