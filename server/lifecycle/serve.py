"""One web process: from the first listening socket to the last answered request."""

import asyncio
import gc
import logging
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from aiohttp import web

from server.config import Config
from server.embedded.sockets import socket_dir
from server.lifecycle import signals
from server.lifecycle.listen import Listen, http_url
from server.lifecycle.peers import SOCKET_NAME, Peers
from server.lifecycle.signals import Shutdown
from server.lifecycle.startup import StartError, prepare_database

if TYPE_CHECKING:
    from server.metrics.endpoint import Exposition

# Out of the 10 s that a drain may take: sockets are told first, then requests finish. aiohttp
# spends its own timeout up to twice on a request that does not end.
DISCONNECT_SECONDS = 2.0
FINISH_SECONDS = 2.5
DRAIN_SECONDS = 8.0

KEEPALIVE_SECONDS = 75.0  # above the 60 s of common proxies, so that they close first
BACKLOG = 8192  # after a restart every client comes back at once; the kernel may allow fewer

JOBS_PAUSE_SECONDS = (1.0, 30.0)  # after the first failure, and at most

logger = logging.getLogger(__name__)


def run_in_loop(main: Coroutine[Any, Any, int]) -> int:
    """Run `main` on uvloop where it is installed, and return its exit code."""
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


async def serve_http(
    config: Config,
    listen: Listen,
    *,
    jobs: bool = True,
    lifeline: int | None = None,
    migrate: bool = True,
    on_ready: Callable[[str], None],
) -> int:
    """Serve until asked to stop, then drain; return the exit code.

    Args:
        config: settings, with the URLs of servers that run.
        listen: where.
        jobs: whether background jobs run here, too.
        lifeline: see signals.Shutdown.
        migrate: whether to wait for PostgreSQL and migrate first.
        on_ready: is called with the URL once connections are accepted.

    Raises:
        StartError: if the database or the port is not to be had.
    """
    shutdown = Shutdown(lifeline)
    if migrate and not await shutdown.run_until_requested(prepare_database(config)):
        return 0
    from server.access_log import LOGGER, access_logger
    from server.app import create_app
    from server.lifecycle.runner import Runner

    peers = _open_peers(config) if listen.shared else None
    runner = Runner(
        create_app(config, peers),
        config.public_url,
        access_log=LOGGER if config.access_log else None,
        access_log_class=access_logger(config.trusted_proxies),
        handler_cancellation=False,
        keepalive_timeout=KEEPALIVE_SECONDS,
        shutdown_timeout=FINISH_SECONDS,
    )
    background = asyncio.create_task(_keep_jobs_running(config)) if jobs else None
    metrics: web.AppRunner | None = None
    try:
        await runner.setup()
        _freeze_garbage()
        if peers is not None:
            await web.UnixSite(runner, str(peers.path)).start()
        if config.metrics_listen is not None:
            from server.metrics.endpoint import EXPOSITION

            metrics = await _serve_metrics(
                config, runner.app[EXPOSITION], config.metrics_listen, shared=listen.shared
            )
        on_ready(await _listen(runner, listen))
        await shutdown.requested.wait()
    finally:
        logger.info("draining")
        if not await shutdown.run_until_forced(_drain(runner, background), DRAIN_SECONDS):
            logger.warning("left before everything was finished")
        if metrics is not None:
            await metrics.cleanup()
    return 0


async def serve_jobs(config: Config, lifeline: int | None = None) -> int:
    """Run background jobs alone until asked to stop; return the exit code.

    Raises:
        StartError: if the database, or the address of the metrics, is not to be had.
    """
    shutdown = Shutdown(lifeline)
    if await shutdown.run_until_requested(prepare_database(config)):
        async with _worker_metrics(config):
            background = asyncio.create_task(_keep_jobs_running(config))
            await shutdown.requested.wait()
            background.cancel()
            await shutdown.run_until_forced(asyncio.wait({background}), DRAIN_SECONDS)
    return 0


@asynccontextmanager
async def _worker_metrics(config: Config) -> AsyncIterator[None]:
    """Serve the metrics of a process that has no web server, where they have an address."""
    if config.metrics_listen is None:
        yield
        return
    from server.metrics.endpoint import Exposition
    from storage.database.pool import open_database

    async with open_database(config.database_url, size=1) as db:
        runner = await _serve_metrics(config, Exposition(db), config.metrics_listen)
        try:
            yield
        finally:
            await runner.cleanup()


def _freeze_garbage() -> None:
    """Spare the garbage collector the program, which is there for good, and most looks elsewhere.

    Nearly all that connections drop is freed without it.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)


def _open_peers(config: Config) -> Peers:
    directory = config.data_dir / "peers"
    return Peers(socket_dir(directory, SOCKET_NAME.format("0" * 8), os.geteuid()))


async def _serve_metrics(
    config: Config, exposition: "Exposition", address: tuple[str, int], *, shared: bool = False
) -> web.AppRunner:
    from server.metrics.endpoint import metrics_app

    host, port = address
    runner = web.AppRunner(
        metrics_app(exposition, config.metrics_token), access_log=None, shutdown_timeout=0
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, reuse_port=shared or None).start()
    except OSError as error:
        await runner.cleanup()
        raise StartError(f"METRICS_LISTEN: cannot listen: {error.strerror or error}") from error
    return runner


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
    return http_url(listen.host, port)


async def _drain(runner: web.AppRunner, background: asyncio.Task[None] | None) -> None:
    """Refuse new connections, tell sockets to reconnect elsewhere, let requests and jobs finish."""
    if background:
        background.cancel()
    if runner.sites:
        await _disconnect_sockets(runner)
    await runner.cleanup()
    if background:
        await asyncio.wait({background})


async def _disconnect_sockets(runner: web.AppRunner) -> None:
    from server.app import DRAIN

    for site in list(runner.sites):
        await site.stop()
    try:
        async with asyncio.timeout(DISCONNECT_SECONDS):
            await runner.app[DRAIN]()
    except Exception:
        logger.exception("sockets could not be told to reconnect elsewhere")


async def _keep_jobs_running(config: Config) -> None:
    """Start the worker again, ever more patiently: jobs outlive whatever fails below them."""
    from server.jobs.worker import run_worker

    pause, longest = JOBS_PAUSE_SECONDS
    while True:
        try:
            await run_worker(config)
            logger.error("background jobs ended by themselves; again in %.0f s", pause)
        except Exception:
            logger.exception("background jobs failed; again in %.0f s", pause)
        await asyncio.sleep(pause)
        pause = min(2 * pause, longest)
