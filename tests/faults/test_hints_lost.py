"""Redis is silent, away or late: what it gives no hint of is found by the reconciler."""

import asyncio
import time
from collections.abc import Sized
from pathlib import Path

from storage.database.pool import Database
from tests.conftest import Services
from tests.faults.own_redis import own_redis_server
from tests.faults.proxy import fault_proxy
from tests.journeys.reconnecting_client import Process, ReconnectingClient, listening, two_processes
from tests.people import Person
from tests.realtime.message_helpers import conversation, entries, log_of, send
from tests.waiting import until

RECONCILED_SECONDS = 4.0  # two rounds of the reconciler, and what they take on a busy machine


async def post(instance: Process, by: Person) -> int:
    return int((await instance.post("/api/posts/", by, {"content": "hi"}, status=201))["id"])


async def hears_more(client: ReconnectingClient, durable: int, live: int, seconds: float) -> None:
    """Waits for more durable and more live events than these."""
    await until(lambda: len(client.log) > durable and len(client.live) > live, seconds)


async def follow(instance: Process, by: Person, whom: Person) -> None:
    await instance.post(f"/api/users/{whom.id}/follow/", by)


async def test_with_all_hints_dropped_the_last_message_and_post_come_by_the_reconciler(
    services: Services, tmp_path: Path, db: Database
) -> None:
    with own_redis_server() as redis:
        redis.start()
        async with fault_proxy(redis.socket) as link:
            url = f"redis://127.0.0.1:{link.port}"
            async with two_processes(services, tmp_path, REDIS_URL=url) as (here, there):
                ann, bob = await here.person("ann"), await there.person("bob")
                room = await conversation(here, ann, bob)
                await follow(here, bob, ann)
                async with listening([bob], [there.url]) as clients:
                    idle = clients[bob.id]
                    await send(here, ann, room, "published")
                    await until(lambda: bool(idle.log))
                    for silence in ("blackhole", "refuse"):
                        await link.set_mode(silence)
                        heard, seen = len(idle.log), len(idle.live)
                        begun = time.monotonic()
                        message, posted = await send(here, ann, room, "?"), await post(here, ann)
                        assert time.monotonic() - begun < RECONCILED_SECONDS
                        await hears_more(idle, heard, seen, RECONCILED_SECONDS)
                        assert idle.log[-1][2]["message"]["id"] == message
                        assert idle.live[-1][0] == "post.created"
                        assert idle.live[-1][1]["post"]["id"] == posted
                    assert idle.connects == 1
                    assert idle.faults == []
                    log = await log_of(db, bob.id)
                    assert entries(idle.log) == log[-len(idle.log) :]


async def test_redis_away_from_the_start_makes_events_late_and_back_makes_them_quick(
    services: Services, tmp_path: Path
) -> None:
    with own_redis_server() as redis:
        env = {"REDIS_URL": redis.url, "RATE_LIMITS": "on"}
        async with two_processes(services, tmp_path, **env) as (here, there):
            ann, bob = await here.person("ann"), await there.person("bob")
            async with listening([ann, bob], [here.url, there.url]) as clients:
                idle = clients[bob.id]
                room = await conversation(here, ann, bob)
                await follow(there, bob, ann)
                message, posted = await send(here, ann, room, "late"), await post(here, ann)
                await hears_more(idle, 2, 0, 10)
                names = sorted(name for _, name, _ in idle.log)
                assert names == ["conversation.created", "message.created", "relationship.changed"]
                assert message in [ref for _, _, ref in entries(idle.log)]
                assert idle.live[0][1]["post"]["id"] == posted

                redis.start()
                async with asyncio.timeout(30):
                    while await seconds_for_a_message(here, ann, room, idle.log) > 0.3:
                        pass
                assert clients[bob.id].connects == clients[ann.id].connects == 1
                assert clients[bob.id].faults == clients[ann.id].faults == []


async def seconds_for_a_message(here: Process, by: Person, room: int, log: Sized) -> float:
    before = len(log)
    await send(here, by, room, "?")
    begun = time.monotonic()
    await until(lambda: len(log) > before, 10)
    return time.monotonic() - begun
