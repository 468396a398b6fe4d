"""Posts as they happen: to the author and to who follows, and to nobody else."""

import asyncio
from dataclasses import replace
from functools import partial
from typing import Any, get_type_hints

import pytest

from realtime.protocol import channels
from server.config.load import Config
from storage.database.pool import Database
from storage.records import Post
from tests.conftest import running
from tests.people import Instance, Person, SocketClient
from tests.realtime.socket_client import open_instance
from tests.waiting import until

LIVE = ("post.created", "post.updated", "post.deleted")
# What a viewer has done with a post, which an event that goes to many cannot say.
MARKS = [name for name, kind in get_type_hints(Post).items() if kind == bool | None]


async def post(instance: Instance, by: Person, content: str = "hello") -> dict[str, Any]:
    return dict((await instance.post("/api/posts/", by, {"content": content}, status=201)).body)


async def act(instance: Instance, by: Person, what: str, post_id: int) -> None:
    await instance.post(f"/api/posts/{post_id}/{what}/", by)


async def follow(instance: Instance, by: Person, *whom: Person) -> None:
    for one in whom:
        await instance.post(f"/api/users/{one.id}/follow/", by)


def heard(client: SocketClient) -> list[tuple[str, int]]:
    """The live events of posts, each with the post's id."""
    return [
        (name, e["data"]["post_id"] if name == "post.deleted" else e["data"]["post"]["id"])
        for name, e in client.received
        if name in LIVE
    ]


def heard_all(client: SocketClient, count: int) -> bool:
    return len(heard(client)) >= count


async def settled(
    instance: Instance, person: Person, client: SocketClient
) -> list[tuple[str, int]]:
    """All that a person has heard, once a last post of their own has come back.

    What was published before it has come, too.
    """
    last = await post(instance, person, "the last")
    await until(lambda: ("post.created", last["id"]) in heard(client))
    found = heard(client)
    found.remove(("post.created", last["id"]))
    return found


@pytest.fixture
async def people(two_instances: tuple[Instance, Instance]) -> tuple[Person, Person, Person, Person]:
    """Ann the author, ron who retweets, bob who follows both, eve who follows nobody."""
    here, _ = two_instances
    ann, ron, bob, eve = [await here.person(name) for name in ("ann", "ron", "bob", "eve")]
    await follow(here, bob, ann, ron)
    return ann, ron, bob, eve


async def test_post_comes_live_to_followers_and_author_and_to_nobody_else(
    two_instances: tuple[Instance, Instance], people: tuple[Person, Person, Person, Person]
) -> None:
    here, there = two_instances
    ann, _, bob, eve = people
    async with there.socket(ann) as author, there.socket(bob) as follower, there.socket(eve) as no:
        for client in (author, follower, no):
            await client.ready()
        written = await post(here, ann)
        envelope = await follower.next_envelope("post.created")
        assert envelope["seq"] is None
        data = envelope["data"]
        assert isinstance(data.pop("cursor"), str)
        mine = dict.fromkeys(MARKS)
        assert mine.keys() >= {"liked", "retweeted", "bookmarked"}
        assert data == {"post": written | mine}
        assert (await author.next("post.created"))["post"] == written | mine
        assert await settled(here, eve, no) == []


async def test_retweet_comes_live_to_the_followers_of_who_retweets(
    two_instances: tuple[Instance, Instance], people: tuple[Person, Person, Person, Person]
) -> None:
    here, there = two_instances
    ann, ron, _, eve = people
    written = await post(here, ann)
    await follow(here, eve, ron)
    async with there.socket(eve) as client:
        await client.ready()
        await act(here, ron, "retweet", written["id"])
        told = (await client.next("post.created"))["post"]
        assert told["id"] == written["id"]
        assert told["author"]["id"] == ann.id
        assert told["retweeted_by"]["id"] == ron.id
        await act(here, ron, "retweet", written["id"])
        assert await settled(here, eve, client) == [("post.created", written["id"])]


async def test_changes_of_a_post_are_heard_once_by_one_who_follows_author_and_retweeter(
    two_instances: tuple[Instance, Instance], people: tuple[Person, Person, Person, Person]
) -> None:
    here, there = two_instances
    ann, ron, bob, _ = people
    written = await post(here, ann)
    await act(here, ron, "retweet", written["id"])
    async with there.socket(bob) as client:
        await client.ready()
        await here.call("PATCH", f"/api/posts/{written['id']}/", ann, json={"content": "edited"})
        updated = (await client.next("post.updated"))["post"]
        assert (updated["content"], updated["liked"]) == ("edited", None)
        assert updated["edited_at"] is not None
        await here.call("DELETE", f"/api/posts/{written['id']}/", ann)
        assert await client.next("post.deleted") == {"post_id": written["id"]}
        # While an earlier transaction is open, the post that was there may come as a new one.
        changes = [one for one in await settled(there, bob, client) if one[0] != "post.created"]
        assert changes == [
            ("post.updated", written["id"]),
            ("post.deleted", written["id"]),
        ]


