"""Coming back to a stream: what was missed comes once and in order, whatever commits when."""

import asyncio
import secrets
from contextlib import AsyncExitStack
from typing import Any

import pytest

from realtime.delivery import post_streams
from server.config.load import Config
from storage.database.pool import Database
from storage.events.types import StreamPost
from storage.posts import streams
from tests.people import Instance
from tests.realtime.delivery.stream_helpers import came, heard, last_cursor, listen, posts_of, write
from tests.realtime.delivery.test_feed_since import slow_transaction
from tests.realtime.socket_client import open_instance
from tests.waiting import until

WRITERS, POSTS = 8, 6


@pytest.fixture
def tag() -> str:
    return f"t{secrets.token_hex(6)}"


@pytest.mark.parametrize("kind", ["hashtag", "author", "search", "public"])
async def test_what_was_missed_comes_before_the_ack_and_once(
    two_instances: tuple[Instance, Instance], tag: str, kind: str
) -> None:
    here, there = two_instances
    ann, bob = await here.person("ann"), await here.person("bob")
    value = {"hashtag": f":{tag}", "author": f":{ann.id}", "search": f":{tag}", "public": ""}[kind]
    stream = kind + value
    before = await write(here, ann, f"before #{tag}")
    async with here.socket(bob) as client:
        await client.ready()
        fresh = await listen(client, stream)
        assert (fresh["status"], fresh["missed"], fresh["more"]) == ("fresh", 0, False)
        first = await write(here, ann, f"#{tag} first")
        await until(lambda: first in posts_of(client))
        cursor = last_cursor(client)
    missed = [await write(here, ann, f"#{tag} {number}") for number in range(3)]
    gone = await write(here, ann, f"#{tag} gone")
    await here.call("DELETE", f"/api/posts/{gone}/", ann)
    for since, already in ((cursor, []), (fresh["cursor"], [first])):
        async with there.socket(bob) as client:
            await client.ready()
            resumed = await listen(client, stream, since)
            mine = [id for id in posts_of(client) if id in {before, first, *missed, gone}]
            assert mine == [*already, *missed]
            assert (resumed["status"], resumed["more"]) == ("resumed", False)
            assert resumed["missed"] == len(posts_of(client))
            last = await write(here, ann, f"#{tag} last")
            await came(client, last)
            missed.append(last)
    async with here.socket(bob) as client:
        await client.ready()
        assert (await listen(client, stream, resumed["cursor"]))["missed"] >= 1
        assert [id for id in posts_of(client) if id in missed] == missed[-1:]


async def test_post_of_a_transaction_that_commits_late_is_not_missed(
    instance: Instance, db: Database, tag: str
) -> None:
    ann, bob = await instance.person("ann"), await instance.person("bob")
    async with AsyncExitStack() as stack:
        connection = await stack.enter_async_context(db.transaction())
        post_id = await connection.fetchval(
            "INSERT INTO posts (author_id, content) VALUES ($1, $2) RETURNING id", ann.id, tag
        )
        async with instance.socket(bob) as client:
            await client.ready()
            await listen(client, f"author:{ann.id}")
            first = await write(instance, ann, "early")
            await heard(client, first)
            cursor = last_cursor(client)
        await connection.execute(
            "INSERT INTO feed_entries (actor_id, post_id, kind) VALUES ($1, $2, 'post')",
            ann.id,
            post_id,
        )
    async with instance.socket(bob) as client:
        await client.ready()
        await listen(client, f"author:{ann.id}", cursor)
        assert posts_of(client) == [post_id]


async def test_while_a_transaction_is_open_nothing_comes_twice(
    two_instances: tuple[Instance, Instance], db: Database, tag: str
) -> None:
    here, there = two_instances
    ann, bob = await here.person("ann"), await here.person("bob")
    stream, cursor = f"hashtag:{tag}", None
    written: list[int] = []
    async with slow_transaction(db):
        for turn in range(6):
            async with (here, there)[turn % 2].socket(bob) as client:
                await client.ready()
                await listen(client, stream, cursor)
                assert posts_of(client) == written[-1:], turn
                live = await write(there, ann, f"#{tag} live")
                await heard(client, *written[-1:], live)
                cursor = last_cursor(client)
            written = [*written, live, await write(here, ann, f"#{tag} missed")]


async def test_writers_and_a_listener_who_comes_and_goes_on_both_instances(
    two_instances: tuple[Instance, Instance], tag: str
) -> None:
    here, there = two_instances
    *writers, bob = await here.people(*["ann"] * WRITERS, "bob")
    stream, cursor = f"hashtag:{tag}", None
    got: list[int] = []
    expected: set[int] = set()
    async with here.socket(bob) as client:
        await client.ready()
        cursor = (await listen(client, stream))["cursor"]

    async def write_some(number: int) -> None:
        for _ in range(POSTS):
            expected.add(await write((here, there)[number % 2], writers[number], f"#{tag}"))

    writing = asyncio.gather(*map(write_some, range(WRITERS)))
    turn = 0
    while not writing.done() or len(got) < len(expected):
        async with asyncio.timeout(30), (here, there)[turn % 2].socket(bob) as client:
            await client.ready()
            cursor = (await listen(client, stream, cursor))["cursor"]
            if not writing.done():
                await until(lambda: bool(posts_of(client)) or writing.done(), 20)
            got += posts_of(client)
            if posts_of(client):
                cursor = last_cursor(client)
        turn += 1
    await writing
    assert sorted(got) == sorted(expected)


