"""Several processes behind one port: all answer, the dead are replaced, all end together."""

import asyncio
import os
import signal
from pathlib import Path

import psutil

from tests.conftest import Services
from tests.server.lifecycle.instances import Instance, serving
from tests.waiting import until


async def members(instance: Instance, count: int) -> set[int]:
    """The pids that answer, once there are `count`. The kernel deals out new connections."""
    async with asyncio.timeout(30):
        found: set[int] = set()
        while len(found) < count:
            found.add(await instance.member())
    return found


def alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


async def gone(pids: set[int]) -> None:
    await until(lambda: not any(alive(pid) for pid in pids), 10)


async def test_workers_share_a_port_and_drain_together_with_jobs_in_one_of_them(
    services: Services, tmp_path: Path
) -> None:
    async with serving(services, tmp_path, "--workers", "2") as instance:
        pids = await members(instance, 2)
        assert instance.process.pid not in pids
        async with instance.client.get(f"{instance.url}/slow") as answer:
            instance.process.terminate()
            assert await answer.text() == "slow"
        code, seconds, err = instance.end()
    assert code == 0
    assert seconds < 6  # not only when DRAIN_SECONDS are over
    assert not any(alive(pid) for pid in pids)
    lines = err.splitlines()
    assert [lines.count(word) for word in ("opened", "told", "closed")] == [2, 2, 2], err
    assert lines.count("working") in (1, 2)  # the second try of the one that does the jobs


async def test_a_worker_that_dies_is_replaced(services: Services, tmp_path: Path) -> None:
    async with serving(services, tmp_path, "--workers", "2", "--no-jobs") as instance:
        dead = (await members(instance, 2)).pop()
        os.kill(dead, signal.SIGKILL)
        await gone({dead})
        assert dead not in await members(instance, 2)
        instance.process.terminate()
        code, _seconds, err = instance.end()
    assert code == 0
    assert "a worker process ended with -9" in err


async def test_workers_end_with_a_supervisor_that_was_killed(
    services: Services, tmp_path: Path
) -> None:
    async with serving(services, tmp_path, "--workers", "2", "--no-jobs") as instance:
        pids = await members(instance, 2)
        instance.process.kill()
        await gone(pids)
