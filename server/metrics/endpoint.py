"""/metrics, in Prometheus' text format."""

import asyncio
from hmac import compare_digest

from aiohttp import hdrs, web
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    disable_created_metrics,
    generate_latest,
)

from server.metrics.fleet import fleet_metrics
from server.metrics.instance import InstanceMetrics
from server.metrics.processes import SharedMetrics
from storage.database.pool import Database

disable_created_metrics()  # a second series for each, which nobody asks for

ONLY_PLACE = "0"  # of a process that is alone


class Exposition:
    """What a process shows: itself, those that share its port, and the fleet."""

    def __init__(self, db: Database, instance: InstanceMetrics | None = None) -> None:
        """Take what the fleet is asked through, and the instance, where the process is one."""
        self._db = db
        self._instance = instance
        self._shared = SharedMetrics.of_environment()

    async def all(self) -> bytes:
        """Return the metrics of all processes of the port, merged, and of the fleet."""
        fleet = CollectorRegistry()
        fleet.register(await fleet_metrics(self._db))
        if self._shared is None:
            return self._own() + generate_latest(fleet)
        self._update()
        return await asyncio.to_thread(self._shared.merged) + generate_latest(fleet)

    async def alone(self, place: str) -> bytes | None:
        """Return those of one process, by its place from 0 on; None where there is none."""
        if self._shared is None:
            return self._own() if place == ONLY_PLACE else None
        self._update()
        return await asyncio.to_thread(self._shared.alone, place)

    def _update(self) -> None:
        if self._instance is not None:
            self._instance.update()

    def _own(self) -> bytes:
        self._update()
        own = generate_latest(self._instance.registry) if self._instance is not None else b""
        return generate_latest(REGISTRY) + own


EXPOSITION = web.AppKey("exposition", Exposition)


def add_metrics(app: web.Application, token: str) -> None:
    """Serve /metrics to those who show the token, or to all where it is empty."""

    async def handle(request: web.Request) -> web.Response:
        if token and not _shows(request, token):
            raise web.HTTPUnauthorized(headers={hdrs.WWW_AUTHENTICATE: "Bearer"})
        exposition = request.app[EXPOSITION]
        place = request.query.get("process")
        body = await (exposition.all() if place is None else exposition.alone(place))
        if body is None:
            raise web.HTTPNotFound(text="There is no such process.")
        return web.Response(body=body, headers={hdrs.CONTENT_TYPE: CONTENT_TYPE_LATEST})

    app.router.add_get("/metrics", handle)


def metrics_app(exposition: Exposition, token: str) -> web.Application:
    """Make an application of /metrics alone, for an address of its own."""
    app = web.Application()
    app[EXPOSITION] = exposition
    add_metrics(app, token)
    return app


def _shows(request: web.Request, token: str) -> bool:
    scheme, _, shown = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    shown_bytes = shown.strip().encode(errors="surrogateescape")
    return scheme.lower() == "bearer" and compare_digest(shown_bytes, token.encode())
