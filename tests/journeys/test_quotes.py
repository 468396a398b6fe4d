"""A quote, from the setting that lets it to the end of what it quotes, over two instances."""

from mini_twitter_client import Client, MemoryStorage

from tests.people import PASSWORD, Instance
from tests.waiting import until


async def test_from_a_setting_to_a_withdrawal_and_a_deletion(
    two_instances: tuple[Instance, Instance],
) -> None:
    here, there = two_instances
    ann, bob, eve = await here.people("ann", "bob", "eve")
    mine = {"who_may_quote_me": "followers"}
    await here.call("PATCH", "/api/users/me/", ann, json=mine)
    post = (await here.write(ann, "the first word"))["id"]
    quote = {"content": "look", "quote_id": post}
    refused = await there.post("/api/posts/", bob, quote, status=403)
    assert refused["code"] == "not_quotable"
    await there.follow(bob, ann)
    await here.follow(eve, bob)
    async with (
        here.socket(ann) as anns,
        there.socket(bob) as bobs,
        Client(there.url, MemoryStorage()) as client,
    ):
        await anns.ready()
        await bobs.ready()
        await client.log_in(eve.username, PASSWORD)
        await client.connect()
        made = await bobs.do("post.create", quote)
        told = (await anns.next("notification.created"))["notification"]
        assert (told["kind"], told["post"]["content"]) == ("quote", "look")
        posts = client.store.posts
        await until(lambda: made["id"] in posts)
        assert posts[made["id"]]["quoted"]["post"]["content"] == "the first word"
        await bobs.do("post.update", {"id": made["id"], "content": "look here"})
        await until(lambda: posts[made["id"]]["content"] == "look here")
        assert posts[made["id"]]["quoted"]["post"]["content"] == "the first word"  # it is kept
        await anns.do("post.revoke_quote", {"id": made["id"]})
        await until(lambda: posts[made["id"]]["quoted"]["state"] == "revoked")
        assert posts[made["id"]]["quoted"]["post"] is None
        await anns.next("notification.deleted")
        again = await bobs.do("post.create", quote)
        await until(lambda: again["id"] in posts)
        await anns.do("post.delete", {"id": post})
    read = await there.get(f"/api/posts/{again['id']}/", eve)
    assert read["quoted"] == {"state": "deleted", "post_id": None, "post": None}
