"""A notification whose cause is undone goes while it is unread, and clients hear of it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from storage.database.pool import Database
from storage.events import replay
from tests.handlers.operations.test_deactivation import delete
from tests.handlers.operations.test_notifications import LIST, notifications_of, unread
from tests.people import Instance, Person

Undo = Callable[[], Awaitable[Any]]
Cause = Callable[[Instance, Person, Person], Awaitable[Undo]]


async def like(instance: Instance, ann: Person, bob: Person) -> Undo:
    post = (await instance.write(ann, "hello"))["id"]
    await instance.post(f"/api/posts/{post}/like/", bob)
    return lambda: instance.post(f"/api/posts/{post}/unlike/", bob)


async def retweet(instance: Instance, ann: Person, bob: Person) -> Undo:
    post = (await instance.write(ann, "hello"))["id"]
    await instance.post(f"/api/posts/{post}/retweet/", bob)
    return lambda: instance.post(f"/api/posts/{post}/unretweet/", bob)


async def follow(instance: Instance, ann: Person, bob: Person) -> Undo:
    await instance.follow(bob, ann)
    return lambda: instance.post(f"/api/users/{ann.id}/unfollow/", bob)


async def follow_ended_by_a_block(instance: Instance, ann: Person, bob: Person) -> Undo:
    await instance.follow(bob, ann)
    return lambda: instance.post(f"/api/users/{ann.id}/block/", bob)


async def mention(instance: Instance, ann: Person, bob: Person) -> Undo:
    post = (await instance.write(bob, f"hello @{ann.username}"))["id"]
    edited = {"content": "hello"}
    return lambda: instance.call("PUT", f"/api/posts/{post}/", bob, json=edited)


UNDONE = [like, retweet, follow, follow_ended_by_a_block, mention]


async def reply(instance: Instance, ann: Person, bob: Person) -> Undo:
    post = (await instance.write(ann, "hello"))["id"]
    answer = (await instance.write(bob, "hi", reply_to=post))["id"]
    return lambda: instance.call("DELETE", f"/api/posts/{answer}/", bob, status=204)


async def post_that_mentions(instance: Instance, ann: Person, bob: Person) -> Undo:
    post = (await instance.write(bob, f"hello @{ann.username}"))["id"]
    return lambda: instance.call("DELETE", f"/api/posts/{post}/", bob, status=204)


async def account(instance: Instance, ann: Person, bob: Person) -> Undo:
    await instance.follow(bob, ann)
    return lambda: delete(instance, bob)


async def one_whom_i_block(instance: Instance, ann: Person, bob: Person) -> Undo:
    await instance.write(bob, f"hello @{ann.username}")
    return lambda: instance.post(f"/api/users/{bob.id}/block/", ann)


DELETED = [reply, post_that_mentions, account, one_whom_i_block]


@asynccontextmanager
async def listening(instance: Instance, person: Person) -> AsyncIterator[Any]:
    async with instance.socket(person) as socket:
        await socket.ready()
        yield socket


@pytest.mark.parametrize("cause", UNDONE + DELETED)
async def test_it_goes_and_every_instance_tells(
    two_instances: tuple[Instance, Instance], db: Database, cause: Cause
) -> None:
    here, there = two_instances
    ann, bob, eve = await here.people("ann", "bob", "eve")
    await here.write(eve, f"hello @{ann.username}")
    async with listening(there, ann) as socket:
        undo = await cause(here, ann, bob)
        created = await socket.next("notification.created")
        assert created["unread_count"] == 2
        id = created["notification"]["id"]
        await undo()
        assert await socket.next("notification.deleted") == {"ids": [id], "unread_count": 1}
        seqs = [seq for seq, _, _ in socket.durable()]
        assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    assert [actor for _, actor, _, _ in await notifications_of(here, ann)] == [eve.id]
    assert await unread(there, ann) == 1
    replayed = {event.name: event.data for event in await replay.read(db, ann.id, 0, 100)}
    assert replayed["notification.deleted"].ids == [id]  # type: ignore[union-attr]


@pytest.mark.parametrize("all_at_once", [False, True])
@pytest.mark.parametrize("cause", UNDONE)
async def test_what_was_read_stays(instance: Instance, cause: Cause, all_at_once: bool) -> None:
    ann, bob = await instance.people("ann", "bob")
    undo = await cause(instance, ann, bob)
    (notice,) = await instance.walk(LIST, ann)
    path = "mark_all_as_read" if all_at_once else f"{notice['id']}/mark_as_read"
    await instance.post(f"{LIST}{path}/", ann)
    await undo()
    (left,) = await instance.walk(LIST, ann)
    assert left == notice | {"read": True, "post": left["post"]}  # whose content may have changed
    assert await unread(instance, ann) == 0


@pytest.mark.parametrize("cause", [like, retweet, follow])
async def test_undone_twice_and_done_again_it_is_there_once(
    instance: Instance, cause: Cause
) -> None:
    ann, bob = await instance.people("ann", "bob")
    undo = await cause(instance, ann, bob)
    for _ in range(2):
        await undo()
        assert await unread(instance, ann) == 0
    again: dict[Cause, str] = {
        like: "posts/{}/like",
        retweet: "posts/{}/retweet",
        follow: "users/{}/follow",
    }
    posts = await instance.walk(f"/api/users/{ann.id}/posts/")
    subject = posts[0]["id"] if posts else ann.id
    for _ in range(2):
        await instance.post(f"/api/{again[cause].format(subject)}/", bob)
    assert await unread(instance, ann) == 1


async def test_an_edit_takes_back_only_the_mentions_that_are_gone(instance: Instance) -> None:
    ann, bob, eve, joe = await instance.people("ann", "bob", "eve", "joe")
    names = [person.username for person in (ann, eve, joe)]
    post = (await instance.write(bob, f"hi @{names[0]} @{names[1]}"))["id"]
    first = await instance.walk(LIST, ann)
    edited = {"content": f"hi @{names[0].upper()} and @{names[2]}"}
    await instance.call("PUT", f"/api/posts/{post}/", bob, json=edited)
    (left,) = await instance.walk(LIST, ann)
    assert left == first[0] | {"post": left["post"]}
    assert left["post"]["content"] == edited["content"]
    assert await notifications_of(instance, eve) == []
    assert await notifications_of(instance, joe) == [("mention", bob.id, post, False)]
    assert [await unread(instance, person) for person in (ann, eve, joe)] == [1, 0, 1]


async def test_taking_a_mention_out_leaves_the_notification_of_the_reply(
    instance: Instance,
) -> None:
    ann, bob = await instance.people("ann", "bob")
    post = (await instance.write(ann, "hello"))["id"]
    answer = (await instance.write(bob, f"@{ann.username} hi", reply_to=post))["id"]
    await instance.call("PUT", f"/api/posts/{answer}/", bob, json={"content": "hi"})
    assert await notifications_of(instance, ann) == [("reply", bob.id, answer, False)]
