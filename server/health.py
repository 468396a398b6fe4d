"""Liveness and readiness."""

import asyncio
from collections.abc import Awaitable

import orjson
from aiohttp import web

from server.services import Services

ANSWER_SECONDS = 1.5

SERVICES = web.AppKey("services", Services)


async def healthz(request: web.Request) -> web.Response:
    """Answer 200: the process lives."""
    return web.json_response({"status": "ok"})


async def readyz(request: web.Request) -> web.Response:
    """Answer in JSON what of PostgreSQL and Redis answers, and whether we are stopping.

    200 while this instance can serve, be it without Redis, which makes it slower: were that a 503,
    a Redis that is away would have all instances taken out of service at once. 503 while it
    cannot: PostgreSQL is away, or it is stopping.
    """
    services = request.app[SERVICES]
    postgresql = await _answers(services.db.fetchval("SELECT 1"))
    redis = services.broker.connected
    draining = services.clients.draining
    ready = postgresql and not draining
    body = {
        "status": ("ok" if redis else "degraded") if ready else "unavailable",
        "postgresql": "ok" if postgresql else "unavailable",
        "redis": "ok" if redis else "degraded",
        "draining": draining,
    }
    return web.Response(
        body=orjson.dumps(body), status=200 if ready else 503, content_type="application/json"
    )


async def _answers(query: Awaitable[object]) -> bool:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            await query
    except Exception:  # noqa: BLE001 - whatever is wrong with PostgreSQL, we cannot serve
        return False
    return True
