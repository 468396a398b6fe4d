"""Streams of new posts: who hears what, and nobody what is not theirs."""

import asyncio
import secrets
from typing import Any

import pytest

from server.config.load import Config
from tests.people import Instance, Person, SocketClient
from tests.realtime.delivery.stream_helpers import came, heard, listen, posts_of, write
from tests.realtime.socket_client import open_instance
from tests.waiting import until


@pytest.fixture
def tag() -> str:
    return f"t{secrets.token_hex(6)}"


async def test_post_comes_once_to_each_stream_that_has_it_on_every_instance(
    two_instances: tuple[Instance, Instance], tag: str
) -> None:
    here, there = two_instances
    ann, bob = await here.person("ann"), await here.person("bob")
    streams = ["public", f"hashtag:#{tag.upper()}", f"author:@{ann.username}", f"search:{tag} -no"]
    named = ["public", f"hashtag:{tag}", f"author:{ann.id}", f"search:{tag} -no"]
    async with here.socket(bob) as one, there.socket(bob) as other:
        for client in (one, other):
            await client.ready()
            assert [(await listen(client, name))["stream"] for name in streams] == named
        first = await write(here, ann, f"about #{tag}")
        await write(here, bob, "of somebody else, about nothing")
        second = await write(there, ann, f"no #{tag}")
        last = await write(here, ann, f"{tag} alone")
        for client in (one, other):
            await heard(client, first, second, last, stream=named[2])
            await heard(client, first, last, stream=named[3])
            assert posts_of(client, named[1]) == [first, second]
            public = posts_of(client, "public")
            assert [id for id in public if id in (first, second, last)] == [first, second, last]


async def test_retweet_is_no_new_post(two_instances: tuple[Instance, Instance], tag: str) -> None:
    here, there = two_instances
    ann, bob = await here.person("ann"), await here.person("bob")
    post = await write(here, ann, f"#{tag}")
    async with there.socket(bob) as client:
        await client.ready()
        await listen(client, f"hashtag:{tag}")
        await listen(client, f"author:{ann.id}")
        await here.post(f"/api/posts/{post}/retweet/", ann)
        last = await write(here, ann, "the last")
        await heard(client, last)


async def test_listener_hears_nobody_whom_a_block_or_mute_hides(
    two_instances: tuple[Instance, Instance], tag: str
) -> None:
    here, there = two_instances
    ann, bob = await here.person("ann"), await here.person("bob")
    async with there.socket(bob) as client:
        await client.ready()
        await listen(client, f"hashtag:{tag}")
        await listen(client, f"author:{ann.id}")
        for path, by, whom in (
            ("mute", bob, ann),
            ("block", bob, ann),
            ("block", ann, bob),
        ):
            await here.post(f"/api/users/{whom.id}/{path}/", by)
            hidden = await write(there, ann, f"hidden #{tag}")
            await here.post(f"/api/users/{whom.id}/un{path}/", by)
            shown = await write(here, ann, f"shown #{tag}")
            await came(client, shown, 2)
            assert hidden not in posts_of(client, f"hashtag:{tag}")
            # As in the list of one author, whom one has muted is there.
            assert (hidden in posts_of(client, f"author:{ann.id}")) is (path == "mute")


async def test_what_was_written_by_who_is_hidden_is_not_replayed_either(
    two_instances: tuple[Instance, Instance], tag: str
) -> None:
    here, there = two_instances
    ann, bob, cat = await here.people("ann", "bob", "cat")
    stream = f"hashtag:{tag}"
    async with here.socket(bob) as client:
        await client.ready()
        cursor = (await listen(client, stream))["cursor"]
    await write(here, ann, f"#{tag}")
    seen = await write(here, cat, f"#{tag}")
    await here.post(f"/api/users/{bob.id}/block/", ann)
    async with there.socket(bob) as client:
        await client.ready()
        assert (await listen(client, stream, cursor))["missed"] == 1
        assert posts_of(client) == [seen]


@pytest.mark.parametrize("kind", ["hashtag", "author", "search", "public"])
async def test_edit_and_delete_reach_once_who_listens_to_what_the_post_was_or_is(
    two_instances: tuple[Instance, Instance], tag: str, kind: str
) -> None:
    here, there = two_instances
    ann, bob = await here.person("ann"), await here.person("bob")
    await here.follow(bob, ann)
    value = {"hashtag": f":{tag}", "author": f":{ann.id}", "search": f":{tag}", "public": ""}[kind]
    async with there.socket(bob) as client:
        await client.ready()
        await listen(client, kind + value)
        post = await write(here, ann, f"#{tag}")
        await here.call("PATCH", f"/api/posts/{post}/", ann, json={"content": "without it"})
        await here.call("PATCH", f"/api/posts/{post}/", ann, json={"content": f"again {tag}"})
        await here.call("DELETE", f"/api/posts/{post}/", ann)
        last = await write(here, ann, f"#{tag} last")
        await until(lambda: last in posts_of(client))
        about = [
            name
            for name, envelope in client.received
            if name in ("post.updated", "post.deleted") and _post_id(envelope) == post
        ]
        assert about == ["post.updated", "post.updated", "post.deleted"]


