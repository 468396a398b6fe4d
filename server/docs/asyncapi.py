"""The AsyncAPI document of the Socket.IO API: events, commands and their acks."""

from functools import cache
from typing import Any

from handlers.edges.socketio import COMMANDS
from handlers.operation import Operation
from handlers.operations import REGISTRY
from server.docs import problems, results
from server.docs.about import INFO, described
from server.docs.inputs import Inputs
from server.docs.schemas import JsonSchema, Shapes, or_null, plain
from storage.events.declaration import DurableEvent, Event
from storage.events.types import EVENTS, TOMBSTONE

ASYNCAPI_VERSION = "3.1.0"
JSON_SCHEMA_OPENAPI = "3.1.0"  # the first OpenAPI version whose schemas are JSON Schema
CHANNEL = "default"

ABOUT = """
Any stock Socket.IO v4 client may connect. A command is an event that the client emits with one
object and an ack. A socket's commands are carried out in the order sent, and are the operations
that [the REST API](/api/docs/openapi.json) has.

An event is one object {seq, ts, data}. Durable events are numbered: on one socket `seq` rises by
exactly 1 from event to event, and a client that comes back with the last one as `since` receives
what it missed. Live events have no number and go to those who are connected.

What goes wrong is answered as problem details (RFC 9457) with a [code](/docs/errors/), in acks and
in refused connections.

A plain WebSocket at /api/ws/ has the same events as JSON frames {event, seq, ts, data}, and the
same commands: {id, command, data} is answered {id, result} or {id, problem}.
"""
SERVERS: dict[str, Any] = {
    "here": {
        "host": "{host}",
        "pathname": "/socket.io/",
        "protocol": "wss",
        "description": "The server that this document is from; `ws` where it is not by https.",
        "variables": {
            "host": {"default": "127.0.0.1:8000", "description": "As in the address of this."}
        },
    }
}
TAGS = {
    "connection": "Opening a session on a socket, anew or where the last one ended.",
    "events": "What the server tells.",
    "commands": "What clients ask for, each with an ack.",
}
ABOUT_CONNECT = "What a client shows when it connects; it is let in, or refused for good."
ABOUT_TOMBSTONE = (
    "Something that is no longer yours to see, or not your token's: only its number counts."
)
CONNECT: JsonSchema = {
    "type": "object",
    "required": ["token"],
    "properties": {
        "token": {
            "type": "string",
            "description": "An access token of a login, or a personal one: what that may not see,"
            " it is not sent.",
        },
        "since": {
            "type": ["integer", "null"],
            "minimum": 0,
            "description": "The `seq` of the last event received: those since then come first.",
        },
        "epoch": {
            "type": ["string", "null"],
            "description": "As session.ready had it; of another, `since` means nothing.",
        },
        "feed_since": {
            "type": ["string", "null"],
            "description": "The newest feed cursor seen, in session.ready or post.created.",
        },
        "recovery": {
            "type": ["boolean", "null"],
            "description": "true: the stock client's connection state recovery. The CONNECT of the "
            "server has a `pid` then, and what takes the client further a second argument.",
        },
        "pid": {
            "type": ["string", "null"],
            "description": "Given back by stock clients with the offset: that of the last CONNECT.",
        },
        "offset": {
            "type": ["string", "null"],
            "description": "That of the last event which had one. It counts instead of `since`, "
            "`epoch` and `feed_since`; of another user, another epoch or malformed, it is a reset.",
        },
    },
}


@cache
def document() -> dict[str, Any]:
    """Return the AsyncAPI document, made of the events and the operations."""
    shapes, inputs = Shapes(or_null), Inputs(JSON_SCHEMA_OPENAPI)
    events = {name: _message(name, *found) for name, found in _events(shapes).items()}
    commands, operations = _commands(shapes, inputs)
    connect, refused = _message("connect", CONNECT), _message("connect_error", _refusal())
    messages = {"connect": connect, "connect_error": refused, **events, **commands}
    return {
        "asyncapi": ASYNCAPI_VERSION,
        "info": {**INFO, "description": plain(ABOUT), "tags": _tags(*TAGS)},
        "servers": SERVERS,
        "defaultContentType": "application/json",
        "channels": {
            CHANNEL: {
                "address": "/",
                "title": "The default namespace",
                "description": "Of Socket.IO at the path /socket.io/.",
                "messages": messages,
            }
        },
        "operations": {
            "connect": _operation("receive", "connect", "session.ready", "connect_error")
            | {"description": ABOUT_CONNECT, "tags": _tags("connection")},
            **{
                f"event.{name}": _operation("send", name)
                | {"description": message["description"], "tags": _tags("events")}
                for name, message in events.items()
            },
            **operations,
        },
        "components": {
            "schemas": shapes.components | {"Problem": problems.schema(in_ack=True)},
            "tags": {name: {"name": name, "description": about} for name, about in TAGS.items()},
        },
    }


