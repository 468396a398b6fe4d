"""Operations as commands: in the order sent, acknowledged, and the same as over REST."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from marshmallow.fields import List

from handlers.edges.rest.routes import ROUTES
from handlers.edges.socketio import COMMANDS
from handlers.operations import REGISTRY
from storage.database.pool import Database
from storage.messaging import messages
from tests.handlers.media.image_helpers import encoded, form, halves, send
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

ONLY_SOCKETS = {
    "typing",
    "presence.watch",
    "post.watch",
    "post.unwatch",
    "stream.subscribe",
    "stream.unsubscribe",
    "session.refresh",
}
ROUTE = {route.operation: route for route in ROUTES}
# Moments, and ids, that differ between two calls of the same kind.
OF_THEIR_OWN = {
    *("created_at", "updated_at", "edited_at", "expires_at", "ends_at", "id", "token", "ts"),
    *("url", "preview_url"),
    *("at", "message_id", "next_attempt_at", "previous_secret_until", "secret", "webhook_id"),
}


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

    async def group(self) -> int:
        return await self.instance.chat(self.me, self.other, title="ours")

    async def group_of_other(self) -> int:
        return await self.instance.chat(self.other, self.me, title="theirs")

    async def left(self, group: int, by: Person) -> dict[str, Any]:
        """Somebody has left a group and is asked to come back."""
        path = f"/api/messages/{group}/"
        host = self.other if by is self.me else self.me
        await self.instance.call("PATCH", path, by, json={"leave": True})
        await self.instance.call("PATCH", path, host, json={"add": [by.id]})
        return {"conversation_id": group, "user_id": by.id}

    async def link(self, group: int, by: Person, **more: Any) -> dict[str, Any]:
        made = await self.instance.post(f"/api/messages/{group}/links/", by, more)
        return {"conversation_id": group, "id": made["id"], "token": made["token"]}

    async def request(self) -> dict[str, Any]:
        """Somebody asks to join."""
        group = await self.group()
        link = await self.link(group, self.me, needs_approval=True)
        asking = await self.instance.person("asking")
        await self.instance.post("/api/messages/join/", asking, {"token": link["token"]})
        return {"conversation_id": group, "user_id": asking.id}

    async def nothing(self) -> dict[str, Any]:
        return {}


Given = Callable[[Stage], Awaitable[dict[str, Any]]]


def with_content(given: Given) -> Given:
    async def more(stage: Stage) -> dict[str, Any]:
        return await given(stage) | {"content": "said"}

    return more


async def content(stage: Stage) -> dict[str, Any]:
    return {"content": "said"}


async def words(stage: Stage) -> dict[str, Any]:
    await stage.message(stage.other)
    return {"q": "hi"}


async def participants(stage: Stage) -> dict[str, Any]:
    return {"participants": [(await stage.user())["id"]]}


async def own_message(stage: Stage) -> dict[str, Any]:
    return await stage.message(stage.me)


async def reaction(stage: Stage) -> dict[str, Any]:
    return await own_message(stage) | {"emoji": "👍"}


async def in_group(stage: Stage) -> dict[str, Any]:
    return {"conversation_id": await stage.group()}


async def other_in_group(stage: Stage) -> dict[str, Any]:
    return await in_group(stage) | {"user_id": stage.other.id}


async def role(stage: Stage) -> dict[str, Any]:
    return await other_in_group(stage) | {"role": "admin"}


async def settings(stage: Stage) -> dict[str, Any]:
    return await in_group(stage) | {"title": "new", "who_may_add": "admins"}


async def invited(stage: Stage) -> dict[str, Any]:
    asked = await stage.left(await stage.group_of_other(), stage.me)
    return {"conversation_id": asked["conversation_id"]}


async def inviting(stage: Stage) -> dict[str, Any]:
    return await stage.left(await stage.group(), stage.other)


async def message_request(stage: Stage) -> dict[str, Any]:
    """Somebody has written to me, whom I do not follow."""
    account, asking = "/api/users/me/", await stage.instance.person("asking")
    for who in ("requests", "everybody"):
        json = {"who_may_write_to_me": who}
        await stage.instance.call("PATCH", account, stage.me, json=json)
        request = await stage.instance.chat(asking, stage.me)
    await stage.instance.say(asking, request, "hi")
    return {"conversation_id": request}


async def own_link(stage: Stage) -> dict[str, Any]:
    link = await stage.link(await stage.group(), stage.me)
    return {"conversation_id": link["conversation_id"], "id": link["id"]}


async def new_link(stage: Stage) -> dict[str, Any]:
    return await in_group(stage) | {"name": "friends", "max_uses": 3, "expires_in": 60}


async def token(stage: Stage) -> dict[str, Any]:
    group = await stage.instance.chat(stage.other, await stage.instance.person("x"), title="x")
    return {"token": (await stage.link(group, stage.other))["token"]}


async def picture(stage: Stage) -> dict[str, Any]:
    data = form("file", encoded(halves(), "PNG"))
    return {"id": (await send(stage.instance, "POST", "/api/media/", stage.me, data, 201))["id"]}


async def incoming_wanted(stage: Stage) -> dict[str, Any]:
    return {"name": "bot"}


async def incoming(stage: Stage) -> dict[str, Any]:
    made = await stage.instance.post("/api/webhooks/incoming/", stage.me, {"name": "bot"})
    return {"id": made["id"]}


async def webhook_wanted(stage: Stage) -> dict[str, Any]:
    return {"url": "https://example.org/", "events": ["message.created"]}


async def webhook(stage: Stage) -> dict[str, Any]:
    made = await stage.instance.post("/api/webhooks/", stage.me, await webhook_wanted(stage))
    return {"id": made["id"]}


async def delivery(stage: Stage) -> dict[str, Any]:
    made = await webhook(stage)
    tested = await stage.instance.post(f"/api/webhooks/{made['id']}/test/", stage.me)
    return made | {"delivery_id": tested["id"]}


async def described(stage: Stage) -> dict[str, Any]:
    return await picture(stage) | {"alt": "red and blue"}


async def quoted(stage: Stage) -> dict[str, Any]:
    """A post of the other's that quotes one's own."""
    made = await stage.instance.write(stage.other, "look", quote_id=(await stage.mine())["id"])
    return {"id": made["id"]}


async def choice(stage: Stage) -> dict[str, Any]:
    poll = {"options": ["yes", "no"], "expires_in": 300}
    post = await stage.instance.write(stage.other, "?", poll=poll)
    return {"id": post["id"], "choices": [1]}


async def nothing_given(stage: Stage) -> dict[str, Any]:
    return {}


async def word(stage: Stage) -> dict[str, Any]:
    return {"text": "spoiler", "contexts": ["feed"], "action": "hide", "expires_in": 3600}


async def own_word(stage: Stage) -> dict[str, Any]:
    path = "/api/users/me/muted_words/"
    return {"id": (await stage.instance.post(path, stage.me, await word(stage)))["id"]}


async def another_word(stage: Stage) -> dict[str, Any]:
    path = "/api/users/me/muted_words/"
    count = len((await stage.instance.get(path, stage.me))["results"])
    return {"id": (await stage.instance.post(path, stage.me, {"text": f"word{count}"}))["id"]}


EXAMPLES: dict[str, Given] = {
    "muted_word.list": nothing_given,
    "muted_word.add": word,
    "muted_word.update": own_word,
    "muted_word.remove": another_word,
    "poll.vote": choice,
    "media.get": picture,
    "media.update": described,
    "conversation.update": settings,
    "conversation.set_role": role,
    "conversation.remove": other_in_group,
    "conversation.ban": other_in_group,
    "conversation.unban": other_in_group,
    "conversation.bans": in_group,
    "conversation.invitations": in_group,
    "conversation.uninvite": inviting,
    "conversation.join_requests": in_group,
    "conversation.approve": Stage.request,
    "conversation.refuse": Stage.request,
    "message_request.list": Stage.nothing,
    "message_request.unread_count": Stage.nothing,
    "message_request.accept": message_request,
    "message_request.decline": message_request,
    "invitation.list": Stage.nothing,
    "invitation.accept": invited,
    "invitation.decline": invited,
    "group_link.list": own_link,
    "group_link.create": new_link,
    "group_link.revoke": own_link,
    "group_link.preview": token,
    "group_link.join": token,
    "incoming_webhook.create": incoming_wanted,
    "incoming_webhook.list": Stage.nothing,
    "incoming_webhook.revoke": incoming,
    "webhook.create": webhook_wanted,
    "webhook.list": Stage.nothing,
    "webhook.get": webhook,
    "webhook.update": webhook,
    "webhook.rotate_secret": webhook,
    "webhook.test": webhook,
    "webhook.deliveries": webhook,
    "webhook.redeliver": delivery,
    "webhook.delete": webhook,
    "post.create": content,
    "post.update": with_content(Stage.mine),
    "post.delete": Stage.mine,
    "post.get": Stage.theirs,
    "post.pin": Stage.mine,
    "post.revoke_quote": quoted,
    "feed.list": Stage.nothing,
    "conversation.create": participants,
    "conversation.list": Stage.nothing,
    "conversation.read": Stage.received,
    "message.send": with_content(Stage.room),
    "message.list": Stage.room,
    "message.search": words,
    "message.update": with_content(own_message),
    "message.delete": own_message,
    "message.react": reaction,
    "message.unreact": reaction,
    "reaction.list": own_message,
    "message.pin": own_message,
    "message.unpin": own_message,
    "pin.list": Stage.room,
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
        query = f"?{urlencode(body)}" if body else ""
        return (await stage.instance.get(path + query, stage.me)).body
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
    await asyncio.wait_for(begun.wait(), 20)
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
