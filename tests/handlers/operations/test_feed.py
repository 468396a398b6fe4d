"""The feed: posts and retweets by those whom one follows, and by oneself."""

import random
from typing import Any

from storage.database import paging
from tests.people import Instance, Person

FEED = "/api/posts/feed/"


async def ids(instance: Instance, path: str, by: Person | None = None) -> list[int]:
    return [post["id"] for post in await instance.walk(path, by)]


async def retweet(instance: Instance, user: Person, post_id: int, undo: str = "") -> None:
    await instance.post(f"/api/posts/{post_id}/{undo}retweet/", user)


async def test_feed_is_of_those_followed_and_oneself_newest_first(instance: Instance) -> None:
    ann, bob, cat, stranger = await instance.people("ann", "bob", "cat", "stranger")
    await instance.follow(ann, bob, cat)
    written = [await instance.write(user, "hello") for user in (bob, stranger, ann, cat, bob)]
    mine = [post.body for post in reversed(written) if post["author"]["id"] != stranger.id]
    assert await instance.walk(FEED, ann) == mine
    assert await ids(instance, FEED, stranger) == [written[1]["id"]]
    await instance.get(FEED, status=401)


async def test_unfollowing_takes_posts_and_retweets_away(instance: Instance) -> None:
    ann, bob, cat = await instance.people("ann", "bob", "cat")
    await instance.follow(ann, bob)
    posts = [(await instance.write(user, "hello"))["id"] for user in (bob, cat)]
    await retweet(instance, bob, posts[1])
    assert await ids(instance, FEED, ann) == posts[::-1]
    await instance.post(f"/api/users/{bob.id}/unfollow/", ann)
    assert await ids(instance, FEED, ann) == []
    await instance.follow(ann, bob)
    assert await ids(instance, FEED, ann) == posts[::-1]


async def test_retweet_brings_a_post_up_and_tells_by_whom(instance: Instance) -> None:
    ann, bob, cat = await instance.people("ann", "bob", "cat")
    await instance.follow(ann, bob)
    post = await instance.write(cat, "for everybody")
    newer = await instance.write(bob, "mine")
    await retweet(instance, bob, post["id"])
    first, second = await instance.walk(FEED, ann)
    assert first == post.body | {
        "retweets_count": 1,
        "retweeted_by": {
            "id": bob.id, "username": bob.username, "display_name": bob.username, "avatar": None,
        },
    }  # fmt: skip
    assert second == newer.body
    await retweet(instance, bob, post["id"], "un")
    assert await ids(instance, FEED, ann) == [newer["id"]]


async def test_post_is_in_a_feed_once_however_many_retweet_it(instance: Instance) -> None:
    ann, bob, cat, dan = await instance.people("ann", "bob", "cat", "dan")
    await instance.follow(ann, bob, cat, dan)
    post = (await instance.write(dan, "popular"))["id"]
    other = (await instance.write(dan, "other"))["id"]
    for retweeter, expected in ((bob, bob), (cat, cat), (dan, dan), (ann, ann)):
        await retweet(instance, retweeter, post)
        for limit in (1, 2, 20):
            feed = await instance.walk(f"{FEED}?limit={limit}", ann)
            assert [shown["id"] for shown in feed] == [post, other]
            assert feed[0]["retweeted_by"]["id"] == expected.id
    for retweeter, expected in ((ann, dan), (cat, dan), (dan, bob)):
        await retweet(instance, retweeter, post, "un")
        assert (await instance.walk(FEED, ann))[0]["retweeted_by"]["id"] == expected.id
    await retweet(instance, bob, post, "un")
    assert [shown["retweeted_by"] for shown in await instance.walk(FEED, ann)] == [None, None]
    assert await ids(instance, FEED, ann) == [other, post]


async def test_page_of_nothing_but_repeats_is_passed_over(instance: Instance) -> None:
    """Entries that are not shown must neither fill a page nor end the walk."""
    ann, bob, *fans = await instance.people("ann", "bob", *(6 * ["fan"]))
    await instance.follow(ann, bob, *fans)
    old = (await instance.write(bob, "old"))["id"]
    popular = (await instance.write(bob, "popular"))["id"]
    for fan in fans:
        await retweet(instance, fan, popular)
    pages = [page async for page in instance.pages(f"{FEED}?limit=1", ann)]
    assert [[post["id"] for post in page] for page in pages] == [[popular], [old]]


