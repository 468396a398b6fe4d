"""Posts: written, answered, changed, liked, retweeted, deleted."""

import asyncio
from typing import Any

from storage.database.pool import Database
from tests.people import Instance, Person
from tests.storage.locks import waiting

POSTS = "/api/posts/"


async def read(instance: Instance, post_id: int, by: Person | None = None) -> Any:
    return (await instance.get(f"{POSTS}{post_id}/", by)).body


async def notifications_of(instance: Instance, user: Person) -> list[tuple[str, int | None]]:
    """(kind, post id) of their notifications, the oldest first."""
    listed = await instance.walk("/api/notifications/", user)
    return [(notice["kind"], notice["post_id"]) for notice in reversed(listed)]


async def test_new_post_is_told_in_full(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    content = f"Good #Morning @{bob.username.upper()}, <b>& all"
    post = await instance.write(ann, content)

    def ref(user: Person) -> dict[str, Any]:
        name = user.username
        return {"id": user.id, "username": name, "display_name": name, "avatar": None}

    assert post.body == {
        "id": post["id"],
        "author": ref(ann),
        "content": content,
        "image": None,
        "media": [],
        "sensitive": False,
        "reply_to": None,
        "replying_to": None,
        "hashtags": ["morning"],
        "mentions": [ref(bob)],
        "poll": None,
        "likes_count": 0,
        "retweets_count": 0,
        "replies_count": 0,
        "liked": False,
        "retweeted": False,
        "bookmarked": False,
        "created_at": post["created_at"],
        "edited_at": None,
        "retweeted_by": None,
        "quoted": None,
        "quotes_count": 0,
        "quotable": True,
    }
    assert await read(instance, post["id"]) == post.body
    assert (await instance.get(f"/api/users/{ann.id}/"))["posts_count"] == 1


async def test_length_is_counted_in_characters(instance: Instance) -> None:
    ann = await instance.person("ann")
    for content in (280 * "x", 280 * "👍", "x", " x\n"):
        assert (await instance.write(ann, content))["content"] == content
    post = await instance.write(ann, "x")
    for wrong in (281 * "x", 281 * "👍", "", " \n", "nul\x00", None, 5):
        for method, path in (("POST", POSTS), ("PUT", f"{POSTS}{post['id']}/")):
            body = {"content": wrong}
            refused = await instance.call(method, path, ann, json=body, status=422)
            assert list(refused["errors"]) == ["content"], wrong
    await instance.post(POSTS, ann, {}, status=422)


async def test_writing_takes_a_token_and_reading_none(instance: Instance) -> None:
    ann = await instance.person("ann")
    post = await instance.write(ann, "hello")
    path = f"{POSTS}{post['id']}/"
    await instance.post(POSTS, json={"content": "x"}, status=401)
    for method in ("PUT", "PATCH"):
        await instance.call(method, path, json={"content": "x"}, status=401)
    await instance.call("DELETE", path, status=401)
    for verb in ("like", "unlike", "retweet", "unretweet"):
        await instance.post(f"{path}{verb}/", status=401)
    await instance.get(path)
    await instance.get(f"{path}replies/")


async def test_absent_post_is_not_found(instance: Instance) -> None:
    ann = await instance.person("ann")
    path = f"{POSTS}{2**52}/"
    await instance.get(path, status=404)
    await instance.get(f"{path}replies/", status=404)
    await instance.call("PUT", path, ann, json={"content": "x"}, status=404)
    await instance.call("DELETE", path, ann, status=404)
    for verb in ("like", "unlike", "retweet", "unretweet"):
        await instance.post(f"{path}{verb}/", ann, status=404)
    await instance.post(POSTS, ann, {"content": "x", "reply_to": 2**52}, status=404)


async def test_posts_are_listed_newest_first(instance: Instance) -> None:
    """Others' posts, of other tests, are in the list, too."""
    ann = await instance.person("ann")
    ids = [(await instance.write(ann, f"number {n}"))["id"] for n in range(5)]
    walked: list[int] = []
    async for page in instance.pages(f"{POSTS}?limit=2"):
        walked += [post["id"] for post in page]
        await instance.write(ann, "meanwhile")
        if ids[0] in walked:
            break
    assert walked[:5] == ids[::-1]


async def test_replies_are_listed_oldest_first_and_counted(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    post = await instance.write(ann, "what do you think?")
    replies = []
    for number in range(5):
        reply = await instance.write(bob, f"answer {number}", reply_to=post["id"])
        assert reply["reply_to"] == post["id"]
        replies.append(reply["id"])
    assert (await read(instance, post["id"]))["replies_count"] == 5
    walked: list[int] = []
    async for page in instance.pages(f"{POSTS}{post['id']}/replies/?limit=2"):
        walked += [reply["id"] for reply in page]
        if len(walked) == 2:
            await instance.call("DELETE", f"{POSTS}{walked[0]}/", bob, status=204)
    assert walked == replies
    assert (await read(instance, post["id"]))["replies_count"] == 4


async def test_a_reply_shown_alone_says_whom_it_answers(instance: Instance, db: Database) -> None:
    ann, bob = await instance.people("ann", "bob")
    post = await instance.write(ann, "what do you think?")
    reply = await instance.write(bob, "well", reply_to=post["id"])
    assert reply["replying_to"] == post["author"]
    shown = [
        await instance.get(f"/api/users/{bob.id}/posts/", None),
        await instance.get(f"{POSTS}feed/", bob),
        await instance.get(f"{POSTS}{post['id']}/replies/", ann),
    ]
    assert [page["results"][0]["replying_to"] for page in shown] == [post["author"]] * 3
    suspended = "UPDATE users SET suspended_at = now() WHERE id = $1"
    await db.execute(suspended, ann.id)
    assert (await read(instance, reply["id"]))["replying_to"] is None


async def test_replies_outlive_what_they_answer(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    post = await instance.write(ann, "soon gone")
    reply = await instance.write(bob, "answer", reply_to=post["id"])
    await instance.call("DELETE", f"{POSTS}{post['id']}/", ann, status=204)
    assert (await read(instance, reply["id"]))["reply_to"] is None
    assert (await read(instance, reply["id"]))["replying_to"] is None


async def test_only_its_author_changes_a_post(instance: Instance, db: Database) -> None:
    ann, bob, admin = await instance.people("ann", "bob", "admin")
    await db.execute("UPDATE users SET is_admin = true WHERE id = $1", admin.id)
    post = await instance.write(ann, "before")
    path = f"{POSTS}{post['id']}/"
    for other in (bob, admin):
        await instance.call("PUT", path, other, json={"content": "after"}, status=403)
    assert await read(instance, post["id"]) == post.body
    for method, content in (("PUT", "after"), ("PATCH", "and again")):
        changed = await instance.call(method, path, ann, json={"content": content})
        assert changed["content"] == content
        assert changed["edited_at"] >= changed["created_at"] == post["created_at"]
        assert await read(instance, post["id"]) == changed.body


async def test_change_that_changes_nothing_is_none(instance: Instance) -> None:
    ann = await instance.person("ann")
    post = await instance.write(ann, "same")
    same = await instance.call("PUT", f"{POSTS}{post['id']}/", ann, json={"content": "same"})
    assert same.body == post.body


async def test_post_is_deleted_by_its_author_or_an_admin(instance: Instance, db: Database) -> None:
    ann, bob, admin = await instance.people("ann", "bob", "admin")
    await db.execute("UPDATE users SET is_admin = true WHERE id = $1", admin.id)
    for deleter in (ann, admin):
        post = await instance.write(ann, "soon gone")
        path = f"{POSTS}{post['id']}/"
        await instance.call("DELETE", path, bob, status=403)
        await instance.call("DELETE", path, deleter, status=204)
        await instance.call("DELETE", path, deleter, status=404)
        await instance.get(path, status=404)
    assert (await instance.get(f"/api/users/{ann.id}/"))["posts_count"] == 0


async def test_liking_and_retweeting_count_once_a_user(instance: Instance) -> None:
    ann, bob, cat = await instance.people("ann", "bob", "cat")
    post = await instance.write(ann, "like me")
    path = f"{POSTS}{post['id']}/"
    for verb, mark, count in (
        ("like", "liked", "likes_count"),
        ("retweet", "retweeted", "retweets_count"),
    ):
        for user, undo, expected in (
            (bob, "", 1), (bob, "", 1), (cat, "", 2), (ann, "", 3),
            (bob, "un", 2), (bob, "un", 2), (ann, "un", 1),
        ):  # fmt: skip
            seen = await instance.post(f"{path}{undo}{verb}/", user)
            assert (seen[count], seen[mark]) == (expected, not undo)
        assert (await read(instance, post["id"], cat))[mark] is True
        assert (await read(instance, post["id"], bob))[mark] is False
        assert (await read(instance, post["id"]))[mark] is False


async def test_counts_are_exact_under_a_crowd(two_instances: tuple[Instance, Instance]) -> None:
    here, there = two_instances
    ann, *fans = await here.people("ann", *(5 * ["fan"]))
    post = await here.write(ann, "like me")
    path = f"{POSTS}{post['id']}/"
    await asyncio.gather(
        *(
            instance.post(f"{path}{verb}/", fan)
            for fan in fans
            for verb in ("like", "retweet", "unlike", "like", "unretweet", "retweet")
            for instance in two_instances
        )
    )
    await asyncio.gather(
        *(
            instance.post(f"{path}{verb}/", fan)
            for fan in fans
            for verb in ("like", "retweet")
            for instance in two_instances
        )
    )
    seen = await read(there, post["id"])
    assert (seen["likes_count"], seen["retweets_count"]) == (5, 5)


async def test_a_change_without_words_keeps_those_of_another_that_came_first(
    instance: Instance, db: Database
) -> None:
    ann, bob = await instance.people("ann", "bob")
    post = await instance.write(ann, "#before")
    path = f"/api/posts/{post['id']}/"
    async with db.transaction() as connection:
        await connection.execute("SELECT FROM user_seq WHERE user_id = $1 FOR UPDATE", ann.id)
        calls = []
        for count, body in enumerate(({"content": f"#after @{bob.username}"}, {"sensitive": True})):
            calls.append(asyncio.create_task(instance.call("PATCH", path, ann, json=body)))
            await waiting(db, count + 1, "user_seq")
    for call in calls:
        await call
    left = await instance.get(path, bob)
    assert (left["content"], left["sensitive"]) == (f"#after @{bob.username}", True)
    assert (left["hashtags"], [one["id"] for one in left["mentions"]]) == (["after"], [bob.id])


async def test_change_moves_tags_and_mentions(instance: Instance) -> None:
    ann, bob, cat = await instance.people("ann", "bob", "cat")
    post = await instance.write(ann, f"#one #two @{bob.username}")
    content = f"#Two #three @{cat.username} @nobody_{cat.username[:9]}"
    changed = await instance.call("PUT", f"{POSTS}{post['id']}/", ann, json={"content": content})
    assert changed["hashtags"] == ["two", "three"]
    assert [user["id"] for user in changed["mentions"]] == [cat.id]


async def test_change_tells_those_it_newly_mentions_only(instance: Instance) -> None:
    ann, bob, cat = await instance.people("ann", "bob", "cat")
    parent = await instance.write(cat, "question")
    answer = f"@{cat.username} @{bob.username} look"
    reply = await instance.write(ann, answer, reply_to=parent["id"])
    path = f"{POSTS}{reply['id']}/"
    dan = await instance.person("dan")
    for more in (" here", f" here @{dan.username}", f" there @{dan.username} @{ann.username}"):
        await instance.call("PUT", path, ann, json={"content": answer + more})
    assert await notifications_of(instance, cat) == [("reply", reply["id"])]
    assert await notifications_of(instance, bob) == [("mention", reply["id"])]
    assert await notifications_of(instance, dan) == [("mention", reply["id"])]
    assert await notifications_of(instance, ann) == []


async def test_retried_post_is_the_same_post(two_instances: tuple[Instance, Instance]) -> None:
    here, there = two_instances
    ann = await here.person("ann")
    body = {"content": "once #only", "client_id": "key-1"}
    first = await here.post(POSTS, ann, body, status=201)
    header = {"Idempotency-Key": "key-1"}
    for again in (
        await there.post(POSTS, ann, body, status=200),
        await here.post(POSTS, ann, {"content": "once #only"}, headers=header, status=200),
        await here.post(POSTS, ann, body | {"reply_to": None}, headers=header, status=200),
    ):
        assert again.body == first.body
    refused = await here.post(POSTS, ann, body | {"content": "other"}, status=422)
    assert list(refused["errors"]) == ["client_id"]
    await here.post(POSTS, ann, body, headers={"Idempotency-Key": "key-2"}, status=422)
    assert len(await here.walk(f"/api/users/{ann.id}/posts/")) == 1
    bob = await here.person("bob")
    assert (await there.post(POSTS, bob, body, status=201))["id"] != first["id"]


async def test_retried_reply_is_answered_though_its_parent_has_gone(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    parent = await instance.write(ann, "question")
    body = {"content": "answer", "reply_to": parent["id"], "client_id": "key"}
    reply = await instance.post(POSTS, bob, body, status=201)
    await instance.call("DELETE", f"{POSTS}{parent['id']}/", ann, status=204)
    assert (await instance.post(POSTS, bob, body, status=200))["id"] == reply["id"]


async def test_many_sends_of_one_post_store_one(two_instances: tuple[Instance, Instance]) -> None:
    ann = await two_instances[0].person("ann")
    body = {"content": "once", "client_id": "key"}
    replies = await asyncio.gather(
        *(two_instances[turn % 2].post(POSTS, ann, body) for turn in range(8))
    )
    assert sorted(reply.status for reply in replies) == 7 * [200] + [201]
    assert len({reply["id"] for reply in replies}) == 1
