"""Quotes: who may make one, what each sees of it, and how its author withdraws from it."""

from typing import Any

import pytest

from storage import uncounted
from storage.accounts import purge
from storage.database.pool import Database
from storage.posts import deletion, quotes
from tests.people import Instance, Person

ME = "/api/users/me/"
ABSENT = 2**53 - 1


async def quote(
    instance: Instance, by: Person, post_id: int, content: str = "look", **more: Any
) -> dict[str, Any]:
    return dict((await instance.write(by, content, quote_id=post_id, **more)).body)


async def seen(instance: Instance, quote_id: int, by: Person | None = None) -> Any:
    return (await instance.get(f"/api/posts/{quote_id}/", by))["quoted"]


async def let(instance: Instance, person: Person, who: str) -> None:
    changed = await instance.call("PATCH", ME, person, json={"who_may_quote_me": who})
    assert changed["who_may_quote_me"] == who


def hidden(state: str, post_id: int | None = None) -> dict[str, Any]:
    return {"state": state, "post_id": post_id, "post": None}


async def test_a_quote_shows_the_quoted_post_one_level_deep(instance: Instance) -> None:
    ann, bob, eve = await instance.people("ann", "bob", "eve")
    post = await instance.write(ann, "the first word", sensitive=True)
    assert (post["quoted"], post["quotes_count"], post["quotable"]) == (None, 0, True)
    made = await quote(instance, bob, post["id"])
    shown = {name: made["quoted"]["post"][name] for name in ("id", "content", "sensitive", "media")}
    assert shown == {
        "id": post["id"],
        "content": "the first word",
        "sensitive": True,
        "media": [],
    }
    assert made["quoted"]["post"]["author"] == post["author"]
    assert (made["quoted"]["state"], made["quoted"]["post_id"]) == ("accepted", post["id"])
    further = await quote(instance, eve, made["id"], "look at that")
    assert further["quoted"]["post"]["content"] == "look"
    assert "quoted" not in further["quoted"]["post"]
    for viewer in (ann, bob, eve, None):
        assert await seen(instance, made["id"], viewer) == made["quoted"]
    assert (await instance.get(f"/api/posts/{post['id']}/", eve))["quotes_count"] == 1


@pytest.mark.parametrize("verb", ["like", "unlike", "retweet", "unretweet"])
async def test_who_likes_or_retweets_is_shown_what_the_post_quotes_and_asks(
    instance: Instance, verb: str
) -> None:
    ann, bob, eve = await instance.people("ann", "bob", "eve")
    post = await instance.write(ann, "hear")
    poll = {"options": ["tea", "coffee"], "expires_in": 3600}
    for made in (
        await quote(instance, bob, post["id"]),
        dict((await instance.write(bob, "which?", poll=poll)).body),
    ):
        shown = await instance.post(f"/api/posts/{made['id']}/{verb}/", eve)
        read = await instance.get(f"/api/posts/{made['id']}/", eve)
        assert (shown["quoted"], shown["poll"]) == (made["quoted"], read["poll"])
        assert (made["quoted"], read["poll"]) != (None, None)


async def test_lists_have_what_their_posts_quote(instance: Instance) -> None:
    ann, bob, eve = await instance.people("ann", "bob", "eve")
    await instance.follow(eve, bob)
    post = await instance.write(ann, "the first word")
    made = await quote(instance, bob, post["id"], "look #here")
    await instance.post(f"/api/posts/{made['id']}/bookmark/", eve)
    await instance.post(f"/api/posts/{made['id']}/like/", eve)
    for path in (
        "/api/posts/feed/",
        f"/api/users/{bob.id}/posts/",
        f"/api/users/{eve.id}/posts/?kind=likes",
        "/api/posts/bookmarks/",
        "/api/posts/?hashtag=here",
        f"/api/posts/?author={bob.id}",
        f"/api/posts/{post['id']}/quotes/",
    ):
        (found,) = [one for one in await instance.walk(path, eve) if one["id"] == made["id"]]
        assert found["quoted"] == made["quoted"], path


