"""A feed whose first page is kept is never stale, whatever is posted.

There is a test for each way in which posts can change it. The reader looks at one instance, where
the page is kept in memory; all changes are made at another, so no invalidation that goes through
the process helps. Each look is held against a walk.
"""

import asyncio

import pytest

from storage.posts import timeline_head
from tests.handlers.caching.warm_feeds import KEPT, WALKED, Reader, Scene
from tests.handlers.operations.test_feed import Meanwhile, retweet
from tests.storage.posts.slow_writers import writing


async def test_page_that_is_kept_is_used_by_the_instance_and_by_others(scene: Scene) -> None:
    post = await scene.write(scene.bob)
    first = await scene.reader.look()
    assert (first.front, first.ids) == ("none", [post])
    assert (await scene.reader.look()).front == "memory"
    elsewhere = Reader(scene.ann, scene.there, scene.db)
    assert (await elsewhere.look()).front == "redis"
    assert (await elsewhere.look()).front == "memory"


async def test_post_of_somebody_followed(scene: Scene) -> None:
    old = await scene.write(scene.bob)
    await scene.reader.warm()
    await scene.write(scene.cat)
    new = await scene.write(scene.bob)
    look = await scene.reader.look()
    assert (look.front, look.ids) == ("memory", [new, old])


async def test_post_of_ones_own(scene: Scene) -> None:
    old = await scene.write(scene.bob)
    await scene.reader.warm()
    new = await scene.write(scene.ann)
    look = await scene.reader.look()
    assert (look.front, look.ids) == ("memory", [new, old])


async def test_posts_that_fill_more_than_the_page(scene: Scene) -> None:
    old = [await scene.write(scene.bob) for _ in range(25)]
    assert (await scene.reader.warm()).ids == old[:4:-1]
    new = [await scene.write(scene.bob) for _ in range(50)]
    look = await scene.reader.look()
    assert (look.front, look.ids) == ("memory", new[:29:-1])
    assert (await scene.reader.look()).front == "memory"


