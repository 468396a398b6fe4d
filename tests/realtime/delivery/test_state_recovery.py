"""Socket.IO's connection state recovery: the same pid again means that nothing is missed."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
import pytest

from realtime.delivery.offset import SEEN_MAX, FeedPlace, Offset
from realtime.delivery.recoverable_session import RecoverableSession
from realtime.protocol import encoding
from storage.database.pool import Database
from storage.events import trimming
from storage.events.declaration import FeedEntryHint
from tests.people import Instance, Person
from tests.realtime.delivery.recorder import Recorder
from tests.realtime.delivery.recovering_socket import Recovering, recovering
from tests.realtime.message_helpers import conversation, send
from tests.realtime.socket_client import raw_socket

Subject = tuple[str, int]


@dataclass
class Circle:
    """Ann, whom Bob follows and who writes to him, and the number of the last event of his."""

    instance: Instance
    ann: Person
    bob: Person
    room: int
    seq: int

    async def post(self, content: str = "hi") -> Subject:
        return "post", (await self.instance.write(self.ann, content))["id"]

    async def message(self, content: str = "hi") -> Subject:
        await send(self.instance, self.ann, self.room, content)
        self.seq += 1
        return "seq", self.seq

    async def memory(self, **auth: Any) -> dict[str, str]:
        """What Bob's client gives back after a connection on which nothing came."""
        async with recovering(self.instance, self.bob, **auth) as client:
            return memory(client)


def memory(client: Recovering) -> dict[str, str]:
    assert client.pid is not None
    return {"pid": client.pid, "offset": client.offset}


@pytest.fixture
async def circle(instance: Instance) -> Circle:
    ann, bob = await instance.people("ann", "bob")
    await instance.follow(bob, ann)
    room = await conversation(instance, ann, bob)
    async with instance.socket(bob) as client:
        return Circle(instance, ann, bob, room, (await client.ready())["seq"])


@asynccontextmanager
async def slow_transaction(db: Database) -> AsyncIterator[None]:
    """One that holds the horizon back as long as it lasts."""
    async with db.transaction() as connection:
        await connection.fetchval("SELECT pg_current_xact_id()")
        yield


async def test_pid_is_the_same_again_and_what_was_missed_comes_as_events(circle: Circle) -> None:
    async with recovering(circle.instance, circle.bob) as client:
        heard = [await circle.post(), await circle.message()]
        await client.hear(*heard)
        assert all(offset is not None for *_, offset in client.events)
        before = memory(client)
    missed = [await circle.post("one"), await circle.post("two")]
    missed += [await circle.message("three"), await circle.message("four")]
    async with recovering(circle.instance, circle.bob, **before) as client:
        assert client.pid == before["pid"]
        assert client.ready["resume"] == {"status": "resumed", "missed": 2}
        assert client.ready["feed"]["posts"] == []
        await client.hear(*missed, await circle.message("new"))


async def test_one_who_missed_nothing_has_the_same_pid_and_hears_nothing_again(
    circle: Circle,
) -> None:
    before = await circle.memory()
    for _ in range(3):
        again = await circle.memory(**before)
        assert again["pid"] == before["pid"]
        before = again
    async with recovering(circle.instance, circle.bob, **before) as client:
        await client.hear(await circle.message("new"))


async def test_each_offset_is_where_the_rest_begins(circle: Circle, db: Database) -> None:
    """Wherever a connection breaks, in a replay or after it, and also while the horizon lags."""
    before = await circle.memory()
    expected = [await circle.post(f"early {n}") for n in range(4)]
    async with slow_transaction(db):
        expected += [await circle.post(f"late {n}") for n in range(3)]
        expected += [await circle.message(f"{n}") for n in range(3)]
        async with recovering(circle.instance, circle.bob, **before) as client:
            await client.hear(*expected)
            expected += [await circle.post("live"), await circle.message("live")]
            expected += [await circle.post("live, too")]
            await client.hear(*expected)
        offsets = [offset for *_, offset in client.events]
        assert None not in offsets
        for after, offset in enumerate(offsets, start=1):
            asked = {"pid": client.pid, "offset": offset}
            async with recovering(circle.instance, circle.bob, **asked) as again:
                assert again.pid == client.pid
                rest = client.subjects(after)
                await again.hear(*sorted(rest), await circle.message("the end"))
                expected.append(("seq", circle.seq))
                client.events.append(again.events[-1])


async def test_events_that_take_nobody_further_have_no_offset(circle: Circle) -> None:
    async with recovering(circle.instance, circle.bob) as client:
        async with circle.instance.socket(circle.ann) as ann:
            await ann.ready()
            await ann.do("typing", {"conversation_id": circle.room, "active": True})
        name, envelope, offset = await client.next()
        assert (name, envelope["seq"], offset) == ("typing", None, None)


