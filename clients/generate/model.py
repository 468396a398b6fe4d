"""What both clients are generated from: operations, shapes and events, out of the two documents."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from server.docs import asyncapi, openapi

JsonSchema = dict[str, Any]

REFERENCE = "#/components/schemas/"
JSON = "application/json"
FORM = "multipart/form-data"
# Of two paths of one operation the first of these is called.
PREFERRED = ("patch", "post", "get", "delete", "put")


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation as a client calls it.

    method and path are None for what only a socket has; is_command: a socket has it; in_query:
    its input goes into the query string; files: inputs that are sent as parts of a form; fields:
    the schema of each input, required ones first; result: None where there is no answer.
    """

    name: str
    summary: str
    method: str | None
    path: str | None
    is_command: bool
    is_open: bool
    in_query: bool
    fields: dict[str, JsonSchema]
    required: frozenset[str]
    files: tuple[str, ...]
    result: JsonSchema | None

    @property
    def is_page(self) -> bool:
        """Whether the result is one page of a list."""
        return self.result is not None and _is_list(self.result)

    @property
    def items(self) -> JsonSchema | None:
        """The schema of what a page lists."""
        found: JsonSchema | None = (
            self.result["properties"]["results"]["items"] if self.result and self.is_page else None
        )
        return found


@dataclass(slots=True)
class Api:
    """All of it, each in the order of the documents."""

    version: str
    operations: list[Operation] = field(default_factory=list)
    shapes: dict[str, JsonSchema] = field(default_factory=dict)
    events: dict[str, JsonSchema] = field(default_factory=dict)


def read_documents() -> Api:
    """Return what the documents of this version of the server say."""
    rest, socket = (
        _inline_pages(document, document["components"]["schemas"])
        for document in (openapi.document().to_dict(), asyncapi.document())
    )
    api = Api(version=rest["info"]["version"])
    messages = socket["channels"]["default"]["messages"]
    commands = {
        name.removeprefix("command."): message["payload"]
        for name, message in messages.items()
        if name.startswith("command.")
    }
    found = dict(_rest_operations(rest, set(commands)))
    for name, payload in commands.items():
        if name not in found:
            found[name] = _command(name, payload, socket, messages[f"ack.{name}"]["payload"])
    api.operations = [found[name] for name in sorted(found)]
    schemas = {**rest["components"]["schemas"], **socket["components"]["schemas"]}
    api.shapes = {name: schemas[name] for name in sorted(schemas) if not _is_list(schemas[name])}
    for name, message in messages.items():
        if set(message["payload"].get("required", ())) == {"seq", "ts", "data"}:
            api.events[name] = message["payload"]["properties"]["data"]
    return api


def _is_list(schema: JsonSchema) -> bool:
    return set(schema.get("properties", ())) == {"results", "next"}


def _inline_pages(part: Any, schemas: dict[str, JsonSchema]) -> Any:
    """Put the schema of a page where it is referred to: the clients have one generic page."""
    if isinstance(part, list):
        return [_inline_pages(member, schemas) for member in part]
    if not isinstance(part, dict):
        return part
    name = str(part.get("$ref", "")).removeprefix(REFERENCE)
    if _is_list(schemas.get(name, {})):
        return schemas[name]
    return {key: _inline_pages(member, schemas) for key, member in part.items()}


def _rest_operations(document: JsonSchema, commands: set[str]) -> Iterator[tuple[str, Operation]]:
    calls: dict[str, list[tuple[str, str, JsonSchema]]] = {}
    ids = {call["operationId"] for path in document["paths"].values() for call in path.values()}
    for path, methods in document["paths"].items():
        for method, call in methods.items():
            if _is_page(call):
                continue
            name = call["operationId"]
            base = name.removesuffix(f".{method}")
            calls.setdefault(base if base in ids else name, []).append((method, path, call))
    for name, ways in calls.items():
        # The administrator's path to what has one of everybody's comes last in the document.
        first = [way for way in ways if way[1].startswith(("/api/admin/",)) is False] or ways
        method, path, call = min(first, key=lambda way: PREFERRED.index(way[0]))
        yield name, _call(name, method, path, call, name in commands)


def _is_page(call: JsonSchema) -> bool:
    """Whether it answers with HTML for people, or with events that do not end, or a WebSocket."""
    if "101" in call["responses"]:
        return True
    content = call["responses"].get("200", {}).get("content", {})
    return bool({"text/html", "text/event-stream"} & content.keys())


def _call(name: str, method: str, path: str, call: JsonSchema, is_command: bool) -> Operation:
    parameters = [one for one in call.get("parameters", ()) if one["in"] in ("path", "query")]
    fields = {one["name"]: _described(one["schema"], one) for one in parameters}
    required = {one["name"] for one in parameters if one["required"]}
    content = call.get("requestBody", {}).get("content", {})
    body = content.get(JSON, content.get(FORM, {})).get("schema", {})
    form = content.get(FORM, {}).get("schema", {})
    files = tuple(
        key for key, value in form.get("properties", {}).items() if value.get("format") == "binary"
    )
    fields |= body.get("properties", {})
    fields |= {key: form["properties"][key] for key in files}
    required |= set(body.get("required", ()))
    return Operation(
        name=name,
        summary=call["summary"],
        method=method.upper(),
        path=path,
        is_command=is_command,
        is_open=call["security"] == [],
        in_query=not content,
        fields=_in_order(fields, required),
        required=frozenset(required),
        files=files,
        result=_result(call),
    )


def _command(name: str, payload: JsonSchema, document: JsonSchema, ack: JsonSchema) -> Operation:
    required = set(payload.get("required", ()))
    data = ack["oneOf"][0]["properties"]["data"]
    return Operation(
        name=name,
        summary=document["operations"][f"command.{name}"]["summary"],
        method=None,
        path=None,
        is_command=True,
        is_open=False,
        in_query=False,
        fields=_in_order(payload.get("properties", {}), required),
        required=frozenset(required),
        files=(),
        result=None if data.get("type") == "null" else data,
    )


def _result(call: JsonSchema) -> JsonSchema | None:
    for status, response in sorted(call["responses"].items()):
        if re.fullmatch("2..", status) and JSON in response.get("content", {}):
            schema: JsonSchema = response["content"][JSON]["schema"]
            return schema
    return None


def _described(schema: JsonSchema, parameter: JsonSchema) -> JsonSchema:
    about = parameter.get("description")
    return {**schema, "description": about} if about else schema


def _in_order(fields: dict[str, JsonSchema], required: set[str]) -> dict[str, JsonSchema]:
    return dict(sorted(fields.items(), key=lambda item: item[0] not in required))
