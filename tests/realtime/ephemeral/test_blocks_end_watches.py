"""Who is kept apart by a block is sent nothing of the other any more, whatever was watched."""

import asyncio

import pytest

from realtime.ephemeral import typing
from tests.people import Instance
from tests.realtime.ephemeral.pair import (
    Pair,
    all_told,
    caught_up,
    counted,
    pair_on,
    sees,
    since,
    sockets,
    told,
    watch,
)
from tests.realtime.message_helpers import conversation, send
from tests.waiting import until

BY_EITHER = pytest.mark.parametrize("by_ann", [False, True])


@pytest.fixture
async def pair(two_instances: tuple[Instance, Instance]) -> Pair:
    return await pair_on(*two_instances)


async def block(pair: Pair, by_ann: bool) -> None:
    await (pair.block(pair.ann, pair.bob) if by_ann else pair.block(pair.bob, pair.ann))


async def unblock(pair: Pair, by_ann: bool) -> None:
    await (pair.unblock(pair.ann, pair.bob) if by_ann else pair.unblock(pair.bob, pair.ann))


@BY_EITHER
async def test_presence_ends_on_all_sockets_with_a_block_and_begins_again_without_it(
    pair: Pair, by_ann: bool
) -> None:
    async with sockets(pair.here, pair.ann, 2) as anns:
        async with sockets(pair.there, pair.bob, 1):
            for client in anns:
                await sees(client, pair.bob, online=True)
            await block(pair, by_ann)
            offline = {"user_id": pair.bob.id, "online": False, "last_seen": None}
            await all_told(anns, "presence", **offline)
            assert await watch(anns[1], pair.bob) == offline
        before = counted(anns, "presence")
        await pair.comes_and_goes(pair.bob)
        await caught_up(pair.here, pair.ann, *anns)
        assert counted(anns, "presence") == before

        await unblock(pair, by_ann)
        assert (await watch(anns[1], pair.bob))["last_seen"] is not None
        await pair.comes_and_goes(pair.bob)
        for client, events in zip(anns, before, strict=True):
            assert [one["online"] for one in since(client, events)] == [True, False]


async def test_who_is_online_when_a_block_ends_is_shown_again(pair: Pair) -> None:
    async with sockets(pair.here, pair.ann, 1) as (anns,), sockets(pair.there, pair.bob, 1):
        await sees(anns, pair.bob, online=True)
        await pair.block(pair.bob, pair.ann)
        await all_told([anns], "presence", online=False)
        heard = len(told(anns, "presence"))
        await pair.unblock(pair.bob, pair.ann)
        await until(lambda: [one["online"] for one in since(anns, heard)] == [True])


@BY_EITHER
async def test_watched_posts_tell_nothing_after_a_block_and_again_without_it(
    pair: Pair, by_ann: bool
) -> None:
    post = (await pair.there.write(pair.bob, "hi"))["id"]
    async with sockets(pair.here, pair.ann, 2) as anns:
        for client in anns:
            await client.do("post.watch", {"ids": [post]})
        await pair.likes(post)
        await all_told(anns, "post.counts", likes_count=1)
        await block(pair, by_ann)
        before = counted(anns, "post.counts")
        await pair.likes(post)
        await pair.there.call("PATCH", f"/api/posts/{post}/", pair.bob, json={"content": "ho"})
        await caught_up(pair.here, pair.ann, *anns)
        assert counted(anns, "post.counts") == before
        assert not any(told(client, "post.updated") for client in anns)

        await unblock(pair, by_ann)
        await anns[1].do("post.watch", {"ids": [post]})
        await pair.likes(post)
        await all_told(anns, "post.counts", likes_count=3)
        await block(pair, by_ann)
        await pair.there.call("DELETE", f"/api/posts/{post}/", pair.bob)
        await caught_up(pair.here, pair.ann, *anns)
        assert not any(told(client, "post.deleted") for client in anns)


async def test_a_post_of_who_blocked_the_watcher_is_not_found_and_the_others_are_watched(
    pair: Pair,
) -> None:
    hidden = (await pair.there.write(pair.bob, "hi"))["id"]
    other = (await pair.there.write(await pair.there.person("carl"), "hi"))["id"]
    await pair.block(pair.bob, pair.ann)
    async with sockets(pair.here, pair.ann, 1) as (anns,):
        refused = await anns.call("post.watch", {"ids": [other, hidden]})
        alike = (await anns.call("post.get", {"id": hidden}))["error"]
        assert refused["error"] | {"request_id": None} == alike | {"request_id": None}
        assert refused["error"]["status"] == 404
        await pair.likes(hidden)
        await pair.likes(other)
        await all_told([anns], "post.counts", post_id=other)
        assert not told(anns, "post.counts", post_id=hidden)


