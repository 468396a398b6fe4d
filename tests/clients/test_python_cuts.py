"""The Python library's connection cut after every packet, and closed with events in its hands."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from mini_twitter_client import Client, calls, connection
from mini_twitter_client.transports import WebSocketTransport

from tests.clients.test_python import client_of, heard
from tests.people import Instance, Person
from tests.realtime.message_helpers import send
from tests.waiting import until

CUTS = range(1, 13)


def cut_after(counts: list[int], subscribed: list[int]) -> type[WebSocketTransport]:
    """WebSockets that end after so many packets, and when there are no more counts, do not.

    It is counted how often each subscribes to a stream.
    """

    class Cut(WebSocketTransport):
        async def packets(self) -> AsyncIterator[str]:
            left = counts.pop(0) if counts else -1
            subscribed.append(0)
            async for packet in super().packets():
                yield packet
                left -= 1
                if left == 0:
                    return

        async def send(self, packet: str) -> None:
            subscribed[-1] += "stream.subscribe" in packet
            await super().send(packet)

    return Cut


async def subscribed(client: Client, to: Person) -> list[int]:
    """The ids of posts that come by the stream of somebody, from now on."""
    posts: list[int] = []
    client.on("stream.post", lambda data: posts.append(data["post"]["id"]))
    assert (await client.stream.subscribe(stream=f"author:{to.id}"))["status"] == "fresh"
    return posts


async def test_whatever_packet_is_the_last_of_a_connection_the_next_one_goes_on_behind_it(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "FIRST_WAIT", 0.001)
    monkeypatch.setattr(calls, "FIRST_WAIT", 0.03)  # a call that is tried again reaches the next
    ann, bob = await instance.people("ann", "bob")
    await instance.follow(bob, ann)
    room = await instance.chat(ann, bob)
    counts: list[int] = []
    subscriptions: list[int] = []
    cut = cut_after(counts, subscriptions)
    async with client_of(instance.url, bob, transports=(cut,)) as client:
        messages, posts = heard(client, "message.created"), heard(client, "post.created")
        await client.connect()
        by_stream = await subscribed(client, ann)
        written, sent = [], []
        counts.extend(CUTS)
        assert client._connection is not None  # noqa: SLF001
        lost = client._connection._transport  # noqa: SLF001
        assert lost is not None
        for _ in range(3):
            written.append((await instance.write(ann, "missed"))["id"])
            sent.append(await send(instance, ann, room, "missed"))
        await lost.close()
        while counts:
            written.append((await instance.write(ann, "meanwhile"))["id"])
            sent.append(await send(instance, ann, room, "meanwhile"))
        written.append((await instance.write(ann, "last"))["id"])
        sent.append(await send(instance, ann, room, "last"))
        await until(lambda: len(messages) >= len(sent) and len(by_stream) >= len(written))
        await until(lambda: set(client.store.feed) >= set(written))
    assert [data["message"]["id"] for data in messages] == sent
    assert by_stream == written
    assert max(subscriptions) == 1
    assert len({data["post"]["id"] for data in posts}) == len(posts)


async def test_what_nobody_was_told_of_when_it_was_closed_comes_when_it_connects_again(
    instance: Instance,
) -> None:
    ann, bob = await instance.people("ann", "bob")
    room = await instance.chat(ann, bob)
    async with client_of(instance.url, bob) as client:
        messages = heard(client, "message.created")
        await client.connect()
        posts = await subscribed(client, ann)
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def hold(_: Any) -> None:
            begun.set()
            await go_on.wait()

        client.on("stream.post", hold)
        written = [(await instance.write(ann, "in hand"))["id"]]
        await begun.wait()
        written += [(await instance.write(ann, f"{number}"))["id"] for number in range(2)]
        sent = [await send(instance, ann, room, f"{number}") for number in range(2)]
        await until(lambda: client.store.unread["messages"] == 2)  # it has come, and is to be told
        closing = asyncio.create_task(client.close())
        await until(lambda: client.state == "closed")
        go_on.set()
        await closing
        assert (posts, messages) == (written[:1], [])
        written.append((await instance.write(ann, "while it was closed"))["id"])
        sent.append(await send(instance, ann, room, "while it was closed"))
        await client.connect()
        await until(lambda: len(messages) == 3 and len(posts) == 4)
        assert [data["message"]["id"] for data in messages] == sent
        assert posts == written


async def test_position_that_is_refused_is_told_to_be_a_reset(instance: Instance) -> None:
    async with client_of(instance.url, await instance.person("bob")) as client:
        resets = heard(client, "reset")
        await client.connect()
        assert client._connection is not None  # noqa: SLF001
        client._connection.position["feed_since"] = "not a cursor"  # noqa: SLF001
        again = asyncio.create_task(client.once("session.ready"))
        transport = client._connection._transport  # noqa: SLF001
        assert transport is not None
        await transport.close()
        assert (await again)["resume"]["status"] == "reset"
        await until(lambda: len(resets) == 1)
