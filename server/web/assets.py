"""Bodies served as they stand: with an ETag of their content, compressed for who takes that."""

import gzip
import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from functools import cache

import brotli
from aiohttp import ETag, hdrs, web

COMPRESSED_FROM = 512  # bytes; less travels in one packet either way
PRESSED = {"image/png"}  # already

# By preference. What is served again and again is pressed hard, once.
Compress = Callable[[bytes], bytes]
HARD: Mapping[str, Compress] = {
    "br": lambda body: brotli.compress(body, quality=11),
    "gzip": lambda body: gzip.compress(body, 9, mtime=0),
}
QUICK: Mapping[str, Compress] = {
    "br": lambda body: brotli.compress(body, quality=4),
    "gzip": lambda body: gzip.compress(body, 5, mtime=0),
}


def constant(
    body: bytes, content_type: str, headers: Mapping[str, str], status: int = 200
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return a handler that always answers this; a client that has it already gets a 304.

    Each encoding is made when it is first asked for.
    """
    etag = _etag(body)
    encoded = cache(lambda coding: HARD[coding](body))

    async def handle(request: web.Request) -> web.StreamResponse:
        return _answer(request, body, content_type, headers, etag, encoded, status)

    return handle


def made(
    request: web.Request, body: bytes, content_type: str, headers: Mapping[str, str], status: int
) -> web.StreamResponse:
    """Return the answer to this request with a body that was made for it."""
    etag = _etag(body)
    return _answer(
        request, body, content_type, headers, etag, lambda coding: QUICK[coding](body), status
    )


def _etag(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:32]


def _answer(
    request: web.Request,
    body: bytes,
    content_type: str,
    headers: Mapping[str, str],
    etag: str,
    encoded: Callable[[str], bytes],
    status: int = 200,
) -> web.StreamResponse:
    is_text = content_type not in PRESSED
    coding = taken(request.headers) if is_text and len(body) >= COMPRESSED_FROM else None
    tag = f"{etag}-{coding}" if coding else etag
    sent = {**headers, hdrs.VARY: hdrs.ACCEPT_ENCODING}
    if any(one.value in (tag, "*") for one in request.if_none_match or ()):
        response = web.Response(status=304, headers=sent)
    else:
        if coding:
            sent[hdrs.CONTENT_ENCODING] = coding
        response = web.Response(
            status=status,
            body=encoded(coding) if coding else body,
            content_type=content_type,
            charset="utf-8" if is_text else None,
            headers=sent,
        )
    response.etag = ETag(tag)
    return response


def taken(headers: Mapping[str, str]) -> str | None:
    """Return the coding to send, which Accept-Encoding names with a weight (RFC 9110, 12.5.3)."""
    named = {}
    for part in headers.get(hdrs.ACCEPT_ENCODING, "").lower().split(","):
        name, _, weight = part.partition(";")
        named[name.strip()] = re.fullmatch(r"\s*q=0(\.0*)?\s*", weight) is None
    return next((coding for coding in HARD if named.get(coding)), None)


def redirect(status: int, location: str) -> web.Response:
    """Return the answer that leads elsewhere, in words for who does not go by itself."""
    return web.Response(status=status, text=f"See {location}\n", headers={hdrs.LOCATION: location})