async def test_changes_reach_who_follows_only_the_retweeter(
    two_instances: tuple[Instance, Instance], people: tuple[Person, Person, Person, Person]
) -> None:
    here, there = two_instances
    ann, ron, _, eve = people
    await follow(here, eve, ron)
    written = await post(here, ann)
    await act(here, ron, "retweet", written["id"])
    async with there.socket(eve) as client:
        await client.ready()
        await here.call("PATCH", f"/api/posts/{written['id']}/", ann, json={"content": "edited"})
        await client.next("post.updated")
        await here.call("DELETE", f"/api/posts/{written['id']}/", ann)
        await client.next("post.deleted")


async def test_following_and_unfollowing_take_effect_on_live_sockets_of_all_instances(
    two_instances: tuple[Instance, Instance], people: tuple[Person, Person, Person, Person]
) -> None:
    here, there = two_instances
    ann, _, _, eve = people
    async with here.socket(eve) as one, there.socket(eve) as other:
        await one.ready()
        await other.ready()
        unheard = await post(here, ann, "too early")
        await follow(here, eve, ann)
        for client in (one, other):
            await client.next("relationship.changed")
        first = await post(here, ann, "heard")
        for client in (one, other):
            assert (await client.next("post.created"))["post"]["id"] == first["id"]
        await here.post(f"/api/users/{ann.id}/unfollow/", eve)
        for client in (one, other):
            await client.next("relationship.changed")
        await post(there, ann, "too late")
        await here.call("PATCH", f"/api/posts/{first['id']}/", ann, json={"content": "later"})
        for instance, client in ((here, one), (there, other)):
            found = await settled(instance, eve, client)
            assert ("post.created", unheard["id"]) not in found
            assert [event for event in found if event[1] == first["id"]] == [
                ("post.created", first["id"])
            ]


async def test_a_post_right_after_the_follow_is_heard(
    two_instances: tuple[Instance, Instance], people: tuple[Person, Person, Person, Person]
) -> None:
    here, there = two_instances
    ann, _, _, eve = people
    async with there.socket(eve) as client:
        await client.ready()
        await follow(here, eve, ann)
        written = await post(here, ann)
        assert (await client.next("post.created"))["post"]["id"] == written["id"]


