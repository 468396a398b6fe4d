"""A client of the REST API that waits and tries again while a server is busy or away."""

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
RETRIED_STATUSES = (429, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An answer; `body` is None where it has no JSON."""

    status: int
    body: Any


class RetryingClient:
    """Calls of one server by any number of users."""

    def __init__(
        self, http: aiohttp.ClientSession, url: str, report: Callable[[str], object]
    ) -> None:
        """Call nothing yet. `report` gets a line when the server goes away, and when it is back."""
        self.url = url.rstrip("/")
        self.http = http
        self._report = report
        self._is_away = False

    async def call(
        self, method: str, path: str, json: Any = None, token: str | None = None
    ) -> HttpAnswer:
        """Return the first answer that is not to try later.

        A request may be sent twice: what it creates takes an idempotency key.
        """
        pause = PAUSE_SECONDS
        while True:
            try:
                answer, retry_after = await self._once(method, path, json, token)
            except (aiohttp.ClientError, OSError) as error:  # TimeoutError is an OSError
                if not self._is_away:
                    self._report(f"{self.url} does not answer ({type(error).__name__}): waiting")
                self._is_away = True
                retry_after = uniform(0.5, 1) * pause
            else:
                if answer.status not in RETRIED_STATUSES:
                    if self._is_away:
                        self._report(f"{self.url} is back")
                    self._is_away = False
                    return answer
                retry_after = pause if retry_after is None else retry_after
            await asyncio.sleep(retry_after)
            pause = min(2 * pause, PAUSE_SECONDS_MAX)

    async def _once(
        self, method: str, path: str, json: Any, token: str | None
    ) -> tuple[HttpAnswer, float | None]:
        """Return the answer, and its Retry-After in seconds."""
        async with self.http.request(
            method,
            self.url + path,
            json=json,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=aiohttp.ClientTimeout(REQUEST_SECONDS),
        ) as response:
            raw = await response.read()
            body = orjson.loads(raw) if raw and "json" in response.content_type else None
            header = response.headers.get("Retry-After", "")
            return HttpAnswer(response.status, body), float(header) if header.isdecimal() else None
