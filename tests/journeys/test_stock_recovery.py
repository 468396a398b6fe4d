"""The stock JavaScript client resumes by itself, by no code of ours: socket.recovered is true."""

import asyncio
import json
import subprocess
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from server.config.load import Config
from tests.conftest import Services, running
from tests.faults.proxy import FaultProxy, fault_proxy
from tests.journeys.reconnecting_client import QUIET
from tests.journeys.test_javascript_client import client_js, pytestmark
from tests.journeys.test_readme import pasted
from tests.people import Instance, Person
from tests.processes import PROGRAM
from tests.realtime.message_helpers import conversation, send
from tests.server.lifecycle import instances
from tests.waiting import until

__all__ = ["client_js", "pytestmark"]  # the stock JavaScript client needs Node

SECONDS = 20  # in which a client is back on a busy machine


class StockClient:
    """What the client has told so far: its connects, by `recovered`, and the events it heard."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._in = process.stdin
        self._out = process.stdout
        self.connects: list[bool | None] = []
        self.disconnects = 0
        self.refusals: list[Any] = []
        self.events: list[tuple[str, list[Any]]] = []

    async def read(self) -> None:
        while line := await self._out.readline():
            kind, *told = json.loads(line)
            if kind == "connect":
                self.connects += told
            elif kind == "disconnect":
                self.disconnects += 1
            elif kind == "connect_error" and told[1] is not None:
                self.refusals.append(told)
            elif kind == "event":
                self.events.append((told[0], told[1:]))

    def order(self, *what: Any) -> None:
        self._in.write(json.dumps(what).encode() + b"\n")

    async def connected(self, times: int) -> None:
        """Wait until it is ready for so many times in all."""
        await until(lambda: self.names().count("session.ready") >= times, SECONDS)

    async def leave(self) -> None:
        """Cut its connection, and have it stay away."""
        before = self.disconnects
        self.order("leave")
        await until(lambda: self.disconnects > before, SECONDS)

    def names(self) -> list[str]:
        return [name for name, _ in self.events]

    def numbers(self) -> list[int]:
        """The seq of each durable event, as heard."""
        return [args[0]["seq"] for _, args in self.events if args[0]["seq"] is not None]

    def posts(self) -> list[int]:
        return [
            args[0]["data"]["post"]["id"] for name, args in self.events if name == "post.created"
        ]


@asynccontextmanager
async def stock_client(
    program: Path, url: str, transports: str = "websocket", **auth: Any
) -> AsyncIterator[StockClient]:
    process = await asyncio.create_subprocess_exec(
        "node",
        str(program.with_name("recovering.js")),
        url,
        json.dumps(auth),
        transports,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    client = StockClient(process)
    reading = asyncio.create_task(client.read())
    try:
        yield client
        client.order("end")
        assert await asyncio.wait_for(process.wait(), 10) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await reading


@dataclass
class Circle:
    """Ann and Bob, who follow one another and talk; what Ann has done that Bob is to hear of."""

    ann: Person
    bob: Person
    room: int
    bobs_post: int
    posts: list[int]

    @classmethod
    async def of(cls, instance: Instance) -> "Circle":
        ann, bob = await instance.people("ann", "bob")
        await instance.follow(bob, ann)
        room = await conversation(instance, ann, bob)
        post = await instance.write(bob, "mine")
        return cls(ann, bob, room, post["id"], [])

    async def happen(self, instance: Instance, posts: int = 3) -> None:
        """Messages, posts, and a notification of a like."""
        await send(instance, self.ann, self.room, "hi")
        for number in range(posts):
            self.posts.append((await instance.write(self.ann, f"{number}"))["id"])
        await instance.post(f"/api/posts/{self.bobs_post}/like/", self.ann)
        await instance.post(f"/api/posts/{self.bobs_post}/unlike/", self.ann)
        await send(instance, self.ann, self.room, "there")

    async def heard_by(self, client: StockClient, instance: Instance) -> None:
        """Wait until the client has heard all that happened, and see that it was in order, once."""
        async with instance.socket(self.bob) as other:
            last = (await other.ready())["seq"]
        await until(lambda: last in client.numbers() or last == first(client), SECONDS)
        await until(lambda: len(client.posts()) >= len(self.posts), SECONDS)
        assert client.posts() == self.posts
        assert client.numbers() == list(range(first(client) + 1, last + 1))
        for name, args in client.events:
            further = args[0]["seq"] is not None or name in ("session.ready", "post.created")
            assert [type(arg) for arg in args] == ([dict, str] if further else [dict]), name


def first(client: StockClient) -> int:
    """The number of the last event before the client came for the first time."""
    name, (ready, *_) = client.events[0]
    assert name == "session.ready"
    return int(ready["data"]["seq"])


def address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port


def url_of(proxy: FaultProxy) -> str:
    return f"http://127.0.0.1:{proxy.port}"


@pytest.mark.parametrize("transports", ["websocket", "polling", "polling,websocket"])
async def test_it_is_recovered_after_its_connection_was_cut(
    client_js: Path, instance: Instance, transports: str
) -> None:
    circle = await Circle.of(instance)
    auth: dict[str, Any] = {"token": circle.bob.access, "recovery": True}
    async with stock_client(client_js, instance.url, transports, **auth) as client:
        await client.connected(1)
        await circle.happen(instance)
        await circle.heard_by(client, instance)
        for times in (2, 3):
            await client.leave()
            await circle.happen(instance)
            client.order("return")
            await client.connected(times)
            await circle.heard_by(client, instance)
        await circle.happen(instance)
        await circle.heard_by(client, instance)
        assert client.connects == [False, True, True]


async def test_it_is_recovered_when_nothing_at_all_had_come_before_or_meanwhile(
    client_js: Path, instance: Instance
) -> None:
    bob = await instance.person("bob")
    async with stock_client(client_js, instance.url, token=bob.access, recovery=True) as client:
        await client.connected(1)
        await client.leave()
        client.order("return")
        await client.connected(2)
        assert client.connects == [False, True]
        assert client.names() == ["session.ready", "session.ready"]


async def test_it_is_recovered_on_another_instance_each_time_while_others_write(
    client_js: Path, two_instances: tuple[Instance, Instance]
) -> None:
    here, there = two_instances
    circle = await Circle.of(here)
    async with (
        fault_proxy(address(here.url)) as proxy,
        stock_client(client_js, url_of(proxy), token=circle.bob.access, recovery=True) as client,
    ):
        await client.connected(1)
        for times, instance in enumerate((there, here, there, here), start=2):
            writing = asyncio.create_task(circle.happen(instance, posts=8))
            proxy.target = address(instance.url)
            await proxy.set_mode("reset")
            await proxy.set_mode("pass")
            await client.connected(times)
            await writing
        await circle.heard_by(client, here)
        assert client.connects[0] is False
        assert set(client.connects[1:]) == {True}


async def test_it_is_recovered_after_its_server_was_killed_and_started_again(
    client_js: Path, services: Services, tmp_path: Path
) -> None:
    @asynccontextmanager
    async def serving() -> AsyncIterator[tuple[Instance, instances.Instance]]:
        served = instances.serving(services, tmp_path, "--no-jobs", program=PROGRAM, **QUIET)
        async with served as one:
            yield Instance(one.url, one.client), one

    async with serving() as (before, process), fault_proxy(address(before.url)) as proxy:
        circle = await Circle.of(before)
        auth: dict[str, Any] = {"token": circle.bob.access, "recovery": True}
        async with stock_client(client_js, url_of(proxy), **auth) as client:
            await client.connected(1)
            await circle.happen(before)
            await circle.heard_by(client, before)
            await proxy.set_mode("refuse")
            await circle.happen(before)
            process.process.kill()
            async with serving() as (after, _):
                await circle.happen(after)
                proxy.target = address(after.url)
                await proxy.set_mode("pass")
                await client.connected(2)
                await circle.happen(after)
                await circle.heard_by(client, after)
                assert client.connects == [False, True]


async def test_it_goes_on_with_a_fresh_token(client_js: Path, instance: Instance) -> None:
    circle = await Circle.of(instance)
    auth: dict[str, Any] = {"token": circle.bob.access, "recovery": True}
    async with stock_client(client_js, instance.url, **auth) as client:
        await client.connected(1)
        await client.leave()
        await circle.happen(instance)
        anew = await instance.log_in(circle.bob.id, circle.bob.username)
        await instance.post(
            "/api/users/token/revoke/", circle.bob, {"refresh": circle.bob.refresh}, status=204
        )
        client.order("auth", {"token": anew.access, "recovery": True})
        client.order("return")
        await client.connected(2)
        circle.bob = anew
        await circle.heard_by(client, instance)
        assert client.connects == [False, True]


async def test_it_is_not_recovered_as_another_user(client_js: Path, instance: Instance) -> None:
    """The client gives the offset of the one before with the token of the one after."""
    circle = await Circle.of(instance)
    await circle.happen(instance)
    auth: dict[str, Any] = {"token": circle.bob.access, "recovery": True}
    async with stock_client(client_js, instance.url, **auth) as client:
        await client.connected(1)
        await client.leave()
        client.order("auth", {"token": circle.ann.access, "recovery": True})
        client.order("return")
        await client.connected(2)
        assert client.connects == [False, False]
        assert client.events[-1][1][0]["data"]["resume"]["status"] == "reset"


@asynccontextmanager
async def copy_of(database_url: str, server_url: str) -> AsyncIterator[str]:
    """The URL of a copy of a database that nobody uses; it is dropped at the end."""
    name = f"copy_{uuid.uuid4().hex}"
    admin = await asyncpg.connect(server_url)
    try:
        original = urlsplit(database_url).path.removeprefix("/")
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {original}")
        yield urlsplit(database_url)._replace(path=f"/{name}").geturl()
    finally:
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await admin.close()


async def test_it_is_not_recovered_where_numbers_may_have_been_given_out_again(
    client_js: Path, settings: Config, own_settings: Config
) -> None:
    """As in a copy of the database, which has another epoch."""
    async with fault_proxy(("127.0.0.1", 9)) as proxy, AsyncExitStack() as stack:
        async with running(own_settings) as before:
            proxy.target = address(before.url)
            circle = await Circle.of(before)
            auth: dict[str, Any] = {"token": circle.bob.access, "recovery": True}
            client = await stack.enter_async_context(stock_client(client_js, url_of(proxy), **auth))
            await client.connected(1)
            await proxy.set_mode("refuse")
        async with (
            copy_of(own_settings.database_url, settings.database_url) as url,
            running(replace(own_settings, database_url=url)) as after,
        ):
            proxy.target = address(after.url)
            await proxy.set_mode("pass")
            await client.connected(2)
            assert client.connects == [False, False]
            assert client.events[-1][1][0]["data"]["resume"]["status"] == "reset"
            await circle.happen(after)
            await circle.heard_by(client, after)


async def test_it_is_recovered_with_a_hundred_posts_missed_and_not_with_more(
    client_js: Path, instance: Instance
) -> None:
    circle = await Circle.of(instance)
    auth: dict[str, Any] = {"token": circle.bob.access, "recovery": True}
    async with stock_client(client_js, instance.url, **auth) as client:
        await client.connected(1)
        await client.leave()
        await circle.happen(instance, posts=100)
        client.order("return")
        await client.connected(2)
        await circle.heard_by(client, instance)
        await client.leave()
        await circle.happen(instance, posts=101)
        client.order("return")
        await client.connected(3)
        assert client.connects == [False, True, False]
        assert client.events[-1][1][0]["data"]["resume"]["status"] == "reset"
        last = await instance.write(circle.ann, "live again")
        await until(lambda: last["id"] in client.posts(), SECONDS)
        assert len(client.posts()) == 101


async def test_handlers_of_a_client_that_does_not_ask_get_one_argument(
    client_js: Path, instance: Instance
) -> None:
    circle = await Circle.of(instance)
    async with stock_client(client_js, instance.url, token=circle.bob.access) as client:
        await client.connected(1)
        await circle.happen(instance)
        await until(lambda: len(client.posts()) == 3 and len(client.numbers()) >= 4, SECONDS)
        await client.leave()
        client.order("return")
        await client.connected(2)
        assert client.connects == [None, None]
        assert {len(args) for _, args in client.events} == {1}


async def test_the_example_of_the_readme_resumes_by_itself(
    client_js: Path, instance: Instance
) -> None:
    circle = await Circle.of(instance)
    async with fault_proxy(address(instance.url)) as proxy:
        example = client_js.with_name("resume.mjs")
        example.write_text(pasted("js", url_of(proxy), number=1))
        process = await asyncio.create_subprocess_exec(
            "node", str(example), circle.bob.access, stdout=subprocess.PIPE
        )
        try:
            assert process.stdout is not None
            async with asyncio.timeout(SECONDS):
                assert await process.stdout.readline() == b"from now on\n"
                await instance.write(circle.ann, "one")
                assert await process.stdout.readline() == b"post: one\n"
                await proxy.set_mode("refuse")
                await instance.write(circle.ann, "two")
                await instance.say(circle.ann, circle.room, "three")
                await proxy.set_mode("pass")
                for line in (b"resumed", b"post: two", b"message: three"):
                    assert (await process.stdout.readline()).strip() == line
        finally:
            process.kill()
            await process.wait()
