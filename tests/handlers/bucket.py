"""A bucket to test with: as much of S3 as files of users need, in memory, on loopback.

S3_TEST_ENDPOINT may name a whole S3-compatible server instead, such as moto's or MinIO.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import md5
from xml.etree import ElementTree

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from aiohttp.typedefs import Handler

from storage.media_store.address import S3Address

BUCKET = "images"
SENT = ("Content-Type", "Cache-Control", "Content-Disposition")


@asynccontextmanager
async def bucket(prefix: str | None = None) -> AsyncIterator[S3Address]:
    """Takes the credentials of the environment, whatever they are."""
    named = os.environ.get("S3_TEST_ENDPOINT")
    if named is not None:
        async with aiohttp.ClientSession() as http, http.put(f"{named}/{BUCKET}"):
            yield S3Address(BUCKET, prefix, named, "us-east-1")
    else:
        async with TestServer(stand_in()) as server:
            endpoint = str(server.make_url("")).rstrip("/")
            yield S3Address(BUCKET, prefix, endpoint, "us-east-1")


def stand_in() -> web.Application:
    """PUT, GET and DELETE of objects by path, and DeleteObjects; requests must be signed."""
    objects: dict[str, tuple[dict[str, str], bytes]] = {}

    async def put(request: web.Request) -> web.Response:
        about = {name: request.headers[name] for name in SENT if name in request.headers}
        body = await request.read()
        objects[request.match_info["key"]] = (about, body)
        return web.Response(headers={"ETag": f'"{md5(body).hexdigest()}"'})

    async def get(request: web.Request) -> web.Response:
        found = objects.get(request.match_info["key"])
        if found is None:
            return _xml("<Error><Code>NoSuchKey</Code></Error>", 404)
        about, body = found
        etag = {"ETag": f'"{md5(body).hexdigest()}"'}
        modified = {"Last-Modified": "Mon, 02 Nov 2026 10:00:00 GMT"}
        return web.Response(body=body, headers=about | etag | modified)

    async def delete_many(request: web.Request) -> web.Response:
        assert "delete" in request.query
        asked = ElementTree.fromstring(await request.read())
        keys = [found.text or "" for found in asked.iterfind(".//{*}Key")]
        for key in keys:
            objects.pop(key, None)
        deleted = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
        return _xml(f"<DeleteResult>{deleted}</DeleteResult>")

    @web.middleware
    async def signed(request: web.Request, handler: Handler) -> web.StreamResponse:
        authorization = request.headers.get("Authorization", "")
        if not authorization.startswith("AWS4-HMAC-SHA256 Credential="):
            return _xml("<Error><Code>AccessDenied</Code></Error>", 403)
        return await handler(request)

    app = web.Application(middlewares=[signed], client_max_size=2**25)
    app.router.add_put(f"/{BUCKET}/{{key:.+}}", put)
    app.router.add_get(f"/{BUCKET}/{{key:.+}}", get)
    app.router.add_post(f"/{BUCKET}", delete_many)
    return app


def _xml(text: str, status: int = 200) -> web.Response:
    return web.Response(text=text, status=status, content_type="application/xml")


def nowhere() -> S3Address:
    """Where nothing listens."""
    return S3Address(BUCKET, None, "http://127.0.0.1:1", "us-east-1")
