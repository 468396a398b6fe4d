"""Two users on two instances, of whom one may block the other, and what their sockets were sent."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tests.people import Instance, Person, SocketClient
from tests.waiting import until

COALESCED_SECONDS = 20.0  # in which the counts of a post have come


@dataclass(frozen=True, slots=True)
class Pair:
    """Ann, who listens on one instance, and Bob, who does all that he does on the other."""

    here: Instance
    there: Instance
    ann: Person
    bob: Person

    async def block(self, blocker: Person, blocked: Person) -> None:
        await self.there.post(f"/api/users/{blocked.id}/block/", blocker)

    async def unblock(self, blocker: Person, blocked: Person) -> None:
        await self.there.post(f"/api/users/{blocked.id}/unblock/", blocker)

    async def comes_and_goes(self, person: Person) -> None:
        """Returns when a third, whom nobody keeps apart, has been told of both."""
        eve = await self.here.person("eve")
        async with sockets(self.here, eve, 1) as (third,):
            await sees(third, person, online=False)
            before = len(told(third, "presence"))
            async with sockets(self.there, person, 1):
                await until(lambda: [one["online"] for one in since(third, before)][-1:] == [True])
            await until(lambda: since(third, before)[-1]["online"] is False)

    async def likes(self, post_id: int) -> None:
        """Returns when a third, whom nobody keeps apart, has been told of it."""
        eve = await self.here.person("eve")
        async with sockets(self.here, eve, 1) as (third,):
            await third.do("post.watch", {"ids": [post_id]})
            await self.there.post(f"/api/posts/{post_id}/like/", eve)
            await third.next("post.counts", COALESCED_SECONDS)


async def pair_on(here: Instance, there: Instance) -> Pair:
    return Pair(here, there, await here.person("ann"), await there.person("bob"))


@asynccontextmanager
async def sockets(
    instance: Instance, person: Person, count: int
) -> AsyncIterator[list[SocketClient]]:
    """So many that are ready, of one person on one instance."""
    async with AsyncExitStack() as stack:
        opened = [await stack.enter_async_context(instance.socket(person)) for _ in range(count)]
        for client in opened:
            await client.ready()
        yield opened


async def watch(client: SocketClient, person: Person) -> dict[str, Any]:
    """The person's presence now; its changes are told from now on."""
    (state,) = await client.do("presence.watch", {"user_ids": [person.id]})
    return dict(state)


async def sees(client: SocketClient, person: Person, *, online: bool) -> None:
    """Waits until a new watch says so."""

    async def is_so() -> bool:
        return bool((await watch(client, person))["online"]) is online

    await until(is_so)


def told(client: SocketClient, name: str, **data: Any) -> list[Any]:
    """The data of the events of this name so far which have these fields."""
    return [
        event["data"]
        for found, event in client.received
        if found == name and data.items() <= event["data"].items()
    ]


def since(client: SocketClient, count: int) -> list[Any]:
    """What it was told of presence after the first `count` events."""
    return told(client, "presence")[count:]


async def all_told(clients: list[SocketClient], name: str, **data: Any) -> None:
    """Waits until each has been sent an event of this name with these fields."""
    await until(lambda: all(told(client, name, **data) for client in clients))


def counted(clients: list[SocketClient], name: str, **data: Any) -> list[int]:
    """How many such events each was sent."""
    return [len(told(client, name, **data)) for client in clients]


async def caught_up(instance: Instance, person: Person, *clients: SocketClient) -> None:
    """Waits until the person's clients have all that was published before, by a post of theirs."""
    last = (await instance.write(person, "the last"))["id"]

    def has_come(client: SocketClient) -> bool:
        return any(data["post"]["id"] == last for data in told(client, "post.created"))

    await until(lambda: all(map(has_come, clients)))