async def test_watches_that_are_made_while_the_block_commits_tell_nothing_after_it(
    pair: Pair,
) -> None:
    bobs = await asyncio.gather(*(pair.there.person("bob") for _ in range(12)))
    posts = [(await pair.there.write(bob, "hi"))["id"] for bob in bobs]
    async with sockets(pair.here, pair.ann, 1) as (anns,):
        for bob, post in zip(bobs, posts, strict=True):
            await asyncio.gather(
                pair.block(bob, pair.ann), anns.call("post.watch", {"ids": [post]})
            )
        ids = [bob.id for bob in bobs]
        unblocked = pair.bob
        blocking = pair.block(unblocked, pair.ann)
        await asyncio.gather(
            blocking, anns.call("presence.watch", {"user_ids": [*ids, unblocked.id]})
        )
        await caught_up(pair.here, pair.ann, anns)
        before = len(anns.received)
        for post in posts:
            await pair.there.post(f"/api/posts/{post}/like/", await pair.there.person("eve"))
        await pair.likes(posts[-1])
        await pair.comes_and_goes(unblocked)
        await caught_up(pair.here, pair.ann, anns)
        later = {name for name, _ in anns.received[before:]}
        assert not later & {"presence", "post.counts"}


@BY_EITHER
async def test_typing_in_a_direct_conversation_ends_with_a_block_for_both(
    pair: Pair, by_ann: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typing, "TIMEOUT_SECONDS", 60)
    room = await conversation(pair.here, pair.ann, pair.bob)
    async with sockets(pair.here, pair.ann, 2) as anns, sockets(pair.there, pair.bob, 2) as bobs:
        everyone = anns + bobs
        for client in (anns[0], bobs[0]):
            await client.do("typing", {"conversation_id": room, "active": True})
        await all_told(everyone, "typing", active=True)
        await block(pair, by_ann)
        await all_told(everyone, "typing", active=False)
        before = counted(everyone, "typing")
        for client in (anns[0], bobs[0]):
            await client.do("typing", {"conversation_id": room, "active": True})
        await caught_up(pair.here, pair.ann, *anns)
        await caught_up(pair.there, pair.bob, *bobs)
        assert counted(everyone, "typing") == before

        await unblock(pair, by_ann)
        await bobs[0].do("typing", {"conversation_id": room, "active": True})
        told_now = [events + 1 for events in before[: len(anns)]]
        await until(lambda: counted(anns, "typing") == told_now)
        assert all(told(client, "typing")[-1]["active"] for client in anns)


async def test_in_a_group_typing_and_receipts_reach_all_but_who_has_blocked_one(
    pair: Pair,
) -> None:
    eve = await pair.here.person("eve")
    room = await conversation(pair.here, pair.ann, pair.bob, eve)
    await pair.block(pair.bob, pair.ann)
    async with (
        sockets(pair.here, pair.ann, 1) as (anns,),
        sockets(pair.there, pair.bob, 1) as (bobs,),
    ):
        message = await send(pair.here, eve, room, "hi")
        for client in (anns, bobs):
            await client.do("typing", {"conversation_id": room, "active": True})
            await client.do("conversation.read", {"conversation_id": room, "up_to": message})
        await all_told([anns], "typing", user_id=pair.bob.id)
        await all_told([anns], "conversation.read", user_id=pair.bob.id)
        await caught_up(pair.there, pair.bob, bobs)
        assert not told(bobs, "typing")
        assert not told(bobs, "conversation.read", user_id=pair.ann.id)


@BY_EITHER
async def test_how_far_one_has_read_is_kept_from_the_other_of_a_direct_conversation_after_a_block(
    pair: Pair, by_ann: bool
) -> None:
    room = await conversation(pair.here, pair.ann, pair.bob)
    first = await send(pair.here, pair.ann, room, "one")
    second = await send(pair.here, pair.ann, room, "two")
    async with sockets(pair.here, pair.ann, 2) as anns, sockets(pair.there, pair.bob, 2) as bobs:
        await bobs[0].do("conversation.read", {"conversation_id": room, "up_to": first})
        await all_told(anns, "conversation.read", up_to=first)
        await block(pair, by_ann)
        await bobs[0].do("conversation.read", {"conversation_id": room, "up_to": second})
        await all_told(bobs, "conversation.read", up_to=second)
        await caught_up(pair.here, pair.ann, *anns)
        assert not any(told(client, "conversation.read", up_to=second) for client in anns)


@BY_EITHER
async def test_no_message_of_a_direct_conversation_is_changed_for_the_other_after_a_block(
    pair: Pair, by_ann: bool
) -> None:
    room = await conversation(pair.here, pair.ann, pair.bob)
    message = await send(pair.there, pair.bob, room, "one")
    async with (
        sockets(pair.here, pair.ann, 1) as (anns,),
        sockets(pair.there, pair.bob, 1) as (bobs,),
    ):
        await block(pair, by_ann)
        changed = {"id": message, "content": "two"}
        refused = await bobs.call("message.update", changed)
        assert refused["error"]["code"] == "blocked"
        path = f"/api/messages/{room}/messages/{message}/"
        answer = await pair.there.call("PATCH", path, pair.bob, json={"content": "2"}, status=403)
        assert answer["code"] == "blocked"
        await unblock(pair, by_ann)
        await bobs.do("message.update", changed)
        assert (await anns.next("message.updated"))["message"]["content"] == "two"