async def test_posts_of_a_user_are_their_own_and_those_they_retweeted(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    own = (await instance.write(ann, "mine"))["id"]
    others = (await instance.write(bob, "yours"))["id"]
    await instance.write(bob, "not retweeted")
    await retweet(instance, ann, others)
    listed = await instance.walk(f"/api/users/{ann.id}/posts/?limit=1")
    assert [post["id"] for post in listed] == [others, own]
    assert [post["retweeted_by"] and post["retweeted_by"]["id"] for post in listed] == [
        ann.id,
        None,
    ]
    await retweet(instance, ann, own)
    assert await ids(instance, f"/api/users/{ann.id}/posts/") == [own, others]
    await instance.get(f"/api/users/{2**52}/posts/", status=404)


async def test_marks_in_the_feed_are_the_readers(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    await instance.follow(ann, bob)
    post = (await instance.write(bob, "like me"))["id"]
    await instance.post(f"/api/posts/{post}/like/", ann)
    for reader, liked in ((ann, True), (bob, False)):
        (shown,) = await instance.walk(FEED, reader)
        assert (shown["liked"], shown["likes_count"]) == (liked, 1)


class Meanwhile:
    """What others do to a feed of which some has been walked: `doomed` may vanish."""

    def __init__(self, instance: Instance, authors: list[Person], seed: int) -> None:
        self.instance = instance
        self.authors = authors
        self.random = random.Random(seed)
        self.posts: list[tuple[int, Person]] = []
        self.retweets: list[tuple[int, Person]] = []
        self.deleted: set[int] = set()

    async def step(self) -> None:
        user = self.random.choice(self.authors)
        what = self.random.choice(["write", "retweet", "retweet", "unretweet", "unretweet"])
        if what == "write" or not self.posts:
            self.posts.append(((await self.instance.write(user, "hello"))["id"], user))
        elif what == "retweet":
            post, _ = self.random.choice(self.posts)
            await retweet(self.instance, user, post)
            self.retweets.append((post, user))
        elif self.retweets:
            post, by = self.retweets.pop(self.random.randrange(len(self.retweets)))
            await retweet(self.instance, by, post, "un")

    async def delete_one(self) -> None:
        post, author = self.posts.pop(self.random.randrange(len(self.posts)))
        self.retweets = [(id, by) for id, by in self.retweets if id != post]
        await self.instance.call("DELETE", f"/api/posts/{post}/", author, status=204)
        self.deleted.add(post)


async def assert_walk_is_exact(instance: Instance, seed: int) -> None:
    """The walk shows, in order, what a walk without a pause showed at the start, each post once.

    Only what was deleted before the walk came to it may be absent.
    """
    ann, *authors = await instance.people("ann", *(4 * ["author"]))
    await instance.follow(ann, *authors)
    others = Meanwhile(instance, authors, seed)
    for _ in range(30):
        await others.step()
    at_start: list[Any] = await instance.walk(f"{FEED}?limit=100", ann)
    walked: list[Any] = []
    async for page in instance.pages(f"{FEED}?limit=3", ann):
        walked += page
        for _ in range(3):
            await others.step()
        await others.delete_one()
    seen = [post["id"] for post in walked]
    assert len(seen) == len(set(seen))
    gone = others.deleted - set(seen)

    def shown(posts: list[Any]) -> list[Any]:
        by = [(post["id"], post["retweeted_by"]) for post in posts]
        return [(id, user and user["id"]) for id, user in by if id not in gone]

    assert shown(walked) == shown(at_start)


async def test_walk_is_exact_whatever_is_done_meanwhile(instance: Instance) -> None:
    for seed in range(4):
        await assert_walk_is_exact(instance, seed)


async def test_walk_that_began_amid_hundreds_of_open_transactions_goes_on(
    instance: Instance,
) -> None:
    person = await instance.person()
    open_then = ",".join(str(10**9 + 2 * n) for n in range(400))
    cursor = paging.encode(1, f"{10**9}:{10**9 + 800}:{open_then}", 0)
    page = await instance.get(f"/api/posts/feed/?cursor={cursor}", person)
    assert page.body == {"results": [], "next": None}
