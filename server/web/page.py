"""The page and its assets: read once, with an ETag of their content and a strict policy."""

import hashlib
from collections.abc import Awaitable, Callable
from importlib.resources import files

from aiohttp import ETag, hdrs, web

from handlers.text.rules import javascript

TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
PAGE = "index.html"
ASSETS_PATH = "/web/"
RULES = "text_rules.js"  # made of what the server has, for text.js

POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: https: http:",
        "connect-src 'self' ws: wss:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    hdrs.CACHE_CONTROL: "no-cache",
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def add_page(app: web.Application) -> None:
    """Serve the page at `/` and the files that it refers to at `/web/NAME`."""
    for file in files(__package__).iterdir():
        name = file.name
        content_type = TYPES.get(name[name.rfind(".") :])
        if content_type is not None:
            path = "/" if name == PAGE else ASSETS_PATH + name
            app.router.add_get(path, constant(file.read_bytes(), content_type))
    rules = constant(javascript().encode(), TYPES[".js"])
    app.router.add_get(ASSETS_PATH + RULES, rules)


def constant(
    body: bytes, content_type: str
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return a handler that always answers this; a client that has it already gets a 304."""
    etag = hashlib.sha256(body).hexdigest()[:32]

    async def handle(request: web.Request) -> web.StreamResponse:
        known = any(tag.value in (etag, "*") for tag in request.if_none_match or ())
        response = web.Response(status=304, headers=HEADERS)
        if not known:
            response = web.Response(
                body=body, content_type=content_type, charset="utf-8", headers=HEADERS
            )
        response.etag = ETag(etag)
        return response

    return handle
