"""A push service on this machine: it takes what is pushed to a browser, and decrypts it as one."""

import base64
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import http_ece
import orjson
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class PushService:
    """url is where it is; answers, by the name of a browser, what it gets instead of 201."""

    url: str = ""
    received: list[tuple[str, Any, web.Request]] = field(default_factory=list)
    answers: dict[str, int] = field(default_factory=dict)
    browsers: dict[str, "Browser"] = field(default_factory=dict)

    async def take(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        assert Vapid02.verify(request.headers["Authorization"])
        body = await request.read()
        self.received.append((name, self.browsers[name].decrypt(body), request))
        return web.Response(status=self.answers.get(name, 201))

    def browser(self, name: str) -> "Browser":
        browser = Browser(f"{self.url}/push/{name}")
        self.browsers[name] = browser
        return browser

    def got(self, name: str) -> list[Any]:
        return [payload for browser, payload, _ in self.received if browser == name]


class Browser:
    """A browser's PushSubscription, and the keys that only it has."""

    def __init__(self, endpoint: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._auth = secrets.token_bytes(16)
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.subscription = {
            "endpoint": endpoint,
            "p256dh": encoded(point),
            "auth": encoded(self._auth),
        }

    def decrypt(self, body: bytes) -> Any:
        return orjson.loads(
            http_ece.decrypt(
                body, private_key=self._key, auth_secret=self._auth, version="aes128gcm"
            )
        )


@asynccontextmanager
async def push_service() -> AsyncIterator[PushService]:
    """Serve on this machine for the time of the block."""
    service = PushService()
    app = web.Application()
    app.router.add_post("/push/{name}", service.take)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        service.url = f"http://{host}:{port}"
        yield service
    finally:
        await runner.cleanup()