async def test_client_that_does_not_ask_has_no_pid_and_one_argument(circle: Circle) -> None:
    before = await circle.memory()
    for asked in ({}, {"recovery": False}, {"recovery": None}, before):
        async with raw_socket(circle.instance) as socket:
            auth = {"token": circle.bob.access, **asked}
            await socket.send(f"40{orjson.dumps(auth).decode()}")
            answer = await socket.next()
            assert answer is not None
            assert orjson.loads(answer[2:]).keys() == {"sid"}
            for name in ("session.ready", "message.created", "post.created"):
                if name == "message.created":
                    await circle.message()
                elif name == "post.created":
                    await circle.post()
                text = await socket.next()
                assert text is not None
                heard = orjson.loads(text[2:])
                assert (heard[0], len(heard)) == (name, 2)


async def test_what_is_no_offset_of_ours_begins_anew_with_another_pid(circle: Circle) -> None:
    before = await circle.memory()
    user_id, seq, horizon, epoch = before["offset"].split(".", 3)
    others: list[Any] = [
        "", "1", "x" * 10_000, 7, ["a"], {}, True,
        f"{user_id}.{seq}.{horizon}.other",
        f"{user_id}.{9 * 10**17}.{horizon}.{epoch}",
        f"{circle.ann.id}.{seq}.{horizon}.{epoch}",
        f"{user_id}.-1.{horizon}.{epoch}",
        f"{user_id}.{seq}.{horizon}.{epoch}~1",
        f"{user_id}.{seq}.{horizon}.{epoch}" + "~1.1" * (SEEN_MAX + 1),
        f"{user_id}.{'9' * 30}.{horizon}.{epoch}",
        f"{user_id}.{seq}.{horizon}.{epoch}\u0000",
    ]  # fmt: skip
    for offset in others:
        async with recovering(
            circle.instance, circle.bob, pid=before["pid"], offset=offset
        ) as client:
            assert client.pid not in (None, before["pid"]), offset
            assert client.ready["resume"] == {"status": "reset", "missed": 0}, offset
            await client.hear(await circle.message())
            after = memory(client)
        assert (await circle.memory(**after))["pid"] == after["pid"], offset
        before = after
    others = ["", 7, "x" * 1000, "a b", []]
    for pid in others:
        async with recovering(circle.instance, circle.bob, **(before | {"pid": pid})) as client:
            assert client.pid not in (None, pid)
            assert client.ready["resume"]["status"] == "reset"


async def test_offset_of_somebody_else_is_not_taken_for_ones_own(circle: Circle) -> None:
    before = await circle.memory()
    async with recovering(circle.instance, circle.ann, **before) as client:
        assert client.pid != before["pid"]
        assert client.ready["resume"]["status"] == "reset"


async def test_client_that_was_sent_nothing_yet_is_a_new_one(circle: Circle) -> None:
    before = await circle.memory()
    async with recovering(circle.instance, circle.bob, pid=before["pid"]) as client:
        assert client.pid != before["pid"]
        assert client.ready["resume"]["status"] == "fresh"


async def test_since_counts_until_there_is_an_offset(circle: Circle) -> None:
    asked = {"since": 0, "feed_since": "0"}
    async with recovering(circle.instance, circle.bob, **asked) as client:
        assert client.ready["resume"] == {"status": "resumed", "missed": circle.seq}
        await client.hear(*[("seq", n + 1) for n in range(circle.seq)])
        before = memory(client)
    async with recovering(circle.instance, circle.bob, **asked, **before) as client:
        assert client.pid == before["pid"]
        assert client.ready["resume"] == {"status": "resumed", "missed": 0}


async def test_recovery_that_is_neither_true_nor_false_is_refused(circle: Circle) -> None:
    others: list[Any] = ["true", 1, [], {}]
    for recovery in others:
        async with raw_socket(circle.instance) as socket:
            asked = {"token": circle.bob.access, "recovery": recovery}
            await socket.send(f"40{orjson.dumps(asked).decode()}")
            answer = await socket.next()
            assert answer is not None
            assert answer.startswith("44")
            problem = orjson.loads(answer[2:])["data"]
            assert (problem["code"], problem["errors"].keys()) == ("invalid_resume", {"recovery"})


async def test_a_hundred_missed_posts_all_come_and_with_one_more_it_is_a_reset(
    circle: Circle,
) -> None:
    before = await circle.memory()
    missed = [await circle.post(f"{n}") for n in range(100)]
    async with recovering(circle.instance, circle.bob, **before) as client:
        assert client.pid == before["pid"]
        await client.hear(*missed)
    await circle.post("one more")
    async with recovering(circle.instance, circle.bob, **before) as client:
        assert client.pid != before["pid"]
        assert client.ready["resume"]["status"] == "reset"
        assert client.ready["feed"]["more"] is True
        await client.hear(await circle.message("the next"))


async def test_what_the_log_no_longer_keeps_is_a_reset(circle: Circle, db: Database) -> None:
    before = await circle.memory()
    await circle.message()
    old = "UPDATE events SET at = at - interval '2 days' WHERE user_id = $1"
    await db.execute(old, circle.bob.id)
    assert await trimming.trim(db, timedelta(days=1)) >= 1
    async with recovering(circle.instance, circle.bob, **before) as client:
        assert client.pid != before["pid"]
        assert client.ready["resume"]["status"] == "reset"


