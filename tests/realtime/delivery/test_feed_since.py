"""Coming back to one's feed: no post is missed, however many are written at once."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from server.config.load import Config
from storage.database.pool import Database
from tests.people import Instance, Person, SocketClient
from tests.realtime.socket_client import open_instance
from tests.waiting import until

WRITERS = 20
TURNS = 5  # so that all of them fit into one session.ready


async def post(instance: Instance, by: Person, content: str) -> int:
    return int((await instance.post("/api/posts/", by, {"content": content}, status=201))["id"])


async def follow(instance: Instance, by: Person, *whom: Person) -> None:
    for one in whom:
        await instance.post(f"/api/users/{one.id}/follow/", by)


def ids(posts: Sequence[dict[str, Any]]) -> list[int]:
    return [post["id"] for post in posts]


async def feed_of(instance: Instance, person: Person, cursor: str | None = None) -> dict[str, Any]:
    async with instance.socket(person, feed_since=cursor) as client:
        return dict((await client.ready())["feed"])


@asynccontextmanager
async def slow_transaction(db: Database) -> AsyncIterator[None]:
    """One that has taken its number, and goes on while others commit."""
    async with db.transaction() as connection:
        await connection.fetchval("SELECT pg_current_xact_id()")
        yield


@pytest.fixture
async def circle(instance: Instance) -> tuple[Person, Person]:
    ann, bob = await instance.person("ann"), await instance.person("bob")
    await follow(instance, bob, ann)
    return ann, bob


async def test_feed_holds_what_came_since_the_cursor_oldest_first(
    two_instances: tuple[Instance, Instance],
) -> None:
    here, there = two_instances
    ann, bob, eve = [await here.person(name) for name in ("ann", "bob", "eve")]
    await follow(here, bob, ann)
    before = await post(here, ann, "before")
    cursor = (await feed_of(here, bob))["cursor"]
    first, own = await post(here, ann, "first"), await post(there, bob, "own")
    strangers = await post(here, eve, "stranger's")
    other = await post(here, eve, "retweeted")
    await here.post(f"/api/posts/{other}/retweet/", ann)

    feed = await feed_of(there, bob, cursor)
    assert ids(feed["posts"]) == [first, own, other]
    assert feed["more"] is False
    assert feed["posts"][2]["retweeted_by"]["id"] == ann.id
    assert before not in ids(feed["posts"])
    assert strangers not in ids(feed["posts"])
    assert feed["posts"][0] == (await here.get(f"/api/posts/{first}/", bob)).body
    assert (await feed_of(here, bob, feed["cursor"]))["posts"] == []


async def test_feed_holds_the_newest_hundred_and_says_that_there_is_more(
    instance: Instance, circle: tuple[Person, Person]
) -> None:
    ann, bob = circle
    cursor = (await feed_of(instance, bob))["cursor"]
    written = [await post(instance, ann, str(n)) for n in range(100)]
    feed = await feed_of(instance, bob, cursor)
    assert (ids(feed["posts"]), feed["more"]) == (written, False)
    written.append(await post(instance, ann, "one more"))
    feed = await feed_of(instance, bob, cursor)
    assert (ids(feed["posts"]), feed["more"]) == (written[1:], True)


async def test_what_is_gone_or_hidden_by_now_is_not_in_it(
    instance: Instance, circle: tuple[Person, Person]
) -> None:
    ann, bob = circle
    cursor = (await feed_of(instance, bob))["cursor"]
    gone, kept = await post(instance, ann, "gone"), await post(instance, ann, "kept")
    await instance.call("DELETE", f"/api/posts/{gone}/", ann)
    assert ids((await feed_of(instance, bob, cursor))["posts"]) == [kept]
    await instance.post(f"/api/users/{ann.id}/unfollow/", bob)
    assert (await feed_of(instance, bob, cursor))["posts"] == []


async def test_posts_that_commit_after_a_later_cursor_was_given_out_are_not_missed(
    instance: Instance, circle: tuple[Person, Person], db: Database
) -> None:
    ann, bob = circle
    async with db.transaction() as slow:
        post_id = await slow.fetchval(
            "INSERT INTO posts (author_id, content) VALUES ($1, 'slow') RETURNING id", ann.id
        )
        await slow.execute(
            "INSERT INTO feed_entries (actor_id, post_id, kind) VALUES ($1, $2, 'post')",
            ann.id,
            post_id,
        )
        quick = await post(instance, ann, "quick")
        feed = await feed_of(instance, bob, "0")
        assert ids(feed["posts"]) == [quick]
        async with instance.socket(bob) as client:
            await client.ready()
            await post(instance, ann, "live")
            live = await client.next("post.created")
    for cursor in (feed["cursor"], live["cursor"]):
        assert post_id in ids((await feed_of(instance, bob, cursor))["posts"])


class Reader:
    """Comes and goes, remembers its newest cursor as it was told to, and the posts it saw."""

    def __init__(self, person: Person, cursor: str) -> None:
        self.person = person
        self.cursor = cursor
        self.seen: set[int] = set()

    def take(self, client: SocketClient) -> None:
        for name, envelope in client.received:
            if name == "session.ready":
                feed = envelope["data"]["feed"]
                assert not feed["more"]
                self.seen.update(ids(feed["posts"]))
                self.cursor = feed["cursor"]
            elif name == "post.created":
                self.seen.add(envelope["data"]["post"]["id"])
                self.cursor = envelope["data"]["cursor"]

    async def look(self, instance: Instance, seconds: float) -> None:
        async with instance.socket(self.person, feed_since=self.cursor) as client:
            await client.ready()
            await asyncio.sleep(seconds)
        self.take(client)


async def test_reader_who_comes_and_goes_misses_nothing_that_twenty_write_at_once(
    two_instances: tuple[Instance, Instance], db: Database
) -> None:
    here, there = two_instances
    writers = await asyncio.gather(*(here.person(f"w{n}") for n in range(WRITERS)))
    reader = await here.person("reader")
    await follow(here, reader, *writers)
    watch = Reader(reader, (await feed_of(here, reader))["cursor"])
    written: set[int] = set()

    async def write(instance: Instance, by: Person) -> None:
        await asyncio.sleep(0.1 * random.random())
        written.add(await post(instance, by, "x"))

    async def hold_back() -> None:
        async with slow_transaction(db):
            await asyncio.sleep(0.15)

    for turn in range(TURNS):
        instances = (here, there) if turn % 2 else (there, here)
        writing = [write(instances[n % 2], by) for n, by in enumerate(writers)]
        look = watch.look(instances[0], 0.03 * turn)
        await asyncio.gather(look, hold_back(), *writing)
    await watch.look(here, 0)
    assert len(written) == WRITERS * TURNS
    assert watch.seen == written


async def test_listener_hears_live_all_that_twenty_write_at_once_and_none_twice(
    two_instances: tuple[Instance, Instance],
) -> None:
    here, there = two_instances
    writers = await asyncio.gather(*(here.person(f"w{n}") for n in range(WRITERS)))
    reader = await here.person("reader")
    await follow(here, reader, *writers)
    async with there.socket(reader) as client:
        await client.ready()
        posts = [post(i, by, "x") for i in (here, there) for by in writers for _ in range(2)]
        written = await asyncio.gather(*posts)

        def heard() -> list[int]:
            return [
                e["data"]["post"]["id"] for name, e in client.received if name == "post.created"
            ]

        await until(lambda: len(heard()) >= len(written))
        assert sorted(heard()) == sorted(written)


async def test_cursor_of_an_instance_that_has_not_reconciled_yet_is_not_that_of_all_posts(
    settings: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime.delivery.reconciler.PERIOD_SECONDS", 60)
    async with open_instance(settings) as here:
        ann = await here.instance.person("ann")
        here.services.hub.feed_horizon = 0  # as before the first time
        async with here.instance.socket(ann) as client:
            begun = (await client.ready())["feed"]["cursor"]
            await post(here.instance, ann, "soon")
            assert (await client.next("post.created"))["cursor"] == begun
