"""A bot that answers every post that mentions it, also those of while it was away.

    python mention_bot.py http://127.0.0.1:8000 USERNAME PASSWORD [STATE_FILE]

It keeps its position in the event log (`since` and `epoch`) in a file, so that a bot that is killed
goes on where it was. An answer has a `client_id`: one that is sent twice is stored once.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import aiohttp
import socketio


class MentionBot:
    """One account, its tokens and its position in the event log."""

    def __init__(self, http: aiohttp.ClientSession, state: Path) -> None:
        self.http = http
        self.state = state
        self.position = json.loads(state.read_text()) if state.exists() else {}
        self.tokens: dict[str, Any] = {}
        self.socket = socketio.AsyncClient()
        self.events: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue()
        self.socket.on("*", lambda name, event: self.events.put_nowait((name, event)))

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """Return the JSON of an answer; raise for a problem."""
        token = self.tokens.get("access")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self.http.request(method, path, json=body, headers=headers) as response:
            response.raise_for_status()
            return await response.json()

    async def auth(self) -> dict[str, Any]:
        """Return what to connect with; the client asks again each time it reconnects."""
        refresh = {"refresh": self.tokens["refresh"]}
        self.tokens = await self.call("POST", "/api/users/token/refresh/", refresh)
        return {"token": self.tokens["access"], **self.position}

    async def run(self, url: str, username: str, password: str) -> None:
        """Log in, connect, and handle one event after the other."""
        login = {"username": username, "password": password}
        self.tokens = await self.call("POST", "/api/users/token/", login)
        await self.socket.connect(url, auth=self.auth, transports=["websocket"])
        while True:
            await self.handle(*await self.events.get())

    async def handle(self, name: str, event: dict[str, Any]) -> None:
        """Do what an event asks for; only then move on in the log."""
        data = event["data"]
        if name == "session.ready" and data["resume"]["status"] != "resumed":
            unread = await self.call("GET", "/api/notifications/?unread=true&limit=100")
            for notification in reversed(unread["results"]):
                await self.answer(notification)
            self.move(since=data["seq"], epoch=data["epoch"])
        elif name == "session.expiring":
            await self.socket.emit("session.refresh", {"token": (await self.auth())["token"]})
        elif name == "notification.created":
            await self.answer(data["notification"])
        if event["seq"] is not None:
            self.move(since=event["seq"])

    async def answer(self, notification: dict[str, Any]) -> None:
        """Reply to the post of a mention."""
        if notification["kind"] == "mention":
            post, greeting = notification["post_id"], notification["actor"]["display_name"]
            reply = {"content": f"Hello, {greeting}!", "reply_to": post, "client_id": f"to-{post}"}
            await self.call("POST", "/api/posts/", reply)
            print("answered", post, flush=True)
        await self.call("POST", f"/api/notifications/{notification['id']}/mark_as_read/")

    def move(self, **position: Any) -> None:
        """Remember the position, also across a restart."""
        self.position.update(position)
        self.state.write_text(json.dumps(self.position))


async def main(url: str, username: str, password: str, state: str = "mention_bot.json") -> None:
    """Run the bot until it is stopped."""
    async with aiohttp.ClientSession(url) as http:
        await MentionBot(http, Path(state)).run(url, username, password)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
