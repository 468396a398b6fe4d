"""What is pushed to a program: what its token is for, and of all else nothing but the number."""

import asyncio

import pytest

from storage.events.declaration import DurableEvent
from storage.events.types import EVENTS
from storage.scopes import Scope
from tests.handlers.edges.test_event_streams import events
from tests.handlers.token_helpers import ALL_SCOPES, by_token
from tests.people import Instance, Person
from tests.realtime.delivery.stream_helpers import write
from tests.waiting import until

BUT_MESSAGES = [scope for scope in ALL_SCOPES if scope != "messages:read"]
BUT_POSTS = [scope for scope in ALL_SCOPES if scope != "posts:read"]
BUT_ACCOUNT = [scope for scope in ALL_SCOPES if scope != "account:read"]


async def pair(instance: Instance) -> tuple[Person, Person, int]:
    """Two who follow each other, and their conversation."""
    ann, bob = await instance.people("ann", "bob")
    await instance.follow(ann, bob)
    await instance.follow(bob, ann)
    return ann, bob, await instance.chat(ann, bob)


async def test_a_socket_without_the_scope_is_sent_no_message_live_nor_when_it_comes_back(
    two_instances: tuple[Instance, Instance],
) -> None:
    here, there = two_instances
    ann, bob, room = await pair(here)
    program = await by_token(here, bob, *BUT_MESSAGES)
    async with there.socket(program) as socket, there.socket(bob) as own:
        await own.ready()
        begin = (await socket.ready())["seq"]
        await here.say(ann, room, "for bob alone")
        await own.next("message.created")
        live = await socket.next_envelope("void")
        assert live["seq"] == begin + 1
        assert live["data"] is None
        post = await here.write(bob, "a post")
        await here.post(f"/api/posts/{post['id']}/like/", ann)
        noted = await socket.next_envelope("notification.created")
        assert noted["seq"] == begin + 2
    await here.say(ann, room, "while it was away")
    async with here.socket(program, since=noted["seq"]) as socket:
        assert (await socket.ready())["resume"] == {"status": "resumed", "missed": 1}
        assert (await socket.next_envelope("void"))["seq"] == begin + 3
    async with here.socket(program, since=begin) as socket:
        await until(lambda: len(socket.durable()) == 3)
        assert [name for _, name, _ in socket.durable()] == ["void", "notification.created", "void"]
        assert "for bob alone" not in str(socket.received)


async def test_connection_state_recovery_goes_on_over_what_is_not_to_be_seen(
    instance: Instance,
) -> None:
    ann, bob, room = await pair(instance)
    program = await by_token(instance, bob, *BUT_MESSAGES)
    async with events(instance, program) as stream:
        await stream.next("session.ready")
        first = stream.last_id
        await instance.say(ann, room, "unseen")
        await stream.next("void")
        assert stream.last_id != first
        last = stream.last_id
    await instance.say(ann, room, "unseen, too")
    async with events(instance, program, last=last) as stream:
        ready = await stream.next("session.ready")
        assert ready["resume"] == {"status": "resumed", "missed": 1}
        await stream.next("void")
        assert "unseen" not in str(stream.received)


async def test_typing_is_not_told_to_who_may_not_read_messages(instance: Instance) -> None:
    ann, bob, room = await pair(instance)
    program = await by_token(instance, bob, *BUT_MESSAGES)
    async with (
        instance.socket(ann) as writer,
        instance.socket(program) as socket,
        instance.socket(bob) as own,
    ):
        for each in (writer, socket, own):
            await each.ready()
        await writer.do("typing", {"conversation_id": room, "active": True})
        await own.next("typing")
        await instance.write(ann, "after it")
        await socket.next("post.created")
        assert "typing" not in socket.names()


async def test_who_may_not_read_posts_is_sent_none_and_misses_none(instance: Instance) -> None:
    ann, bob, room = await pair(instance)
    program = await by_token(instance, bob, *BUT_POSTS)
    async with (
        instance.socket(program, feed_since="1") as socket,
        events(instance, program) as stream,
    ):
        assert (await socket.ready())["feed"]["posts"] == []
        await stream.next("session.ready")
        await instance.write(ann, "hidden")
        await instance.say(ann, room, "seen")
        await socket.next("message.created")
        await stream.next("message.created")
        last = stream.last_id
    for number in range(3):
        await write(instance, ann, f"hidden {number}")
    async with events(instance, program, last=last) as stream:
        assert (await stream.next("session.ready"))["resume"]["status"] == "resumed"
        await instance.say(ann, room, "seen again")
        await stream.next("message.created")
        assert "hidden" not in str(stream.received)
    assert "hidden" not in str(socket.received)


async def test_many_posts_that_it_does_not_see_are_no_reset(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    from realtime.delivery import recovery

    monkeypatch.setattr(recovery, "FEED_MAX", 2)
    ann, bob, room = await pair(instance)
    program = await by_token(instance, bob, *BUT_POSTS)
    async with events(instance, program) as stream:
        await stream.next("session.ready")
        await instance.say(ann, room, "one")
        await stream.next("message.created")
        last = stream.last_id
    for number in range(4):
        await write(instance, ann, f"hidden {number}")
    async with events(instance, program, last=last) as stream:
        assert (await stream.next("session.ready"))["resume"]["status"] == "resumed"


async def test_streams_of_posts_are_refused_without_the_scope(instance: Instance) -> None:
    ann = await instance.person("ann")
    program = await by_token(instance, ann, *BUT_POSTS)
    reply = await instance.ask("GET", "/api/stream/?streams=public", program)
    assert (reply.status, reply["code"], reply["scope"]) == (
        403, "insufficient_scope", "posts:read"
    )  # fmt: skip


async def test_the_account_is_not_told_without_the_scope(instance: Instance) -> None:
    ann, bob, room = await pair(instance)
    await instance.say(ann, room, "unread")
    program = await by_token(instance, bob, *BUT_ACCOUNT)
    async with instance.socket(program) as socket, instance.socket(bob) as own:
        told, mine = (await socket.ready())["user"], (await own.ready())["user"]
        assert mine["email"]
        assert mine["unread_messages"] == 1
        assert (told["email"], told["unread_messages"]) == ("", 0)
        assert (told["id"], told["username"]) == (bob.id, bob.username)


async def test_a_login_beside_it_is_sent_all(instance: Instance) -> None:
    ann, bob, room = await pair(instance)
    program = await by_token(instance, bob, "users:read")
    async with instance.socket(program) as socket, instance.socket(bob) as own:
        await asyncio.gather(socket.ready(), own.ready())
        await instance.say(ann, room, "hello")
        assert (await own.next("message.created"))["message"]["content"] == "hello"
        await socket.next("void")


def test_every_event_but_those_of_the_connection_itself_has_a_scope() -> None:
    without = {event.name for event in EVENTS if event.scope is None}
    assert without == {"session.ready", "session.expiring", "session.closing"}
    assert all(isinstance(e.scope, Scope) for e in EVENTS if issubclass(e, DurableEvent))
