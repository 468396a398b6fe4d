"""The limit for a REST endpoint: bare aiohttp that answers bytes made beforehand.

Started with a JSON object on its standard input, `{"path": [status, "body"]}`.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable

import uvloop
from aiohttp import web


def answer(status: int, body: bytes) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=body, status=status, content_type="application/json")

    return handle


async def main() -> None:
    app = web.Application()
    for path, (status, body) in json.load(sys.stdin).items():
        app.router.add_route("*", path, answer(status, body.encode()))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"ready on http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
