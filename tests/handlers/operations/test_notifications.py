"""Notifications: who is told of what, how often, and what is left unread."""

import asyncio
from typing import Any

from storage.database.pool import Database
from tests.people import Instance, Person

LIST = "/api/notifications/"


async def notifications_of(instance: Instance, user: Person, query: str = "") -> list[Any]:
    """(kind, actor, post, read), the newest first."""
    return [
        (notice["kind"], notice["actor"]["id"], notice["post_id"], notice["read"])
        for notice in await instance.walk(LIST + query, user)
    ]


async def unread(instance: Instance, user: Person) -> int:
    """The same number wherever one looks."""
    counted = (await instance.get(f"{LIST}unread_count/", user)).body
    assert set(counted) == {"unread_count"}
    me = await instance.get("/api/users/me/", user)
    assert me["unread_notifications"] == counted["unread_count"]
    assert len(await notifications_of(instance, user, "?unread=true")) == counted["unread_count"]
    return int(counted["unread_count"])


async def five(instance: Instance, ann: Person, bob: Person) -> tuple[int, int]:
    """Bob does to Ann what she is told of: the ids of her post and of his reply."""
    post = (await instance.write(ann, "hello"))["id"]
    await instance.post(f"/api/posts/{post}/like/", bob)
    await instance.follow(bob, ann)
    await instance.post(f"/api/posts/{post}/retweet/", bob)
    reply = await instance.write(bob, f"@{ann.username} hello", reply_to=post)
    await instance.write(bob, f"hello @{ann.username}")
    return post, reply["id"]


