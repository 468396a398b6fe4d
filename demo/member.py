"""One of the people who keep the demo talking: a session, a socket, and what came over it."""

import asyncio
import secrets
from contextlib import suppress
from random import uniform
from time import monotonic
from typing import Any

import socketio

from demo.people import PASSWORD
from demo.retrying_client import HttpAnswer, RetryingClient

RENEW_SECONDS = 60  # before an access token ends
AGAIN_SECONDS = (1.0, 3.0)  # between a socket and the next
HEARD_MAX = 50  # messages that wait for an answer; further ones get none


class DemoUser:
    """Somebody of the community, once log_in says so."""

    def __init__(self, server: RetryingClient, username: str) -> None:
        self.username = username
        self.id = 0
        self.messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue(HEARD_MAX)
        self._server = server
        self._pair: dict[str, Any] = {}
        self._renew_at = 0.0
        self._renewing = asyncio.Lock()
        self._socket: socketio.AsyncClient | None = None

    async def log_in(self) -> bool:
        """Whether there is such a member, with the password of all."""
        login = {"username": self.username, "password": PASSWORD}
        answer = await self._server.call("POST", "/api/users/token/", login)
        if answer.status != 200:
            return False
        self._take(answer)
        self.id = (await self.do("GET", "/api/users/me/")).body["id"]
        return True

    async def log_out(self) -> None:
        await self.do("POST", "/api/users/token/revoke/", {"refresh": self._pair["refresh"]})

    async def do(self, method: str, path: str, json: Any = None) -> HttpAnswer:
        """A call as this member. It may be refused, as when somebody has blocked them."""
        return await self._server.call(method, path, json, await self._token())

    async def results(self, path: str) -> list[dict[str, Any]]:
        """Those of the first page of a list; none when it is refused."""
        answer = await self.do("GET", path)
        return list(answer.body["results"]) if answer.status == 200 else []

    async def post(self, content: str, reply_to: int | None = None) -> None:
        await self.do("POST", "/api/posts/", _named({"content": content, "reply_to": reply_to}))

    async def write(self, conversation_id: int, content: str) -> None:
        """Typing first, for as long as it takes."""
        await self._typing(conversation_id)
        await asyncio.sleep(uniform(0.5, 1.0) + len(content) / 40)
        path = f"/api/messages/{conversation_id}/send_message/"
        await self.do("POST", path, _named({"content": content}))

    async def write_to(self, user_id: int, content: str) -> None:
        answer = await self.do("POST", "/api/messages/", {"participants": [user_id]})
        if answer.status < 300:
            await self.write(answer.body["id"], content)

    async def stay_online(self) -> None:
        """A socket after the other: when the server restarts, and when a token has ended."""
        while True:
            socket = socketio.AsyncClient(
                reconnection=False, handle_sigint=False, http_session=self._server.http
            )
            socket.on("message.created", self._hear)
            with suppress(socketio.exceptions.ConnectionError):
                try:
                    token = await self._token()
                    await socket.connect(
                        self._server.url, auth={"token": token}, transports=["websocket"]
                    )
                    self._socket = socket
                    await socket.wait()
                finally:
                    self._socket = None
                    await socket.disconnect()
            await asyncio.sleep(uniform(*AGAIN_SECONDS))

    async def _hear(self, event: dict[str, Any]) -> None:
        message = event["data"]["message"]
        if message["sender"]["id"] != self.id and not self.messages.full():
            self.messages.put_nowait(message)

    async def _typing(self, conversation_id: int) -> None:
        if self._socket is not None:
            with suppress(socketio.exceptions.SocketIOError):
                data = {"conversation_id": conversation_id, "active": True}
                await self._socket.emit("typing", data)

    async def _token(self) -> str:
        async with self._renewing:
            if monotonic() >= self._renew_at:
                refresh = {"refresh": self._pair["refresh"]}
                answer = await self._server.call("POST", "/api/users/token/refresh/", refresh)
                if answer.status != 200:  # the session is over: have another
                    login = {"username": self.username, "password": PASSWORD}
                    answer = await self._server.call("POST", "/api/users/token/", login)
                if answer.status == 200:
                    self._take(answer)
            return str(self._pair["access"])

    def _take(self, answer: HttpAnswer) -> None:
        self._pair = answer.body
        self._renew_at = monotonic() + max(1, answer.body["expires_in"] - RENEW_SECONDS)


def _named(body: dict[str, Any]) -> dict[str, Any]:
    """With a name of its own, so that it is written once however often it is sent."""
    return {**body, "client_id": secrets.token_hex(8)}
