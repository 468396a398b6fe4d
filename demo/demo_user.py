"""One of the active people of the demo: a session, a socket, and messages that came over it."""

import asyncio
import secrets
from contextlib import suppress
from random import uniform
from time import monotonic
from typing import Any

import socketio

from demo.people import PASSWORD
from demo.retrying_client import HttpAnswer, RetryingClient

REFRESH_SECONDS = 60  # before an access token ends
RECONNECT_SECONDS = (1.0, 3.0)  # between a socket and the next
MESSAGES_MAX = 50  # that wait for an answer; further ones get none


class DemoUser:
    """Somebody of the community, once `log_in` has returned True."""

    def __init__(self, server: RetryingClient, username: str) -> None:
        self.username = username
        self.id = 0
        self.messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue(MESSAGES_MAX)
        self._server = server
        self._tokens: dict[str, Any] = {}
        self._refresh_at = 0.0
        self._refreshing = asyncio.Lock()
        self._socket: socketio.AsyncClient | None = None

    async def log_in(self) -> bool:
        """Return whether there is such a member, with the password of all."""
        login = {"username": self.username, "password": PASSWORD}
        answer = await self._server.call("POST", "/api/users/token/", login)
        if answer.status != 200:
            return False
        self._store_tokens(answer)
        self.id = (await self.call("GET", "/api/users/me/")).body["id"]
        return True

    async def log_out(self) -> None:
        """End the session."""
        await self.call("POST", "/api/users/token/revoke/", {"refresh": self._tokens["refresh"]})

    async def call(self, method: str, path: str, json: Any = None) -> HttpAnswer:
        """Call the API as this member. It may be refused, as when somebody has blocked them."""
        return await self._server.call(method, path, json, await self._access_token())

    async def results(self, path: str) -> list[dict[str, Any]]:
        """Return the first page of a list; empty when it is refused."""
        answer = await self.call("GET", path)
        return list(answer.body["results"]) if answer.status == 200 else []

    async def post(self, content: str, reply_to: int | None = None) -> None:
        """Publish a post."""
        await self.call(
            "POST", "/api/posts/", _with_client_id({"content": content, "reply_to": reply_to})
        )

    async def write(self, conversation_id: int, content: str) -> None:
        """Send a message, after typing for as long as it takes."""
        await self._show_typing(conversation_id)
        await asyncio.sleep(uniform(0.5, 1.0) + len(content) / 40)
        path = f"/api/messages/{conversation_id}/send_message/"
        await self.call("POST", path, _with_client_id({"content": content}))

    async def write_to(self, user_id: int, content: str) -> None:
        """Send a message to somebody, in the conversation of the two."""
        answer = await self.call("POST", "/api/messages/", {"participants": [user_id]})
        if answer.status < 300:
            await self.write(answer.body["id"], content)

    async def stay_online(self) -> None:
        """Hold a socket open; another one when the server restarts or a token has ended."""
        while True:
            socket = socketio.AsyncClient(
                reconnection=False, handle_sigint=False, http_session=self._server.http
            )
            socket.on("message.created", self._on_message)
            with suppress(socketio.exceptions.ConnectionError):
                try:
                    token = await self._access_token()
                    await socket.connect(
                        self._server.url, auth={"token": token}, transports=["websocket"]
                    )
                    self._socket = socket
                    await socket.wait()
                finally:
                    self._socket = None
                    await socket.disconnect()
            await asyncio.sleep(uniform(*RECONNECT_SECONDS))

    async def _on_message(self, event: dict[str, Any]) -> None:
        message = event["data"]["message"]
        if message["sender"]["id"] != self.id and not self.messages.full():
            self.messages.put_nowait(message)

    async def _show_typing(self, conversation_id: int) -> None:
        if self._socket is not None:
            with suppress(socketio.exceptions.SocketIOError):
                data = {"conversation_id": conversation_id, "active": True}
                await self._socket.emit("typing", data)

    async def _access_token(self) -> str:
        async with self._refreshing:
            if monotonic() >= self._refresh_at:
                refresh = {"refresh": self._tokens["refresh"]}
                answer = await self._server.call("POST", "/api/users/token/refresh/", refresh)
                if answer.status != 200:  # the session is over: have another
                    login = {"username": self.username, "password": PASSWORD}
                    answer = await self._server.call("POST", "/api/users/token/", login)
                if answer.status == 200:
                    self._store_tokens(answer)
            return str(self._tokens["access"])

    def _store_tokens(self, answer: HttpAnswer) -> None:
        self._tokens = answer.body
        self._refresh_at = monotonic() + max(1, answer.body["expires_in"] - REFRESH_SECONDS)


def _with_client_id(body: dict[str, Any]) -> dict[str, Any]:
    """Add an idempotency key, so that it is written once however often it is sent."""
    return {**body, "client_id": secrets.token_hex(8)}
