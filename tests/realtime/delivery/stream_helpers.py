"""Listening to streams in tests."""

from typing import Any

from tests.people import Instance, Person, SocketClient
from tests.waiting import until


async def listen(client: SocketClient, stream: str, cursor: str | None = None) -> dict[str, Any]:
    """The ack of a subscription."""
    return dict(await client.do("stream.subscribe", {"stream": stream, "cursor": cursor}))


def posts_of(client: SocketClient, stream: str | None = None) -> list[int]:
    """The ids of the posts that came by a stream, or by any, in order."""
    return [
        envelope["data"]["post"]["id"]
        for name, envelope in client.received
        if name == "stream.post" and stream in (None, envelope["data"]["stream"])
    ]


def last_cursor(client: SocketClient) -> str:
    """That of the last post of a stream."""
    return str([e["data"]["cursor"] for name, e in client.received if name == "stream.post"][-1])


async def write(instance: Instance, by: Person, content: str) -> int:
    return int((await instance.write(by, content))["id"])


async def heard(client: SocketClient, *post_ids: int, stream: str | None = None) -> None:
    """Waits for exactly these, in this order."""
    await until(lambda: len(posts_of(client, stream)) >= len(post_ids))
    assert posts_of(client, stream) == list(post_ids)


async def came(client: SocketClient, post_id: int, times: int = 1) -> None:
    """Waits until a post has come so often."""
    await until(lambda: posts_of(client).count(post_id) == times)
