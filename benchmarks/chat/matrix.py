"""Two people in a room of a Matrix server: one sends by PUT, the other waits in /sync."""

import asyncio
from typing import Any

import aiohttp

from benchmarks.chat.load import Pair

PASSWORD = "correct horse"
WAIT_MS = 30_000


class MatrixPair(Pair):
    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http, self._url = http, f"{url}/_matrix/client/v3"
        self._sent = 0
        self._tokens: list[str] = []
        self._room = self._since = ""

    @classmethod
    async def open(cls, url: str, number: int) -> "MatrixPair":
        pair = cls(aiohttp.ClientSession(), url)
        sender = await pair._register(f"sender_{number}")
        recipient = await pair._register(f"recipient_{number}")
        pair._tokens = [sender["access_token"], recipient["access_token"]]
        invited = {"preset": "trusted_private_chat", "is_direct": True}
        invited["invite"] = [recipient["user_id"]]
        pair._room = (await pair._ask("POST", "/createRoom", 0, invited))["room_id"]
        await pair._ask("POST", f"/rooms/{pair._room}/join", 1, {})
        pair._since = (await pair._ask("GET", "/sync?timeout=0", 1))["next_batch"]
        return pair

    async def _register(self, name: str) -> dict[str, Any]:
        body = {"username": name, "password": PASSWORD, "auth": {"type": "m.login.dummy"}}
        return await self._ask("POST", "/register", None, body)

    async def _ask(
        self, method: str, path: str, who: int | None, body: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        headers = {} if who is None else {"Authorization": f"Bearer {self._tokens[who]}"}
        async with self._http.request(
            method, self._url + path, json=body, headers=headers
        ) as response:
            answer: dict[str, Any] = await response.json()
            if response.status != 200:
                raise AssertionError(f"{path}: {response.status} {answer}")
            return answer

    async def exchange(self, text: str) -> None:
        self._sent += 1
        path = f"/rooms/{self._room}/send/m.room.message/t{self._sent}"
        body = {"msgtype": "m.text", "body": text}
        await asyncio.gather(self._ask("PUT", path, 0, body), self._arrived(text))

    async def _arrived(self, text: str) -> None:
        while True:
            path = f"/sync?timeout={WAIT_MS}&since={self._since}"
            came = await self._ask("GET", path, 1)
            self._since = came["next_batch"]
            room = came.get("rooms", {}).get("join", {}).get(self._room, {})
            events = room.get("timeline", {}).get("events", [])
            if any(event["content"].get("body") == text for event in events):
                return

    async def close(self) -> None:
        await self._http.close()
