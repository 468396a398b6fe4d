"""Bookmarks, over REST and as commands."""

from tests.people import Instance


async def test_bookmark_is_mine_alone_and_done_once(instance: Instance) -> None:
    ann, bob = await instance.person("ann"), await instance.person("bob")
    post = await instance.post("/api/posts/", ann, {"content": "worth keeping"})
    path = f"/api/posts/{post['id']}"
    kept = await instance.post(f"{path}/bookmark/", bob)
    assert kept.status == 200
    assert kept.body == post.body | {"bookmarked": True}
    assert (await instance.post(f"{path}/bookmark/", bob)).body == kept.body
    assert (await instance.walk("/api/posts/bookmarks/", bob)) == [kept.body]
    assert (await instance.get(f"{path}/", bob))["bookmarked"] is True
    assert (await instance.get(f"{path}/", ann))["bookmarked"] is False
    assert (await instance.walk("/api/posts/bookmarks/", ann)) == []
    for _ in range(2):
        assert (await instance.post(f"{path}/unbookmark/", bob))["bookmarked"] is False
    assert (await instance.walk("/api/posts/bookmarks/", bob)) == []


async def test_bookmarks_are_the_newest_first_whatever_the_age_of_the_posts(
    instance: Instance,
) -> None:
    ann = await instance.person("ann")
    ids = [(await instance.post("/api/posts/", ann, {"content": f"{n}"}))["id"] for n in range(5)]
    order = [ids[at] for at in (3, 0, 4, 1, 2)]
    for id in order:
        await instance.post(f"/api/posts/{id}/bookmark/", ann)
    page = await instance.get("/api/posts/bookmarks/?limit=2", ann)
    await instance.post(f"/api/posts/{order[4]}/unbookmark/", ann)
    await instance.post(f"/api/posts/{order[4]}/bookmark/", ann)  # on top, behind the walk
    rest = await instance.walk(page["next"], ann)
    assert [post["id"] for post in [*page["results"], *rest]] == order[::-1]


async def test_command_answers_what_the_route_does(instance: Instance) -> None:
    ann = await instance.person("ann")
    post = await instance.post("/api/posts/", ann, {"content": "worth keeping"})
    id = post["id"]
    async with instance.socket(ann) as socket:
        kept = await socket.do("post.bookmark", {"id": id})
        assert kept == (await instance.post(f"/api/posts/{id}/bookmark/", ann)).body
        loose = await socket.do("post.unbookmark", {"id": id})
        assert loose == (await instance.post(f"/api/posts/{id}/unbookmark/", ann)).body
        refused = await socket.call("post.bookmark", {"id": 2**53 - 1})
    absent = await instance.post(f"/api/posts/{2**53 - 1}/bookmark/", ann, status=404)
    del refused["error"]["request_id"]
    assert refused == {"ok": False, "error": absent.problem}


async def test_bookmarks_want_a_token(instance: Instance) -> None:
    await instance.get("/api/posts/bookmarks/", status=401)
    await instance.post("/api/posts/1/bookmark/", status=401)


async def test_bookmarks_hide_those_one_is_apart_from(instance: Instance) -> None:
    ann, bob = await instance.person("ann"), await instance.person("bob")
    post = await instance.post("/api/posts/", ann, {"content": "worth keeping"})
    await instance.post(f"/api/posts/{post['id']}/bookmark/", bob)
    await instance.post(f"/api/users/{bob.id}/block/", ann)
    assert await instance.walk("/api/posts/bookmarks/", bob) == []
    await instance.post(f"/api/posts/{post['id']}/bookmark/", bob, status=404)
    await instance.post(f"/api/users/{bob.id}/unblock/", ann)
    assert len(await instance.walk("/api/posts/bookmarks/", bob)) == 1
    await instance.call("DELETE", f"/api/posts/{post['id']}/", ann)
    assert await instance.walk("/api/posts/bookmarks/", bob) == []