def _events(shapes: Shapes) -> dict[str, tuple[JsonSchema, str]]:
    """Describe all events: by name, the envelope and what it is."""
    kinds: dict[str, list[type[Event]]] = {}
    for event in EVENTS:
        kinds.setdefault(event.name, []).append(event)
    described_events = {}
    for name, alike in kinds.items():
        data = [_data(shapes, event) for event in alike]
        described_events[name] = (
            _envelope(data[0] if len(data) == 1 else {"anyOf": data}, _seq(alike[0])),
            "\n\n".join(_about(event) for event in alike),
        )
    tombstone = _envelope({"type": "null"}, _seq(DurableEvent))
    return described_events | {TOMBSTONE: (tombstone, ABOUT_TOMBSTONE)}


def _data(shapes: Shapes, event: type[Event]) -> JsonSchema:
    reference = shapes.of(event)
    if event.added:
        component = shapes.components[event.__name__]
        component["properties"] |= {
            name: {"type": "string", "description": about} for name, about in event.added.items()
        }
        component["required"] += event.added
    return reference


def _about(event: type[Event]) -> str:
    about = f"{plain(event.__doc__ or '')}\n\nReceived by {event.audience.value}."
    if event.scope is None:
        return about
    instead = f" `{TOMBSTONE}` comes in its place." if issubclass(event, DurableEvent) else ""
    return (
        f"{about} With a personal access token only by the scope `{event.scope.value}`, else"
        f"{instead or ' it does not come.'}"
    )


def _seq(event: type[Event]) -> JsonSchema:
    if issubclass(event, DurableEvent):
        return {"type": "integer", "minimum": 1, "description": "Its number in the user's log."}
    return {"type": "null", "description": "It is not numbered."}


def _envelope(data: JsonSchema, seq: JsonSchema) -> JsonSchema:
    return {
        "type": "object",
        "required": ["seq", "ts", "data"],
        "properties": {"seq": seq, "ts": {"type": "string", "format": "date-time"}, "data": data},
    }


def _commands(shapes: Shapes, inputs: Inputs) -> tuple[dict[str, Any], dict[str, Any]]:
    """Describe all commands and their acks, and the operations that pair them."""
    messages: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for name in COMMANDS:
        operation = REGISTRY[name]
        asked, answered = f"command.{name}", f"ack.{name}"
        messages[asked] = _message(name, inputs.whole(operation.request_schema))
        messages[answered] = _message(f"{name} ack", _ack(shapes, operation))
        operations[asked] = _operation("receive", asked, answered) | described(operation)
        operations[asked]["tags"] = _tags("commands")
    return messages, operations


def _tags(*names: str) -> list[dict[str, str]]:
    return [{"$ref": f"#/components/tags/{name}"} for name in names]


def _ack(shapes: Shapes, operation: Operation) -> JsonSchema:
    data = results.schema(shapes, operation, "The cursor of the following page.")
    return {
        "oneOf": [
            _object(ok={"type": "boolean", "const": True}, data=data),
            _object(
                ok={"type": "boolean", "const": False},
                error={"$ref": "#/components/schemas/Problem"},
            ),
        ]
    }


def _refusal() -> JsonSchema:
    return _object(message={"type": "string"}, data={"$ref": "#/components/schemas/Problem"})


def _object(**properties: JsonSchema) -> JsonSchema:
    return {"type": "object", "required": list(properties), "properties": properties}


def _message(name: str, payload: JsonSchema, description: str = "") -> dict[str, Any]:
    message = {"name": name, "payload": payload}
    return message | {"description": description} if description else message


def _operation(action: str, message: str, *replies: str) -> dict[str, Any]:
    """As the server sees it: it sends events, and receives commands and replies to them."""
    channel = {"$ref": f"#/channels/{CHANNEL}"}
    operation = {"action": action, "channel": channel, "messages": [_reference(message)]}
    if replies:
        answers = [_reference(reply) for reply in replies]
        operation["reply"] = {"channel": channel, "messages": answers}
    return operation


def _reference(message: str) -> dict[str, str]:
    return {"$ref": f"#/channels/{CHANNEL}/messages/{message}"}
