"""Cross-origin requests: pages of known origins may call the API.

There is nothing to protect by forbidding others more than that: a page acts as a user only by a
token that it was given. The one cookie is for our own page (rest/refresh_cookie.py), so no origin
is ever allowed credentials.
"""

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from handlers.edges.known_origins import KnownOrigins

METHODS = "GET, POST, PUT, PATCH, DELETE"
REQUEST_HEADERS = (
    "Authorization, Consistency-Token, Content-Type, Idempotency-Key, X-Request-Id, traceparent"
)
RESPONSE_HEADERS = "Consistency-Token, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id"
PREFLIGHT_SECONDS = "600"


def cors(origins: KnownOrigins) -> Middleware:
    """Return a middleware for the API that lets pages of known origins read its answers."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        origin = request.headers.get(hdrs.ORIGIN, "")
        if not (origin and origins.is_known(origin)):
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
