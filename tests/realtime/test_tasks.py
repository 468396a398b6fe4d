"""Work that waits for nothing shares a task; work that waits holds up nobody."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from realtime import tasks
from realtime.tasks import CommandRunners, open_tasks
from tests.waiting import until


@pytest.fixture
async def runners() -> AsyncIterator[CommandRunners]:
    async with open_tasks() as tasks:
        yield CommandRunners(tasks)


async def ticks(count: int = 10) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_all_of_a_tick_is_done_in_order_in_one_task(
    runners: CommandRunners, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "TICK_SECONDS", 60)
    done: list[tuple[int, object]] = []

    async def work(number: int) -> None:
        done.append((number, asyncio.current_task()))

    for number in range(100):
        runners.start(work, number)
    await ticks()
    assert [number for number, _ in done] == list(range(100))
    assert len({task for _, task in done}) == 1


async def test_work_of_a_tick_that_takes_too_long_goes_on_in_the_next(
    runners: CommandRunners, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "TICK_SECONDS", 0)
    done: list[int | str] = []

    async def work(number: int) -> None:
        done.append(number)

    runners.start(work, 0)
    asyncio.get_running_loop().call_soon(done.append, "something else")
    runners.start(work, 1)
    runners.start(work, 2)
    await until(lambda: len(done) == 4)
    assert done == [0, "something else", 1, 2]


async def test_work_that_waits_does_not_hold_up_what_came_with_it(runners: CommandRunners) -> None:
    gate = asyncio.Event()
    done: list[str] = []

    async def waits() -> None:
        await gate.wait()
        done.append("waited")

    async def quick() -> None:
        done.append("quick")

    for work in (quick, waits, quick, waits, quick):
        runners.start(work)
    await ticks()
    assert done == ["quick"] * 3
    runners.start(quick)
    await ticks()
    assert done == ["quick"] * 4
    gate.set()
    await ticks()
    assert done == ["quick"] * 4 + ["waited"] * 2


async def test_a_timeout_ends_the_work_that_it_is_about_and_no_other(
    runners: CommandRunners,
) -> None:
    done: list[str] = []

    async def late() -> None:
        try:
            async with asyncio.timeout(0.01):
                await asyncio.sleep(5)
        except TimeoutError:
            done.append("late")

    async def quick() -> None:
        await asyncio.sleep(0)
        done.append("quick")

    for work in (late, quick, late, quick):
        runners.start(work)
    await until(lambda: len(done) == 4)
    assert sorted(done) == ["late", "late", "quick", "quick"]


async def test_work_that_fails_is_logged_and_the_rest_goes_on(
    runners: CommandRunners, caplog: pytest.LogCaptureFixture
) -> None:
    done = []

    async def fails() -> None:
        raise RuntimeError("no")

    async def quick() -> None:
        done.append(1)

    for work in (fails, quick, fails, quick):
        runners.start(work)
    await ticks()
    assert done == [1, 1]
    assert len(caplog.records) == 2
