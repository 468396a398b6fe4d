"""One process: ready when it says so, gone within ten seconds whatever it is doing."""

import asyncio
import json
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

import aiohttp
import pytest

from server.lifecycle import serve, signals, supervisor
from tests.conftest import Services
from tests.processes import PROGRAM, running
from tests.server.lifecycle.instances import STAND_IN, serving, settings


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_an_idle_process_at_once_and_in_order(
    services: Services, tmp_path: Path, number: signal.Signals
) -> None:
    async with serving(services, tmp_path, "--no-jobs") as instance:
        assert await instance.get("/") == str(instance.process.pid)
        instance.process.send_signal(number)
        code, seconds, err = instance.end()
    assert code == 0
    assert seconds < 5  # not only when DRAIN_SECONDS are over
    assert re.findall("opened|told|closed|working", err) == ["opened", "told", "closed"]
    assert "Traceback" not in err


async def test_a_drain_answers_what_has_begun_and_accepts_nothing_new(
    services: Services, tmp_path: Path
) -> None:
    async with serving(services, tmp_path, "--no-jobs") as instance:
        async with instance.client.get(f"{instance.url}/slow") as answer:
            instance.process.terminate()
            await instance.refuses_newcomers()
            assert not answer.content.is_eof()
            assert await answer.text() == "slow"
        assert instance.end()[0] == 0


async def test_whatever_is_stuck_the_process_is_gone_in_time_with_code_0(
    services: Services, tmp_path: Path
) -> None:
    async with (
        serving(services, tmp_path, "--no-jobs", EXIT_SECONDS="2") as request,
        serving(services, tmp_path, "--no-jobs", EXIT_SECONDS="2") as thread,
        serving(services, tmp_path, "--no-jobs", EXIT_SECONDS="2") as loop,
        request.client.get(f"{request.url}/stuck"),
    ):
        await thread.get("/thread")
        for instance in (request, thread, loop):
            instance.process.terminate()
            if instance is request:
                await loop.get("/loop")
        before = time.monotonic()
        for instance in (request, thread, loop):
            assert instance.end()[0] == 0
        assert time.monotonic() - before < 8  # by EXIT_SECONDS, not only when all else has failed


def test_that_time_is_ten_seconds_for_everything_together() -> None:
    assert serve.DRAIN_SECONDS < supervisor.KILL_SECONDS < signals.EXIT_SECONDS < 10
    assert serve.DISCONNECT_SECONDS + 2 * serve.FINISH_SECONDS < serve.DRAIN_SECONDS


async def test_a_second_signal_ends_the_process_at_once(services: Services, tmp_path: Path) -> None:
    async with (
        serving(services, tmp_path, "--no-jobs") as instance,
        instance.client.get(f"{instance.url}/stuck"),
    ):
        instance.process.terminate()
        await instance.refuses_newcomers()
        instance.process.terminate()
        code, seconds, _err = instance.end()
    assert code == 0
    assert seconds < 5  # not only when DRAIN_SECONDS are over


def told_twice(process: subprocess.Popen[str], line: str) -> str:
    """Stderr up to the second of these lines."""
    assert process.stderr is not None
    told = ""
    while told.splitlines().count(line) < 2:
        told += process.stderr.readline()
    return told


def told_to_the_end(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    return process.stderr.read()


async def test_jobs_that_fail_are_told_and_do_not_end_the_process(
    services: Services, tmp_path: Path
) -> None:
    async with serving(services, tmp_path) as instance:
        err = await asyncio.to_thread(told_twice, instance.process, "working")
        await instance.get("/")
        instance.process.terminate()
        err += await asyncio.to_thread(told_to_the_end, instance.process)
        code = instance.process.wait(60)
    assert code == 0
    assert err.splitlines().count("working") == 2
    assert "background jobs failed" in err
    assert "no work today" in err


def test_a_port_that_is_taken_is_told_in_one_line(services: Services, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for workers in ("1", "2"):
            arguments = ("serve", "--no-jobs", "--port", port, "--workers", workers)
            with running(
                *arguments,
                "--data-dir",
                str(tmp_path),
                env=settings(services) | {"LOG_LEVEL": "error"},
                program=STAND_IN,
            ) as process:
                _out, err = process.communicate(timeout=60)
            assert process.returncode == 1
            assert "cannot listen: " in err.splitlines()[-1]
            assert "Traceback" not in err


def test_a_process_waits_for_its_database_and_can_be_stopped_meanwhile(tmp_path: Path) -> None:
    nowhere = {"DATABASE_URL": "postgresql://127.0.0.1:1/x", "REDIS_URL": "redis://127.0.0.1:1"}
    with running("serve", "--data-dir", str(tmp_path), env=nowhere, program=STAND_IN) as process:
        assert process.stderr is not None
        for _ in range(2):
            assert "PostgreSQL does not answer yet" in process.stderr.readline()
        process.terminate()
        assert process.wait(60) == 0


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_the_real_application_is_ready_and_drains(
    services: Services, tmp_path: Path, workers: str
) -> None:
    flags = ("--workers", workers)
    async with serving(services, tmp_path, *flags, program=PROGRAM) as instance:
        assert json.loads(await instance.get("/readyz"))["status"] == "ok"
        async with instance.client.ws_connect(
            f"{instance.url}/socket.io/?EIO=4&transport=websocket"
        ) as line:
            assert (await line.receive_str()).startswith("0{")
            instance.process.terminate()
            async with asyncio.timeout(10):
                while (await line.receive()).type is aiohttp.WSMsgType.TEXT:
                    pass
        code, _seconds, err = instance.end()
    assert code == 0
    assert "Traceback" not in err
    assert "left before everything was finished" not in err
