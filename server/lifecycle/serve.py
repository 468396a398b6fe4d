"""One web process: from the first listening socket to the last answered request."""

import asyncio
import gc
import logging
import os
from collections.abc import Callable, Coroutine
from typing import Any

from aiohttp import web

from server.config.load import Config
from server.embedded.sockets import socket_dir
from server.lifecycle import signals
from server.lifecycle.listen import Listen, url
from server.lifecycle.peers import Peers
from server.lifecycle.signals import Stop
from server.lifecycle.startup import StartError, prepare

# Out of the 10 s that a drain may take: sockets are told first, then requests finish. aiohttp
# spends its own timeout up to twice on a request that does not end.
TELL_SECONDS = 2.0
FINISH_SECONDS = 2.5
DRAIN_SECONDS = 8.0

KEEPALIVE_SECONDS = 75.0  # above the 60 s of common proxies, so that they close first
BACKLOG = 1024  # after a restart every client comes back at once

JOBS_PAUSE_SECONDS = (1.0, 30.0)  # after the first failure, and at most

log = logging.getLogger(__name__)


def run_in_loop(main: Coroutine[Any, Any, int]) -> int:
    """Run `main` on uvloop where it is installed, and answer its exit code."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        code = runner.run(main)
        # Closing the loop would bring back handlers that kill us while embedded servers stop.
        signals.ignore_signals()
        return code


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        from uvloop import new_event_loop
    except ImportError:
        return asyncio.new_event_loop
    return new_event_loop


async def serve(
    config: Config,
    listen: Listen,
    *,
    jobs: bool = True,
    lifeline: int | None = None,
    migrate: bool = True,
    announce: Callable[[str], None],
) -> int:
    """Serve until asked to stop, then drain; the exit code. `announce` gets the URL once ready.

    Raises StartError.
    """
    stop = Stop(lifeline)
    if migrate and not await stop.unless_asked(prepare(config)):
        return 0
    from server.app import create_app

    peers = _peers(config) if listen.shared else None
    runner = web.AppRunner(
        create_app(config, peers),
        access_log=None,
        handler_cancellation=False,
        keepalive_timeout=KEEPALIVE_SECONDS,
        shutdown_timeout=FINISH_SECONDS,
    )
    background = asyncio.create_task(_keep_working(config)) if jobs else None
    try:
        await runner.setup()
        _settle()
        if peers is not None:
            await web.UnixSite(runner, str(peers.path)).start()
        announce(await _listen(runner, listen))
        await stop.asked.wait()
    finally:
        log.info("draining")
        if not await stop.unless_hurried(_drain(runner, background), DRAIN_SECONDS):
            log.warning("left before everything was finished")
    return 0


async def work(config: Config, lifeline: int | None = None) -> int:
    """Background jobs alone, until asked to stop; the exit code. Raises StartError."""
    stop = Stop(lifeline)
    if await stop.unless_asked(prepare(config)):
        background = asyncio.create_task(_keep_working(config))
        await stop.asked.wait()
        background.cancel()
        await stop.unless_hurried(asyncio.wait({background}), DRAIN_SECONDS)
    return 0


def _settle() -> None:
    """The program is there for good: the garbage collector need not look through it ever again, and
    seldom through its connections. Nearly all that is dropped is freed without it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)


def _peers(config: Config) -> Peers:
    directory = config.data_dir / "workers"
    return Peers(socket_dir(directory, "0" * 8 + ".sock", os.geteuid()))


async def _listen(runner: web.AppRunner, listen: Listen) -> str:
    site = web.TCPSite(
        runner,
        listen.host,
        listen.port,
        backlog=BACKLOG,
        reuse_port=listen.shared or None,
    )
    try:
        await site.start()
    except OSError as error:
        raise StartError(f"cannot listen: {error.strerror or error}") from error
    port = next(address[1] for address in runner.addresses if isinstance(address, tuple))
    return url(listen.host, port)


async def _drain(runner: web.AppRunner, background: asyncio.Task[None] | None) -> None:
    """Refuse new connections, tell sockets to reconnect elsewhere, let requests and jobs finish."""
    if background:
        background.cancel()
    if runner.sites:
        from server.app import DRAIN

        for site in list(runner.sites):
            await site.stop()
        try:
            async with asyncio.timeout(TELL_SECONDS):
                await runner.app[DRAIN]()
        except Exception:
            log.exception("sockets could not be told to reconnect elsewhere")
    await runner.cleanup()
    if background:
        await asyncio.wait({background})


async def _keep_working(config: Config) -> None:
    """Jobs must outlive whatever fails below them: start again, ever more patiently."""
    from server.jobs.worker import run_worker

    pause, longest = JOBS_PAUSE_SECONDS
    while True:
        try:
            await run_worker(config)
            log.error("background jobs ended by themselves; again in %.0f s", pause)
        except Exception:
            log.exception("background jobs failed; again in %.0f s", pause)
        await asyncio.sleep(pause)
        pause = min(2 * pause, longest)
