"""The feed above a post that is known, and cursors that nobody gave out."""

from tests.handlers.post_helpers import create_post, ids
from tests.people import Instance, Person, Reply


async def feed_since(instance: Instance, by: Person, id: int, limit: int = 1) -> list[int]:
    return await ids(instance, f"/api/posts/feed/?since_id={id}&limit={limit}", by)


async def test_feed_since_a_post_has_what_stands_above_it(instance: Instance) -> None:
    ann, bob, cho = [await instance.person(name) for name in ("ann", "bob", "cho")]
    for person in (bob, cho):
        await instance.post(f"/api/users/{person.id}/follow/", ann)
    p1 = await create_post(instance, bob, "1")
    strangers = await create_post(instance, await instance.person("dee"), "2")
    p3 = await create_post(instance, ann, "3")
    p4 = await create_post(instance, cho, "4")
    assert await feed_since(instance, ann, p1) == [p4, p3]
    assert await feed_since(instance, ann, p4) == []
    assert await feed_since(instance, ann, strangers) == [p4, p3]
    await instance.post(f"/api/posts/{strangers}/retweet/", bob)
    assert await feed_since(instance, ann, p4) == [strangers]
    assert await feed_since(instance, ann, strangers) == []
    await instance.post(f"/api/posts/{p1}/retweet/", cho)
    assert await feed_since(instance, ann, p4) == [p1, strangers]
    assert await feed_since(instance, ann, p1) == []
    await instance.post(f"/api/posts/{p1}/unretweet/", cho)
    assert await feed_since(instance, ann, p1) == [strangers, p4, p3]


async def test_feed_since_a_post_that_is_gone_goes_on_from_the_one_before(
    instance: Instance,
) -> None:
    ann, bob = await instance.people("ann", "bob")
    older = await create_post(instance, bob, "not of her feed")
    p1, p2, p3 = [await create_post(instance, ann, f"{n}") for n in range(3)]
    await instance.call("DELETE", f"/api/posts/{p2}/", ann)
    assert await feed_since(instance, ann, p2) == [p3]
    assert await feed_since(instance, ann, older) == [p3, p1]
    assert await feed_since(instance, ann, 2**53 - 1) == []
    await instance.get("/api/posts/feed/?since_id=x", ann, status=422)


async def test_feed_since_keeps_its_end_while_the_walk_goes_on(instance: Instance) -> None:
    ann, bob = await instance.person("ann"), await instance.person("bob")
    await instance.post(f"/api/users/{bob.id}/follow/", ann)
    posts = [await create_post(instance, ann, f"{n}") for n in range(5)]
    page = await instance.get(f"/api/posts/feed/?since_id={posts[0]}&limit=2", ann)
    await instance.post(f"/api/posts/{posts[0]}/retweet/", bob)  # now on top of the feed
    rest = await ids(instance, page["next"], ann)
    assert [*(post["id"] for post in page["results"]), *rest] == posts[:0:-1]


async def test_feed_command_takes_since_id_too(instance: Instance) -> None:
    ann = await instance.person("ann")
    posts = [await create_post(instance, ann, f"{n}") for n in range(3)]
    async with instance.socket(ann) as socket:
        page = await socket.do("feed.list", {"since_id": posts[0], "limit": 1})
        more = await socket.do("feed.list", {"cursor": page["next"], "limit": 5})
    rest: Reply = await instance.get(f"/api/posts/feed/?since_id={posts[0]}", ann)
    assert page["results"] + more["results"] == rest["results"]
    assert more["next"] is None


async def test_bad_cursor_is_refused_wherever_it_is_bad(instance: Instance) -> None:
    ann = await instance.person("ann")
    bad = ["x", "W10", "WzFd", "Wzk5OTk5OTk5OTk5OTk5OTk5OTk5XQ", "WzEsICI1OjM6IiwgMF0"]
    for path in ("/api/posts/feed/", f"/api/users/{ann.id}/posts/"):
        for cursor in bad:
            await instance.get(f"{path}?cursor={cursor}", ann, status=422)
