"""Test clients: people who call the REST API and listen on stock Socket.IO clients."""

import asyncio
import io
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson
import socketio
from jsonschema_rs import ValidationError

from tests.documented import check_event
from tests.stock_client import shut

PASSWORD = "correct horse"
PAUSES = (0.5, 1, 2, 4)  # between tries of what a test needs
CONNECT_SECONDS = 30  # that the stock client waits for its namespace; by default a single one


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account and a session, who may call any instance."""

    id: int
    username: str
    access: str = field(repr=False)
    refresh: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Any
    body: Any

    def __getitem__(self, name: str) -> Any:
        return self.body[name]

    @property
    def problem(self) -> dict[str, Any]:
        """The body without the id of the request, which no two have in common."""
        return {name: value for name, value in self.body.items() if name != "request_id"}


class Instance:
    """One server, as its clients see it."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self.url = url
        self.http = http

    async def ask(
        self,
        method: str,
        path: str,
        by: Person | None = None,
        *,
        json: Any = None,
        data: bytes | aiohttp.FormData | None = None,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        """One request, whatever its status. data is sent as it is."""
        sent = dict(headers or {})
        body = io.BytesIO(data) if isinstance(data, bytes) else data
        if by is not None:
            sent["Authorization"] = f"Bearer {by.access}"
        async with self.http.request(
            method, self.url + path, json=json, data=body, headers=sent, allow_redirects=False
        ) as response:
            raw = await response.read()
            is_json = "json" in response.content_type
            return Reply(response.status, response.headers, orjson.loads(raw) if is_json else raw)

    async def call(
        self,
        method: str,
        path: str,
        by: Person | None = None,
        *,
        status: int | None = None,
        **more: Any,
    ) -> Reply:
        """One request, as `ask` makes it; its status must be this one, or any below 300."""
        reply = await self.ask(method, path, by, **more)
        if status is None:
            assert reply.status < 300, reply
        else:
            assert reply.status == status, reply
        return reply

    async def get(self, path: str, by: Person | None = None, **more: Any) -> Reply:
        return await self.call("GET", path, by, **more)

    async def post(
        self, path: str, by: Person | None = None, json: Any = None, **more: Any
    ) -> Reply:
        return await self.call("POST", path, by, json=json, **more)

    async def is_ready(self) -> bool:
        """Whether it says so."""
        async with self.http.get(f"{self.url}/readyz") as response:
            return response.status == 200

    async def person(self, name: str = "user") -> Person:
        """A new account whose username begins with `name`, logged in."""
        username = f"{name}_{secrets.token_hex(5)}"
        account = {"username": username, "email": f"{username}@example.org", "password": PASSWORD}
        me = await self._post_surely("/api/users/", account)
        return await self.log_in(me["id"], username)

    async def log_in(self, id: int, username: str) -> Person:
        pair = await self._post_surely(
            "/api/users/token/", {"username": username, "password": PASSWORD}
        )
        return Person(id, username, pair["access"], pair["refresh"])

    async def _post_surely(self, path: str, json: dict[str, Any]) -> Reply:
        """A request before a test begins: a busy machine's database may not answer the first."""
        for pause in PAUSES:
            reply = await self.ask("POST", path, json=json)
            if reply.status != 503:
                break
            await asyncio.sleep(pause)
        assert reply.status < 300, reply
        return reply

    async def people(self, *names: str) -> list[Person]:
        return await asyncio.gather(*(self.person(name) for name in names))

    async def pages(self, path: str, by: Person | None = None) -> AsyncIterator[list[Any]]:
        """The results of a list; what the caller does between two pages happens between them."""
        following: str | None = path
        while following is not None:
            page = await self.get(following, by)
            yield page["results"]
            following = page["next"]

    async def walk(self, path: str, by: Person | None = None) -> list[Any]:
        """All results of a list."""
        return [result async for page in self.pages(path, by) for result in page]

    async def follow(self, follower: Person, *followed: Person) -> None:
        """One after the other, in this order."""
        for user in followed:
            await self.post(f"/api/users/{user.id}/follow/", follower)

    async def write(self, author: Person, content: str, **more: Any) -> Reply:
        """A new post; more of its fields as given."""
        return await self.post("/api/posts/", author, {"content": content, **more}, status=201)

    async def chat(self, creator: Person, *others: Person, title: str | None = None) -> int:
        """The id of a conversation with these others."""
        asked = {"participants": [other.id for other in others], "title": title}
        conversation = await self.post("/api/messages/", creator, asked)
        return int(conversation["id"])

    async def say(self, sender: Person, conversation_id: int, content: str, **more: Any) -> Reply:
        """A message; more of its fields as given."""
        path = f"/api/messages/{conversation_id}/send_message/"
        return await self.post(path, sender, {"content": content, **more})

    @asynccontextmanager
    async def socket(self, person: Person, **auth: Any) -> AsyncIterator["SocketClient"]:
        """A stock client, connected as this person; more of `auth` as given.

        At the end, all that it has received must be as documented, unless `documented` is False.
        """
        socket = SocketClient(documented=auth.pop("documented", True))
        transports = auth.pop("transports", ["websocket"])
        await socket.client.connect(
            self.url,
            auth={"token": person.access, **auth},
            transports=transports,
            wait_timeout=CONNECT_SECONDS,
        )
        try:
            yield socket
        finally:
            await shut(socket.client)
        if socket.undocumented:
            raise AssertionError(f"{person.username} received {socket.undocumented[0]}")


class SocketClient:
    """A stock client that keeps all it receives, in order: (event name, envelope).

    What AsyncAPI does not tell of is in `undocumented` as well, with what is wrong with it.
    """

    def __init__(self, *, reconnection: bool = False, documented: bool = True) -> None:
        self.client = socketio.AsyncClient(reconnection=reconnection)
        self.received: list[tuple[str, dict[str, Any]]] = []
        self.undocumented: list[tuple[str, Any, Exception]] = []
        self._documented = documented
        self._more = asyncio.Event()
        self._taken = 0
        self.client.on("*", self._receive)

    async def _receive(self, name: str, envelope: dict[str, Any]) -> None:
        if self._documented:
            try:
                check_event(name, envelope)
            except (ValidationError, KeyError) as wrong:
                self.undocumented.append((name, envelope, wrong))
        self.received.append((name, envelope))
        self._more.set()

    async def next(self, name: str, seconds: float = 30.0) -> Any:
        """The data of the next event of this name; those before it are passed over."""
        return (await self.next_envelope(name, seconds))["data"]

    async def next_envelope(self, name: str, seconds: float = 30.0) -> dict[str, Any]:
        async with asyncio.timeout(seconds):
            while True:
                while self._taken < len(self.received):
                    self._taken += 1
                    received, envelope = self.received[self._taken - 1]
                    if received == name:
                        return envelope
                self._more.clear()
                await self._more.wait()

    async def ready(self) -> Any:
        return await self.next("session.ready")

    async def call(self, command: str, data: Any = None, seconds: float = 30.0) -> Any:
        """The ack of a command: {ok, data} or {ok, error}."""
        return await self.client.call(command, data, timeout=seconds)

    async def do(self, command: str, data: Any = None) -> Any:
        """The data of a command that succeeds."""
        ack = await self.call(command, data)
        assert ack["ok"], ack
        return ack["data"]

    def names(self) -> list[str]:
        return [name for name, _ in self.received]

    def durable(self) -> list[tuple[int, str, Any]]:
        """(seq, name, data) of the numbered events, as received."""
        return [(e["seq"], name, e["data"]) for name, e in self.received if e["seq"] is not None]
