"""A server in a process of its own, at one address: to be killed, stopped and started again."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from subprocess import Popen

import aiohttp

from tests.conftest import Services
from tests.people import Instance
from tests.processes import printed, running

QUIET = {"RATE_LIMITS": "off", "BCRYPT_ROUNDS": "4", "LOG_LEVEL": "error"}


class Server(Instance):
    """`python -m server serve`, which comes back at the port that it had."""

    def __init__(self, services: Services, data_dir: Path, http: aiohttp.ClientSession) -> None:
        super().__init__("", http)
        self._env = {"DATABASE_URL": services.database_url, "REDIS_URL": services.redis_url}
        self._data_dir = data_dir
        self._stack = ExitStack()
        self._process: Popen[str] | None = None

    async def start(self) -> None:
        port = self.url.rpartition(":")[2] or "0"
        arguments = ("serve", "--port", port, "--data-dir", str(self._data_dir), "--no-jobs")
        self._process = self._stack.enter_context(running(*arguments, env=self._env | QUIET))
        self.url = (await asyncio.to_thread(printed, self._process)).removeprefix("ready on ")

    def kill(self) -> None:
        """End it as `kill -9` does."""
        self._stack.close()
        self._process = None

    def freeze(self) -> None:
        """Stop it as SIGSTOP does: its sockets stay open, and nobody answers."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGCONT)


@asynccontextmanager
async def serving(services: Services, data_dir: Path) -> AsyncIterator[Server]:
    """A server that runs until the end of the block, unless it is killed in it."""
    async with aiohttp.ClientSession() as http:
        server = Server(services, data_dir, http)
        await server.start()
        try:
            yield server
        finally:
            server.kill()
