"""The server of the rule machine, and what its people and their clients hold."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from server.config.load import Config
from storage import uncounted
from storage.accounts import purge
from storage.database.pool import Database, open_database
from tests.conftest import running
from tests.handlers.session_helpers import stops_working
from tests.people import Instance, Person, SocketClient
from tests.waiting import until

Event = tuple[int, str, Any]


@dataclass
class Client:
    """Somebody's only client: where it was, and the numbered events that it holds."""

    since: int = 0
    epoch: str | None = None
    held: list[Event] = field(default_factory=list)
    socket: SocketClient | None = None
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)


class World:
    """A server in this process, its database, and an admin."""

    def __init__(self, instance: Instance, db: Database, admin: Person) -> None:
        self.instance = instance
        self.db = db
        self.admin = admin
        self.people: dict[int, Person] = {}
        self.clients: dict[int, Client] = {}

    async def register(self) -> int:
        person = await self.instance.person("rule")
        self.people[person.id] = person
        self.clients[person.id] = Client()
        return person.id

    async def get(self, path: str, by: int) -> Any:
        return (await self.instance.get(path, self.people[by])).body

    async def ids(self, path: str, by: int) -> list[int]:
        return [one["id"] for one in await self.instance.walk(path, self.people[by])]

    # Clients

    async def connect(self, who: int, epoch: str | None = None) -> str:
        """Come back with what the client remembers, or another epoch; how it was taken."""
        client = self.clients[who]
        remembered = {"since": client.since, "epoch": epoch or client.epoch}
        client.stack = AsyncExitStack()
        client.socket = await client.stack.enter_async_context(
            self.instance.socket(self.people[who], **remembered)
        )
        ready = await client.socket.ready()
        client.epoch = ready["epoch"]
        if ready["resume"]["status"] == "reset":
            client.since, client.held = ready["seq"], []
        return str(ready["resume"]["status"])

    async def disconnect(self, who: int) -> None:
        """Go, and remember what was heard."""
        client = self.clients[who]
        if client.socket is not None:
            await client.stack.aclose()
            self._take(client, client.socket)
            client.socket = None

    async def catch_up(self, who: int) -> list[Event]:
        """What the client holds once it holds all; it comes back for that if it was away."""
        client = self.clients[who]
        away = client.socket is None
        if away:
            await self.connect(who)
        socket, last = client.socket, await self.last(who)
        assert socket is not None
        await until(lambda: last == max([client.since, *(e[0] for e in socket.durable())]))
        self._take(client, socket)
        if away:
            await self.disconnect(who)
        return client.held

    def _take(self, client: Client, socket: SocketClient) -> None:
        for event in socket.durable():
            if event[0] > client.since:
                assert event[0] == client.since + 1, f"{event[0]} after {client.since}"
                client.held.append(event)
                client.since = event[0]

    async def replay(self, who: int) -> list[Event]:
        """All of the log, as a client without any memory is told of it."""
        async with self.instance.socket(self.people[who], since=0) as socket:
            last = (await socket.ready())["seq"]
            await until(lambda: len(socket.durable()) == last)
            return socket.durable()

    async def last(self, who: int) -> int:
        return int(await self.db.fetchval("SELECT seq FROM user_seq WHERE user_id = $1", who))

    # What admins and jobs do

    async def suspend(self, who: int) -> None:
        await self.disconnect(who)
        await self.instance.post(f"/api/admin/users/{who}/suspend/", self.admin)
        await stops_working(self.instance, self.people[who].access)
        await self.recount(who)

    async def restore(self, who: int) -> None:
        await self.instance.post(f"/api/admin/users/{who}/restore/", self.admin)
        person = self.people[who]
        self.people[who] = await self.instance.log_in(who, person.username)
        await self.recount(who)

    async def recount(self, who: int) -> None:
        """What a job does some moments later."""
        assert await uncounted.recount(self.db, who, lambda: True, lambda _: None, lambda _: None)

    async def purge(self, who: int) -> None:
        """What a job does of a deleted account that left more than little."""
        assert await purge.purge_account(self.db, who, 30)

    async def close(self) -> None:
        for who in self.clients:
            await self.disconnect(who)


@asynccontextmanager
async def open_world(settings: Config) -> AsyncIterator[World]:
    async with running(settings) as instance, open_database(settings.database_url, 2) as db:
        admin = await instance.person("admin")
        await db.execute("UPDATE users SET is_admin = true WHERE id = $1", admin.id)
        world = World(instance, db, admin)
        try:
            yield world
        finally:
            await world.close()