async def test_listening_again_on_the_same_socket_goes_on_from_the_cursor(
    instance: Instance, tag: str
) -> None:
    ann, bob = await instance.person("ann"), await instance.person("bob")
    async with instance.socket(bob) as client:
        await client.ready()
        cursor = (await listen(client, f"hashtag:{tag}"))["cursor"]
        post = await write(instance, ann, f"#{tag}")
        await heard(client, post)
        assert (await listen(client, f"hashtag:{tag}", cursor))["missed"] == 1
        last = await write(instance, ann, f"#{tag}")
        await heard(client, post, post, last)


@pytest.mark.parametrize("other", ["epoch", "future"])
async def test_cursor_that_cannot_be_gone_on_from_is_a_reset(
    instance: Instance, tag: str, other: str
) -> None:
    ann, bob = await instance.person("ann"), await instance.person("bob")
    async with instance.socket(bob) as client:
        await client.ready()
        cursor = (await listen(client, f"hashtag:{tag}"))["cursor"]
        epoch = cursor.partition(".")[0]
        foreign = f"{epoch}.99999999999" if other == "future" else "00000000" + cursor[8:]
        assert foreign != cursor
        answer = await listen(client, f"hashtag:{tag}", foreign)
        assert (answer["status"], answer["missed"]) == ("reset", 0)
        post = await write(instance, ann, f"#{tag}")
        await heard(client, post)


async def test_of_very_many_the_newest_come_and_of_too_many_none(
    settings: Config, tag: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post_streams, "MISSED_MAX", 5)
    monkeypatch.setattr(post_streams, "BATCH", 2)
    async with open_instance(settings) as opened:
        here = opened.instance
        ann, bob = await here.person("ann"), await here.person("bob")
        async with here.socket(bob) as client:
            await client.ready()
            cursor = (await listen(client, f"hashtag:{tag}"))["cursor"]
        posts = [await write(here, ann, f"#{tag}") for _ in range(7)]
        async with here.socket(bob) as client:
            await client.ready()
            answer = await listen(client, f"hashtag:{tag}", cursor)
            assert (answer["status"], answer["missed"], answer["more"]) == ("resumed", 5, True)
            assert posts_of(client) == posts[2:]
            monkeypatch.setattr(post_streams, "LOOKED_AT_MAX", 6)
            assert (await listen(client, f"hashtag:{tag}", cursor))["status"] == "reset"


async def test_replay_that_ends_half_way_is_gone_on_with(settings: Config, tag: str) -> None:
    async with open_instance(settings) as opened:
        here = opened.instance
        ann, bob = await here.person("ann"), await here.person("bob")
        async with here.socket(bob) as client:
            await client.ready()
            cursor = (await listen(client, f"hashtag:{tag}"))["cursor"]
        posts = [await write(here, ann, f"#{tag}") for _ in range(5)]
        async with here.socket(bob) as client:
            await client.ready()
            await listen(client, f"hashtag:{tag}", cursor)
            at = [e["data"]["cursor"] for name, e in client.received if name == "stream.post"]
        for place, since in enumerate(at):
            async with here.socket(bob) as client:
                await client.ready()
                await listen(client, f"hashtag:{tag}", since)
                assert posts_of(client) == posts[place + 1 :]


@pytest.mark.parametrize("is_fresh", [False, True])
async def test_what_came_while_one_was_catching_up_says_all_that_one_was_sent(
    settings: Config, db: Database, tag: str, monkeypatch: pytest.MonkeyPatch, is_fresh: bool
) -> None:
    stream, reading, go_on = f"hashtag:{tag}", asyncio.Event(), asyncio.Event()
    missed_of = streams.missed

    async def slowly(*args: Any) -> streams.Missed:
        found = await missed_of(*args)
        reading.set()
        await go_on.wait()
        return found

    async with open_instance(settings) as opened, slow_transaction(db):
        here = opened.instance
        ann, bob = await here.person("ann"), await here.person("bob")
        async with here.socket(bob) as client:
            await client.ready()
            cursor = (await listen(client, stream))["cursor"]
        missed = [await write(here, ann, f"#{tag} missed") for _ in range(2)]
        async with here.socket(ann) as other, here.socket(bob) as client:
            await other.ready()
            await listen(other, f"author:{ann.id}")
            await client.ready()
            monkeypatch.setattr(streams, "missed", slowly)
            listening = asyncio.ensure_future(listen(client, stream, None if is_fresh else cursor))
            await reading.wait()
            held = [await write(here, ann, f"#{tag} held") for _ in range(2)]
            await heard(other, *held)  # so their hints came after the snapshot was taken
            go_on.set()
            await listening
            before = [] if is_fresh else missed
            await heard(client, *before, *held)
            cursors = [
                one["data"]["cursor"] for name, one in client.received if name == StreamPost.name
            ]
        monkeypatch.setattr(streams, "missed", missed_of)
        for place, since in enumerate(cursors):
            async with here.socket(bob) as client:
                await client.ready()
                await listen(client, stream, since)
                assert posts_of(client) == [*before, *held][place + 1 :]
