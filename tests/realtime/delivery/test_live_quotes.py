"""Quotes as they happen: who sees live what is quoted, and who is told why not."""

from typing import Any

import pytest

from server.config.load import Config
from storage.events.types import QUOTE_ENTERED
from tests.people import Instance, Person, SocketClient
from tests.realtime.delivery.recovering_socket import recovering
from tests.realtime.delivery.stream_helpers import last_cursor, listen
from tests.realtime.socket_client import open_instance


async def of_post(client: SocketClient, name: str, post_id: int) -> dict[str, Any]:
    """The post of the next event of this name that is about it."""
    while True:
        post = (await client.next(name))["post"]
        if post["id"] == post_id:
            return dict(post)


def hidden(state: str, post_id: int | None = None) -> dict[str, Any]:
    return {"state": state, "post_id": post_id, "post": None}


async def apart(instance: Instance, ann: Person, *people: Person) -> None:
    """Ann has blocked the first; the second blocks her, and the third mutes her."""
    blocked, blocking, muting = people
    await instance.post(f"/api/users/{blocked.id}/block/", ann)
    await instance.post(f"/api/users/{ann.id}/block/", blocking)
    await instance.post(f"/api/users/{ann.id}/mute/", muting)


@pytest.mark.parametrize("by", ["hint", "sweep"])
async def test_a_quote_comes_live_with_what_each_may_see_of_it(settings: Config, by: str) -> None:
    async with open_instance(settings) as here:
        instance = here.instance
        ann, bob, eve, kim, joe, dan = await instance.people(
            "ann", "bob", "eve", "kim", "joe", "dan"
        )
        for follower in (eve, kim, joe, dan):
            await instance.follow(follower, bob)
        await apart(instance, ann, eve, kim, joe)
        post = await instance.write(ann, "the first word")
        expected: dict[Person, dict[str, Any]] = {
            eve: hidden("unauthorized"),
            kim: hidden("blocked_account", post["id"]),
            joe: hidden("muted_account", post["id"]),
        }
        if by == "sweep":
            hear = here.services.hub.on_hint

            def lost(channel: bytes, payload: bytes) -> None:
                if not payload.startswith(QUOTE_ENTERED.encode()):
                    hear(channel, payload)

            here.services.broker.on_message = lost
        async with (
            instance.socket(eve) as eves,
            instance.socket(kim) as kims,
            instance.socket(joe) as joes,
            instance.socket(dan) as dans,
        ):
            clients = {eve: eves, kim: kims, joe: joes, dan: dans}
            for client in clients.values():
                await client.ready()
                await listen(client, f"author:{bob.id}")
            made = await instance.write(bob, "look", quote_id=post["id"])
            for person, client in clients.items():
                quoted = expected.get(person, made["quoted"])
                for event in ("post.created", "stream.post"):
                    came = await of_post(client, event, made["id"])
                    assert came["quoted"] == quoted, (person.username, event)
                    assert came["quotable"] is None


async def test_what_was_missed_has_what_one_may_see_of_it(instance: Instance) -> None:
    ann, bob, eve, kim, joe = await instance.people("ann", "bob", "eve", "kim", "joe")
    for follower in (eve, kim, joe):
        await instance.follow(follower, bob)
    post = await instance.write(ann, "the first word")
    left: dict[Person, tuple[str, str, str]] = {}
    for person in (eve, kim, joe):
        async with recovering(instance, person) as one, instance.socket(person) as client:
            cursor = (await client.ready())["feed"]["cursor"]
            await listen(client, f"author:{bob.id}")
            before = await instance.write(bob, "before")
            await of_post(client, "stream.post", before["id"])
            while ("post", before["id"]) not in one.subjects():
                await one.next()
            left[person] = cursor, one.offset, last_cursor(client)
    await apart(instance, ann, eve, kim, joe)
    made = await instance.write(bob, "look", quote_id=post["id"])
    for person, quoted in (
        (eve, hidden("unauthorized")),
        (kim, hidden("blocked_account", post["id"])),
        (joe, hidden("muted_account", post["id"])),
    ):
        cursor, offset, stream = left[person]
        async with instance.socket(person, feed_since=cursor) as client:
            (found,) = [p for p in (await client.ready())["feed"]["posts"] if p["id"] == made["id"]]
            assert found["quoted"] == quoted
            await listen(client, f"author:{bob.id}", stream)
            assert (await of_post(client, "stream.post", made["id"]))["quoted"] == quoted
        async with recovering(instance, person, pid="x", offset=offset) as one:
            while ("post", made["id"]) not in one.subjects():
                await one.next()
            assert one.events[-1][1]["data"]["post"]["quoted"] == quoted


async def test_a_withdrawal_is_told_to_all_who_have_the_quote(
    two_instances: tuple[Instance, Instance],
) -> None:
    here, there = two_instances
    ann, bob, eve, kim = await here.people("ann", "bob", "eve", "kim")
    await here.follow(eve, bob)
    post = await here.write(ann, "the first word")
    made = await here.write(bob, "look", quote_id=post["id"])
    async with there.socket(eve) as eves, there.socket(kim) as kims, there.socket(ann) as anns:
        for client in (eves, kims, anns):
            await client.ready()
        await kims.do("post.watch", {"ids": [made["id"]]})
        counts = (await anns.do("post.watch", {"ids": [post["id"]]}))[0]
        assert counts["quotes_count"] == 1
        await anns.do("post.revoke_quote", {"id": made["id"]})
        for client in (eves, kims):
            told = await of_post(client, "post.updated", made["id"])
            assert told["quoted"] == hidden("revoked")
        assert (await anns.next("post.counts"))["quotes_count"] == 0
        again = await here.write(bob, "look again", quote_id=post["id"])
        assert (await anns.next("post.counts"))["quotes_count"] == 1
        assert (await of_post(eves, "post.created", again["id"]))["quoted"]["post_id"] == post["id"]


async def test_an_edit_of_a_quote_says_no_more_of_the_quoted_post_than_that_it_is_there(
    instance: Instance,
) -> None:
    ann, bob, eve = await instance.people("ann", "bob", "eve")
    await instance.follow(eve, bob)
    post = await instance.write(ann, "the first word")
    made = await instance.write(bob, "look", quote_id=post["id"])
    await instance.post(f"/api/users/{eve.id}/block/", ann)
    async with instance.socket(eve) as client:
        await client.ready()
        path = f"/api/posts/{made['id']}/"
        edited = await instance.call("PATCH", path, bob, json={"content": "look here"})
        assert edited["quoted"] == made["quoted"]
        told = await of_post(client, "post.updated", made["id"])
        assert told["quoted"] == hidden("accepted")
