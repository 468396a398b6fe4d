"""The limits for a REST endpoint: bare aiohttp that answers bytes made beforehand.

Started with a JSON object on its standard input, `{"path": [status, "body"]}`. Of a path that has
an SQL statement and its arguments besides, `[status, "body", "sql", [argument]]`, the statement is
run before each answer, on a connection of asyncpg's to DATABASE_URL: what no server that asks
PostgreSQL can spare.
"""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import uvloop
from aiohttp import web

CONNECTIONS = 4

Handler = Callable[[web.Request], Awaitable[web.Response]]


def answer(status: int, body: bytes) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=body, status=status, content_type="application/json")

    return handle


async def answer_after(statement: str, arguments: list[Any], then: Handler) -> Handler:
    url = os.environ["DATABASE_URL"]
    idle = [await (await _connected(url)).prepare(statement) for _ in range(CONNECTIONS)]

    async def handle(request: web.Request) -> web.Response:
        prepared = idle.pop()
        await prepared.fetch(*arguments)
        idle.append(prepared)
        return await then(request)

    return handle


async def _connected(url: str) -> asyncpg.Connection:
    settings = {"jit": "off", "mini_twitter.media_url": "/media/"}
    connection = await asyncpg.connect(url, server_settings=settings)
    await connection.fetchval("SELECT ARRAY[ROW(1)], '{}'::bigint[], '{}'::text[]")  # seen once
    return connection


async def main() -> None:
    app = web.Application()
    for path, (status, body, *statement) in json.load(sys.stdin).items():
        handler = answer(status, body.encode())
        if statement:
            sql, arguments = statement
            handler = await answer_after(sql, arguments, handler)
        app.router.add_route("*", path, handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"ready on http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
