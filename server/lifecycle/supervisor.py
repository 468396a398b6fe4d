"""`serve --workers N`: one process per core behind one port, and what keeps them alive."""

import asyncio
import logging
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from server.config import Config
from server.lifecycle.listen import Listen, http_url
from server.lifecycle.signals import Shutdown
from server.lifecycle.startup import StartError, prepare_database

# By our own name, which is another one in a wheel.
PROGRAM = (sys.executable, "-m", __name__.removesuffix(".lifecycle.supervisor"))

KILL_SECONDS = 9.0  # members promise to end by themselves; the supervisor has 10 s in all

# A member that dies is started again at once; one that keeps dying, ever later.
PAUSE_SECONDS = (0.1, 10.0)
HEALTHY_SECONDS = 30.0
TRIES_BEFORE_READY = 3

logger = logging.getLogger(__name__)


class MemberProcess:
    """One of the processes, or rather its place: whoever dies in it is replaced."""

    def __init__(
        self, command: list[str], environment: dict[str, str], on_end: Callable[[], None]
    ) -> None:
        """Run nothing yet. `command` will get ` --lifeline FD` behind it.

        `on_end` is called after each process that has ended.
        """
        self.ready = asyncio.Event()
        self._command = command
        self._environment = environment
        self._on_end = on_end

    async def keep_running(self) -> None:
        """Run the process again and again. Cancelled, it is asked to drain and waited for.

        Raises:
            StartError: if it was never ready and died a few times.
        """
        pause, longest = PAUSE_SECONDS
        tries = 0
        while True:
            started = time.monotonic()
            code = await self._run_once()
            tries += 1
            if not self.ready.is_set() and tries == TRIES_BEFORE_READY:
                raise StartError(f"a worker process ended with {code}; its reason stands above")
            if time.monotonic() - started > HEALTHY_SECONDS:
                pause = PAUSE_SECONDS[0]
            logger.error("a worker process ended with %s; the next in %.1f s", code, pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, longest)

    async def _run_once(self) -> int:
        """Return its exit code. Cancelled once it ends by SIGTERM, twice by SIGKILL."""
        ours, theirs = socket.socketpair()
        with ours:
            ours.setblocking(False)
            with theirs:
                process = await asyncio.create_subprocess_exec(
                    *self._command,
                    "--lifeline",
                    str(theirs.fileno()),
                    env=self._environment,
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,  # Ctrl-C comes once, from the supervisor
                )
            try:
                if await asyncio.get_running_loop().sock_recv(ours, 1):
                    self.ready.set()
                return await process.wait()
            except asyncio.CancelledError:
                process.terminate()
                raise
            finally:
                await _reap(process)
                self._on_end()


async def _reap(process: asyncio.subprocess.Process) -> None:
    try:
        await process.wait()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise


async def supervise(
    config: Config, listen: Listen, count: int, jobs: bool, lifeline: int | None
) -> int:
    """Run `count` members until asked to stop; return the exit code. The first one runs the jobs.

    Prints the ready line once all accept connections.

    Raises:
        StartError: if the database or the port is not to be had, or members keep dying.
    """
    shutdown = Shutdown(lifeline)
    if not await shutdown.run_until_requested(prepare_database(config)):
        return 0
    from server.metrics.processes import leave_place

    with _reserved(config, listen) as port, TemporaryDirectory(prefix="mini-twitter-") as metrics:
        environment = _member_environment(config, metrics)
        members = [
            MemberProcess(
                _member_command(config, listen.host, port, place, jobs=jobs and place == 0),
                environment,
                partial(leave_place, Path(metrics), place),
            )
            for place in range(count)
        ]
        keepers = [asyncio.create_task(member.keep_running()) for member in members]
        announcing = asyncio.create_task(_announce(members, http_url(listen.host, port)))
        try:
            # Keepers end only by giving up, which raises.
            first = asyncio.wait(keepers, return_when=asyncio.FIRST_COMPLETED)
            await shutdown.run_until_requested(first)
            for keeper in keepers:
                if keeper.done():
                    keeper.result()
        finally:
            announcing.cancel()
            await _stop_members(keepers, shutdown)
    return 0


async def _announce(members: list[MemberProcess], address: str) -> None:
    for member in members:
        await member.ready.wait()
    print(f"ready on {address}", flush=True)


async def _stop_members(keepers: list[asyncio.Task[None]], shutdown: Shutdown) -> None:
    """Drain the members by a first cancellation, and kill those that are left by a second one."""
    for seconds in (KILL_SECONDS, 1.0):
        for keeper in keepers:
            keeper.cancel()
        if await shutdown.run_until_forced(asyncio.wait(keepers), seconds):
            return


def _member_command(config: Config, host: str, port: int, place: int, *, jobs: bool) -> list[str]:
    where = ["--host", host, "--port", str(port), "--data-dir", str(config.data_dir)]
    job_flags = [] if jobs else ["--no-jobs"]
    return [*PROGRAM, "serve", "--member", str(place), *where, *job_flags]


def _member_environment(config: Config, metrics: str) -> dict[str, str]:
    """Name the servers that the supervisor embeds: members never embed any themselves.

    And the directory in which all keep what they measure.
    """
    from server.metrics.processes import DIRECTORY

    own = {"DATABASE_URL": config.database_url, "REDIS_URL": config.redis_url, DIRECTORY: metrics}
    return {**os.environ, **own}


@contextmanager
def _reserved(config: Config, listen: Listen) -> Iterator[int]:
    """Hold the ports that members share, and yield that of the web server."""
    with ExitStack() as held:
        if config.metrics_listen is not None:
            try:
                held.enter_context(_reserve_port(*config.metrics_listen))
            except StartError as error:
                raise StartError(f"METRICS_LISTEN: {error}") from error
        yield held.enter_context(_reserve_port(listen.host, listen.port)).getsockname()[1]


def _reserve_port(host: str, port: int) -> socket.socket:
    """Hold the port for members alone, by a socket that is bound but never listens.

    Port 0 takes any free one. StartError where the port is taken.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _name, address = found[0]
        # Sharing is open to all processes of a user: without this look, two servers started on one
        # port by mistake would each get half of the connections.
        with socket.socket(family, kind, protocol) as alone:
            alone.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            alone.bind(address)
        shared = socket.socket(family, kind, protocol)
        shared.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        shared.bind(address)
    except OSError as error:
        raise StartError(f"cannot listen: {error.strerror or error}") from error
    return shared