async def test_more_than_is_looked_through_came_since(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = await scene.write(scene.bob)
    await scene.reader.warm()
    more = """INSERT INTO feed_entries (actor_id, post_id, kind)
        SELECT $1, p.id, 'retweet' FROM posted p"""
    posted = """WITH posted AS (
        INSERT INTO posts (author_id, content) SELECT $1, n::text
          FROM generate_series(1, $2::integer) n RETURNING id) """
    await scene.db.execute(posted + more, scene.cat.id, timeline_head.LATER_MAX)
    assert (await scene.reader.look()).front == "memory"
    await scene.db.execute(posted + more, scene.cat.id, timeline_head.LATER_MAX + 1)
    look = await scene.reader.look()
    assert (look.front, look.ids) == ("outdated", [post])


async def test_post_that_took_its_id_earlier_and_commits_later(scene: Scene) -> None:
    old = await scene.write(scene.bob)
    async with writing(scene.db, scene.bob.id) as slow:
        new = await scene.write(scene.ann)
        assert (await scene.reader.warm()).ids == [new, old]
    look = await scene.reader.look()
    assert (look.front, look.ids) == ("memory", [new, slow.result(), old])


async def test_edited_post(scene: Scene) -> None:
    post = await scene.write(scene.bob, "before #one")
    await scene.reader.warm()
    edit = {"content": f"after #two @{scene.cat.username}"}
    await scene.there.call("PATCH", f"/api/posts/{post}/", scene.bob, json=edit)
    look = await scene.reader.look()
    assert look.front == "memory"
    (shown,) = look.posts
    assert (shown["content"], shown["hashtags"]) == (edit["content"], ["two"])
    assert [user["id"] for user in shown["mentions"]] == [scene.cat.id]


@pytest.mark.parametrize("more", [0, 30])
async def test_deleted_post(scene: Scene, more: int) -> None:
    """Of a feed of one page, and of a longer one, in which the next post takes its place."""
    posts = [await scene.write(scene.bob) for _ in range(5 + more)]
    await scene.reader.warm()
    doomed = posts.pop(-3)
    await scene.there.call("DELETE", f"/api/posts/{doomed}/", scene.bob, status=204)
    look = await scene.reader.look()
    assert look.ids == posts[: -21 if more else None : -1]
    assert look.front == ("outdated" if more else "memory")


async def test_last_post_of_a_feed_is_deleted(scene: Scene) -> None:
    post = await scene.write(scene.bob)
    await scene.reader.warm()
    await scene.there.call("DELETE", f"/api/posts/{post}/", scene.bob, status=204)
    assert (await scene.reader.look()).ids == []


async def test_retweet_and_its_end(scene: Scene) -> None:
    post = await scene.write(scene.cat)
    old = await scene.write(scene.bob)
    await scene.reader.warm()
    await retweet(scene.there, scene.bob, post)
    look = await scene.reader.look()
    assert (look.front, look.ids) == ("memory", [post, old])
    assert look.posts[0]["retweeted_by"]["id"] == scene.bob.id
    await retweet(scene.there, scene.bob, post, "un")
    look = await scene.reader.look()
    assert (look.front, look.ids) == ("memory", [old])


async def test_post_goes_back_to_its_place_when_a_retweet_is_taken_back(scene: Scene) -> None:
    first, second = [await scene.write(scene.bob) for _ in range(2)]
    await scene.reader.warm()
    for _ in range(2):
        await retweet(scene.there, scene.ann, first)
        assert (await scene.reader.look()).ids == [first, second]
        assert (await scene.reader.look()).front == "memory"
        await retweet(scene.there, scene.ann, first, "un")
        look = await scene.reader.look()
        assert (look.front, look.ids) == ("memory", [second, first])


async def test_counters_and_marks(scene: Scene) -> None:
    post = await scene.write(scene.bob)
    await scene.reader.warm()
    answer = await scene.write(scene.cat, reply_to=post)
    for person in (scene.ann, scene.cat):
        for what in ("like", "retweet", "bookmark"):
            await scene.act(person, f"posts/{post}/{what}")
    look = await scene.reader.look()
    assert look.front == "memory"
    names = ("likes_count", "retweets_count", "replies_count", "liked", "retweeted", "bookmarked")
    assert [look.posts[0][name] for name in names] == [2, 2, 1, True, True, True]
    for what in ("unlike", "unretweet", "unbookmark"):
        await scene.act(scene.ann, f"posts/{post}/{what}")
    await scene.there.call("DELETE", f"/api/posts/{answer}/", scene.cat, status=204)
    look = await scene.reader.look()
    assert look.front == "memory"
    assert [look.posts[0][name] for name in names] == [1, 1, 0, False, False, False]


async def test_pages_of_other_lengths(scene: Scene) -> None:
    posts = [await scene.write(scene.bob) for _ in range(12)]
    fronts = []
    for limit in (5, 5, 3, 10, 4, 8, 12, 100):
        look = await scene.reader.look(limit)
        assert look.ids == posts[::-1][:limit]
        fronts.append(look.front)
    kept, walked = "memory", "outdated"
    assert fronts == ["none", kept, kept, walked, kept, kept, walked, kept]


async def test_walk_goes_on_from_a_kept_page(scene: Scene) -> None:
    posts = [await scene.write(scene.bob) for _ in range(9)]
    await scene.reader.warm()
    for before in (0, 1):
        posts += [await scene.write(scene.bob) for _ in range(before)]
        assert await scene.here.walk("/api/posts/feed/?limit=2", scene.ann) == [
            (await scene.here.get(f"/api/posts/{id}/", scene.ann)).body for id in posts[::-1]
        ]


async def test_page_is_right_after_each_of_many_changes_by_chance(scene: Scene) -> None:
    """The reader's look()s hold each page, kept or not, against a walk."""
    people = [*await scene.there.people("dan", "eve"), scene.bob, scene.cat]
    await scene.there.follow(scene.ann, *people)
    for seed in range(3):
        others = Meanwhile(scene.there, people, seed)
        fronts = []
        for step in range(40):
            await others.step()
            if step % 9 == 8:
                await others.delete_one()
            if step % 13 == 12:
                what = others.random.choice(["follow", "unfollow", "mute", "unmute"])
                await scene.act(scene.ann, f"users/{others.random.choice(people).id}/{what}")
            fronts.append((await scene.reader.look(limit=step % 3 + 4)).front)
        assert sum(front in KEPT for front in fronts) > 20
        assert any(front in WALKED for front in fronts)


async def test_looks_at_once_while_others_write(scene: Scene) -> None:
    await scene.write(scene.bob)
    await scene.reader.warm()
    looks = [scene.here.get("/api/posts/feed/", scene.ann) for _ in range(20)]
    writes = [scene.write(scene.bob) for _ in range(10)]
    await asyncio.gather(*(call for pair in zip(looks[:10], writes, strict=True) for call in pair))
    await asyncio.gather(*looks[10:])
    look = await scene.reader.look()
    assert look.front == "memory"
    assert len(look.ids) == 11