async def test_five_things_are_told_of(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    post, reply = await five(instance, ann, bob)
    listed = await instance.walk(LIST, ann)
    mention = listed[0]["post_id"]
    assert await notifications_of(instance, ann) == [
        ("mention", bob.id, mention, False),
        ("reply", bob.id, reply, False),
        ("retweet", bob.id, post, False),
        ("follow", bob.id, None, False),
        ("like", bob.id, post, False),
    ]
    assert set(listed[0]) == {
        "id", "kind", "actor", "post_id", "read", "created_at", "post",
        "message_id", "conversation_id", "message",
    }  # fmt: skip
    assert listed[0]["actor"] == {
        "id": bob.id, "username": bob.username, "display_name": bob.username, "avatar": None,
    }  # fmt: skip
    assert await unread(instance, ann) == 5
    assert await unread(instance, bob) == 0


async def test_nobody_is_told_of_what_they_did_themselves(instance: Instance) -> None:
    ann = await instance.person("ann")
    post = (await instance.write(ann, f"me, @{ann.username}"))["id"]
    for verb in ("like", "retweet"):
        await instance.post(f"/api/posts/{post}/{verb}/", ann)
    await instance.write(ann, f"@{ann.username} again", reply_to=post)
    assert await notifications_of(instance, ann) == []


async def test_one_is_told_once_however_often_it_is_done(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    post = (await instance.write(ann, "hello"))["id"]
    paths = [f"/api/posts/{post}/{{}}like/", f"/api/posts/{post}/{{}}retweet/"]
    for path in [*paths, f"/api/users/{ann.id}/{{}}follow/"]:
        for undo in ("", "", "un", "", "un", ""):
            await instance.post(path.format(undo), bob)
    assert [kind for kind, *_ in await notifications_of(instance, ann)] == [
        "follow",
        "retweet",
        "like",
    ]
    await instance.post(f"{LIST}mark_all_as_read/", ann)
    for path in paths:
        await instance.post(path.format("un"), bob)
        await instance.post(path.format(""), bob)
    assert await unread(instance, ann) == 0


async def test_many_mentions_in_one_post_are_one(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    name = ann.username
    await instance.write(bob, f"@{name} @{name.upper()} @{name}")
    assert await unread(instance, ann) == 1


async def test_marking_one_leaves_the_others(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    await five(instance, ann, bob)
    second = (await instance.walk(LIST, ann))[1]
    for _ in range(2):
        marked = await instance.post(f"{LIST}{second['id']}/mark_as_read/", ann)
        assert marked.body == second | {"read": True}
        assert await unread(instance, ann) == 4
    listed = await notifications_of(instance, ann)
    assert [read for *_, read in listed] == [False, True, False, False, False]
    assert await notifications_of(instance, ann, "?unread=true") == [listed[0], *listed[2:]]
    assert await notifications_of(instance, ann, "?unread=false") == listed


async def test_marking_all_leaves_none(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    await five(instance, ann, bob)
    for _ in range(2):
        answer = await instance.post(f"{LIST}mark_all_as_read/", ann)
        assert answer.body == {"unread_count": 0}
        assert await unread(instance, ann) == 0
    assert [read for *_, read in await notifications_of(instance, ann)] == 5 * [True]
    await instance.write(bob, f"@{ann.username} again")
    assert await unread(instance, ann) == 1


async def test_notifications_of_others_are_not_there(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    await instance.follow(bob, ann)
    (notice,) = await instance.walk(LIST, ann)
    await instance.post(f"{LIST}{notice['id']}/mark_as_read/", bob, status=404)
    await instance.post(f"{LIST}{2**52}/mark_as_read/", bob, status=404)
    assert await unread(instance, ann) == 1
    for method, path in (
        ("GET", LIST),
        ("GET", f"{LIST}unread_count/"),
        ("POST", f"{LIST}{notice['id']}/mark_as_read/"),
        ("POST", f"{LIST}mark_all_as_read/"),
    ):
        await instance.call(method, path, status=401)


async def test_deleted_post_takes_its_notifications_along(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    post, reply = await five(instance, ann, bob)
    (_, answered, *_) = await instance.walk(LIST, ann)
    await instance.post(f"{LIST}{answered['id']}/mark_as_read/", ann)
    await instance.call("DELETE", f"/api/posts/{post}/", ann, status=204)
    assert [kind for kind, *_ in await notifications_of(instance, ann)] == [
        "mention",
        "reply",
        "follow",
    ]
    assert await unread(instance, ann) == 2
    await instance.call("DELETE", f"/api/posts/{reply}/", bob, status=204)
    assert [kind for kind, *_ in await notifications_of(instance, ann)] == ["mention", "follow"]
    assert await unread(instance, ann) == 2


async def test_walk_is_exact_while_notifications_arrive(instance: Instance) -> None:
    ann, *fans = await instance.people("ann", *(7 * ["fan"]))
    for fan in fans:
        await instance.follow(fan, ann)
    walked: list[int] = []
    async for page in instance.pages(f"{LIST}?limit=2&unread=true", ann):
        walked += [notice["actor"]["id"] for notice in page]
        await instance.post(f"{LIST}{page[-1]['id']}/mark_as_read/", ann)
        await instance.follow(await instance.person("late"), ann)
    assert walked == [fan.id for fan in reversed(fans)]


async def test_unread_counts_are_exact_under_a_crowd(
    two_instances: tuple[Instance, Instance],
) -> None:
    here, there = two_instances
    ann, *fans = await here.people("ann", *(5 * ["fan"]))
    post = (await here.write(ann, "hello"))["id"]

    async def cheer(instance: Instance, fan: Person) -> None:
        for path in (f"posts/{post}/like/", f"users/{ann.id}/follow/", f"posts/{post}/retweet/"):
            await instance.post(f"/api/{path}", fan)

    async def read() -> None:
        for _ in range(5):
            for notice in (await there.get(LIST, ann))["results"][:2]:
                await here.post(f"{LIST}{notice['id']}/mark_as_read/", ann)

    cheers = [cheer(instance, fan) for fan in fans for instance in two_instances]
    await asyncio.gather(*cheers, read())
    listed = await notifications_of(here, ann)
    assert len(listed) == 15
    assert await unread(there, ann) == sum(not read for *_, read in listed)


async def test_each_shows_the_post_that_it_is_about_as_it_is_now(
    two_instances: tuple[Instance, Instance],
) -> None:
    here, there = two_instances
    ann, bob = await here.people("ann", "bob")
    async with there.socket(ann) as socket:
        await socket.ready()
        post, reply = await five(here, ann, bob)
        live = [(await socket.next("notification.created"))["notification"] for _ in range(5)]
    by_kind = {notice["kind"]: notice for notice in live}
    assert by_kind["follow"]["post"] is None
    assert by_kind["like"]["post"]["id"] == by_kind["retweet"]["post"]["id"] == post
    assert by_kind["like"]["post"]["author"]["id"] == ann.id
    assert by_kind["reply"]["post"] == {
        "id": reply,
        "author": by_kind["reply"]["actor"],
        "content": f"@{ann.username} hello",
        "image": None,
        "sensitive": False,
    }
    changes = {"content": "changed", "sensitive": True}
    await here.call("PATCH", f"/api/posts/{reply}/", bob, json=changes)
    listed = {notice["kind"]: notice for notice in await there.walk(LIST, ann)}
    shown = listed["reply"]["post"]
    assert (shown["content"], shown["sensitive"]) == ("changed", True)


async def test_what_a_suspended_person_wrote_is_shown_in_none(
    instance: Instance, db: Database
) -> None:
    ann, bob = await instance.people("ann", "bob")
    await five(instance, ann, bob)
    await db.execute("UPDATE users SET suspended_at = now() WHERE id = $1", bob.id)
    listed = await instance.walk(LIST, ann)
    shown = {notice["kind"]: notice["post"] is not None for notice in listed}
    assert not shown.get("reply", False)
    assert not shown.get("mention", False)
    assert shown["like"]