async def test_posts_of_the_blocked_muted_and_unfollowed_and_deleted_ones_are_not_repeated(
    circle: Circle,
) -> None:
    instance, bob = circle.instance, circle.bob
    blocked, muted, gone, left, kept, friend = await instance.people(*"bmglkf")
    await instance.follow(bob, blocked, muted, gone, left, kept, friend)
    before = await circle.memory()
    for author in (blocked, muted, gone):
        post = await instance.write(author, "not for Bob any more")
        await instance.post(f"/api/posts/{post['id']}/retweet/", friend)
    await instance.write(left, "not for Bob any more")
    await instance.post(f"/api/users/{left.id}/unfollow/", bob)
    deleted = await instance.write(kept, "deleted")
    kept_one = await instance.write(kept, "kept")
    await instance.call("DELETE", f"/api/posts/{deleted['id']}/", kept)
    await instance.post(f"/api/users/{blocked.id}/block/", bob)
    await instance.post(f"/api/users/{muted.id}/mute/", bob)
    await instance.call("DELETE", "/api/users/me/", gone, json={"password": "correct horse"})
    async with recovering(instance, bob, **before) as client:
        assert client.pid == before["pid"]
        await circle.message("the end")
        while (await client.next())[0] != "message.created":
            pass
        assert [id for kind, id in client.subjects() if kind == "post"] == [kept_one["id"]]


async def test_a_post_and_its_retweet_both_come_again_as_they_came_live(circle: Circle) -> None:
    instance = circle.instance
    friend = await instance.person("friend")
    await instance.follow(circle.bob, friend)
    before = await circle.memory()
    post = await circle.post()
    await instance.post(f"/api/posts/{post[1]}/retweet/", friend)
    async with recovering(instance, circle.bob, **before) as client:
        await client.hear(post, post)
        by = [envelope["data"]["post"]["retweeted_by"] for _, envelope, _ in client.events[1:]]
        assert by[0] is None
        assert by[1]["id"] == friend.id


async def test_whoever_comes_and_goes_amid_writing_on_two_instances_hears_all_once(
    two_instances: tuple[Instance, Instance],
) -> None:
    here, there = two_instances
    ann, bob = await here.people("ann", "bob")
    await here.follow(bob, ann)
    room = await conversation(here, ann, bob)
    chance = random.Random(7)
    async with recovering(here, bob) as client:
        before, pid = memory(client), client.pid
        seq = client.ready["seq"]
    posts: list[int] = []
    count = 60

    async def write(instance: Instance) -> None:
        for n in range(count):
            posts.append((await instance.write(ann, f"{n}"))["id"])
            await send(instance, ann, room, f"{n}")

    writing = asyncio.gather(write(here), write(there))
    heard: list[Subject] = []
    while len(heard) < 4 * count:
        async with recovering(chance.choice((here, there)), bob, **before) as client:
            assert client.pid == pid
            for _ in range(chance.randrange(12)):
                if len(heard) + len(client.subjects()) < 4 * count:
                    await client.next()
            heard += client.subjects()
            before = memory(client)
    await writing
    assert [n for kind, n in heard if kind == "seq"] == list(range(seq + 1, seq + 1 + 2 * count))
    assert sorted(id for kind, id in heard if kind == "post") == sorted(posts)


def test_offset_is_read_as_it_was_written() -> None:
    offset = Offset(1, 2, 3, "7:1:5", {4: 5, 6: 7})
    assert Offset.parse(str(offset)) == offset


def test_place_in_a_feed_forgets_the_oldest_rather_than_growing() -> None:
    place = FeedPlace(10)
    for id in range(SEEN_MAX + 5):
        assert place.take(id, 10 + id)
        assert not place.take(id, 10 + id)
    assert list(place.seen) == list(range(5, SEEN_MAX + 5))
    place.advance(10 + SEEN_MAX)
    assert list(place.seen) == list(range(SEEN_MAX, SEEN_MAX + 5))
    assert not place.take(1000, 9 + SEEN_MAX)


def offsets(recorder: Recorder) -> list[Offset]:
    return [offset for _, _, text in recorder.sent() if (offset := Offset.parse(text)) is not None]


def test_offset_says_nothing_of_posts_that_wait_until_the_client_is_up_to_date() -> None:
    """The hub may have moved its horizon meanwhile, as it has delivered them to all others."""
    recorder, horizon = Recorder(), 10
    session = RecoverableSession(recorder, 1, 1, 0.0, 5, feed_horizon=lambda: horizon)
    session.epoch, session.place = "1:1:1", FeedPlace(10)
    for number in (11, 12, 13):
        entry = FeedEntryHint(number, number, 2, 2, b"")
        session.send_live(encoding.event_of_now("post.created", {}), entry)
        session.send_live(encoding.event_of_now("post.created", {}), entry)  # found twice
    horizon = 14
    session.send_event(6, encoding.event_of_now("message.created", {}))
    session.go_live()
    session.send_event(7, encoding.event_of_now("message.created", {}))
    assert [(one.seq, one.horizon, list(one.seen)) for one in offsets(recorder)] == [
        (6, 10, []), (6, 10, [11]), (6, 10, [11, 12]), (6, 10, [11, 12, 13]), (7, 14, []),
    ]  # fmt: skip
