"""The post that one's profile shows first."""

from tests.people import Instance


async def test_a_pinned_post_is_on_the_profile_for_everybody(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    posts = [(await instance.write(ann, f"{n}"))["id"] for n in range(3)]
    profile, pinned = f"/api/users/profiles/{ann.id}/", f"/api/users/{ann.id}/posts/?kind=pinned"
    assert (await instance.get(profile))["pinned_post_id"] is None
    assert await instance.walk(pinned, bob) == []
    for _ in range(2):
        done = await instance.post(f"/api/posts/{posts[0]}/pin/", ann)
        assert done["id"] == posts[0]
    for viewer in (ann, bob, None):
        assert (await instance.get(profile, viewer))["pinned_post_id"] == posts[0]
        assert [one["id"] for one in await instance.walk(pinned, viewer)] == [posts[0]]
    await instance.post(f"/api/posts/{posts[1]}/pin/", ann)  # in its place
    assert [one["id"] for one in await instance.walk(pinned, bob)] == [posts[1]]
    await instance.post(f"/api/posts/{posts[0]}/unpin/", ann)  # which is not pinned any more
    assert (await instance.get(profile))["pinned_post_id"] == posts[1]
    for _ in range(2):
        await instance.post(f"/api/posts/{posts[1]}/unpin/", ann)
    assert (await instance.get(profile))["pinned_post_id"] is None


async def test_one_pins_ones_own_posts_alone(instance: Instance) -> None:
    ann, bob, eve = await instance.people("ann", "bob", "eve")
    post = (await instance.write(ann, "mine"))["id"]
    refused = await instance.post(f"/api/posts/{post}/pin/", bob, status=403)
    assert refused["code"] == "not_author"
    await instance.post(f"/api/posts/{post}/pin/", status=401)
    await instance.post(f"/api/posts/{2**53 - 1}/pin/", ann, status=404)
    await instance.post(f"/api/posts/{2**53 - 1}/unpin/", ann, status=404)
    await instance.post(f"/api/users/{eve.id}/block/", ann)
    await instance.post(f"/api/posts/{post}/pin/", eve, status=404)
    await instance.post(f"/api/posts/{post}/pin/", ann)
    await instance.post(f"/api/posts/{post}/unpin/", bob)  # changes nothing of hers
    assert (await instance.get(f"/api/users/profiles/{ann.id}/"))["pinned_post_id"] == post


async def test_a_deletion_unpins(instance: Instance) -> None:
    ann = await instance.person("ann")
    post = (await instance.write(ann, "mine"))["id"]
    async with instance.socket(ann) as socket:
        await socket.do("post.pin", {"id": post})
    await instance.call("DELETE", f"/api/posts/{post}/", ann)
    assert (await instance.get(f"/api/users/profiles/{ann.id}/"))["pinned_post_id"] is None
    assert await instance.walk(f"/api/users/{ann.id}/posts/?kind=pinned") == []


async def test_lists_that_hide_the_author_hide_the_pinned_post(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    post = (await instance.write(ann, "mine"))["id"]
    await instance.post(f"/api/posts/{post}/pin/", ann)
    path = f"/api/users/{ann.id}/posts/?kind=pinned"
    await instance.post(f"/api/users/{bob.id}/block/", ann)
    assert await instance.walk(path, bob) == []
    assert len(await instance.walk(path)) == 1
