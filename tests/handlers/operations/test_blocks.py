"""Blocks and mutes: what they keep away, live and afterwards.

Lists and searches that they thin out are in test_visibility.py.
"""

import pytest

from storage.database.pool import Database
from tests.people import Instance, Person
from tests.waiting import until

Instances = tuple[Instance, Instance]


async def direct(instance: Instance, one: Person, other: Person) -> int:
    return int((await instance.post("/api/messages/", one, {"participants": [other.id]}))["id"])


async def send(instance: Instance, conversation: int, by: Person, content: str) -> int:
    path = f"/api/messages/{conversation}/send_message/"
    return int((await instance.post(path, by, {"content": content}))["id"])


async def test_block_ends_following_both_ways_and_forbids_what_reaches_the_other(
    two_instances: Instances,
) -> None:
    here, there = two_instances
    ann, bob = await here.person("ann"), await there.person("bob")
    await here.post(f"/api/users/{bob.id}/follow/", ann)
    await here.post(f"/api/users/{ann.id}/follow/", bob)
    talk = await direct(here, ann, bob)
    post = (await here.post("/api/posts/", ann, {"content": "mine"}))["id"]
    async with here.socket(ann) as anns, there.socket(bob) as bobs:
        await anns.ready()
        await bobs.ready()
        blocked = await here.post(f"/api/users/{bob.id}/block/", ann)
        assert (blocked["is_following"], blocked["is_followed_by"]) == (False, False)
        assert (await anns.next("relationship.changed"))["blocked"] is True
        told = await bobs.next("relationship.changed")
        assert (told["is_following"], told["blocked"]) == (False, False)
    await there.post(f"/api/users/{ann.id}/follow/", bob, status=403)
    await here.post(f"/api/users/{bob.id}/follow/", ann, status=403)
    await there.post(f"/api/messages/{talk}/send_message/", bob, {"content": "hey"}, status=403)
    await there.post("/api/messages/", bob, {"participants": [ann.id], "title": "g"}, status=403)
    await there.post(f"/api/posts/{post}/like/", bob, status=403)
    await there.post("/api/posts/", bob, {"content": "re", "reply_to": post}, status=403)
    me = await here.get("/api/users/me/", ann)
    assert (me["followers_count"], me["following_count"]) == (0, 0)


async def test_what_somebody_wrote_is_unread_no_more_once_one_blocks_them(
    two_instances: Instances,
) -> None:
    here, there = two_instances
    ann, bob, cleo = await here.people("ann", "bob", "cleo")
    talk = await direct(here, ann, bob)
    group = await here.chat(ann, bob, cleo, title="all three")
    for conversation, by in ((talk, bob), (talk, bob), (group, cleo), (group, bob), (group, bob)):
        await send(there, conversation, by, "unread")
    elsewhere = await direct(here, ann, cleo)
    await send(there, elsewhere, cleo, "of others")
    async with there.socket(ann) as anns:
        assert (await anns.ready())["user"]["unread_messages"] == 6
        await here.post(f"/api/users/{bob.id}/block/", ann)
        told = [await anns.next("conversation.read") for _ in range(2)]
    left = {one["conversation_id"]: one["unread_count"] for one in told}
    assert left == {talk: 0, group: 1}
    assert {(one["user_id"], one["up_to"]) for one in told} == {(ann.id, 0)}
    assert (await here.get("/api/users/me/", ann))["unread_messages"] == 2
    for conversation, unread in ((talk, 0), (group, 1), (elsewhere, 1)):
        found = await there.get(f"/api/messages/{conversation}/", ann)
        assert found["unread_count"] == unread
    for conversation in (talk, group):  # a block is not told of by a read mark
        marks = (await there.get(f"/api/messages/{conversation}/", bob))["read_up_to"]
        assert ann.id not in [mark["user_id"] for mark in marks]


