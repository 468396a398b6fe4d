"""The AsyncAPI document tells what stock clients hear and are answered."""

from typing import Any

import pytest
import socketio
from jsonschema_rs import ValidationError

from handlers.edges.socketio import COMMANDS
from server.docs import asyncapi
from storage.events.types import EVENTS
from tests.documented import check_ack, check_event, check_refusal
from tests.people import CONNECT_SECONDS, Instance, Person, SocketClient


def references(part: Any) -> list[str]:
    if isinstance(part, list):
        return [found for member in part for found in references(member)]
    if isinstance(part, dict):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + references(list(part.values()))
    return []


def test_every_reference_leads_somewhere() -> None:
    document = asyncapi.document()
    assert references(document)
    for reference in references(document):
        found = document
        for key in reference.removeprefix("#/").split("/"):
            found = found[key]


def test_document_has_every_command_and_every_event_of_the_log() -> None:
    operations = asyncapi.document()["operations"]
    asked = {name for name, operation in operations.items() if operation["action"] == "receive"}
    told = {name for name, operation in operations.items() if operation["action"] == "send"}
    assert asked == {"connect", *(f"command.{name}" for name in COMMANDS)}
    assert told >= {"event.void", *(f"event.{event.name}" for event in EVENTS)}


async def test_document_is_served_as_it_is(instance: Instance) -> None:
    assert (await instance.get("/api/docs/asyncapi.json")).body == asyncapi.document()


def test_what_is_not_documented_is_noticed() -> None:
    event = {"seq": None, "ts": "2026-01-01T00:00:00Z", "data": {"post_id": 1}}
    check_event("post.deleted", event)
    for wrong in ({"seq": 1}, {"ts": "yesterday"}, {"data": {"post_id": 1, "secret": 2}}):
        with pytest.raises(ValidationError):
            check_event("post.deleted", event | wrong)


async def make_some_of_everything(instance: Instance, ann: Person, bob: Person) -> None:
    """Ann does, Bob hears: something of every durable kind."""
    await instance.post(f"/api/users/{ann.id}/follow/", bob)
    await instance.post("/api/posts/", ann, {"content": f"Hello @{bob.username}"})
    direct = await instance.post("/api/messages/", ann, {"participants": [bob.id]})
    send = f"/api/messages/{direct['id']}/send_message/"
    message = await instance.post(send, ann, {"content": "Hi"})
    edited = f"/api/messages/{direct['id']}/messages/{message['id']}/"
    await instance.call("PATCH", edited, ann, json={"content": "Hello"})
    await instance.post(f"/api/messages/{direct['id']}/read/", bob, {"up_to": message["id"]})
    await instance.post(f"/api/messages/{direct['id']}/read/", ann, {"up_to": message["id"]})
    await instance.call("DELETE", edited, ann)
    cem = await instance.person("cem")
    group = await instance.post("/api/messages/", ann, {"participants": [bob.id, cem.id]})
    await instance.call("PATCH", f"/api/messages/{group['id']}/", ann, json={"title": "Three"})
    await instance.post("/api/notifications/mark_all_as_read/", bob)


async def hear_the_last_of(client: SocketClient) -> None:
    """notification.read is the last thing that happens in make_some_of_everything()."""
    await client.next("notification.read")
    for name, envelope in client.received:
        check_event(name, envelope)


HEARD = {
    "relationship.changed", "notification.created", "conversation.created", "message.created",
    "message.updated", "conversation.read", "message.deleted", "conversation.updated",
    "notification.read",
}  # fmt: skip


async def test_events_heard_as_they_happen_are_as_documented(instance: Instance) -> None:
    ann, bob = await instance.person("ann"), await instance.person("bob")
    async with instance.socket(bob) as client:
        await client.ready()
        await make_some_of_everything(instance, ann, bob)
        await hear_the_last_of(client)
        assert {"session.ready", "post.created", *HEARD} <= set(client.names())


async def test_events_read_from_the_log_are_as_documented(instance: Instance) -> None:
    ann, bob = await instance.person("ann"), await instance.person("bob")
    await make_some_of_everything(instance, ann, bob)
    async with instance.socket(bob, since=0, feed_since="0") as client:
        await hear_the_last_of(client)
        assert {"session.ready", *HEARD} <= set(client.names())


async def test_live_events_are_as_documented(instance: Instance) -> None:
    ann, bob = await instance.person("ann"), await instance.person("bob")
    post = await instance.post("/api/posts/", ann, {"content": "Hello"})
    direct = await instance.post("/api/messages/", ann, {"participants": [bob.id]})
    async with instance.socket(bob) as client:
        await client.ready()
        for command, data in (
            ("post.watch", {"ids": [post["id"]]}),
            ("presence.watch", {"user_ids": [ann.id]}),
        ):
            check_ack(command, await client.call(command, data))
        async with instance.socket(ann) as other:
            await other.ready()
            started = {"conversation_id": direct["id"], "active": True}
            check_ack("typing", await other.call("typing", started))
            own = f"/api/posts/{post['id']}/"
            await instance.post(f"{own}like/", bob)
            await client.next("post.counts")
            await instance.call("PUT", own, ann, json={"content": "Bye"})
            await instance.call("DELETE", own, ann)
            await client.next("post.deleted")
        for name, envelope in client.received:
            check_event(name, envelope)
        assert set(client.names()) >= {
            "presence", "typing", "post.counts", "post.updated", "post.deleted"
        }  # fmt: skip


async def test_acks_are_as_documented(instance: Instance) -> None:
    ann, bob = await instance.person("ann"), await instance.person("bob")
    async with instance.socket(ann) as client:
        await client.ready()

        async def done(command: str, data: Any = None) -> Any:
            ack = await client.call(command, data)
            check_ack(command, ack)
            assert ack["ok"], ack
            return ack["data"]

        post = await done("post.create", {"content": "Hello"})
        await done("post.like", {"id": post["id"]})
        await done("feed.list", {"limit": 1})
        await done("user.follow", {"id": bob.id})
        conversation = await done("conversation.create", {"participants": [bob.id]})
        message = {"conversation_id": conversation["id"], "content": "Hi"}
        await done("message.send", message)
        await done("notification.read")
        await done("post.delete", {"id": post["id"]})


async def test_acks_of_what_fails_hold_the_documented_problem(instance: Instance) -> None:
    ann = await instance.person("ann")
    async with instance.socket(ann) as client:
        for command, data, status in (
            ("post.create", {}, 422),
            ("post.create", "text", 400),
            ("post.get", {"id": 2**53 - 1}, 404),
        ):
            ack = await client.call(command, data)
            check_ack(command, ack)
            assert (ack["ok"], ack["error"]["status"]) == (False, status)


async def test_a_refused_connection_is_told_the_documented_problem(instance: Instance) -> None:
    client = socketio.AsyncClient(reconnection=False)
    told: list[Any] = []
    client.on("connect_error", told.append)
    with pytest.raises(socketio.exceptions.ConnectionError):
        await client.connect(
            instance.url,
            auth={"token": "bad"},
            transports=["websocket"],
            wait_timeout=CONNECT_SECONDS,
        )
    check_refusal(told[0])
    assert told[0]["data"]["status"] == 401
