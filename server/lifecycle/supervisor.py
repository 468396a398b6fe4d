"""`serve --workers N`: one process per core behind one port, and what keeps them alive."""

import asyncio
import logging
import os
import socket
import sys
import time

from server.config.load import Config
from server.lifecycle.listen import Listen, url
from server.lifecycle.signals import Stop
from server.lifecycle.startup import StartError, prepare

PROGRAM = (sys.executable, "-m", "server")

KILL_SECONDS = 9.0  # members promise to end by themselves; the supervisor has 10 s in all

# A member that dies is started again at once; one that keeps dying, ever later.
PAUSE_SECONDS = (0.1, 10.0)
HEALTHY_SECONDS = 30.0
TRIES_BEFORE_READY = 3

log = logging.getLogger(__name__)


class WorkerProcess:
    """One of the processes, or rather its place: whoever dies in it is replaced."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        """`command` is run with ` --lifeline FD` behind it."""
        self.ready = asyncio.Event()
        self._command = command
        self._environment = environment

    async def keep(self) -> None:
        """Run the process again and again. Cancelled, it is told to drain and waited for.

        Raises StartError if it was never ready and died a few times.
        """
        pause, longest = PAUSE_SECONDS
        tries = 0
        while True:
            born = time.monotonic()
            code = await self._live()
            tries += 1
            if not self.ready.is_set() and tries == TRIES_BEFORE_READY:
                raise StartError(f"a worker process ended with {code}; its reason stands above")
            if time.monotonic() - born > HEALTHY_SECONDS:
                pause = PAUSE_SECONDS[0]
            log.error("a worker process ended with %s; the next in %.1f s", code, pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, longest)

    async def _live(self) -> int:
        """One life, to its exit code. Cancelled once it ends by SIGTERM, twice by SIGKILL."""
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
                await _buried(process)


async def _buried(process: asyncio.subprocess.Process) -> None:
    try:
        await process.wait()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise


async def supervise(
    config: Config, listen: Listen, count: int, jobs: bool, lifeline: int | None
) -> int:
    """Run `count` members until asked to stop; the exit code. The first of them runs the jobs.

    Prints the ready line once all accept connections. Raises StartError.
    """
    stop = Stop(lifeline)
    if not await stop.unless_asked(prepare(config)):
        return 0
    with _reserve(listen.host, listen.port) as reserved:
        port = reserved.getsockname()[1]
        commands = [
            _command(config, listen.host, port, jobs=jobs and number == 0)
            for number in range(count)
        ]
        members = [WorkerProcess(command, _environment(config)) for command in commands]
        keepers = [asyncio.create_task(member.keep()) for member in members]
        telling = asyncio.create_task(_tell_when_ready(members, url(listen.host, port)))
        try:
            # Keepers end only by giving up, which raises.
            await stop.unless_asked(asyncio.wait(keepers, return_when=asyncio.FIRST_COMPLETED))
            for keeper in keepers:
                if keeper.done():
                    keeper.result()
        finally:
            telling.cancel()
            await _end(keepers, stop)
    return 0


async def _tell_when_ready(members: list[WorkerProcess], address: str) -> None:
    for member in members:
        await member.ready.wait()
    print(f"ready on {address}", flush=True)


async def _end(keepers: list[asyncio.Task[None]], stop: Stop) -> None:
    """The first cancellation drains the members, a second one kills those that are left."""
    for _drain, seconds in ((True, KILL_SECONDS), (False, 1.0)):
        for keeper in keepers:
            keeper.cancel()
        if await stop.unless_hurried(asyncio.wait(keepers), seconds):
            return


def _command(config: Config, host: str, port: int, *, jobs: bool) -> list[str]:
    where = ["--host", host, "--port", str(port), "--data-dir", str(config.data_dir)]
    quiet = [] if jobs else ["--no-jobs"]
    return [*PROGRAM, "serve", "--member", *where, *quiet]


def _environment(config: Config) -> dict[str, str]:
    """Members use the servers that the supervisor embeds, and never embed any themselves."""
    urls = {"DATABASE_URL": config.database_url, "REDIS_URL": config.redis_url}
    return {**os.environ, **urls}


def _reserve(host: str, port: int) -> socket.socket:
    """A socket that holds the port for members alone: bound, but never listening.

    Port 0 takes any free one. Raises StartError.
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
