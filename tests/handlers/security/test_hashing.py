"""Passwords are hashed in turn, behind everything else, and not after whoever asked has gone."""

import asyncio
import math
import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import pytest

from handlers.error_codes import ErrorCode
from handlers.errors import OperationError
from handlers.fair_threads import NICENESS, FairThreads, open_fair_threads
from handlers.security import passwords
from server.config.load import Config
from tests.conftest import running
from tests.people import PASSWORD
from tests.waiting import until


class Held:
    """Work that takes until it is let go, and notes in which order it was begun."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.go = threading.Event()

    def work(self, name: str) -> str:
        self.begun.append(name)
        assert self.go.wait(20)
        return name


@pytest.fixture
def held() -> Iterator[Held]:
    held = Held()
    yield held
    held.go.set()


@pytest.fixture
def executor(held: Held) -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as executor:
        yield executor
        held.go.set()


async def started(
    threads: FairThreads, held: Held, *callers_and_names: tuple[str, str]
) -> list[asyncio.Task[str]]:
    """Ask for these one after the other, the first of which occupies the thread."""
    tasks = []
    for caller, name in callers_and_names:
        work = threads.run(partial(held.work, name), caller)
        tasks.append(asyncio.get_running_loop().create_task(work))
        await asyncio.sleep(0)
    await until(lambda: len(held.begun) == 1)
    return tasks


async def test_who_asks_for_much_waits_behind_themselves(
    held: Held, executor: ThreadPoolExecutor
) -> None:
    threads = FairThreads(executor, 1, 0.1, 60.0, "busy")
    flood = [("a", f"a{n}") for n in range(4)]
    tasks = await started(threads, held, *flood, ("b", "b0"), ("c", "c0"), ("b", "b1"))
    held.go.set()
    assert await asyncio.gather(*tasks) == ["a0", "a1", "a2", "a3", "b0", "c0", "b1"]
    assert held.begun == ["a0", "a1", "b0", "c0", "a2", "b1", "a3"]
    assert threads.expected_wait("a") == 0


async def test_only_who_would_wait_too_long_is_refused_and_told_for_how_long(
    held: Held, executor: ThreadPoolExecutor
) -> None:
    threads = FairThreads(executor, 1, 1.0, 3.0, "busy")
    tasks = await started(threads, held, *(("a", f"a{n}") for n in range(4)))
    with pytest.raises(OperationError) as refused:
        await threads.run(lambda: held.work("a4"), "a")
    assert refused.value.code is ErrorCode.UNAVAILABLE
    assert refused.value.retry_after == 4
    tasks += await started(threads, held, ("b", "b0"))
    held.go.set()
    await asyncio.gather(*tasks)
    assert held.begun == ["a0", "a1", "b0", "a2", "a3"]


async def test_nothing_is_done_for_who_has_gone(held: Held, executor: ThreadPoolExecutor) -> None:
    threads = FairThreads(executor, 1, 0.1, 60.0, "busy")
    first, gone, last = await started(threads, held, ("a", "a0"), ("b", "b0"), ("c", "c0"))
    gone.cancel()
    # The thread works for the first, too, when nobody waits for it any more.
    first.cancel()
    await asyncio.wait([first, gone])
    assert threads.expected_wait("d") > 0
    held.go.set()
    assert await last == "c0"
    assert held.begun == ["a0", "c0"]
    assert await threads.run(lambda: "free", "d") == "free"


async def test_work_that_fails_gives_its_thread_back(executor: ThreadPoolExecutor) -> None:
    threads = FairThreads(executor, 1, 0.1, 60.0, "busy")
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            await threads.run(lambda: 1 // 0, "a")
    await until(lambda: threads.expected_wait("a") == 0)


@pytest.mark.skipif(sys.platform != "linux", reason="only there has a thread its own priority")
async def test_every_core_hashes_behind_everything_else() -> None:
    barrier = threading.Barrier(os.cpu_count() or 1)

    def niceness() -> int:
        barrier.wait(20)  # each thread has come
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    ours = os.getpriority(os.PRIO_PROCESS, 0)
    with open_fair_threads("test", 1.0, 60.0, "busy") as threads:
        found = await asyncio.gather(*(threads.run(niceness, "a") for _ in range(barrier.parties)))
    assert set(found) == {min(ours + NICENESS, 19)}
    assert os.getpriority(os.PRIO_PROCESS, 0) == ours


async def test_too_many_logins_are_refused_with_503_and_when_to_come_back(
    settings: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "PATIENCE_SECONDS", 0.0)
    async with running(replace(settings, bcrypt_rounds=9)) as instance:
        ann = await instance.person("ann")
        login = {"username": ann.username, "password": PASSWORD}
        replies = await asyncio.gather(
            *(
                instance.ask("POST", "/api/users/token/", json=login)
                for _ in range(4 * (os.cpu_count() or 1))
            )
        )
        assert {reply.status for reply in replies} == {200, 503}
        late = [reply for reply in replies if reply.status == 503]
        assert {reply["code"] for reply in late} == {"unavailable"}
        assert all(math.ceil(float(reply.headers["Retry-After"])) >= 1 for reply in late)
        assert (await instance.log_in(ann.id, ann.username)).access