async def test_reading_again_up_to_where_one_had_read_counts_anew_what_a_block_has_hidden(
    instance: Instance, db: Database
) -> None:
    ann, bob, cleo = await instance.people("ann", "bob", "cleo")
    group = await instance.chat(ann, bob, cleo, title="all three")
    last = await send(instance, group, cleo, "read")
    await send(instance, group, bob, "unread")
    read = f"/api/messages/{group}/read/"
    await instance.post(read, ann, {"up_to": last})
    # As where more are unread than are counted anew at once.
    await db.execute("INSERT INTO blocks (blocker_id, blocked_id) VALUES ($1, $2)", ann.id, bob.id)
    async with instance.socket(ann) as anns, instance.socket(cleo) as cleos:
        await anns.ready()
        await cleos.ready()
        assert (await instance.post(read, ann, {"up_to": last}))["unread_count"] == 0
        assert (await anns.next("conversation.read"))["unread_count"] == 0
        assert (await instance.post(read, ann, {"up_to": last}))["unread_count"] == 0
        await send(instance, group, ann, "after it")
        await cleos.next("message.created")
        assert "conversation.read" not in [name for name, _ in cleos.received]  # it has not moved
    assert (await instance.get("/api/users/me/", ann))["unread_messages"] == 0


@pytest.mark.parametrize(("verb", "mark"), [("block", "blocked"), ("mute", "muted")])
async def test_one_sees_whom_one_keeps_away_and_nobody_else_does(
    instance: Instance, verb: str, mark: str
) -> None:
    ann, bob, cid = await instance.people("ann", "bob", "cid")
    other = {"blocked": "muted", "muted": "blocked"}[mark]
    done = await instance.post(f"/api/users/{bob.id}/{verb}/", ann)
    seen = await instance.get(f"/api/users/{bob.id}/", ann)
    assert (done[mark], seen[mark]) == (True, True)
    assert (done[other], seen[other]) == (False, False)
    for viewer, user in ((bob, ann), (cid, bob), (cid, ann), (None, bob), (ann, cid)):
        assert (await instance.get(f"/api/users/{user.id}/", viewer))[mark] is False
    undone = await instance.post(f"/api/users/{bob.id}/un{verb}/", ann)
    again = await instance.get(f"/api/users/{bob.id}/", ann)
    assert (undone[mark], again[mark]) == (False, False)


async def test_a_list_shows_whom_one_has_muted(instance: Instance) -> None:
    ann, bob, cid = await instance.people("ann", "bob", "cid")
    await instance.follow(ann, bob, cid)
    await instance.post(f"/api/users/{bob.id}/mute/", ann)
    listed = await instance.walk(f"/api/users/{ann.id}/following/", ann)
    assert {user["id"]: user["muted"] for user in listed} == {bob.id: True, cid.id: False}


async def test_mention_by_somebody_blocked_is_text_and_notifies_nobody(instance: Instance) -> None:
    ann, bob = await instance.person("ann"), await instance.person("bob")
    await instance.post(f"/api/users/{bob.id}/block/", ann)
    post = await instance.post("/api/posts/", bob, {"content": f"@{ann.username} look"})
    assert post["mentions"] == []
    assert (await instance.get("/api/notifications/", ann))["results"] == []


async def test_block_takes_away_the_notifications_of_the_other_and_unblock_starts_anew(
    instance: Instance,
) -> None:
    ann, bob = await instance.person("ann"), await instance.person("bob")
    await instance.post(f"/api/users/{ann.id}/follow/", bob)
    assert (await instance.get("/api/notifications/unread_count/", ann))["unread_count"] == 1
    await instance.post(f"/api/users/{bob.id}/block/", ann)
    await instance.post(f"/api/users/{bob.id}/block/", ann)
    assert (await instance.get("/api/notifications/unread_count/", ann))["unread_count"] == 0
    assert (await instance.get("/api/notifications/", ann))["results"] == []
    await instance.post(f"/api/users/{bob.id}/unblock/", ann)
    await instance.post(f"/api/users/{ann.id}/follow/", bob)
    assert (await instance.get("/api/notifications/unread_count/", ann))["unread_count"] == 1


async def test_nothing_of_a_blocked_user_is_heard_in_a_group_live_or_replayed(
    two_instances: Instances,
) -> None:
    here, there = two_instances
    ann, bob, cid = await here.person("ann"), await there.person("bob"), await here.person("cid")
    body = {"participants": [bob.id, cid.id], "title": "all"}
    talk = int((await here.post("/api/messages/", ann, body))["id"])
    await send(there, talk, bob, "before the block")
    async with here.socket(ann) as socket:
        await socket.ready()
        await here.post(f"/api/users/{bob.id}/block/", ann)
        await send(there, talk, bob, "after the block")
        await send(here, talk, cid, "from cid")
        heard = await socket.next("message.created")
        assert heard["message"]["content"] == "from cid"
        seqs = [seq for seq, _, _ in socket.durable()]
        assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    async with there.socket(ann, since=0) as socket:
        ready = await socket.ready()
        await until(lambda: len(socket.durable()) >= ready["seq"])
        assert [seq for seq, _, _ in socket.durable()] == list(range(1, ready["seq"] + 1))
        spoken = [
            data["message"]["content"]
            for _, name, data in socket.durable()
            if name == "message.created"
        ]
        assert spoken == ["from cid"]
    listed = await here.get(f"/api/messages/{talk}/messages/", ann)
    assert [message["content"] for message in listed["results"]] == ["from cid"]
    assert (await here.get(f"/api/messages/{talk}/", ann))["unread_count"] == 1
    others = await here.get(f"/api/messages/{talk}/messages/", cid)
    assert len(others["results"]) == 3


