"""The stock JavaScript client, as a browser's page would use it, on Node."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.clients.node import INSTALL, needs_node, run
from tests.journeys.test_readme import pasted
from tests.people import Instance, Person
from tests.realtime.message_helpers import conversation, send

JAVASCRIPT = Path(__file__).parents[1] / "javascript"

pytestmark = needs_node


@pytest.fixture(scope="session")
def client_js(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The program, beside the packages that it needs."""
    directory = tmp_path_factory.mktemp("javascript")
    for file in JAVASCRIPT.iterdir():
        if file.is_file():
            shutil.copy(file, directory)
    run(*INSTALL, cwd=directory)
    yield directory / "client.js"
    shutil.rmtree(directory)


class Script:
    """The running client: what it tells, and what it is told to do."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._in = process.stdin
        self._out = process.stdout

    def order(self, *what: Any) -> None:
        self._in.write(json.dumps(what).encode() + b"\n")

    async def next(self, *kind: str, seconds: float = 30) -> Any:
        """What follows the next line that begins with these; those before it are passed over."""
        async with asyncio.timeout(seconds):
            while line := await self._out.readline():
                told = json.loads(line)
                if told[: len(kind)] == list(kind):
                    return told[len(kind) :]
        raise AssertionError(f"it ended before {kind}")


@asynccontextmanager
async def script(
    program: Path,
    instance: Instance,
    token: str,
    transports: str = "websocket",
    library: str = "socket.io-client",
) -> AsyncIterator[Script]:
    process = await asyncio.create_subprocess_exec(
        "node",
        str(program),
        instance.url,
        token,
        transports,
        library,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        one = Script(process)
        yield one
        one.order("end")
        assert await asyncio.wait_for(process.wait(), 30) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.fixture
async def chat(two_instances: tuple[Instance, Instance]) -> tuple[Person, Person, int]:
    here, _ = two_instances
    ann, bob = await here.person("ann"), await here.person("bob")
    return ann, bob, await conversation(here, ann, bob)


@pytest.mark.parametrize(
    "library", ["socket.io-client", "socket.io-client-4.0", "socket.io-client-3.1"]
)
@pytest.mark.parametrize("transports", ["websocket", "polling", "polling,websocket"])
async def test_it_hears_what_is_sent_over_rest_elsewhere_and_its_commands_are_acknowledged(
    client_js: Path,
    two_instances: tuple[Instance, Instance],
    chat: tuple[Person, Person, int],
    transports: str,
    library: str,
) -> None:
    here, there = two_instances
    ann, bob, room = chat
    async with script(client_js, there, bob.access, transports, library) as client:
        (ready,) = await client.next("event", "session.ready")
        assert ready["data"]["user"]["id"] == bob.id
        sent = await send(here, ann, room, "привет")
        (heard,) = await client.next("event", "message.created")
        assert heard["data"]["message"]["id"] == sent
        assert heard["data"]["message"]["content"] == "привет"
        client.order("command", "message.send", {"conversation_id": room, "content": "hi"})
        (ack,) = await client.next("ack")
        assert ack["ok"] is True
        assert ack["data"]["sender"]["id"] == bob.id
        client.order("command", "message.send", {"conversation_id": room})
        (ack,) = await client.next("ack")
        assert ack["error"]["errors"].keys() == {"content"}


async def test_it_reconnects_by_itself_and_hears_what_it_missed(
    client_js: Path, two_instances: tuple[Instance, Instance], chat: tuple[Person, Person, int]
) -> None:
    here, there = two_instances
    ann, bob, room = chat
    async with script(client_js, there, bob.access) as client:
        await client.next("event", "session.ready")
        await send(here, ann, room, "before")
        (before,) = await client.next("event", "message.created")
        client.order("cut")
        await client.next("disconnect")
        sent = await send(here, ann, room, "meanwhile")
        (ready,) = await client.next("event", "session.ready")
        assert ready["data"]["resume"]["status"] == "resumed"
        if ready["data"]["resume"]["missed"]:  # it may have been back before the message was sent
            assert ready["data"]["seq"] == before["seq"] + 1
        (heard,) = await client.next("event", "message.created")
        assert heard["data"]["message"]["id"] == sent
        assert heard["seq"] == before["seq"] + 1


async def test_it_is_told_why_it_is_refused(
    client_js: Path, two_instances: tuple[Instance, Instance]
) -> None:
    async with script(client_js, two_instances[0], "no.such.token") as client:
        message, problem = await client.next("connect_error")
        assert message == problem["detail"]
        assert problem["status"] == 401


async def test_it_does_not_come_back_when_its_session_was_revoked(
    client_js: Path, two_instances: tuple[Instance, Instance], chat: tuple[Person, Person, int]
) -> None:
    here, there = two_instances
    _, bob, _ = chat
    async with script(client_js, there, bob.access) as client:
        await client.next("event", "session.ready")
        path = "/api/users/token/revoke/"
        await here.post(path, bob, {"refresh": bob.refresh}, status=204)
        (closing,) = await client.next("event", "session.closing")
        assert closing["data"]["reconnect_in_ms"] is None
        assert await client.next("disconnect") == ["io server disconnect"]


async def test_message_arrives_live_in_the_example_of_the_readme(
    client_js: Path, usual_instance: Instance
) -> None:
    example = client_js.with_name("hello.mjs")
    example.write_text(pasted("js", usual_instance.url))
    process = await asyncio.create_subprocess_exec("node", str(example), stdout=subprocess.PIPE)
    out, _ = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0
    assert out.startswith(b"live: {\n  seq: 2,")
    assert b"'hello'" in out
