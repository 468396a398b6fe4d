"""People who write to one another, and what their logs then say."""

import asyncio
from collections.abc import Iterable
from typing import Any

from storage.database.pool import Database
from tests.people import Instance, Person, SocketClient
from tests.waiting import until

# (seq, name, id of what it is about)
Entry = tuple[int, str, int | None]

SUBJECT = {
    "message": lambda data: data["message"]["id"],
    "conversation": lambda data: (
        data["conversation"]["id"] if "conversation" in data else data["conversation_id"]
    ),
    "notification": lambda data: data["notification"]["id"],
    "relationship": lambda data: data["user_id"],
}


async def conversation(instance: Instance, by: Person, *others: Person) -> int:
    """The id of a conversation of these; a group has a title."""
    body: dict[str, Any] = {"participants": [other.id for other in others]}
    if len(others) > 1:
        body["title"] = "all of us"
    return int((await instance.post("/api/messages/", by, body))["id"])


async def send(instance: Instance, by: Person, conversation_id: int, content: str) -> int:
    """The id of the message, once it is acknowledged."""
    path = f"/api/messages/{conversation_id}/send_message/"
    return int((await instance.post(path, by, {"content": content}, status=201))["id"])


async def send_many(
    instance: Instance, by: Person, conversation_id: int, contents: Iterable[str], at_once: int = 6
) -> list[int]:
    """Ids in no particular order."""
    waiting = iter(contents)

    async def sender() -> list[int]:
        return [await send(instance, by, conversation_id, content) for content in waiting]

    sent = await asyncio.gather(*(sender() for _ in range(at_once)))
    return [id for ids in sent for id in ids]


async def log_of(db: Database, user_id: int, after: int = 0) -> list[Entry]:
    """What the events table holds for a user."""
    rows = await db.fetch(
        "SELECT seq, kind, ref FROM events WHERE user_id = $1 AND seq > $2 ORDER BY seq",
        user_id,
        after,
    )
    return [(row["seq"], row["kind"], row["ref"]) for row in rows]


async def hears_durable(client: SocketClient, count: int, seconds: float = 30.0) -> None:
    """Waits until so many numbered events have been heard."""
    await until(lambda: len(client.durable()) >= count, seconds)


def entries(durable: Iterable[tuple[int, str, Any]]) -> list[Entry]:
    """Events as heard, in the terms of the events table."""
    return [(seq, name, SUBJECT[name.partition(".")[0]](data)) for seq, name, data in durable]


def numbers(durable: Iterable[tuple[int, str, Any]]) -> list[int]:
    return [seq for seq, _, _ in durable]