async def test_posts_of_a_muted_user_stay_out_of_the_feed_and_of_live_events_until_unmuted(
    two_instances: Instances,
) -> None:
    here, there = two_instances
    ann, bob, cid = await here.person("ann"), await there.person("bob"), await there.person("cid")
    for author in (bob, cid):
        await here.post(f"/api/users/{author.id}/follow/", ann)
    async with here.socket(ann) as socket:
        await socket.ready()
        await here.post(f"/api/users/{bob.id}/mute/", ann)
        await socket.next("relationship.changed")
        muted = (await there.post("/api/posts/", bob, {"content": "muted"}))["id"]
        await there.post(f"/api/posts/{muted}/retweet/", cid)
        await there.post("/api/posts/", cid, {"content": "heard"})
        assert (await socket.next("post.created"))["post"]["content"] == "heard"
        feed = await here.get("/api/posts/feed/", ann)
        assert [post["content"] for post in feed["results"]] == ["heard"]
        await there.post(f"/api/users/{ann.id}/follow/", bob)
        assert (await here.get("/api/notifications/", ann))["results"] == []
        user = await here.post(f"/api/users/{bob.id}/unmute/", ann)
        assert user["is_following"] is True
        await socket.next("relationship.changed")
        await there.post("/api/posts/", bob, {"content": "back"})
        assert (await socket.next("post.created"))["post"]["content"] == "back"


async def test_who_was_blocked_hears_no_more_of_the_other_by_way_of_a_third(
    two_instances: Instances,
) -> None:
    here, there = two_instances
    ann, bob, cid = await here.person("ann"), await there.person("bob"), await here.person("cid")
    await there.post(f"/api/users/{cid.id}/follow/", bob)
    post = (await here.post("/api/posts/", ann, {"content": "of ann"}))["id"]
    async with there.socket(bob) as socket:
        await socket.ready()
        await here.post(f"/api/users/{bob.id}/block/", ann)
        await here.post(f"/api/posts/{post}/retweet/", cid)
        await here.post("/api/posts/", cid, {"content": "of cid"})
        assert (await socket.next("post.created"))["post"]["content"] == "of cid"
    feed = await there.get("/api/posts/feed/", bob)
    assert [post["content"] for post in feed["results"]] == ["of cid"]


async def test_blocking_or_muting_oneself_or_nobody_is_refused(instance: Instance) -> None:
    ann = await instance.person("ann")
    for verb in ("block", "mute"):
        await instance.post(f"/api/users/{ann.id}/{verb}/", ann, status=422)
    for verb in ("block", "unblock", "mute", "unmute"):
        await instance.post(f"/api/users/{2**40}/{verb}/", ann, status=404)


@pytest.mark.parametrize("verb", ["block", "mute"])
async def test_one_can_look_through_whom_one_keeps_away(instance: Instance, verb: str) -> None:
    ann, *others = await instance.people("ann", "bob", "cid", "dan")
    path = f"/api/users/me/{verb}s/"
    assert await instance.walk(path, ann) == []
    for other in others:
        await instance.post(f"/api/users/{other.id}/{verb}/", ann)
    await instance.post(f"/api/users/{ann.id}/{verb}/", others[0])  # which is theirs, not hers
    listed = await instance.walk(f"{path}?limit=1", ann)
    assert [user["id"] for user in listed] == [other.id for other in reversed(others)]
    mark = {"block": "blocked", "mute": "muted"}[verb]
    assert all(user[mark] for user in listed)
    await instance.post(f"/api/users/{others[1].id}/un{verb}/", ann)
    left = [user["id"] for user in await instance.walk(path, ann)]
    assert left == [others[2].id, others[0].id]
    await instance.get(path, status=401)
    await instance.get(f"{path}?cursor=nonsense", ann, status=422)
