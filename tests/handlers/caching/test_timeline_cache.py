"""A feed whose first page is kept is never stale, whatever is posted.

There is a test for each way in which posts can change it. The reader looks at one instance, where
the page is kept in memory; all changes are made at another, so no invalidation that goes through
the process helps. Each page is compared with a walk.
"""

import asyncio

import pytest

from storage.posts import timeline_head
from tests.handlers.caching.warm_feeds import KEPT, WALKED, Reader, Scenario
from tests.handlers.operations.test_feed import Meanwhile, retweet
from tests.storage.posts.slow_writers import writing

POSTED = """
    WITH posted AS (
        INSERT INTO posts (author_id, content) SELECT $1, n::text
          FROM generate_series(1, $2::integer) n RETURNING id)
    INSERT INTO feed_entries (actor_id, post_id, kind) SELECT $1, id, 'post' FROM posted"""


async def test_page_that_is_kept_is_used_by_the_instance_and_by_others(scenario: Scenario) -> None:
    post = await scenario.write(scenario.bob)
    first = await scenario.reader.read()
    assert (first.source, first.ids) == ("none", [post])
    assert (await scenario.reader.read()).source == "memory"
    elsewhere = Reader(scenario.ann, scenario.there, scenario.db)
    assert (await elsewhere.read()).source == "redis"
    assert (await elsewhere.read()).source == "memory"


async def test_post_of_somebody_followed(scenario: Scenario) -> None:
    old = await scenario.write(scenario.bob)
    await scenario.reader.warm()
    await scenario.write(scenario.cat)
    new = await scenario.write(scenario.bob)
    page = await scenario.reader.read()
    assert (page.source, page.ids) == ("memory", [new, old])


async def test_post_of_ones_own(scenario: Scenario) -> None:
    old = await scenario.write(scenario.bob)
    await scenario.reader.warm()
    new = await scenario.write(scenario.ann)
    page = await scenario.reader.read()
    assert (page.source, page.ids) == ("memory", [new, old])


async def test_posts_that_fill_more_than_the_page(scenario: Scenario) -> None:
    old = [await scenario.write(scenario.bob) for _ in range(25)]
    assert (await scenario.reader.warm()).ids == old[:4:-1]
    new = [await scenario.write(scenario.bob) for _ in range(50)]
    page = await scenario.reader.read()
    assert (page.source, page.ids) == ("memory", new[:29:-1])
    assert (await scenario.reader.read()).source == "memory"


