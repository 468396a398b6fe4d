"""Connection state recovery spoken by hand: pid, offsets, and what comes between two of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.documented import check_event
from tests.people import Instance, Person
from tests.realtime.socket_client import RawSocket, raw_socket


@dataclass
class Recovering:
    """What one connection was told: by its CONNECT, and by each event with the offset behind it."""

    socket: RawSocket
    pid: str | None = None
    ready: dict[str, Any] = field(default_factory=dict)
    events: list[tuple[str, dict[str, Any], str | None]] = field(default_factory=list)

    @property
    def offset(self) -> str:
        """The last one, as a stock client keeps it."""
        return [offset for _, _, offset in self.events if offset is not None][-1]

    async def next(self) -> tuple[str, dict[str, Any], str | None]:
        while (text := await self.socket.next()) is not None:
            if text.startswith("42"):
                name, envelope, *offset = orjson.loads(text[2:])
                check_event(name, envelope)
                assert len(offset) <= 1
                self.events.append((name, envelope, offset[0] if offset else None))
                return self.events[-1]
        raise AssertionError("the connection ended")

    async def hear(self, *subjects: tuple[str, int]) -> None:
        """Wait until so much is heard in all as these are."""
        while len(self.subjects()) < len(subjects):
            await self.next()
        assert self.subjects() == list(subjects)

    def subjects(self, after: int = 0) -> list[tuple[str, int]]:
        """What the client was told from one event on: numbers of its log, and ids of posts."""
        found = []
        for name, envelope, _ in self.events[after:]:
            if envelope["seq"] is not None:
                found.append(("seq", envelope["seq"]))
            elif name == "post.created":
                found.append(("post", envelope["data"]["post"]["id"]))
        return found


@asynccontextmanager
async def recovering(instance: Instance, person: Person, **auth: Any) -> AsyncIterator[Recovering]:
    """Connected with `recovery: true` and more of auth as given, and ready."""
    async with raw_socket(instance) as socket:
        asked = {"token": person.access, "recovery": True, **auth}
        await socket.send(f"40{orjson.dumps(asked).decode()}")
        answer = await socket.next()
        assert answer is not None
        assert answer.startswith("40"), answer
        one = Recovering(socket, orjson.loads(answer[2:]).get("pid"))
        name, envelope, _ = await one.next()
        assert name == "session.ready"
        one.ready = envelope["data"]
        yield one
