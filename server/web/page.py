"""The page and its assets: read once, with an ETag of their content and a strict policy."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable

import orjson
from aiohttp import ETag, hdrs, web

from handlers.media.purposes import FILE_BYTES_MAX, IMAGE_SIDE_MAX
from handlers.text.rules import TEXT_RULES

TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
PAGE = "index.html"
ASSETS_PATH = "/web/"
CLIENT = "client"  # a link to clients/javascript/src
CLIENT_PATH = "/client/"
NOT_FOR_BROWSERS = {"file-storage.js"}

# Numbers and names of ours that scripts go by, as modules of theirs.
MODULES: Mapping[str, Mapping[str, object]] = {
    "limits.js": {"FILE_BYTES_MAX": FILE_BYTES_MAX, "IMAGE_SIDE_MAX": IMAGE_SIDE_MAX},
    "text_rules.js": TEXT_RULES,
}

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
    """Serve the page at `/`, what it refers to at `/web/NAME`, the client at `/client/NAME`."""
    for file in files(__package__).iterdir():
        path = "/" if file.name == PAGE else ASSETS_PATH + file.name
        _add_file(app, path, file)
    for file in (files(__package__) / CLIENT).iterdir():
        if file.name not in NOT_FOR_BROWSERS:
            _add_file(app, CLIENT_PATH + file.name, file)
    for name, values in MODULES.items():
        app.router.add_get(ASSETS_PATH + name, constant(module(values), TYPES[".js"]))


def module(values: Mapping[str, object]) -> bytes:
    """Return a JavaScript module that exports these values under their names."""
    lines = (
        b"export const %s = %s;\n" % (name.encode(), orjson.dumps(values[name])) for name in values
    )
    return b"".join(lines)


def _add_file(app: web.Application, path: str, file: Traversable) -> None:
    content_type = TYPES.get(file.name[file.name.rfind(".") :])
    if content_type is not None and not file.name.endswith(".d.ts"):
        app.router.add_get(path, constant(file.read_bytes(), content_type))


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
