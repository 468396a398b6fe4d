"""Streams while Redis is away and while instances die: late, never lost, never twice."""

import asyncio
import contextlib
import itertools
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from tests.conftest import Services
from tests.faults.own_redis import own_redis_server
from tests.faults.proxy import fault_proxy
from tests.handlers.edges.test_event_streams import events
from tests.journeys.reconnecting_client import GONE, Process, two_processes
from tests.people import Person
from tests.realtime.delivery.stream_helpers import came, listen, posts_of, write
from tests.waiting import until

HEALED_SECONDS = 10.0
POSTS = 40


async def test_with_all_hints_dropped_posts_come_by_the_reconciler(
    services: Services, tmp_path: Path
) -> None:
    with own_redis_server() as redis:
        redis.start()
        async with fault_proxy(redis.socket) as link:
            url = f"redis://127.0.0.1:{link.port}"
            async with two_processes(services, tmp_path, REDIS_URL=url) as (here, there):
                ann, bob = await here.person("ann"), await there.person("bob")
                tag = f"t{secrets.token_hex(6)}"
                streams = (f"hashtag:{tag}", f"author:{ann.id}", f"search:{tag}", "public")
                async with there.socket(bob) as client:
                    await client.ready()
                    for stream in streams:
                        await listen(client, stream)
                    await came(client, await write(here, ann, f"#{tag}"), len(streams))
                    for silence in ("blackhole", "refuse"):
                        await link.set_mode(silence)
                        post = await write(here, ann, f"#{tag} {silence}")
                        await until(
                            lambda post=post: posts_of(client).count(post) == len(streams),  # type: ignore[misc]
                            HEALED_SECONDS,
                        )
                    await link.set_mode("pass")
                    last = await write(here, ann, f"#{tag} last")
                    await came(client, last, len(streams))
                    assert len(posts_of(client)) == 4 * len(streams)


class Listener:
    """Listens to a stream by Server-Sent Events, on one instance or another, and never gives up."""

    def __init__(self, stream: str, person: Person | None) -> None:
        self.posts: list[int] = []
        self.statuses: list[str] = []
        self._stream = stream
        self._person = person
        self._last: str | None = None

    async def listen(self, instances: list[Process]) -> None:
        for instance in itertools.cycle(instances):
            while True:
                with contextlib.suppress(
                    *GONE, EOFError, aiohttp.ClientPayloadError, AssertionError
                ):
                    await self._listen(instance)
                await asyncio.sleep(0.05)
                if self.statuses:  # the first that it listens on is the first of them
                    break

    async def _listen(self, instance: Process) -> None:
        async with events(instance, self._person, self._stream, last=self._last) as stream:
            while True:
                event, data = await stream.read()
                self._last = stream.last_id
                if event == "stream.post":
                    self.posts.append(data["data"]["post"]["id"])
                elif event == "stream.subscribed":
                    self.statuses.append(data["data"]["status"])


@asynccontextmanager
async def listening(listener: Listener, instances: list[Process]) -> AsyncIterator[None]:
    task = asyncio.create_task(listener.listen(instances))
    try:
        await until(lambda: bool(listener.statuses))
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_listeners_miss_nothing_over_kill_nine_of_the_instance_that_they_are_on(
    services: Services, tmp_path: Path
) -> None:
    async with two_processes(services, tmp_path) as (here, there):
        ann, bob = await here.person("ann"), await here.person("bob")
        tag = f"t{secrets.token_hex(6)}"
        known, visitor = Listener(f"hashtag:{tag}", bob), Listener(f"hashtag:{tag}", None)
        async with (
            listening(known, [there, here]),
            listening(visitor, [there, here]),
        ):
            written = []
            for number in range(POSTS):
                written.append(await write(here, ann, f"#{tag} {number}"))
                if number == POSTS // 2:
                    there.kill()
            await until(lambda: len(known.posts) >= POSTS <= len(visitor.posts))
            await until(lambda: len(known.statuses) > 1 < len(visitor.statuses))
            assert known.posts == visitor.posts == written
            for listener in (known, visitor):
                assert listener.statuses[0] == "fresh"
                assert set(listener.statuses[1:]) == {"resumed"}
