"""Whatever else ends a watch: suspension, deletion, leaving; and what no hint has told of."""

from dataclasses import replace
from pathlib import Path

import pytest

from handlers.operations import connection
from server.config.load import Config
from storage.database.pool import Database
from tests.conftest import running
from tests.faults.own_redis import OwnRedis
from tests.people import PASSWORD, Instance
from tests.realtime.ephemeral.pair import (
    Pair,
    all_told,
    caught_up,
    counted,
    pair_on,
    sees,
    sockets,
    told,
    watch,
)
from tests.realtime.message_helpers import conversation, send
from tests.waiting import until


@pytest.fixture
async def pair(two_instances: tuple[Instance, Instance]) -> Pair:
    return await pair_on(*two_instances)


async def test_posts_of_who_is_suspended_tell_nothing_until_they_are_restored(
    pair: Pair, db: Database
) -> None:
    admin, fan = await pair.here.people("admin", "fan")
    await db.execute("UPDATE users SET is_admin = true WHERE id = $1", admin.id)
    watched = [(await pair.there.write(author, "hi"))["id"] for author in (pair.bob, fan)]
    replies = [
        (await pair.there.write(fan, "ho", reply_to=post))["id"] for post in (*watched, watched[0])
    ]
    async with sockets(pair.here, pair.ann, 2) as (anns, other), sockets(pair.there, pair.bob, 1):
        await anns.do("post.watch", {"ids": watched})
        await sees(anns, pair.bob, online=True)
        suspended = f"/api/admin/users/{pair.bob.id}"
        await pair.there.post(f"{suspended}/suspend/", admin)
        await all_told([anns], "presence", online=False)
        refused = await other.call("post.watch", {"ids": [watched[0]]})
        assert refused["error"]["status"] == 404
        for reply in replies[:2]:
            await pair.there.call("DELETE", f"/api/posts/{reply}/", fan)
        await all_told([anns], "post.counts", post_id=watched[1], replies_count=0)
        assert not told(anns, "post.counts", post_id=watched[0])

        await pair.there.post(f"{suspended}/restore/", admin)
        await pair.there.call("DELETE", f"/api/posts/{replies[2]}/", fan)
        await all_told([anns], "post.counts", post_id=watched[0], replies_count=0)


async def test_who_deletes_the_account_goes_offline_and_so_do_the_posts(pair: Pair) -> None:
    post = (await pair.there.write(pair.bob, "hi"))["id"]
    async with sockets(pair.here, pair.ann, 1) as (anns,), sockets(pair.there, pair.bob, 1):
        await sees(anns, pair.bob, online=True)
        await anns.do("post.watch", {"ids": [post]})
        await pair.there.call("DELETE", "/api/users/me/", pair.bob, json={"password": PASSWORD})
        await all_told([anns], "post.deleted", post_id=post)
        await all_told([anns], "presence", user_id=pair.bob.id, online=False)
        ack = await anns.call("presence.watch", {"user_ids": [pair.bob.id]})
        assert ack["error"]["status"] == 404


async def test_who_has_left_a_group_is_told_no_more_of_it(pair: Pair) -> None:
    eve = await pair.here.person("eve")
    room = await conversation(pair.here, pair.ann, pair.bob, eve)
    message = await send(pair.here, eve, room, "hi")
    async with sockets(pair.here, pair.ann, 2) as anns, sockets(pair.there, pair.bob, 1) as (bobs,):
        await bobs.do("typing", {"conversation_id": room, "active": True})
        await all_told(anns, "typing", active=True)
        await pair.there.call("PATCH", f"/api/messages/{room}/", pair.ann, json={"leave": True})
        await all_told(anns, "conversation.updated")
        before = counted(anns, "typing", active=True)
        await bobs.do("typing", {"conversation_id": room, "active": True})
        await bobs.do("conversation.read", {"conversation_id": room, "up_to": message})
        await send(pair.there, pair.bob, room, "she has gone")
        await caught_up(pair.here, pair.ann, *anns)
        for client, events in zip(anns, before, strict=True):
            assert len(told(client, "typing", active=True)) == events
            assert client.names()[-2:] == ["conversation.updated", "post.created"]


