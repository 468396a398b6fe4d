"""Operations as commands: in the order sent, acknowledged, and the same as over REST."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import pytest
from marshmallow.fields import List

from handlers.edges.rest.routes import ROUTES
from handlers.edges.socketio import COMMANDS
from handlers.operations import REGISTRY
from storage.database.pool import Database
from storage.messaging import messages
from tests.people import Instance, Person
from tests.realtime.message_helpers import (
    conversation,
    entries,
    hears_durable,
    log_of,
    numbers,
    send_many,
)
from tests.waiting import until

ONLY_SOCKETS = {"typing", "presence.watch", "post.watch", "post.unwatch", "session.refresh"}
ROUTE = {route.operation: route for route in ROUTES}
# Moments, and ids, that differ between two calls of the same kind.
OF_THEIR_OWN = {"created_at", "updated_at", "edited_at", "id", "ts"}


class Stage:
    """What commands are tried on: each call of a helper makes something new."""

    def __init__(self, instance: Instance, me: Person, other: Person) -> None:
        self.instance = instance
        self.me = me
        self.other = other

    async def mine(self) -> dict[str, Any]:
        body = {"content": "mine"}
        return {"id": (await self.instance.post("/api/posts/", self.me, body))["id"]}

    async def theirs(self) -> dict[str, Any]:
        body = {"content": "theirs"}
        return {"id": (await self.instance.post("/api/posts/", self.other, body))["id"]}

    async def user(self) -> dict[str, Any]:
        return {"id": (await self.instance.person("somebody")).id}

    async def room(self) -> dict[str, Any]:
        return {"conversation_id": await conversation(self.instance, self.me, self.other)}

    async def message(self, by: Person) -> dict[str, Any]:
        room = (await self.room())["conversation_id"]
        path = f"/api/messages/{room}/send_message/"
        sent = await self.instance.post(path, by, {"content": "hi"})
        return {"id": sent["id"], "conversation_id": room}

    async def received(self) -> dict[str, Any]:
        message = await self.message(self.other)
        return {"conversation_id": message["conversation_id"], "up_to": message["id"]}

    async def nothing(self) -> dict[str, Any]:
        return {}


Given = Callable[[Stage], Awaitable[dict[str, Any]]]


def with_content(given: Given) -> Given:
    async def more(stage: Stage) -> dict[str, Any]:
        return await given(stage) | {"content": "said"}

    return more


async def content(stage: Stage) -> dict[str, Any]:
    return {"content": "said"}


async def participants(stage: Stage) -> dict[str, Any]:
    return {"participants": [(await stage.user())["id"]]}


async def own_message(stage: Stage) -> dict[str, Any]:
    return await stage.message(stage.me)


EXAMPLES: dict[str, Given] = {
    "post.create": content,
    "post.update": with_content(Stage.mine),
    "post.delete": Stage.mine,
    "post.get": Stage.theirs,
    "feed.list": Stage.nothing,
    "conversation.create": participants,
    "conversation.list": Stage.nothing,
    "conversation.read": Stage.received,
    "message.send": with_content(Stage.room),
    "message.list": Stage.room,
    "message.update": with_content(own_message),
    "message.delete": own_message,
    "notification.list": Stage.nothing,
    "notification.read": Stage.nothing,
}


def example(name: str) -> Given:
    if name in EXAMPLES:
        return EXAMPLES[name]
    return Stage.theirs if name.startswith("post.") else Stage.user


async def over_rest(stage: Stage, name: str, given: dict[str, Any]) -> Any:
    route = ROUTE[name]
    path = route.path
    body = dict(given)
    for field in [part[1:-1] for part in path.split("/") if part.startswith("{")]:
        found = "id" if field == "message_id" else field
        path = path.replace(f"{{{field}}}", str(body.pop(found)))
    if route.method == "GET":
        return (await stage.instance.get(path, stage.me)).body
    reply = await stage.instance.call(route.method, path, stage.me, json=body)
    return reply.body or None


def alike(value: Any) -> Any:
    """Without what two calls can never have in common."""
    if isinstance(value, dict):
        return {k: type(v) if k in OF_THEIR_OWN else alike(v) for k, v in value.items()}
    return [alike(one) for one in value] if isinstance(value, list) else value


@pytest.fixture
async def stage(instance: Instance) -> Stage:
    return Stage(instance, await instance.person("me"), await instance.person("other"))


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in ONLY_SOCKETS])
async def test_command_answers_what_its_route_does(stage: Stage, name: str) -> None:
    command, route = await example(name)(stage), await example(name)(stage)
    reading = ROUTE[name].method == "GET"
    async with stage.instance.socket(stage.me) as client:
        ack = await client.call(name, {k: v for k, v in command.items() if k in taken(name)})
    twin = await over_rest(stage, name, command if reading else route)
    assert ack["ok"], ack
    if reading:
        assert ack["data"] == twin
        return
    expected = told_apart(alike(twin), route, command)
    assert told_apart(alike(ack["data"]), command, command) == expected


def taken(name: str) -> set[str]:
    return set(REGISTRY[name].request_schema.fields)


def told_apart(value: Any, theirs: dict[str, Any], ours: dict[str, Any]) -> Any:
    """Names and counts follow from which of two users it was about."""
    if isinstance(value, dict):
        hidden = {"username", "display_name", "conversation_id", "unread_count"}
        return {
            k: type(v) if k in hidden else told_apart(v, theirs, ours) for k, v in value.items()
        }
    return [told_apart(one, theirs, ours) for one in value] if isinstance(value, list) else value


async def test_what_goes_wrong_is_acknowledged_with_a_problem(stage: Stage) -> None:
    async with stage.instance.socket(stage.me) as client:
        for name, given, status in [
            ("post.get", {"id": 2**53 - 1}, 404),
            ("post.get", {"id": "1"}, 422),
            ("post.get", {}, 422),
            ("post.get", {"id": 1, "more": 1}, 422),
            ("post.get", None, 422),
            ("post.update", await stage.theirs() | {"content": "x"}, 403),
            ("no.such.command", {}, 404),
            ("user.register", {}, 404),
            ("__class__", {}, 404),
            ("post.get", [1], 400),
            ("post.get", "text", 400),
            ("post.get", 7, 400),
            ("post.get", ({"id": 1}, {"id": 2}), 400),
        ]:
            ack = await client.call(name, given)
            assert ack["ok"] is False, (name, given)
            assert ack["error"]["status"] == status, (name, given)
            assert {"type", "title", "detail"} <= ack["error"].keys()
            assert ("errors" in ack["error"]) == (status == 422)
        assert (await client.call("feed.list", ()))["ok"]
        await client.client.emit("post.create", {"content": "without an ack"})
        await client.next("post.created")


LISTS = [
    (name, field)
    for name in COMMANDS
    for field, kind in REGISTRY[name].request_schema.fields.items()
    if isinstance(kind, List)
]


@pytest.mark.parametrize(("name", "field"), LISTS)
async def test_a_list_that_is_too_long_is_refused_without_a_look_at_what_is_in_it(
    stage: Stage, name: str, field: str
) -> None:
    async with stage.instance.socket(stage.me) as socket:
        ack = await socket.call(name, {field: ["no id"] * 5_000})
        assert ack["error"]["code"] == "invalid"
        assert len(ack["error"]["errors"][field]) == 1
        assert f"{field}.0" not in ack["error"]["errors"]


@pytest.mark.parametrize("transports", [["websocket"], ["polling"]])
async def test_fifty_sends_without_waiting_are_carried_out_in_the_order_sent(
    stage: Stage, db: Database, transports: list[str]
) -> None:
    room = await conversation(stage.instance, stage.me, stage.other)
    acks: list[Any] = []
    async with (
        stage.instance.socket(stage.me, transports=list(transports)) as client,
        stage.instance.socket(stage.other, transports=list(transports)) as hears,
    ):
        await hears.ready()
        for number in range(50):
            order = {"conversation_id": room, "content": str(number)}
            await client.client.emit("message.send", order, callback=acks.append)
        await until(lambda: len(acks) == 50, 10)
        assert [ack["data"]["content"] for ack in acks] == [str(n) for n in range(50)]
        await until(lambda: len(hears.durable()) == 50)
    stored = await stage.instance.walk(f"/api/messages/{room}/messages/", stage.me)
    assert [one["content"] for one in stored] == [str(n) for n in reversed(range(50))]
    assert entries(hears.durable()) == (await log_of(db, stage.other.id))[1:]


async def test_a_quick_command_waits_for_the_slow_one_before_it_and_for_no_other_socket(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await conversation(stage.instance, stage.me, stage.other)
    go_on = asyncio.Event()
    send = messages.send

    async def slow(*args: Any) -> Any:
        if args[3] == "slow":
            await go_on.wait()
        return await send(*args)

    monkeypatch.setattr(messages, "send", slow)
    acks: list[Any] = []
    async with stage.instance.socket(stage.me) as client, stage.instance.socket(stage.me) as others:
        order = {"conversation_id": room, "content": "slow"}
        await client.client.emit("message.send", order, callback=acks.append)
        await client.client.emit("message.list", {"conversation_id": room}, callback=acks.append)
        await others.do("message.send", {"conversation_id": room, "content": "by another"})
        assert acks == []
        go_on.set()
        await until(lambda: len(acks) == 2)
        listed = [one["content"] for one in acks[1]["data"]["results"]]
        assert listed == ["slow", "by another"]


async def test_commands_posted_at_the_same_time_are_carried_out_in_the_order_posted(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await conversation(stage.instance, stage.me, stage.other)
    begun, go_on, done = asyncio.Event(), asyncio.Event(), []
    send = messages.send

    async def slow_at_first(*args: Any) -> Any:
        if args[3] == "first":
            begun.set()
            await go_on.wait()
        done.append(args[3])
        return await send(*args)

    monkeypatch.setattr(messages, "send", slow_at_first)
    polling = f"{stage.instance.url}/socket.io/?EIO=4&transport=polling"
    http = stage.instance.http
    async with http.get(polling) as answer:
        session = f"{polling}&sid={orjson.loads((await answer.text())[1:])['sid']}"
    await http.post(session, data=f'40{{"token":"{stage.me.access}"}}')

    def order(content: str) -> asyncio.Task[Any]:
        given = orjson.dumps({"conversation_id": room, "content": content}).decode()
        return asyncio.create_task(
            http.post(session, data=f'42["message.send",{given}]').__aenter__()
        )

    first = order("first")
    await asyncio.wait_for(begun.wait(), 5)
    second = order("second")
    for _ in range(2):  # asked after it, and answered before it
        await stage.instance.get("/api/users/me/", stage.me)
    assert not second.done()
    go_on.set()
    await asyncio.gather(first, second)
    assert done == ["first", "second"]


async def test_events_flow_without_loss_or_repeat_while_polling_turns_into_websocket(
    stage: Stage, db: Database
) -> None:
    instance = stage.instance
    room = await conversation(instance, stage.me, stage.other)
    for _ in range(3):
        writing = asyncio.create_task(
            send_many(instance, stage.other, room, [str(n) for n in range(40)], 2)
        )
        async with instance.socket(stage.me, transports=["polling", "websocket"]) as client:
            begun = (await client.ready())["seq"]
            await writing
            assert client.client.transport() == "websocket"
            last = (await log_of(db, stage.me.id))[-1][0]
            count = last - begun
            await hears_durable(client, count)
            assert numbers(client.durable()) == list(range(begun + 1, last + 1))


async def test_a_client_that_only_polls_hears_all_in_order(stage: Stage, db: Database) -> None:
    room = await conversation(stage.instance, stage.me, stage.other)
    async with stage.instance.socket(stage.me, transports=["polling"], since=0) as client:
        await send_many(stage.instance, stage.other, room, [str(n) for n in range(60)])
        await until(lambda: len(client.durable()) == 61)
        assert client.client.transport() == "polling"
        assert entries(client.durable()) == await log_of(db, stage.me.id)
