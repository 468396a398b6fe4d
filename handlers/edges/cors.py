"""Cross-origin requests: pages of the listed origins may call the API.

There is nothing to protect by forbidding others more than that: the API knows no cookies, so a page
acts as a user only by a token that it was given.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

METHODS = "GET, POST, PUT, PATCH, DELETE"
REQUEST_HEADERS = "Authorization, Content-Type, Idempotency-Key"
RESPONSE_HEADERS = "RateLimit, RateLimit-Policy, Retry-After"
PREFLIGHT_SECONDS = "600"


def cors(origins: Sequence[str]) -> Middleware:
    """Return a middleware for the API and these origins; `*` among them stands for any."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        origin = request.headers.get(hdrs.ORIGIN, "")
        welcome = origin.lower() in origins or (origin and "*" in origins)
        if not welcome or not request.path.startswith("/api/"):
            return await handler(request)
        preflight = (
            request.method == hdrs.METH_OPTIONS
            and hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers
        )
        try:
            response = web.Response(status=204) if preflight else await handler(request)
        except web.HTTPException as redirect:  # which a page follows only if it may read it, too
            response = redirect
        response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
        response.headers[hdrs.VARY] = hdrs.ORIGIN
        response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = RESPONSE_HEADERS
        if preflight:
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_METHODS] = METHODS
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_HEADERS] = REQUEST_HEADERS
            response.headers[hdrs.ACCESS_CONTROL_MAX_AGE] = PREFLIGHT_SECONDS
        if isinstance(response, web.HTTPException):
            raise response
        return response

    return middleware


def socket_origins(origins: Sequence[str]) -> Callable[[str | None, Mapping[str, Any]], bool]:
    """Return a predicate: whether pages of an origin may open sockets.

    Our own may, under whatever name they were reached, and those that are listed.
    """

    def may_connect(origin: str | None, environ: Mapping[str, Any]) -> bool:
        if origin is None or "*" in origins or origin.lower() in origins:
            return True
        return urlsplit(origin).netloc == environ.get("HTTP_HOST")

    return may_connect