async def test_a_post_that_was_deleted_makes_room_for_another_to_watch(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "WATCHED_MAX", 1)
    first, second = [(await pair.there.write(pair.bob, "hi"))["id"] for _ in range(2)]
    async with sockets(pair.here, pair.ann, 1) as (anns,):
        await anns.do("post.watch", {"ids": [first]})
        full = await anns.call("post.watch", {"ids": [second]})
        assert full["error"]["code"] == "watch_limit"
        await pair.there.call("DELETE", f"/api/posts/{first}/", pair.bob)
        await all_told([anns], "post.deleted", post_id=first)
        await anns.do("post.watch", {"ids": [second]})


async def test_who_mutes_an_author_is_told_of_what_they_watch_themselves(pair: Pair) -> None:
    post = (await pair.there.write(pair.bob, "hi"))["id"]
    async with sockets(pair.here, pair.ann, 1) as (anns,):
        await anns.do("post.watch", {"ids": [post]})
        await watch(anns, pair.bob)
        await pair.there.post(f"/api/users/{pair.bob.id}/mute/", pair.ann)
        await all_told([anns], "relationship.changed", muted=True)
        await pair.likes(post)
        await pair.there.call("PATCH", f"/api/posts/{post}/", pair.bob, json={"content": "ho"})
        await pair.comes_and_goes(pair.bob)
        await all_told([anns], "post.counts", likes_count=1)
        await all_told([anns], "post.updated")
        await all_told([anns], "presence", online=False)


async def test_a_block_of_which_no_hint_came_is_found_by_the_reconciler(
    pair: Pair, db: Database
) -> None:
    """As when an instance dies right after the commit; of an unblock, too."""
    carl = await pair.there.person("carl")
    await pair.here.follow(pair.ann, carl)
    post = (await pair.there.write(pair.bob, "hi"))["id"]
    async with sockets(pair.here, pair.ann, 2) as anns:
        for client in anns:
            await client.do("post.watch", {"ids": [post]})
        async with sockets(pair.there, pair.bob, 1):
            for client in anns:
                await sees(client, pair.bob, online=True)
            await db.execute(
                "INSERT INTO blocks (blocker_id, blocked_id) VALUES ($1, $2)",
                pair.bob.id,
                pair.ann.id,
            )
            await all_told(anns, "presence", online=False, last_seen=None)
        before = counted(anns, "presence")
        await pair.likes(post)
        await pair.comes_and_goes(pair.bob)
        await pair.there.post(f"/api/posts/{post}/retweet/", carl)
        mark = (await pair.there.write(carl, "a mark"))["id"]
        for client in anns:
            created = (await client.next("post.created"))["post"]["id"]
            assert created == mark
            assert not told(client, "post.counts")
        assert counted(anns, "presence") == before

        await db.execute("DELETE FROM blocks WHERE blocker_id = $1", pair.bob.id)

        async def counts_come() -> bool:
            await pair.likes(post)
            return all(told(client, "post.counts") for client in anns)

        await until(counts_come)


async def test_a_block_while_redis_is_away_is_in_force_when_it_is_back(
    settings: Config, own_redis: OwnRedis, tmp_path: Path
) -> None:
    config = replace(settings, redis_url=own_redis.url)
    async with running(config) as here, running(config) as there:
        pair = await pair_on(here, there)
        room = await conversation(here, pair.ann, pair.bob)
        async with sockets(here, pair.ann, 2) as anns, sockets(there, pair.bob, 1) as (bobs,):
            for client in anns:
                await sees(client, pair.bob, online=True)
            own_redis.kill()
            await pair.block(pair.bob, pair.ann)
            await all_told(anns, "presence", online=False, last_seen=None)
            own_redis.start()
            before = counted(anns, "presence")
            eve = await here.person("eve")
            async with sockets(here, eve, 1) as (third,):
                await sees(third, pair.bob, online=True)  # Redis is back, and its leases
                await bobs.client.disconnect()
                await third.next("presence", 60)
            await bobs_types_nothing(there, pair, room)
            await caught_up(here, pair.ann, *anns)
            assert counted(anns, "presence") == before
            assert not any(told(client, "typing") for client in anns)


async def bobs_types_nothing(there: Instance, pair: Pair, room: int) -> None:
    async with sockets(there, pair.bob, 1) as (bobs,):
        await bobs.do("typing", {"conversation_id": room, "active": True})