async def test_a_follow_while_its_follower_is_connecting_takes_effect(
    settings: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is made after whom to listen to has been read, and before the place in the log is."""
    async with open_instance(settings) as here:
        ann, eve = await here.instance.person("ann"), await here.instance.person("eve")
        broker = here.services.broker
        subscribed = broker.subscribed

        async def meanwhile(*args: float) -> bool:
            monkeypatch.undo()
            await follow(here.instance, eve, ann)
            return await subscribed(*args)

        monkeypatch.setattr(broker, "subscribed", meanwhile)
        async with here.instance.socket(eve) as client:
            assert (await client.ready())["seq"] == 1
            written = await post(here.instance, ann)
            assert (await client.next("post.created"))["post"]["id"] == written["id"]


async def test_all_sockets_of_a_follower_hear_and_the_others_go_on_when_one_leaves(
    two_instances: tuple[Instance, Instance], people: tuple[Person, Person, Person, Person]
) -> None:
    here, there = two_instances
    ann, _, bob, _ = people
    async with there.socket(bob) as stays:
        async with there.socket(bob) as goes, here.socket(bob) as elsewhere:
            for client in (stays, goes, elsewhere):
                await client.ready()
            written = await post(here, ann)
            for client in (stays, goes, elsewhere):
                assert (await client.next("post.created"))["post"]["id"] == written["id"]
        written = await post(here, ann)
        assert (await stays.next("post.created"))["post"]["id"] == written["id"]


async def test_post_of_one_author_come_in_the_order_they_were_written(
    two_instances: tuple[Instance, Instance], people: tuple[Person, Person, Person, Person]
) -> None:
    here, there = two_instances
    ann, _, bob, _ = people
    async with there.socket(bob) as client:
        await client.ready()
        written = [(await post(here, ann, str(n)))["id"] for n in range(30)]
        await until(lambda: len(heard(client)) == 30)
        assert [id for _, id in heard(client)] == written


async def test_a_post_hidden_from_its_reader_is_not_told_live(
    two_instances: tuple[Instance, Instance],
    people: tuple[Person, Person, Person, Person],
    db: Database,
) -> None:
    """Muted and blocking authors, also where somebody else retweets them."""
    here, there = two_instances
    ann, ron, bob, _ = people
    await db.execute("INSERT INTO mutes (muter_id, muted_id) VALUES ($1, $2)", bob.id, ann.id)
    async with there.socket(bob) as client:
        await client.ready()
        written = await post(here, ann)
        await act(here, ron, "retweet", written["id"])
        await here.call("PATCH", f"/api/posts/{written['id']}/", ann, json={"content": "edited"})
        own = await post(here, ron)
        assert (await client.next("post.created"))["post"]["id"] == own["id"]
        assert await settled(there, bob, client) == [("post.created", own["id"])]


async def test_live_events_of_many_authors_at_once_reach_every_follower_once(
    two_instances: tuple[Instance, Instance],
) -> None:
    here, there = two_instances
    authors = await asyncio.gather(*(here.person("author") for _ in range(5)))
    readers = await asyncio.gather(*(here.person("reader") for _ in range(5)))
    await asyncio.gather(*(follow(here, reader, *authors) for reader in readers))
    sockets = [instance.socket(r) for r in readers for instance in (here, there)]
    listening = [await socket.__aenter__() for socket in sockets]
    try:
        for client in listening:
            await client.ready()
        written = await asyncio.gather(
            *(post(instance, author) for author in authors for instance in (here, there))
        )
        expected = sorted(("post.created", one["id"]) for one in written)
        for client in listening:
            await until(partial(heard_all, client, len(expected)))
            assert sorted(heard(client)) == expected
    finally:
        for socket in sockets:
            await socket.__aexit__(None, None, None)


async def test_without_redis_a_post_right_after_the_follow_is_heard_by_the_reconciler(
    settings: Config,
) -> None:
    async with running(replace(settings, redis_url="redis://127.0.0.1:1")) as instance:
        ann, eve = await instance.person("ann"), await instance.person("eve")
        async with instance.socket(eve) as client:
            await client.ready()
            for _ in range(2):  # however its passes fall
                await follow(instance, eve, ann)
                written = await post(instance, ann)
                assert (await client.next("post.created"))["post"]["id"] == written["id"]
                await instance.post(f"/api/users/{ann.id}/unfollow/", eve)
                await client.next("relationship.changed")


async def test_a_hint_that_comes_again_or_after_the_reconciler_is_not_told_again(
    settings: Config,
) -> None:
    async with open_instance(settings) as here:
        ann, bob = await here.instance.people("ann", "bob")
        await here.instance.follow(bob, ann)
        hub = here.services.hub
        hear, heard = hub.on_hint, list[tuple[bytes, bytes]]()

        def keep(channel: bytes, payload: bytes) -> None:
            heard.append((channel, payload))
            hear(channel, payload)

        here.services.broker.on_message = keep
        async with here.instance.socket(bob) as client:
            await client.ready()
            first = await here.instance.write(ann, "first")
            assert (await client.next("post.created"))["post"]["id"] == first["id"]
            for channel, payload in list(heard):
                hear(channel, payload)
            second = await here.instance.write(ann, "second")
            assert (await client.next("post.created"))["post"]["id"] == second["id"]
            assert client.names().count("post.created") == 2


async def test_post_right_after_a_follow_whose_hint_is_lost_comes_though_others_had_it_before(
    settings: Config,
) -> None:
    async with open_instance(settings) as here:
        ann, bob, carl = await here.instance.people("ann", "bob", "carl")
        await here.instance.follow(carl, ann)
        hear, lost = here.services.hub.on_hint, channels.user(bob.id)

        def lose(channel: bytes, payload: bytes) -> None:
            if channel != lost:
                hear(channel, payload)

        async with here.instance.socket(bob) as client, here.instance.socket(carl) as other:
            await client.ready()
            await other.ready()
            here.services.broker.on_message = lose
            await here.instance.follow(bob, ann)
            post = await here.instance.write(ann, "hi")
            assert (await other.next("post.created"))["post"]["id"] == post["id"]
            assert (await client.next("post.created"))["post"]["id"] == post["id"]
        assert other.names().count("post.created") == 1