@pytest.mark.parametrize("ends", [False, True], ids=["caught up", "ended meanwhile"])
async def test_change_comes_once_to_a_follower_who_is_still_being_sent_what_was_missed(
    settings: Config, tag: str, ends: bool
) -> None:
    async with open_instance(settings) as here:
        instance, streams = here.instance, here.services.hub.post_streams
        ann, bob = await instance.person("ann"), await instance.person("bob")
        await instance.follow(bob, ann)
        post = await write(instance, ann, f"#{tag}")
        async with instance.socket(bob) as client:
            await client.ready()
            for _ in range(2):
                await streams.reads.acquire()
            listening = asyncio.create_task(listen(client, f"hashtag:{tag}"))
            (session,) = here.services.hub.streams[bob.id].sessions
            await until(lambda: bool(session.streams))
            path = f"/api/posts/{post}/"
            await instance.call("PATCH", path, ann, json={"content": f"#{tag} new"})
            last = await write(instance, ann, "the last")
            await until(lambda: _told(client, "post.created", last))
            if ends:
                streams.unsubscribe(session, next(iter(session.streams)))
            for _ in range(2):
                streams.reads.release()
            await listening
            await instance.call("DELETE", path, ann)
            await until(lambda: _told(client, "post.deleted", post))
            assert [name for name, _ in client.received].count("post.updated") == 1


def _told(client: SocketClient, event: str, post_id: int) -> bool:
    return any(name == event and _post_id(each) == post_id for name, each in client.received)


def _post_id(envelope: dict[str, Any]) -> int:
    data = envelope["data"]
    return int(data["post_id"] if "post_id" in data else data["post"]["id"])


async def test_change_of_a_post_reaches_no_listener_of_other_streams(
    two_instances: tuple[Instance, Instance], tag: str
) -> None:
    here, there = two_instances
    ann, bob = await here.person("ann"), await here.person("bob")
    async with there.socket(bob) as client:
        await client.ready()
        for other in (f"hashtag:{tag}x", f"search:{tag}x", f"author:{bob.id}"):
            await listen(client, other)
        post = await write(here, ann, f"#{tag}")
        await here.call("PATCH", f"/api/posts/{post}/", ann, json={"content": f"{tag} more"})
        await here.call("DELETE", f"/api/posts/{post}/", ann)
        last = await write(here, bob, "the last")
        await heard(client, last)
        assert not {name for name, _ in client.received} & {"post.updated", "post.deleted"}


async def test_who_has_unsubscribed_hears_no_more(
    two_instances: tuple[Instance, Instance], tag: str
) -> None:
    here, there = two_instances
    ann, bob = await here.person("ann"), await here.person("bob")
    stream = f"hashtag:{tag}"
    async with there.socket(bob) as client:
        await client.ready()
        await listen(client, stream)
        first = await write(here, ann, f"#{tag}")
        await heard(client, first)
        await client.do("stream.unsubscribe", {"stream": stream})
        await client.do("stream.unsubscribe", {"stream": stream})  # again, for nothing
        await write(here, ann, f"unheard #{tag}")
        await listen(client, f"author:{bob.id}")
        last = await write(here, bob, f"#{tag}")
        await heard(client, first, last)


@pytest.mark.parametrize(
    "stream",
    [
        "publik",
        "public:x",
        "hashtag",
        "hashtag:",
        "hashtag:#",
        "author:",
        "search:",
        "search:-",
        "",
    ],
)
async def test_what_is_no_stream_is_refused(instance: Instance, stream: str) -> None:
    ann = await instance.person("ann")
    async with instance.socket(ann) as client:
        await client.ready()
        refused = await client.call("stream.subscribe", {"stream": stream})
        assert refused["error"]["code"] == "invalid"


async def test_absent_author_and_foreign_cursor_are_refused(instance: Instance) -> None:
    ann = await instance.person("ann")
    async with instance.socket(ann) as client:
        await client.ready()
        for author in ("@nobody_of_this_name", "999999999", "9" * 30, "0"):
            refused = await client.call("stream.subscribe", {"stream": f"author:{author}"})
            assert refused["error"]["code"] == "not_found"
        for cursor in ("x", "1", "12345678.0", "12345678.5:3:", "12345678.5:9:4", "12345678.5~"):
            asked = {"stream": "public", "cursor": cursor}
            refused = await client.call("stream.subscribe", asked)
            assert refused["error"]["code"] == "invalid_cursor", cursor


async def test_limits_of_a_connection_and_of_a_user(instance: Instance, tag: str) -> None:
    ann = await instance.person("ann")
    async with instance.socket(ann) as client:
        await client.ready()
        for number in range(20):
            await listen(client, f"hashtag:{tag}{number}")
        refused = await client.call("stream.subscribe", {"stream": f"hashtag:{tag}"})
        assert refused["error"]["code"] == "stream_limit"
        await listen(client, f"hashtag:{tag}0")  # again is no more
        await client.do("stream.unsubscribe", {"stream": f"hashtag:{tag}0"})
        await listen(client, f"hashtag:{tag}")


async def test_nothing_is_left_of_a_stream_that_nobody_listens_to(
    settings: Config, tag: str
) -> None:
    async with open_instance(settings) as here:
        ann: Person = await here.instance.person("ann")
        hub, broker = here.services.hub, here.services.broker
        async with here.instance.socket(ann) as client:
            await client.ready()
            before = broker.channels
            for stream in (f"hashtag:{tag}", "public", f"search:{tag}", f"author:{ann.id}"):
                await listen(client, stream)
            assert broker.channels > before
            await write(here.instance, ann, f"#{tag}")
            await until(lambda: len(posts_of(client)) == 4)
            await client.do("stream.unsubscribe", {"stream": "public"})
            assert hub.post_streams.active
        await until(lambda: not hub.streams)
        assert not hub.post_streams.active
        assert hub.post_streams.horizon == 0
        assert broker.channels == 0
