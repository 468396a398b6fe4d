"""What is left of a deleted account, and that what others have stays exact."""

import asyncio
from typing import Any

import pytest

from storage.database.pool import Database
from storage.events import replay
from tests.handlers.operations.test_sessions import Instances, closed_for_good
from tests.handlers.session_helpers import stops_working
from tests.people import PASSWORD, Instance, Person


async def delete(instance: Instance, person: Person) -> None:
    await instance.call("DELETE", "/api/users/me/", person, json={"password": PASSWORD}, status=204)


async def user(instance: Instance, person: Person) -> Any:
    return (await instance.get(f"/api/users/{person.id}/")).body


async def me(instance: Instance, person: Person) -> Any:
    return (await instance.get("/api/users/me/", person)).body


async def test_nobody_sees_the_account_any_more(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    post = await instance.write(ann, "hello #world")
    await instance.follow(bob, ann)
    await delete(instance, ann)
    for path in (
        f"/api/users/{ann.id}/",
        f"/api/users/profiles/{ann.id}/",
        f"/api/users/{ann.id}/followers/",
        f"/api/posts/{post['id']}/",
    ):
        await instance.get(path, bob, status=404)
    assert post["id"] not in [found["id"] for found in await instance.walk("/api/posts/feed/", bob)]
    assert await instance.walk(f"/api/users/{bob.id}/following/") == []
    await instance.post(f"/api/users/{ann.id}/follow/", bob, status=404)
    await instance.post("/api/messages/", bob, {"participants": [ann.id]}, status=404)


async def test_every_session_is_over_and_its_sockets_closed(two_instances: Instances) -> None:
    here, there = two_instances
    ann = await here.person("ann")
    elsewhere = await here.log_in(ann.id, ann.username)
    async with there.socket(elsewhere) as socket:
        await socket.ready()
        async with closed_for_good(socket):
            await delete(here, ann)
    for person in (ann, elsewhere):
        await stops_working(there, person.access)
        refresh = {"refresh": person.refresh}
        await there.post("/api/users/token/refresh/", json=refresh, status=401)
    login = {"username": ann.username, "password": PASSWORD}
    await there.post("/api/users/token/", json=login, status=401)


async def test_a_socket_that_closes_afterwards_leaves_no_time_at_the_account(
    instance: Instance, db: Database
) -> None:
    last_seen = "SELECT last_seen_at FROM users WHERE id = $1"
    ann, bob = await instance.people("ann", "bob")
    async with instance.socket(ann) as hers, instance.socket(bob) as his:
        await hers.ready()
        await his.ready()
        async with closed_for_good(hers):
            await delete(instance, ann)
    async with asyncio.timeout(20):  # his closed after hers, and counts a second as there
        while await db.fetchval(last_seen, bob.id) is None:
            await asyncio.sleep(0.05)
    assert await db.fetchval(last_seen, ann.id) is None


@pytest.mark.parametrize("given", [{}, {"password": "not it"}])
async def test_only_with_the_password(instance: Instance, given: dict[str, str]) -> None:
    ann = await instance.person("ann")
    refused = await instance.call("DELETE", "/api/users/me/", ann, json=given, status=422)
    assert list(refused["errors"]) == ["password"]
    await me(instance, ann)


async def test_address_is_free_for_others(instance: Instance, db: Database) -> None:
    ann = await instance.person("ann")
    await delete(instance, ann)
    account = {
        "username": f"{ann.username}_2"[-30:],
        "email": f"{ann.username}@example.org",
        "password": PASSWORD,
    }
    again = await instance.post("/api/users/", json=account, status=201)
    assert again["id"] != ann.id
    left = await db.fetch("SELECT * FROM users WHERE id = $1", ann.id)
    assert ann.username not in str([dict(row) for row in left])
    taken = account | {"username": f"Deleted_{ann.id + 1000}"}
    refused = await instance.post("/api/users/", json=taken, status=422)
    assert list(refused["errors"]) == ["username"]


async def test_counters_of_others_stay_exact(instance: Instance, db: Database) -> None:
    ann, bob, eve = await instance.people("ann", "bob", "eve")
    await instance.follow(ann, bob, eve)
    await instance.follow(bob, ann, eve)
    post = await instance.write(bob, "hello")
    path = f"/api/posts/{post['id']}"
    for verb in ("like", "retweet", "bookmark"):
        await instance.post(f"{path}/{verb}/", ann)
        await instance.post(f"{path}/{verb}/", eve)
    answer = await instance.write(ann, f"hi @{eve.username}", reply_to=post["id"])
    await instance.write(ann, "and again", reply_to=answer["id"])
    await instance.write(eve, "hi you", reply_to=post["id"])
    below = await instance.write(eve, "what?", reply_to=answer["id"])
    chat = await instance.chat(ann, bob)
    await instance.say(ann, chat, "one")
    await instance.say(bob, chat, "two")
    await delete(instance, ann)
    found = (await instance.get(f"{path}/")).body
    counts = [found[f"{what}_count"] for what in ("likes", "retweets", "replies")]
    assert counts == [1, 1, 1]
    assert (await instance.get(f"/api/posts/{below['id']}/"))["reply_to"] is None
    about_bob, about_eve = await user(instance, bob), await user(instance, eve)
    assert (about_bob["followers_count"], about_bob["following_count"]) == (0, 1)
    assert (about_eve["followers_count"], about_eve["following_count"]) == (1, 0)
    for person in (bob, eve):
        mine = await me(instance, person)
        notices = await instance.walk("/api/notifications/", person)
        assert mine["unread_notifications"] == len(notices)
        assert ann.id not in [notice["actor"]["id"] for notice in notices]
    # A message that is still there is still unread.
    assert (await me(instance, bob))["unread_messages"] == 1
    sums = await db.fetchrow(
        """SELECT (SELECT count(*) FROM likes WHERE user_id = $1)
                + (SELECT count(*) FROM follows WHERE $1 IN (follower_id, followed_id))
                + (SELECT count(*) FROM notifications WHERE $1 IN (user_id, actor_id))
                + (SELECT count(*) FROM posts WHERE author_id = $1)
                + (SELECT count(*) FROM bookmarks WHERE user_id = $1)
                + (SELECT count(*) FROM sessions WHERE user_id = $1)
                + (SELECT count(*) FROM events WHERE user_id = $1)
                + (SELECT count(*) FROM mentions WHERE user_id = $1) AS rows,
                  p.followers_count + p.following_count + p.posts_count
                + s.unread_notifications + s.unread_messages AS counted
             FROM profiles p JOIN user_seq s USING (user_id) WHERE user_id = $1""",
        ann.id,
    )
    assert sums is not None
    assert tuple(sums) == (0, 0)


async def test_messages_stay_by_a_deleted_user(instance: Instance) -> None:
    ann, bob, eve = await instance.people("ann", "bob", "eve")
    chat = await instance.chat(ann, bob)
    group = await instance.chat(ann, bob, eve, title="us")
    for conversation in (chat, group):
        await instance.say(ann, conversation, "remember me")
    await delete(instance, ann)
    tombstone = {
        "id": ann.id,
        "username": f"deleted_{ann.id}",
        "display_name": "Deleted user",
        "avatar": None,
    }
    for conversation in (chat, group):
        (message,) = await instance.walk(f"/api/messages/{conversation}/messages/", bob)
        assert message["content"] == "remember me"
        assert message["sender"] == tombstone
    direct = await instance.get(f"/api/messages/{chat}/", bob)
    assert tombstone in direct["participants"]
    left = await instance.get(f"/api/messages/{group}/", bob)
    assert {found["id"] for found in left["participants"]} == {bob.id, eve.id}
    await instance.call(
        "POST", f"/api/messages/{chat}/send_message/", bob, json={"content": "hi?"}, status=403
    )
    await instance.say(bob, group, "she is gone")
    (first,) = await instance.walk(f"/api/messages/{chat}/messages/", bob)
    read = await instance.post(f"/api/messages/{chat}/read/", bob, {"up_to": first["id"]})
    assert read["unread_count"] == 0


async def test_others_hear_that_it_left_without_a_gap(two_instances: Instances) -> None:
    here, there = two_instances
    ann, bob = await here.people("ann", "bob")
    async with there.socket(bob) as socket:
        await socket.ready()
        chat = await here.chat(ann, bob)
        await here.say(ann, chat, "hi")
        await delete(here, ann)
        updated = await socket.next("conversation.updated")
        names = [found["username"] for found in updated["conversation"]["participants"]]
        assert f"deleted_{ann.id}" in names
        assert [seq for seq, _, _ in socket.durable()] == [1, 2, 3]


async def test_events_whose_subject_is_gone_are_voids(instance: Instance, db: Database) -> None:
    ann, bob = await instance.people("ann", "bob")
    await instance.follow(bob, ann)
    await instance.follow(ann, bob)
    post = await instance.write(bob, "hello")
    await instance.post(f"/api/posts/{post['id']}/like/", ann)
    chat = await instance.chat(ann, bob)
    await instance.say(ann, chat, "hi")
    await delete(instance, ann)
    events = await replay.read(db, bob.id, 0, 100)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert [event.name for event in events] == [
        "void",
        "void",
        "void",
        "conversation.created",
        "message.created",
        "conversation.updated",
        "notification.deleted",
    ]


async def test_watchers_are_told_that_a_post_is_gone(two_instances: Instances) -> None:
    here, there = two_instances
    ann, bob = await here.people("ann", "bob")
    await here.follow(bob, ann)
    post = await here.write(ann, "hello")
    async with there.socket(bob) as socket:
        await socket.ready()
        await delete(here, ann)
        assert await socket.next("post.deleted") == {"post_id": post["id"]}
