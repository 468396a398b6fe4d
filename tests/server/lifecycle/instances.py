"""A process that serves the stand-in application, and a client of it."""

import asyncio
import re
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from tests.conftest import Services
from tests.processes import printed, running

STAND_IN = ("-m", "tests.server.lifecycle.stand_in")


@dataclass(frozen=True, slots=True)
class Instance:
    """A process that serves, and a client of it."""

    process: subprocess.Popen[str]
    url: str
    client: aiohttp.ClientSession

    async def get(self, path: str) -> str:
        """The body of the answer."""
        async with self.client.get(self.url + path) as answer:
            return await answer.text()

    async def refuses_newcomers(self) -> None:
        """Waits until nobody listens at its port any more."""
        async with aiohttp.ClientSession() as newcomer, asyncio.timeout(20):
            while True:
                try:
                    async with newcomer.get(self.url):
                        await asyncio.sleep(0.01)
                except aiohttp.ClientConnectorError:
                    return

    async def member(self) -> int:
        """The pid of a process that accepted a new connection."""
        async with aiohttp.ClientSession() as client, client.get(self.url) as answer:
            return int(await answer.text())

    def end(self) -> tuple[int, float, str]:
        """Exit code, seconds since now, and everything on stderr."""
        before = time.monotonic()
        _out, err = self.process.communicate(timeout=60)
        return self.process.returncode, time.monotonic() - before, err


def settings(services: Services) -> dict[str, str]:
    """Variables that point a process at the servers of this test process."""
    return {"DATABASE_URL": services.database_url, "REDIS_URL": services.redis_url}


@asynccontextmanager
async def serving(
    services: Services,
    data_dir: Path,
    *flags: str,
    program: tuple[str, ...] = STAND_IN,
    **env: str,
) -> AsyncIterator[Instance]:
    """`serve --port 0 FLAGS`, from its ready line on."""
    arguments = ("serve", "--port", "0", "--data-dir", str(data_dir), *flags)
    with running(*arguments, env=settings(services) | env, program=program) as process:
        line = await asyncio.to_thread(printed, process)
        ready = re.fullmatch(r"ready on (http://127\.0\.0\.1:\d+)", line)
        assert ready, line
        async with aiohttp.ClientSession() as client:
            yield Instance(process, ready[1], client)
