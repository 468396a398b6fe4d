"""What only sockets have: typing, presence, watched posts, and the end of a token."""

import asyncio
from dataclasses import replace

import pytest

from realtime.delivery import client_session
from realtime.ephemeral import typing
from server.config.load import Config
from tests.conftest import running
from tests.people import Instance

Instances = tuple[Instance, Instance]


async def test_typing_is_told_to_the_other_participants_only_and_ends_by_itself(
    two_instances: Instances, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typing, "TIMEOUT_SECONDS", 0.3)
    here, there = two_instances
    ann, bob = await here.person("ann"), await there.person("bob")
    conversation = (await here.post("/api/messages/", ann, {"participants": [bob.id]}))["id"]
    async with here.socket(ann) as anns, there.socket(bob) as bobs:
        await anns.ready()
        await bobs.ready()
        await anns.do("typing", {"conversation_id": conversation, "active": True})
        told = {"conversation_id": conversation, "user_id": ann.id}
        assert await bobs.next("typing") == told | {"active": True}
        assert await bobs.next("typing") == told | {"active": False}
        assert "typing" not in anns.names()


async def test_typing_in_a_conversation_of_others_is_refused(instance: Instance) -> None:
    ann, bob, eve = [await instance.person(name) for name in ("ann", "bob", "eve")]
    conversation = (await instance.post("/api/messages/", ann, {"participants": [bob.id]}))["id"]
    async with instance.socket(eve) as client:
        ack = await client.call("typing", {"conversation_id": conversation, "active": True})
        assert ack["error"]["status"] == 404


async def test_watcher_hears_a_user_come_to_another_instance_and_go(
    two_instances: Instances,
) -> None:
    here, there = two_instances
    ann, bob = await here.person("ann"), await there.person("bob")
    async with here.socket(ann) as anns:
        (state,) = await anns.do("presence.watch", {"user_ids": [bob.id]})
        assert state == {"user_id": bob.id, "online": False, "last_seen": None}
        async with there.socket(bob) as first:
            await first.ready()
            assert (await anns.next("presence"))["online"] is True
            async with there.socket(bob) as second:  # one tab more, and closed again
                await second.ready()
        told = await anns.next("presence")
        assert told["user_id"] == bob.id
        assert told["online"] is False
        (state,) = await anns.do("presence.watch", {"user_ids": [bob.id]})
        assert state["last_seen"] is not None
        assert anns.names().count("presence") == 2


async def test_who_blocked_the_watcher_seems_offline(instance: Instance) -> None:
    ann, bob = await instance.person("ann"), await instance.person("bob")
    await instance.post(f"/api/users/{ann.id}/block/", bob)
    async with instance.socket(bob) as bobs, instance.socket(ann) as anns:
        await bobs.ready()
        (state,) = await anns.do("presence.watch", {"user_ids": [bob.id]})
        assert state == {"user_id": bob.id, "online": False, "last_seen": None}


async def test_watching_somebody_absent_is_a_problem(instance: Instance) -> None:
    async with instance.socket(await instance.person()) as client:
        ack = await client.call("presence.watch", {"user_ids": [2**40]})
        assert ack["error"]["status"] == 404


async def test_watcher_of_a_post_hears_its_counts_once_for_many_changes(
    two_instances: Instances,
) -> None:
    here, there = two_instances
    author, watcher = await here.person(), await there.person()
    fans = [await here.person() for _ in range(5)]
    post = (await here.post("/api/posts/", author, {"content": "watch me"}))["id"]
    async with there.socket(watcher) as client:
        (counts,) = await client.do("post.watch", {"ids": [post]})
        assert counts == {
            "post_id": post,
            **dict.fromkeys(("likes_count", "retweets_count", "replies_count", "quotes_count"), 0),
            "poll": None,
        }
        await asyncio.gather(*(here.post(f"/api/posts/{post}/like/", fan) for fan in fans))
        counts = await client.next("post.counts")
        while counts["likes_count"] < 5:
            counts = await client.next("post.counts")
        assert client.names().count("post.counts") <= 2
        await here.call("PATCH", f"/api/posts/{post}/", author, json={"content": "changed"})
        assert (await client.next("post.updated"))["post"]["content"] == "changed"
        await client.do("post.unwatch", {"ids": [post]})
        await here.call("DELETE", f"/api/posts/{post}/", author)
        await here.post("/api/posts/", watcher, {"content": "a mark behind it"})
        await client.next("post.created")
        assert "post.deleted" not in client.names()


async def test_socket_is_warned_closed_at_the_end_of_its_token_unless_refreshed(
    settings: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_session, "EXPIRING_SECONDS", 3)
    async with running(replace(settings, access_token_seconds=6)) as instance:
        lapsing, renewing = await instance.person(), await instance.person()
        async with instance.socket(lapsing) as lapses, instance.socket(renewing) as renews:
            assert (await renews.next("session.expiring"))["in_s"] <= 3
            fresh = await instance.post(
                "/api/users/token/refresh/", json={"refresh": renewing.refresh}
            )
            answer = await renews.do("session.refresh", {"token": fresh["access"]})
            assert answer["expires_at"].endswith("Z")
            closing = await lapses.next("session.closing")
            assert closing["code"] == "token_expired"
            assert closing["reconnect_in_ms"] is None
            assert "session.closing" not in renews.names()
            await renews.next("session.expiring")


async def test_refreshing_with_the_token_of_somebody_else_is_refused(instance: Instance) -> None:
    ann, bob = await instance.person(), await instance.person()
    async with instance.socket(ann) as client:
        assert (await client.call("session.refresh", {"token": bob.access}))["error"][
            "status"
        ] == 403
        assert (await client.call("session.refresh", {"token": "x"}))["error"]["status"] == 401
