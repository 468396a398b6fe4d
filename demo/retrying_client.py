"""Calls of the REST API by somebody who has time: refused or cut off, they wait and try again."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from random import uniform
from typing import Any

import aiohttp
import orjson

PAUSE_SECONDS = 1.0  # after the first failure; each further one doubles it
PAUSE_SECONDS_MAX = 8.0
REQUEST_SECONDS = 15.0
WAITED_OUT = (429, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """body is None where the answer has no JSON."""

    status: int
    body: Any


class RetryingClient:
    def __init__(self, http: aiohttp.ClientSession, url: str, say: Callable[[str], object]) -> None:
        self.url = url.rstrip("/")
        self.http = http
        self._say = say
        self._away = False

    async def call(
        self, method: str, path: str, json: Any = None, token: str | None = None
    ) -> HttpAnswer:
        """The first answer that is not "later". A call may be made twice: name what it creates."""
        pause = PAUSE_SECONDS
        while True:
            try:
                answer, later = await self._once(method, path, json, token)
            except (aiohttp.ClientError, OSError) as error:  # TimeoutError is an OSError
                if not self._away:
                    self._say(f"{self.url} does not answer ({type(error).__name__}): waiting")
                self._away = True
                later = uniform(0.5, 1) * pause
            else:
                if answer.status not in WAITED_OUT:
                    if self._away:
                        self._say(f"{self.url} is back")
                    self._away = False
                    return answer
                later = pause if later is None else later
            await asyncio.sleep(later)
            pause = min(2 * pause, PAUSE_SECONDS_MAX)

    async def _once(
        self, method: str, path: str, json: Any, token: str | None
    ) -> tuple[HttpAnswer, float | None]:
        """The answer, and its Retry-After in seconds."""
        async with self.http.request(
            method,
            self.url + path,
            json=json,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=aiohttp.ClientTimeout(REQUEST_SECONDS),
        ) as response:
            raw = await response.read()
            body = orjson.loads(raw) if raw and "json" in response.content_type else None
            named = response.headers.get("Retry-After", "")
            return HttpAnswer(response.status, body), float(named) if named.isdecimal() else None
