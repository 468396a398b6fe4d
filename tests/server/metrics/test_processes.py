"""Several processes behind one port are scraped as one, and one by one."""

import asyncio
import os
import signal
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp

from tests.conftest import Services
from tests.people import Instance
from tests.processes import PROGRAM
from tests.server.lifecycle.instances import serving
from tests.server.metrics.scrape import Scrape, scrape
from tests.waiting import until

REQUESTS = "mini_twitter_operation_seconds_count"
FLAGS = {"BCRYPT_ROUNDS": "4", "RATE_LIMITS": "off", "LOG_LEVEL": "error"}
LISTED = {"operation": "post.list", "status": "200"}


def members(pid: int) -> list[int]:
    """The processes that a supervisor runs."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in children.split()]


async def ask(url: str, times: int) -> None:
    """Each time on a connection of its own, which the kernel gives to any process."""
    for _ in range(times):
        async with aiohttp.ClientSession() as client, client.get(f"{url}/api/posts/") as answer:
            assert answer.status == 200


async def each(url: str, places: int) -> list[Scrape]:
    return [await scrape(url, process=str(place)) for place in range(places)]


async def test_a_scrape_counts_what_all_processes_did_whichever_answers_and_whoever_died(
    services: Services, tmp_path: Path
) -> None:
    async with serving(
        services, tmp_path, "--no-jobs", "--workers", "2", program=PROGRAM, **FLAGS
    ) as server:
        url = server.url
        asked = 0
        while True:  # until both have answered some
            await ask(url, 10)
            asked += 10
            alone = await each(url, 2)
            if all(one.sum(REQUESTS, **LISTED) for one in alone):
                break
        assert sum(one.sum(REQUESTS, **LISTED) for one in alone) == asked
        for _ in range(10):
            assert (await scrape(url)).sum(REQUESTS, **LISTED) == asked

        before = members(server.process.pid)
        os.kill(before[0], signal.SIGKILL)

        async def replaced() -> bool:
            now = members(server.process.pid)
            return len(now) == 2 and now != before

        await until(replaced)
        for one in range(20):
            try:
                await ask(url, 1)
            except aiohttp.ClientError:  # it came to the one that died
                continue
            asked += 1
            assert (await scrape(url)).sum(REQUESTS, **LISTED) == asked, one
        assert sum(one.sum(REQUESTS, **LISTED) for one in await each(url, 2)) == asked


async def test_sockets_are_those_of_processes_that_live(services: Services, tmp_path: Path) -> None:
    async with (
        serving(
            services, tmp_path, "--no-jobs", "--workers", "2", program=PROGRAM, **FLAGS
        ) as server,
        AsyncExitStack() as clients,
    ):
        instance = Instance(server.url, server.client)
        ann = await instance.person("ann")

        async def sockets() -> float:
            return (await scrape(server.url)).sum("mini_twitter_sockets")

        for _ in range(6):
            client = await clients.enter_async_context(instance.socket(ann, reconnection=False))
            await client.ready()
        assert await sockets() == 6
        alone = await each(server.url, 2)
        assert sum(one.sum("mini_twitter_sockets") for one in alone) == 6
        for pid in members(server.process.pid):
            os.kill(pid, signal.SIGKILL)

        async def none_is_left() -> bool:
            try:
                return await sockets() == 0
            except aiohttp.ClientError:
                return False

        await until(none_is_left, 20)
        assert (await scrape(server.url)).sum("mini_twitter_resumes_total", status="fresh") == 6


async def test_each_process_is_shown_with_its_memory_and_one_that_is_not_there_is_404(
    services: Services, tmp_path: Path
) -> None:
    async with serving(
        services, tmp_path, "--no-jobs", "--workers", "2", program=PROGRAM, **FLAGS
    ) as server:
        merged = await scrape(server.url)
        for place in ("0", "1"):
            memory = merged.sum("process_resident_memory_bytes", process=place)
            assert memory > 10_000_000
            alone = await scrape(server.url, process=place)
            assert alone.sum("process_resident_memory_bytes") > 10_000_000
            assert alone.sum("mini_twitter_database_connections", what="max") == 10
        assert merged.sum("mini_twitter_database_connections", what="max") == 20
        assert merged.sum("mini_twitter_broker_connected") == 1
        assert merged.sum("mini_twitter_build_info") == 1
        for nobody in ("2", "-1", "x", "*", "../0"):
            async with server.client.get(
                f"{server.url}/metrics", params={"process": nobody}
            ) as answer:
                assert answer.status == 404, nobody


async def test_a_process_that_is_alone_is_process_0(instance: Instance) -> None:
    assert (await scrape(instance.url, process="0")).sum("mini_twitter_build_info") == 1
    await instance.get("/metrics?process=1", status=404)


async def test_no_series_says_when_it_was_created(instance: Instance) -> None:
    await asyncio.gather(*(instance.get("/api/posts/") for _ in range(3)))
    found = await scrape(instance.url)
    assert REQUESTS in found.names
    assert [name for name in found.names if name.endswith("_created")] == []
