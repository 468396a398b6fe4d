"""A receiver of webhooks on this machine, which verifies as the specification says."""

import base64
import hashlib
import hmac
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

TOLERANCE_SECONDS = 300


def verified(secret: str, headers: Any, body: bytes) -> Any:
    """What a body says, by https://www.standardwebhooks.com; AssertionError unless it is signed."""
    key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    assert secret.startswith("whsec_")
    assert 24 <= len(key) <= 64
    assert abs(time.time() - int(headers["webhook-timestamp"])) < TOLERANCE_SECONDS
    signed = b".".join(
        (headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body)
    )
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert f"v1,{expected}" in headers["webhook-signature"].split(" ")
    return orjson.loads(body)


@dataclass(frozen=True, slots=True)
class Request:
    headers: Any
    body: bytes

    @property
    def said(self) -> Any:
        return orjson.loads(self.body)


@dataclass
class Receiver:
    """url is where it is; answers what it says, by path, instead of 204: a status and headers."""

    url: str = ""
    received: dict[str, list[Request]] = field(default_factory=dict)
    answers: dict[str, tuple[int, dict[str, str]]] = field(default_factory=dict)

    async def take(self, request: web.Request) -> web.Response:
        path = request.match_info["path"]
        taken = Request(request.headers.copy(), await request.read())
        self.received.setdefault(path, []).append(taken)
        status, headers = self.answers.get(path, (204, {}))
        return web.Response(status=status, headers=headers)

    def got(self, path: str) -> list[Any]:
        return [one.said for one in self.received.get(path, [])]


@asynccontextmanager
async def webhook_receiver() -> AsyncIterator[Receiver]:
    """Serve on this machine for the time of the block."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/{path}", receiver.take)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        receiver.url = f"http://{host}:{port}"
        yield receiver
    finally:
        await runner.cleanup()
