"""Looks at a server from outside, at its PUBLIC_URL: whether its proxy does what it has to."""

import asyncio
import re
from collections.abc import AsyncIterator
from http import HTTPStatus

import aiohttp

from server.cli.finding import Finding, fail, ok, warn
from server.config import Config

NAME = "public url"
SECONDS = 10
READS = 60  # at once, each as if from another address; the limit refills by 100 a second
LEFT = re.compile(r";r=(\d+)")
QUOTA = re.compile(r";q=(\d+)")
PROXY_DOCS = "see `What a proxy has to do` in docs/deployment.md"


async def public_url_findings(config: Config) -> AsyncIterator[Finding]:
    """Say how PUBLIC_URL answers, and what its proxy makes of headers and WebSockets."""
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as client:
        try:
            async with client.get(f"{config.public_url}/readyz") as answer:
                status, server = answer.status, answer.headers.get("Server", "")
        except (aiohttp.ClientError, OSError) as error:  # a TimeoutError is an OSError
            yield warn(
                NAME,
                f"{config.public_url} does not answer from here: {error or type(error).__name__}",
                "start the server; check PUBLIC_URL, its DNS name and certificate",
            )
            return
        if status not in (HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE):
            yield fail(NAME, f"/readyz answers {status}", f"is it this server? {PROXY_DOCS}")
            return
        yield ok(NAME, f"{config.public_url} answers, {'' if status == 200 else 'not '}ready")
        is_behind_proxy = "aiohttp" not in server
        if is_behind_proxy and not config.trusted_proxies:
            yield warn(
                "proxy headers",
                f"a proxy answers ({server or 'unnamed'}), and TRUSTED_PROXIES is not set",
                "set it to the proxy's network: all clients share the limits of one address",
            )
        yield await _forwarded_for(client, config.public_url)
        yield await _websocket(client, config.public_url)
        yield await _metrics(client, config)


async def _forwarded_for(client: aiohttp.ClientSession, url: str) -> Finding:
    """Whether a client can lend itself addresses: then each has a rate limit of its own."""

    async def spent(number: int) -> int | None:
        headers = {"X-Forwarded-For": f"198.51.100.{number}"}  # RFC 5737
        async with client.get(f"{url}/api/nothing/", headers=headers) as answer:
            left = LEFT.search(answer.headers.get("RateLimit", ""))
            quota = QUOTA.search(answer.headers.get("RateLimit-Policy", ""))
            return int(quota[1]) - int(left[1]) if quota and left else None

    found = await asyncio.gather(*(spent(number) for number in range(1, READS + 1)))
    counted = [one for one in found if one is not None]
    if not counted:
        return ok("proxy headers", "not looked at: rate limits are off")
    if max(counted) <= 2:
        return warn(
            "proxy headers",
            "X-Forwarded-For is believed as it is sent from here",
            f"have the proxy set it instead of passing it on; {PROXY_DOCS}",
        )
    return ok("proxy headers", "X-Forwarded-For of a client is not believed")


async def _websocket(client: aiohttp.ClientSession, url: str) -> Finding:
    address = f"{url}/socket.io/?EIO=4&transport=websocket"
    try:
        async with client.ws_connect(address) as socket:
            opened = await socket.receive_str(timeout=SECONDS)
    except (aiohttp.ClientError, OSError, TypeError) as error:
        return fail(
            "websocket",
            f"cannot be opened: {error or type(error).__name__}",
            f"have the proxy pass on Upgrade and Connection; {PROXY_DOCS}",
        )
    if opened.startswith("0{"):
        return ok("websocket", "opens")
    return fail("websocket", "something else answers", f"/socket.io/ is to lead here; {PROXY_DOCS}")


async def _metrics(client: aiohttp.ClientSession, config: Config) -> Finding:
    async with client.get(f"{config.public_url}/metrics") as answer:
        if answer.status != HTTPStatus.OK:
            return ok("metrics", "not for everybody")
    return warn(
        "metrics",
        "whoever reaches PUBLIC_URL reads /metrics",
        "set METRICS_TOKEN or METRICS_LISTEN, or have the proxy refuse it",
    )
