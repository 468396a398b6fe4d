"""Blocks, mutes and suspensions: who finds which posts where."""

import asyncio

from storage.database.pool import Database
from tests.handlers.post_helpers import create_post, ids
from tests.people import Instance, Person


async def reachable(instance: Instance, by: Person | None, post: int, author: Person) -> list[bool]:
    """Where `by` finds a post of an author: among all, replies, the author's, and by its id."""
    parent = (await instance.get(f"/api/posts/{post}/"))["reply_to"]
    lists = [
        f"/api/posts/?author={author.id}",
        f"/api/posts/{parent}/replies/",
        f"/api/users/{author.id}/posts/",
    ]
    found = await asyncio.gather(*(ids(instance, path, by) for path in lists))
    headers = {"Authorization": f"Bearer {by.access}"} if by else {}
    async with instance.http.get(f"{instance.url}/api/posts/{post}/", headers=headers) as response:
        return [*(post in each for each in found), response.status == 200]


async def test_lists_hide_both_sides_of_a_block_and_a_post_its_author_alone(
    instance: Instance,
) -> None:
    ann, bob, cho = [await instance.person(name) for name in ("ann", "bob", "cho")]
    parent = await create_post(instance, cho, "parent")
    by_ann = await create_post(instance, ann, "by ann", parent)
    by_bob = await create_post(instance, bob, "by bob", parent)
    await instance.post(f"/api/posts/{parent}/like/", bob)
    await instance.post(f"/api/posts/{parent}/retweet/", bob)
    await instance.post(f"/api/users/{bob.id}/block/", ann)
    assert await reachable(instance, bob, by_ann, ann) == [False, False, False, False]
    assert await reachable(instance, ann, by_bob, bob) == [False, False, False, True]
    for others in (cho, None):
        assert await reachable(instance, others, by_ann, ann) == 4 * [True]
        assert await reachable(instance, others, by_bob, bob) == 4 * [True]
    for name in ("likes", "retweets"):
        assert await ids(instance, f"/api/posts/{parent}/{name}/", ann) == []
        assert await ids(instance, f"/api/posts/{parent}/{name}/", cho) == [bob.id]
    for name in ("history", "thread", "likes", "retweets", "replies"):
        await instance.get(f"/api/posts/{by_ann}/{name}/", bob, status=404)
    await instance.post(f"/api/users/{bob.id}/unblock/", ann)
    assert await reachable(instance, bob, by_ann, ann) == 4 * [True]


async def test_like_of_a_post_that_is_no_longer_visible_stays(instance: Instance) -> None:
    ann, bob = await instance.person("ann"), await instance.person("bob")
    id = await create_post(instance, ann, "hello")
    await instance.post(f"/api/posts/{id}/like/", bob)
    await instance.post(f"/api/users/{bob.id}/block/", ann)
    await instance.post(f"/api/posts/{id}/unlike/", bob, status=404)
    assert (await instance.get(f"/api/posts/{id}/"))["likes_count"] == 1


async def test_mute_hides_from_what_is_by_everybody_but_not_from_where_one_looks_for_the_author(
    instance: Instance,
) -> None:
    ann, bob, cho = await instance.people("ann", "bob", "cho")
    word = f"mute{ann.id}x"
    parent = await create_post(instance, cho, f"{word} #{word}")
    id = await create_post(instance, bob, f"{word} #{word}", parent)
    await instance.post(f"/api/posts/{id}/retweet/", cho)
    by_everybody = [
        "/api/posts/",
        f"/api/posts/?search={word}",
        f"/api/posts/?hashtag={word}",
        f"/api/posts/?hashtag={word}&search={word}",
        f"/api/search/?q={word}",
    ]
    looked_for = [
        f"/api/posts/?author={bob.id}",
        f"/api/posts/?search={word}&author={bob.id}",
        f"/api/posts/?hashtag={word}&author={bob.id}",
        f"/api/users/{bob.id}/posts/",
        f"/api/users/{cho.id}/posts/",  # as a retweet
        f"/api/posts/{parent}/replies/",
    ]

    async def newest(path: str, by: Person | None = None) -> list[int]:
        """Of the first page: the tests before have left more than can be walked in every list."""
        return [post["id"] for post in (await instance.get(path, by))["results"]]

    await instance.post(f"/api/users/{bob.id}/mute/", ann)
    for path in by_everybody:
        found = await newest(path, ann)
        assert (id in found, parent in found) == (False, True), path
        for other in (cho, bob, None):
            assert id in await newest(path, other), path
    for path in looked_for:
        assert id in await newest(path, ann), path
    thread = await instance.get(f"/api/posts/{parent}/thread/", ann)
    assert [post["id"] for post in thread["replies"]] == [id]
    await instance.post(f"/api/users/{bob.id}/unmute/", ann)
    for path in by_everybody:
        assert id in await newest(path, ann), path


async def test_posts_of_the_suspended_are_nowhere(instance: Instance, db: Database) -> None:
    ann, bob, cho = [await instance.person(name) for name in ("ann", "bob", "cho")]
    id = await create_post(instance, bob, "hello")
    kept = await create_post(instance, ann, "mine")
    await instance.post(f"/api/users/{bob.id}/follow/", ann)
    await instance.post(f"/api/users/{cho.id}/follow/", ann)
    await instance.post(f"/api/posts/{id}/retweet/", cho)
    assert await ids(instance, "/api/posts/feed/", ann) == [id, kept]
    await db.execute("UPDATE users SET suspended_at = now() WHERE id = $1", bob.id)
    assert await ids(instance, "/api/posts/feed/", ann) == [kept]
    assert await ids(instance, f"/api/posts/?author={bob.id}") == []
    assert await ids(instance, f"/api/users/{cho.id}/posts/") == []
    await instance.get(f"/api/posts/{id}/", status=404)
    await instance.post("/api/posts/", ann, {"content": "re", "reply_to": id}, status=404)
    await instance.post(f"/api/posts/{id}/like/", ann, status=404)


async def test_lists_of_followers_leave_out_the_blocked_and_the_suspended(
    instance: Instance, db: Database
) -> None:
    ann, bob, cho, dan = [await instance.person(name) for name in ("ann", "bob", "cho", "dan")]
    for follower in (bob, cho, dan):
        await instance.post(f"/api/users/{ann.id}/follow/", follower)
        await instance.post(f"/api/users/{follower.id}/follow/", ann)
    await db.execute("UPDATE users SET suspended_at = now() WHERE id = $1", dan.id)
    await instance.post(f"/api/users/{bob.id}/block/", cho)
    for name in ("followers", "following"):
        path = f"/api/users/{ann.id}/{name}/"
        assert await ids(instance, path) == [cho.id, bob.id]
        assert await ids(instance, path, cho) == [cho.id]
        assert await ids(instance, path, bob) == [bob.id]
