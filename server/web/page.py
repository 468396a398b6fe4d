"""The page and its assets: read once, with an ETag of their content and a strict policy."""

import gzip
import hashlib
import re
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

COMPRESSED_FROM = 512  # bytes; less travels in one packet either way


def add_page(app: web.Application, headers: Mapping[str, str]) -> None:
    """Serve the page at `/`, what it refers to at `/web/NAME`, the client at `/client/NAME`."""
    for file in files(__package__).iterdir():
        path = "/" if file.name == PAGE else ASSETS_PATH + file.name
        _add_file(app, path, file, headers)
    for file in (files(__package__) / CLIENT).iterdir():
        if file.name not in NOT_FOR_BROWSERS:
            _add_file(app, CLIENT_PATH + file.name, file, headers)
    for name, values in MODULES.items():
        app.router.add_get(ASSETS_PATH + name, constant(module(values), TYPES[".js"], headers))


def module(values: Mapping[str, object]) -> bytes:
    """Return a JavaScript module that exports these values under their names."""
    lines = (
        b"export const %s = %s;\n" % (name.encode(), orjson.dumps(values[name])) for name in values
    )
    return b"".join(lines)


def _add_file(
    app: web.Application, path: str, file: Traversable, headers: Mapping[str, str]
) -> None:
    content_type = TYPES.get(file.name[file.name.rfind(".") :])
    if content_type is not None and not file.name.endswith(".d.ts"):
        app.router.add_get(path, constant(file.read_bytes(), content_type, headers))


def constant(
    body: bytes, content_type: str, headers: Mapping[str, str]
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return a handler that always answers this; a client that has it already gets a 304.

    Text goes compressed to those who take that.
    """
    etag = hashlib.sha256(body).hexdigest()[:32]
    compressed = gzip.compress(body, 9, mtime=0) if len(body) >= COMPRESSED_FROM else None
    sent = {**headers, hdrs.VARY: hdrs.ACCEPT_ENCODING}

    async def handle(request: web.Request) -> web.StreamResponse:
        encoded = compressed is not None and takes_gzip(request.headers)
        tag = f"{etag}-gzip" if encoded else etag
        known = any(one.value in (tag, "*") for one in request.if_none_match or ())
        response = web.Response(status=304, headers=sent)
        if not known:
            response = web.Response(
                body=compressed if encoded else body,
                content_type=content_type,
                charset="utf-8",
                headers={**sent, hdrs.CONTENT_ENCODING: "gzip"} if encoded else sent,
            )
        response.etag = ETag(tag)
        return response

    return handle


def takes_gzip(headers: Mapping[str, str]) -> bool:
    """Return whether Accept-Encoding names gzip, and not with a weight of 0 (RFC 9110, 12.5.3)."""
    for part in headers.get(hdrs.ACCEPT_ENCODING, "").lower().split(","):
        name, _, weight = part.partition(";")
        if name.strip() == "gzip":
            return re.fullmatch(r"\s*q=0(\.0*)?\s*", weight) is None
    return False