async def test_an_edit_of_the_quoted_post_is_seen(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    post = await instance.write(ann, "the frist word")
    made = await quote(instance, bob, post["id"])
    path = f"/api/posts/{post['id']}/"
    await instance.call("PATCH", path, ann, json={"content": "the first word"})
    shown = (await seen(instance, made["id"], bob))["post"]
    assert shown["content"] == "the first word"
    assert shown["edited_at"] is not None


@pytest.mark.parametrize(
    ("who", "stranger", "follower"),
    [("everybody", 201, 201), ("followers", 403, 201), ("nobody", 403, 403)],
)
async def test_the_author_says_who_may_quote_them(
    instance: Instance, who: str, stranger: int, follower: int
) -> None:
    ann, bob, eve = await instance.people("ann", "bob", "eve")
    await instance.follow(bob, ann)
    await let(instance, ann, who)
    post = await instance.write(ann, "the first word")
    for person, status in ((eve, stranger), (bob, follower), (ann, 201)):
        read = await instance.get(f"/api/posts/{post['id']}/", person)
        assert read["quotable"] is (status == 201)
        body = {"content": "look", "quote_id": post["id"]}
        answer = await instance.post("/api/posts/", person, body, status=status)
        if status == 403:
            assert answer["code"] == "not_quotable"


async def test_a_setting_is_for_later_quotes_alone(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    post = await instance.write(ann, "the first word")
    made = await quote(instance, bob, post["id"])
    await let(instance, ann, "nobody")
    assert await seen(instance, made["id"], bob) == made["quoted"]
    await instance.call("PATCH", ME, ann, json={"who_may_quote_me": "friends"}, status=422)


async def test_nobody_quotes_what_is_not_to_be_had(instance: Instance) -> None:
    ann, bob, eve = await instance.people("ann", "bob", "eve")
    post = await instance.write(ann, "the first word")
    gone = await instance.write(ann, "gone")
    await instance.call("DELETE", f"/api/posts/{gone['id']}/", ann)
    await instance.post(f"/api/users/{ann.id}/block/", bob)
    await instance.post(f"/api/users/{eve.id}/block/", ann)
    for by, post_id, status in (
        (bob, gone["id"], 404),
        (bob, ABSENT, 404),
        (bob, post["id"], 403),
        (eve, post["id"], 403),
    ):
        body = {"content": "look", "quote_id": post_id}
        answer = await instance.post("/api/posts/", by, body, status=status)
        assert answer["code"] == {404: "not_found", 403: "blocked"}[status]
    for wrong in (0, -1, "one", [1]):
        body = {"content": "look", "quote_id": wrong}
        answer = await instance.post("/api/posts/", bob, body, status=422)
        assert "quote_id" in answer["errors"]
    body = {"content": "", "quote_id": post["id"]}
    assert "content" in (await instance.post("/api/posts/", ann, body, status=422))["errors"]


async def test_a_quote_is_made_once_however_often_it_is_sent(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    post = await instance.write(ann, "the first word")
    body = {"content": "look", "quote_id": post["id"], "client_id": "one"}
    first = await instance.post("/api/posts/", bob, body, status=201)
    await let(instance, ann, "nobody")
    assert (await instance.post("/api/posts/", bob, body, status=200)).body == first.body
    await instance.post("/api/posts/", bob, body | {"quote_id": None}, status=422)
    assert (await instance.get(f"/api/posts/{post['id']}/"))["quotes_count"] == 1


async def test_a_quote_may_be_a_reply_to_the_same_post(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    post = await instance.write(ann, "the first word")
    made = await quote(instance, bob, post["id"], reply_to=post["id"])
    assert (made["reply_to"], made["quoted"]["post_id"]) == (post["id"], post["id"])
    read = await instance.get(f"/api/posts/{post['id']}/")
    assert (read["replies_count"], read["quotes_count"]) == (1, 1)
    told = await instance.walk("/api/notifications/", ann)
    assert [(one["kind"], one["post_id"]) for one in told] == [("quote", made["id"])]


async def test_whom_the_author_is_hidden_from_sees_why_and_nothing_of_the_post(
    instance: Instance, db: Database
) -> None:
    ann, bob, eve, kim, joe = await instance.people("ann", "bob", "eve", "kim", "joe")
    post = await instance.write(ann, "the first word")
    made = await quote(instance, bob, post["id"])
    await instance.post(f"/api/users/{eve.id}/block/", ann)
    await instance.post(f"/api/users/{ann.id}/block/", kim)
    await instance.post(f"/api/users/{ann.id}/mute/", joe)
    assert await seen(instance, made["id"], eve) == hidden("unauthorized")
    assert await seen(instance, made["id"], kim) == hidden("blocked_account", post["id"])
    assert await seen(instance, made["id"], joe) == hidden("muted_account", post["id"])
    for viewer in (eve, kim):
        for path in (f"/api/users/{bob.id}/posts/", f"/api/posts/?author={bob.id}"):
            (found,) = await instance.walk(path, viewer)
            assert found["quoted"]["post"] is None
    await db.execute("UPDATE users SET suspended_at = now() WHERE id = $1", ann.id)
    for anybody in (bob, eve, kim, None):
        assert await seen(instance, made["id"], anybody) == hidden("unauthorized")
    await db.execute("UPDATE users SET suspended_at = NULL WHERE id = $1", ann.id)
    assert await seen(instance, made["id"], bob) == made["quoted"]


async def test_the_quoted_author_withdraws_a_post_for_good(instance: Instance) -> None:
    ann, bob, eve = await instance.people("ann", "bob", "eve")
    post = await instance.write(ann, "the first word")
    made = await quote(instance, bob, post["id"])
    path = f"/api/posts/{made['id']}/revoke_quote/"
    for other in (bob, eve):
        assert (await instance.post(path, other, status=403))["code"] == "not_author"
    await instance.post(path, status=401)
    for _ in range(2):
        await instance.post(path, ann, status=204)
    for viewer in (ann, bob, eve, None):
        assert await seen(instance, made["id"], viewer) == hidden("revoked")
    assert await instance.walk(f"/api/posts/{post['id']}/quotes/", bob) == []
    assert (await instance.get(f"/api/posts/{post['id']}/"))["quotes_count"] == 0
    await instance.call("DELETE", f"/api/posts/{made['id']}/", bob)
    assert (await instance.get(f"/api/posts/{post['id']}/"))["quotes_count"] == 0
    await instance.post(path, ann, status=404)
    await instance.post(f"/api/posts/{post['id']}/revoke_quote/", ann, status=403)
    await instance.post(f"/api/posts/{ABSENT}/revoke_quote/", ann, status=404)


async def test_who_has_blocked_the_quoted_author_does_not_keep_them_from_withdrawing(
    instance: Instance,
) -> None:
    ann, bob, eve = await instance.people("ann", "bob", "eve")
    post = await instance.write(ann, "the first word")
    made = await quote(instance, bob, post["id"])
    await instance.post(f"/api/users/{ann.id}/block/", bob)
    await instance.get(f"/api/posts/{made['id']}/", ann, status=404)
    await instance.post(f"/api/posts/{made['id']}/revoke_quote/", ann, status=204)
    assert await seen(instance, made["id"], eve) == hidden("revoked")
    await instance.post(f"/api/users/{eve.id}/block/", bob)
    await instance.post(f"/api/posts/{made['id']}/revoke_quote/", eve, status=404)


async def test_the_quoted_author_is_notified_until_the_quote_is_undone(instance: Instance) -> None:
    ann, bob, eve = await instance.people("ann", "bob", "eve")
    post = await instance.write(ann, "the first word")
    async with instance.socket(ann) as socket:
        await socket.ready()
        made = await quote(instance, bob, post["id"], f"look, @{ann.username} @{eve.username}")
        told = (await socket.next("notification.created"))["notification"]
        assert (told["kind"], told["post_id"], told["actor"]["id"]) == ("quote", made["id"], bob.id)
        await instance.post(f"/api/posts/{made['id']}/revoke_quote/", ann)
        assert (await socket.next("notification.deleted"))["ids"] == [told["id"]]
        again = await quote(instance, bob, post["id"])
        told = (await socket.next("notification.created"))["notification"]
        await instance.call("DELETE", f"/api/posts/{again['id']}/", bob)
        assert (await socket.next("notification.deleted"))["ids"] == [told["id"]]
    assert await instance.walk("/api/notifications/", ann) == []
    assert [one["kind"] for one in await instance.walk("/api/notifications/", eve)] == ["mention"]
    await quote(instance, ann, post["id"], "my own")
    assert await instance.walk("/api/notifications/", ann) == []


async def test_quotes_are_listed_the_newest_first_without_the_hidden(instance: Instance) -> None:
    ann, bob, eve = await instance.people("ann", "bob", "eve")
    post = await instance.write(ann, "the first word")
    made = [
        (await quote(instance, by, post["id"], f"{n}"))["id"]
        for n, by in enumerate((bob, eve, ann, bob, eve))
    ]
    path = f"/api/posts/{post['id']}/quotes/"
    page = await instance.get(f"{path}?limit=2", ann)
    assert [one["id"] for one in page["results"]] == made[:2:-1]
    rest = await instance.walk(page["next"], ann)
    assert [one["id"] for one in rest] == made[2::-1]
    await instance.post(f"/api/users/{eve.id}/block/", bob)
    assert [one["id"] for one in await instance.walk(path, bob)] == [made[3], made[2], made[0]]
    assert [one["id"] for one in await instance.walk(path)] == made[::-1]
    await instance.post(f"/api/users/{bob.id}/block/", ann)
    await instance.get(path, bob, status=404)


async def test_a_deleted_post_is_gone_from_its_quotes_which_stay(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    post = await instance.write(ann, "the first word")
    made = await quote(instance, bob, post["id"])
    await instance.call("DELETE", f"/api/posts/{post['id']}/", ann)
    assert await seen(instance, made["id"], bob) == hidden("deleted")
    await instance.post(f"/api/posts/{made['id']}/revoke_quote/", ann, status=403)


async def test_a_post_that_is_quoted_much_is_deleted_in_portions(
    instance: Instance, db: Database
) -> None:
    ann, bob = await instance.people("ann", "bob")
    post = await instance.write(ann, "the first word")
    made = await quote(instance, bob, post["id"])
    await db.execute(
        """INSERT INTO posts (author_id, content, quote_of, quote_state)
           SELECT $1, 'quote', $2, 'accepted' FROM generate_series(1, $3)""",
        bob.id, post["id"], deletion.AT_ONCE,
    )  # fmt: skip
    await instance.post(f"/api/posts/{post['id']}/pin/", ann)
    await instance.call("DELETE", f"/api/posts/{post['id']}/", ann)
    quoting = "SELECT count(*) FROM posts WHERE quote_of = $1"
    assert await db.fetchval(quoting, post["id"]) == 1 + deletion.AT_ONCE
    for viewer in (ann, bob, None):
        assert await seen(instance, made["id"], viewer) == hidden("deleted")
    await instance.post(f"/api/posts/{made['id']}/revoke_quote/", ann, status=403)
    body = {"content": "look", "quote_id": post["id"]}
    await instance.post("/api/posts/", bob, body, status=404)
    assert await instance.walk(f"/api/users/{ann.id}/posts/?kind=pinned") == []
    profile = await instance.get(f"/api/users/profiles/{ann.id}/")
    assert profile["pinned_post_id"] is None
    assert not await deletion.purge_portion(db, post["id"], ann.id)
    assert await db.fetchval(quoting, post["id"]) == 1 + deletion.AT_ONCE - quotes.DETACHED
    while not await deletion.purge_portion(db, post["id"], ann.id):
        pass
    assert await db.fetchval("SELECT count(*) FROM posts WHERE id = $1", post["id"]) == 0
    assert await seen(instance, made["id"], bob) == hidden("deleted")


async def test_a_suspended_quoter_does_not_count_until_restored(
    instance: Instance, db: Database
) -> None:
    ann, bob = await instance.people("ann", "bob")
    post = await instance.write(ann, "the first word")
    kept, lost = [(await quote(instance, bob, post["id"]))["id"] for _ in range(2)]

    async def suspend(at: str) -> tuple[int, int]:
        """The count and the length of the list after this."""
        await db.execute(f"UPDATE users SET suspended_at = {at} WHERE id = $1", bob.id)
        assert await uncounted.recount(db, bob.id, lambda: True, lambda _: None, lambda _: None)
        listed = await instance.walk(f"/api/posts/{post['id']}/quotes/")
        return (await instance.get(f"/api/posts/{post['id']}/"))["quotes_count"], len(listed)

    assert await suspend("now()") == (0, 0)
    await instance.post(f"/api/posts/{lost}/revoke_quote/", ann)
    assert await suspend("NULL") == (1, 1)
    assert await suspend("now()") == (0, 0)
    assert await suspend("NULL") == (1, 1)
    again = await instance.log_in(bob.id, bob.username)
    await instance.call("DELETE", f"/api/posts/{kept}/", again)
    assert (await instance.get(f"/api/posts/{post['id']}/"))["quotes_count"] == 0


async def test_an_erased_account_leaves_counts_exact_and_quotes_of_it_empty(
    instance: Instance, db: Database
) -> None:
    ann, bob = await instance.people("ann", "bob")
    of_ann, of_bob = await instance.write(ann, "a"), await instance.write(bob, "b")
    await quote(instance, bob, of_ann["id"])
    made = await quote(instance, ann, of_bob["id"])
    await instance.call("DELETE", ME, bob, json={"password": "correct horse"}, status=204)
    assert await seen(instance, made["id"], ann) in (hidden("unauthorized"), hidden("deleted"))
    while not await purge.purge_account(db, bob.id, 10):
        pass
    assert await seen(instance, made["id"], ann) == hidden("deleted")
    assert (await instance.get(f"/api/posts/{of_ann['id']}/"))["quotes_count"] == 0