async def test_more_than_is_looked_through_came_since(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = await scenario.write(scenario.bob)
    await scenario.reader.warm()
    await scenario.db.execute(POSTED, scenario.cat.id, timeline_head.LATER_MAX)
    assert (await scenario.reader.read()).source == "memory"
    await scenario.db.execute(POSTED, scenario.cat.id, timeline_head.LATER_MAX + 1)
    page = await scenario.reader.read()
    assert (page.source, page.ids) == ("outdated", [post])


async def test_transaction_that_stays_open_makes_no_page_outdated(scenario: Scenario) -> None:
    old = await scenario.write(scenario.bob)
    async with writing(scenario.db, scenario.bob.id) as slow:
        await scenario.reader.warm()
        for _ in range(3):
            await scenario.db.execute(POSTED, scenario.cat.id, timeline_head.LATER_MAX - 10)
            new = await scenario.write(scenario.ann)
            page = await scenario.reader.read()
            assert (page.source, page.ids[0]) == ("memory", new)
    page = await scenario.reader.read()
    assert page.source == "memory"
    assert page.ids[3:] == [slow.result(), old]


async def test_post_that_took_its_id_earlier_and_commits_later(scenario: Scenario) -> None:
    old = await scenario.write(scenario.bob)
    async with writing(scenario.db, scenario.bob.id) as slow:
        new = await scenario.write(scenario.ann)
        assert (await scenario.reader.warm()).ids == [new, old]
    page = await scenario.reader.read()
    assert (page.source, page.ids) == ("memory", [new, slow.result(), old])


async def test_edited_post(scenario: Scenario) -> None:
    post = await scenario.write(scenario.bob, "before #one")
    await scenario.reader.warm()
    edit = {"content": f"after #two @{scenario.cat.username}"}
    await scenario.there.call("PATCH", f"/api/posts/{post}/", scenario.bob, json=edit)
    page = await scenario.reader.read()
    assert page.source == "memory"
    (shown,) = page.posts
    assert (shown["content"], shown["hashtags"]) == (edit["content"], ["two"])
    assert [user["id"] for user in shown["mentions"]] == [scenario.cat.id]


@pytest.mark.parametrize("more", [0, 30])
async def test_deleted_post(scenario: Scenario, more: int) -> None:
    """Of a feed of one page, and of a longer one, in which the next post takes its place."""
    posts = [await scenario.write(scenario.bob) for _ in range(5 + more)]
    await scenario.reader.warm()
    doomed = posts.pop(-3)
    await scenario.there.call("DELETE", f"/api/posts/{doomed}/", scenario.bob, status=204)
    page = await scenario.reader.read()
    assert page.ids == posts[: -21 if more else None : -1]
    assert page.source == ("outdated" if more else "memory")


async def test_last_post_of_a_feed_is_deleted(scenario: Scenario) -> None:
    post = await scenario.write(scenario.bob)
    await scenario.reader.warm()
    await scenario.there.call("DELETE", f"/api/posts/{post}/", scenario.bob, status=204)
    assert (await scenario.reader.read()).ids == []


async def test_retweet_and_its_end(scenario: Scenario) -> None:
    post = await scenario.write(scenario.cat)
    old = await scenario.write(scenario.bob)
    await scenario.reader.warm()
    await retweet(scenario.there, scenario.bob, post)
    page = await scenario.reader.read()
    assert (page.source, page.ids) == ("memory", [post, old])
    assert page.posts[0]["retweeted_by"]["id"] == scenario.bob.id
    await retweet(scenario.there, scenario.bob, post, "un")
    page = await scenario.reader.read()
    assert (page.source, page.ids) == ("memory", [old])


async def test_post_goes_back_to_its_place_when_a_retweet_is_taken_back(scenario: Scenario) -> None:
    first, second = [await scenario.write(scenario.bob) for _ in range(2)]
    await scenario.reader.warm()
    for _ in range(2):
        await retweet(scenario.there, scenario.ann, first)
        assert (await scenario.reader.read()).ids == [first, second]
        assert (await scenario.reader.read()).source == "memory"
        await retweet(scenario.there, scenario.ann, first, "un")
        page = await scenario.reader.read()
        assert (page.source, page.ids) == ("memory", [second, first])


async def test_counters_and_marks(scenario: Scenario) -> None:
    post = await scenario.write(scenario.bob)
    await scenario.reader.warm()
    answer = await scenario.write(scenario.cat, reply_to=post)
    for person in (scenario.ann, scenario.cat):
        for what in ("like", "retweet", "bookmark"):
            await scenario.act(person, f"posts/{post}/{what}")
    page = await scenario.reader.read()
    assert page.source == "memory"
    names = ("likes_count", "retweets_count", "replies_count", "liked", "retweeted", "bookmarked")
    assert [page.posts[0][name] for name in names] == [2, 2, 1, True, True, True]
    for what in ("unlike", "unretweet", "unbookmark"):
        await scenario.act(scenario.ann, f"posts/{post}/{what}")
    await scenario.there.call("DELETE", f"/api/posts/{answer}/", scenario.cat, status=204)
    page = await scenario.reader.read()
    assert page.source == "memory"
    assert [page.posts[0][name] for name in names] == [1, 1, 0, False, False, False]


async def test_pages_of_other_lengths(scenario: Scenario) -> None:
    posts = [await scenario.write(scenario.bob) for _ in range(12)]
    sources = []
    for limit in (5, 5, 3, 10, 4, 8, 12, 100):
        page = await scenario.reader.read(limit)
        assert page.ids == posts[::-1][:limit]
        sources.append(page.source)
    kept, walked = "memory", "outdated"
    assert sources == ["none", kept, kept, walked, kept, kept, walked, kept]


async def test_walk_goes_on_from_a_kept_page(scenario: Scenario) -> None:
    posts = [await scenario.write(scenario.bob) for _ in range(9)]
    await scenario.reader.warm()
    for before in (0, 1):
        posts += [await scenario.write(scenario.bob) for _ in range(before)]
        assert await scenario.here.walk("/api/posts/feed/?limit=2", scenario.ann) == [
            (await scenario.here.get(f"/api/posts/{id}/", scenario.ann)).body for id in posts[::-1]
        ]


async def test_page_is_right_after_each_of_many_changes_by_chance(scenario: Scenario) -> None:
    """Each read compares the page, kept or not, with a walk."""
    people = [*await scenario.there.people("dan", "eve"), scenario.bob, scenario.cat]
    await scenario.there.follow(scenario.ann, *people)
    for seed in range(3):
        others = Meanwhile(scenario.there, people, seed)
        sources = []
        for step in range(40):
            await others.step()
            if step % 9 == 8:
                await others.delete_one()
            if step % 13 == 12:
                what = others.random.choice(["follow", "unfollow", "mute", "unmute"])
                await scenario.act(scenario.ann, f"users/{others.random.choice(people).id}/{what}")
            sources.append((await scenario.reader.read(limit=step % 3 + 4)).source)
        assert sum(source in KEPT for source in sources) > 20
        assert any(source in WALKED for source in sources)


async def test_looks_at_once_while_others_write(scenario: Scenario) -> None:
    await scenario.write(scenario.bob)
    await scenario.reader.warm()
    reads = [scenario.here.get("/api/posts/feed/", scenario.ann) for _ in range(20)]
    writes = [scenario.write(scenario.bob) for _ in range(10)]
    await asyncio.gather(*(call for pair in zip(reads[:10], writes, strict=True) for call in pair))
    await asyncio.gather(*reads[10:])
    page = await scenario.reader.read()
    assert page.source == "memory"
    assert len(page.ids) == 11
