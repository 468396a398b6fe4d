"""What is asked of every candidate alike: by whom, of what, over a few kept-alive connections."""

import asyncio
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import asyncpg
import orjson

from benchmarks.rest.endpoints import Request, written
from benchmarks.rest.size import Size
from handlers.security.tokens import Tokens

READERS = 200  # so many that none meets a rate limit
CONNECTIONS = 4
TOKEN_SECONDS = 24 * 3600
STATUSES = {"send": 201}

# People who follow some sixty others, each with a direct conversation of theirs. No block keeps
# them from anybody, so every post and profile is theirs to see.
PEOPLE = """
    SELECT DISTINCT ON (u.id) u.id, s.id AS session_id, v.conversation_id
      FROM users u JOIN sessions s ON s.user_id = u.id
      JOIN participants v ON v.user_id = u.id
      JOIN conversations c ON c.id = v.conversation_id AND c.kind = 'direct'
     WHERE u.id > $1
       AND NOT EXISTS (SELECT FROM blocks WHERE blocker_id = u.id)
       AND NOT EXISTS (SELECT FROM blocks WHERE blocked_id = u.id)
     ORDER BY u.id LIMIT $2"""


@dataclass(frozen=True, slots=True)
class People:
    tokens: list[str]
    rooms: list[int]


async def people(database: asyncpg.Connection, size: Size, jwt_secret: str) -> People:
    """Return readers of the middle, with tokens as a login signs them."""
    tokens = Tokens(jwt_secret, TOKEN_SECONDS, 1)
    rows = await database.fetch(PEOPLE, size.people // 2, READERS)
    return People(
        [tokens.issue(row["id"], row["session_id"], 0).access for row in rows],
        [row["conversation_id"] for row in rows],
    )


Operation = Callable[[int], Request]


def operations(asked: People, size: Size) -> dict[str, Operation]:
    """Return by name the request with a number; no two numbers like the same, or say the same."""
    count = len(asked.tokens)

    def read(path: Callable[[int], str]) -> Operation:
        return lambda n: Request("GET", path(n), asked.tokens[n % count])

    def send(n: int) -> Request:
        body = orjson.dumps({"content": f"message {n}", "client_id": f"c{n}"})
        path = f"/api/messages/{asked.rooms[n % count]}/send_message/"
        return Request("POST", path, asked.tokens[n % count], body)

    def like(n: int) -> Request:
        post = size.last_post - n // count
        return Request("POST", f"/api/posts/{post}/like/", asked.tokens[n % count], b"{}")

    return {
        "feed page": read(lambda _: "/api/posts/feed/"),
        "single post": read(lambda n: f"/api/posts/{size.last_post - n % 1000}/"),
        "profile": read(lambda n: f"/api/users/profiles/{1 + n % size.people}/"),
        "me": read(lambda _: "/api/users/me/"),
        "send": send,
        "like": like,
    }


async def ask(url: str, requests: Sequence[Request], status: int) -> bytes:
    """Ask one request after the other over each connection; return the last body."""
    host, port = url.removeprefix("http://").split(":")
    body = b""
    waiting: Iterator[bytes] = iter([written(request) for request in requests])

    async def connection() -> None:
        nonlocal body
        reader, writer = await asyncio.open_connection(host, int(port))
        for request in waiting:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
            if int(head[9:12]) != status or length is None:
                raise AssertionError(f"{head!r} to {request[:200]!r}")
            body = await reader.readexactly(int(length[1]))
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    return body
