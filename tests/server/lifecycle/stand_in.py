"""The program with an application of a few lines, to see the process around it at work.

`python -m tests.server.lifecycle.stand_in ARGUMENTS` takes the arguments of `python -m server`.
"""

import asyncio
import os
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from types import ModuleType

from aiohttp import web

DRAIN: web.AppKey[Callable[[], Awaitable[None]]] = web.AppKey("drain")


def create_app(_config: object, _peers: object = None) -> web.Application:
    """/ answers with its pid; /slow takes a second, /stuck no end; draining is told on stderr.

    The head of the answer of /slow and /stuck comes at once: a client knows that they have begun.
    """
    app = web.Application()
    app.router.add_get("/", _quick)
    app.router.add_get("/slow", _slow)
    app.router.add_get("/stuck", _stuck)
    app.router.add_get("/thread", _thread)
    app.router.add_get("/loop", _loop)
    app[DRAIN] = _told
    app.cleanup_ctx.append(_opened)
    return app


def _say(word: str) -> None:
    """In one write: print makes two, and several processes share the pipe."""
    sys.stderr.write(f"{word}\n")
    sys.stderr.flush()


async def _opened(_app: web.Application) -> AsyncIterator[None]:
    _say("opened")
    yield
    _say("closed")


async def _told() -> None:
    _say("told")


async def _quick(_request: web.Request) -> web.Response:
    return web.Response(text=str(os.getpid()))


async def _slow(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse()
    await answer.prepare(request)
    await asyncio.sleep(1)
    await answer.write(b"slow")
    return answer


async def _stuck(request: web.Request) -> web.StreamResponse:
    await web.StreamResponse().prepare(request)
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            continue


async def _thread(_request: web.Request) -> web.Response:
    threading.Thread(target=time.sleep, args=(3600,)).start()
    return web.Response()


async def _loop(_request: web.Request) -> web.Response:
    asyncio.get_running_loop().call_later(0.1, time.sleep, 3600)
    return web.Response()


async def run_worker(_config: object) -> None:
    """Fails at first, then works until cancelled."""
    _say("working")
    raise RuntimeError("no work today")


if __name__ == "__main__":
    for name in ("server.app", "server.jobs.worker"):
        sys.modules[name] = stand_in = ModuleType(name)
        vars(stand_in).update(create_app=create_app, DRAIN=DRAIN, run_worker=run_worker)
    from server.__main__ import main
    from server.lifecycle import signals, supervisor

    signals.EXIT_SECONDS = float(os.environ.get("EXIT_SECONDS", signals.EXIT_SECONDS))
    supervisor.PROGRAM = (sys.executable, "-m", "tests.server.lifecycle.stand_in")

    sys.exit(main())
