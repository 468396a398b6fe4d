"""PostgreSQL ends connections under load: the answer is 503 or the truth."""

import asyncio
from functools import partial
from itertools import count
from pathlib import Path

import asyncpg

from storage.database.pool import open_database
from tests.conftest import Services
from tests.journeys.reconnecting_client import listening, two_processes
from tests.journeys.test_nothing_is_lost import Crowd
from tests.storage.own_database import own_database
from tests.waiting import until

SENDS = 160
CUT = """
    SELECT array_agg(pid) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()"""
STILL_THERE = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = ANY($1::int[]))"


def sent_or_over(sent: list[int], enough: int, sending: asyncio.Task[None]) -> bool:
    return len(sent) >= enough or sending.done()


async def have_ended(admin: asyncpg.Connection, backends: list[int]) -> bool:
    return not await admin.fetchval(STILL_THERE, backends)


async def test_ending_every_database_connection_under_load_loses_nothing_acknowledged(
    services: Services, tmp_path: Path
) -> None:
    async with own_database(services.database_url) as url:
        admin = await asyncpg.connect(url)
        async with two_processes(services, tmp_path, DATABASE_URL=url) as (here, there):
            crowd = await Crowd.gather(here)
            async with listening(crowd.people, [here.url, there.url]) as clients:
                sent: list[int] = []
                sending = asyncio.create_task(crowd.send((here, there), SENDS, sent))
                cuts = 0
                while not sending.done():
                    before = len(sent)
                    enough = min(before + SENDS // 8, SENDS)
                    await until(partial(sent_or_over, sent, enough, sending), 60)
                    cuts += len(await admin.fetchval(CUT) or ())
                await sending
                assert cuts > 6
                assert len(set(sent)) == SENDS
                async with open_database(url) as db:
                    await crowd.check(db, clients, sent, 8)
        await admin.close()


async def test_a_command_during_a_cut_is_carried_out_or_answered_with_503(
    services: Services, tmp_path: Path
) -> None:
    async with own_database(services.database_url) as url:
        admin = await asyncpg.connect(url)
        async with two_processes(services, tmp_path, DATABASE_URL=url) as (here, there):
            ann, bob = await here.person("ann"), await here.person("bob")
            body = {"participants": [bob.id]}
            room = (await here.post("/api/messages/", ann, body))["id"]
            async with there.socket(ann) as client:
                await client.ready()
                numbers = count()
                done: list[int] = []

                async def carried_out() -> bool:
                    """Send the next message, and check how it is answered."""
                    number = next(numbers)
                    order = {"conversation_id": room, "content": str(number)}
                    ack = await client.call("message.send", order)
                    if ack["ok"]:
                        done.append(number)
                        return True
                    assert ack["error"]["status"] == 503
                    assert ack["error"]["retry_after"] > 0
                    return False

                for _ in range(5):
                    for _ in range(5):
                        assert await carried_out()
                    call = asyncio.create_task(carried_out())
                    cut = await admin.fetchval(CUT)
                    await call
                    # A backend that was idle ends when it next runs: until then it may take one.
                    await until(partial(have_ended, admin, cut))
                    await until(carried_out, 10)
            stored = {m["content"] for m in await here.walk(f"/api/messages/{room}/messages/", ann)}
            assert {str(number) for number in done} <= stored
        await admin.close()
