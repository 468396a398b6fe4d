"""Spans of requests and commands: used where spans are recorded (server/telemetry.py)."""

from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from opentelemetry import propagate, trace
from opentelemetry.trace import SpanKind, StatusCode

from handlers.context import SocketActor
from handlers.edges.socketio import COMMANDS, SocketCommands
from handlers.secret_paths import shown

UNKNOWN = "unknown"  # a command: there is no end to the names that clients may make up

tracer = trace.get_tracer("mini_twitter.handlers")


def recorded(handle: Middleware) -> Middleware:
    """Return the middleware with a span for each request to the API, in its `traceparent`."""

    @web.middleware
    async def record(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith("/api/"):
            return await handle(request, handler)
        resource = request.match_info.route.resource
        route = "" if resource is None else resource.canonical
        attributes = {
            "http.request.method": request.method,
            "http.route": route,
            "url.path": shown(request.path),
        }
        with tracer.start_as_current_span(
            f"{request.method} {route}".rstrip(),
            context=propagate.extract(request.headers),
            kind=SpanKind.SERVER,
            attributes=attributes,
        ) as span:
            response = await handle(request, handler)
            span.set_attribute("http.response.status_code", response.status)
            if response.status >= 500:
                span.set_status(StatusCode.ERROR)
            return response

    return record


class RecordedCommands(SocketCommands):
    """Commands that are spans, each the first of a trace."""

    async def run(self, caller: SocketActor, name: str, args: list[Any]) -> dict[str, Any]:
        """Carry out a command and return its ack; never raises."""
        method = name if name in COMMANDS else UNKNOWN
        attributes = {"rpc.system": "socket.io", "rpc.method": method}
        with tracer.start_as_current_span(
            f"command {method}", kind=SpanKind.SERVER, attributes=attributes
        ) as span:
            ack = await super().run(caller, name, args)
            if not ack["ok"]:
                span.set_attribute("error.type", str(ack["error"]["code"]))
                if ack["error"]["status"] >= 500:
                    span.set_status(StatusCode.ERROR)
            return ack
