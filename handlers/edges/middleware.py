"""What is done around every request, as one middleware: each of several costs all requests."""

from functools import partial

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from handlers.edges.cors import cors
from handlers.edges.known_origins import KnownOrigins
from handlers.edges.rest.error_middleware import answer_errors
from handlers.edges.tracing import begin
from storage import tracing

# Answers a browser at an address of nothing; without it that is aiohttp's 404 in one line.
NOTHING_HERE: web.AppKey[Handler] = web.AppKey("nothing_here")


def middleware(origins: KnownOrigins) -> Middleware:
    """Return what names each request, and gives those to the API its errors and headers."""
    shared = cors(origins)
    slashes = web.normalize_path_middleware(
        append_slash=True, merge_slashes=False, redirect_class=web.HTTPPermanentRedirect
    )

    @web.middleware
    async def handle(request: web.Request, handler: Handler) -> web.StreamResponse:
        if (
            request.match_info.http_exception is not None
        ):  # nothing is there, but for a slash perhaps
            handler = partial(slashes, handler=handler)
        token = begin(request)
        try:
            if not request.path.startswith("/api/"):
                return await handler(request)
            if hdrs.ORIGIN in request.headers:
                return await shared(request, partial(answer_errors, handler=handler))
            return await answer_errors(request, handler)
        except web.HTTPNotFound:  # none is left under /api/
            page = request.app.get(NOTHING_HERE)
            if page is None or "text/html" not in request.headers.get(hdrs.ACCEPT, ""):
                raise
            return await page(request)
        finally:
            tracing.end(token)

    if not tracing.is_recorded():
        return handle
    from handlers.edges.spans import recorded

    return recorded(handle)
