"""What is left of a deleted account, and that what others have stays exact."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from handlers.jobs import JOBS
from storage import erasure, replay
from storage.pool import Database
from tests.handlers.test_sessions import Instances, closed_within_a_second
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
    async with there.socket(elsewhere) as ears:
        await ears.ready()
        async with closed_within_a_second(ears):
            await delete(here, ann)
    await asyncio.sleep(0.5)
    for person in (ann, elsewhere):
        await there.get("/api/users/me/", person, status=401)
        refresh = {"refresh": person.refresh}
        await there.post("/api/users/token/refresh/", json=refresh, status=401)
    login = {"username": ann.username, "password": PASSWORD}
    await there.post("/api/users/token/", json=login, status=401)


@pytest.mark.parametrize("given", [{}, {"password": "not it"}])
async def test_only_with_the_password(instance: Instance, given: dict[str, str]) -> None:
    ann = await instance.person("ann")
    refused = await instance.call("DELETE", "/api/users/me/", ann, json=given, status=422)
    assert list(refused["errors"]) == ["password"]
    await me(instance, ann)


async def test_name_and_address_are_free_for_others(instance: Instance, db: Database) -> None:
    ann = await instance.person("ann")
    await delete(instance, ann)
    account = {
        "username": ann.username,
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
    async with there.socket(bob) as ears:
        await ears.ready()
        chat = await here.chat(ann, bob)
        await here.say(ann, chat, "hi")
        await delete(here, ann)
        updated = await ears.next("conversation.updated")
        names = [found["username"] for found in updated["conversation"]["participants"]]
        assert f"deleted_{ann.id}" in names
        assert [seq for seq, _, _ in ears.durable()] == [1, 2, 3]


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
    ]


async def test_watchers_are_told_that_a_post_is_gone(two_instances: Instances) -> None:
    here, there = two_instances
    ann, bob = await here.people("ann", "bob")
    await here.follow(bob, ann)
    post = await here.write(ann, "hello")
    async with there.socket(bob) as ears:
        await ears.ready()
        await delete(here, ann)
        assert await ears.next("post.deleted") == {"post_id": post["id"]}


FILL = """
    WITH crowd AS (
        INSERT INTO users (username, email, password_hash, display_name)
        SELECT $2 || n, $2 || n || '@example.org', '', 'x'
          FROM generate_series(1, $3::integer) n RETURNING id),
    profile AS (
        INSERT INTO profiles (user_id, followers_count, following_count, posts_count)
        SELECT id, 1, 1, 1 FROM crowd),
    counter AS (INSERT INTO user_seq (user_id, unread_notifications) SELECT id, 1 FROM crowd),
    followed AS (INSERT INTO follows (follower_id, followed_id) SELECT $1, id FROM crowd),
    following AS (INSERT INTO follows (follower_id, followed_id) SELECT id, $1 FROM crowd),
    mine AS (
        UPDATE profiles SET followers_count = $3, following_count = $3, posts_count = $3
         WHERE user_id = $1),
    noticed AS (
        INSERT INTO notifications (user_id, kind, actor_id) SELECT id, 'follow', $1 FROM crowd
        UNION ALL SELECT $1, 'follow', id FROM crowd),
    unread AS (UPDATE user_seq SET unread_notifications = $3 WHERE user_id = $1),
    theirs AS (
        INSERT INTO posts (author_id, content, likes_count, retweets_count)
        SELECT id, 'hello', 1, 1 FROM crowd RETURNING id, author_id),
    likes AS (INSERT INTO likes (user_id, post_id) SELECT $1, id FROM theirs),
    retweets AS (
        INSERT INTO feed_entries (actor_id, post_id, kind) SELECT $1, id, 'retweet' FROM theirs)
    INSERT INTO posts (author_id, content, likes_count) SELECT $1, 'mine', 0 FROM crowd"""
REACT = """
    WITH mine AS (SELECT min(id) AS id FROM posts WHERE author_id = $1),
    crowd AS (SELECT follower_id AS id FROM follows WHERE followed_id = $1),
    liked AS (INSERT INTO likes (user_id, post_id) SELECT crowd.id, mine.id FROM crowd, mine)
    UPDATE posts SET reply_to = mine.id FROM mine
     WHERE author_id IN (SELECT id FROM crowd)"""


async def fill(db: Database, person: Person, count: int) -> None:
    """Thousands of rows of every kind, between this account and as many others."""
    await db.execute(FILL, person.id, f"c{person.id}_", count)
    await db.execute(REACT, person.id)


CROWD = """
    SELECT count(*) AS users, sum(p.followers_count + p.following_count) AS follows,
           sum(s.unread_notifications) AS unread,
           sum(o.likes_count + o.retweets_count) AS reactions, count(o.reply_to) AS answers
      FROM users u JOIN profiles p ON p.user_id = u.id JOIN user_seq s ON s.user_id = u.id
      JOIN posts o ON o.author_id = u.id WHERE u.username LIKE $1"""


async def test_thousands_of_rows_are_erased_in_small_transactions(
    instance: Instance, db: Database
) -> None:
    ann = await instance.person("ann")
    await fill(db, ann, 1_200)
    await delete(instance, ann)
    while not await erasure.erase(db, ann.id, 10):
        pass
    row = await db.fetchrow(CROWD, f"c{ann.id}\\_%")
    assert row is not None
    assert tuple(row) == (1_200, 0, 0, 0, 0)


async def test_erasing_twice_at_once_and_while_others_write_keeps_counters_exact(
    instance: Instance, db: Database
) -> None:
    ann, bob = await instance.people("ann", "bob")
    await fill(db, ann, 600)
    post = await instance.write(bob, "hello")
    liking = [await instance.person("fan") for _ in range(3)]

    async def like_and_follow(fan: Person) -> None:
        for _ in range(5):
            await instance.post(f"/api/posts/{post['id']}/like/", fan)
            await instance.post(f"/api/users/{bob.id}/follow/", fan)
            await instance.post(f"/api/users/{bob.id}/unfollow/", fan)
            await instance.post(f"/api/posts/{post['id']}/unlike/", fan)

    await instance.post(f"/api/posts/{post['id']}/like/", ann)
    await instance.follow(ann, bob)
    await asyncio.gather(
        delete(instance, ann),
        erasing_once_closed(db, ann),
        *(like_and_follow(fan) for fan in liking),
    )
    while not await erasure.erase(db, ann.id, 10):
        pass
    row = await db.fetchrow(CROWD, f"c{ann.id}\\_%")
    assert row is not None
    assert tuple(row) == (600, 0, 0, 0, 0)
    assert (await instance.get(f"/api/posts/{post['id']}/"))["likes_count"] == 0
    assert (await user(instance, bob))["followers_count"] == 0


async def erasing_once_closed(db: Database, person: Person) -> None:
    closed = "SELECT deleted_at IS NOT NULL FROM users WHERE id = $1"
    while not await db.fetchval(closed, person.id):
        await asyncio.sleep(0.005)
    await erasure.erase(db, person.id, 10)


async def test_what_a_killed_instance_left_is_erased_by_the_job(
    settings: Any, instance: Instance, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.operations.closing.ERASING_SECONDS", 0)
    ann, bob = await instance.people("ann", "bob")
    await instance.follow(ann, bob)
    await instance.write(ann, "hello")
    await delete(instance, ann)
    assert await db.fetchval("SELECT count(*) FROM posts WHERE author_id = $1", ann.id) == 1
    waiting = await db.fetch(
        "SELECT payload FROM pgqueuer WHERE entrypoint = 'account.erase' AND execute_after > now()"
    )
    assert f'{{"user_id":{ann.id}}}'.encode() in [row["payload"] for row in waiting]
    await JOBS["account.erase"](SimpleNamespace(db=db), user_id=ann.id)
    assert await db.fetchval("SELECT count(*) FROM posts WHERE author_id = $1", ann.id) == 0
    assert (await user(instance, bob))["followers_count"] == 0
