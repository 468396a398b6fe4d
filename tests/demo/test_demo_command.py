"""`demo` fills the database that is served, and says where; what `make demo` runs."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import aiohttp

from demo.people import DEMO, PASSWORD
from server.config import Config
from server.lifecycle.served import served_at
from tests.conftest import Services, running
from tests.people import Instance
from tests.processes import ROOT, environment, printed, run
from tests.processes import running as process_running
from tests.server.lifecycle.instances import settings as urls

SMALL = ("--users", "20", "--posts", "50")


async def test_it_is_served_when_nobody_does_and_filled_beside_the_server_that_does(
    own_settings: Config, services: Services, tmp_path: Path
) -> None:
    env = urls(services) | {
        "DATABASE_URL": own_settings.database_url,
        "BCRYPT_ROUNDS": "4",
        "LOG_LEVEL": "error",
    }
    flags = ("demo", "--serve", *SMALL, "--port", "0", "--data-dir", str(tmp_path))
    with process_running(*flags, env=env) as process:
        lines = [await asyncio.to_thread(printed, process) for _ in range(3)]
        assert lines[1] == f"log in as {DEMO} / {PASSWORD}"
        url = lines[2].removeprefix("ready on ")
        async with aiohttp.ClientSession() as http:
            login = {"username": DEMO, "password": PASSWORD}
            await Instance(url, http).post("/api/users/token/", json=login)
        assert served_at(tmp_path) == url
        again = await asyncio.to_thread(run, *flags, env=env)
        assert (again.returncode, again.stderr) == (0, "")
        assert again.stdout.splitlines()[-1] == f"at {url}"
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 15) == 0
    assert served_at(tmp_path) is None


async def test_a_server_that_was_killed_is_not_taken_for_one(
    services: Services, tmp_path: Path
) -> None:
    flags = ("serve", "--port", "0", "--data-dir", str(tmp_path))
    with process_running(*flags, env=urls(services)) as process:
        assert (await asyncio.to_thread(printed, process)).endswith(str(served_at(tmp_path)))
        process.kill()
        process.wait()
    assert served_at(tmp_path) is None


async def test_no_second_database_is_filled_beside_a_server_of_another(
    settings: Config, tmp_path: Path
) -> None:
    async with running(settings) as instance:
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "server", "demo", *SMALL, "--url", instance.url],
            cwd=tmp_path,
            env=environment({"PYTHONPATH": str(ROOT)}),
            capture_output=True,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"mini-twitter: the server at {instance.url} does not keep its data in ")
    assert not (tmp_path / "data").exists()
