"""The other way round: what the code has by name, docs/contract.md names."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from handlers.edges.rest.routes import ROUTES, Route
from handlers.edges.socketio import COMMANDS
from handlers.error_codes import ErrorCode
from handlers.operations import REGISTRY
from server.app import FREQUENT, create_app
from server.cli.parser import build_parser
from server.config.load import Config
from server.config.settings import SETTINGS
from server.docs import asyncapi, openapi
from tests.server.docs import contract
from tests.server.docs.contract import Call, Field, Row, normal
from tests.server.docs.test_contract import (
    ASKED,
    CALLS,
    EVENTS,
    ROWS,
    SHAPES,
    dereferenced,
    documented,
    is_page,
    message,
    named,
)

# What the page says of all calls of a kind, beside the tables: of lists, and of errors.
PAGED = {"limit", "cursor"}
ANY = {200, 400, 401, 413, 415, 422, 429, 503}
WITH_ID = {404}
OUT_OF_SCOPE = {"$ref": "#/components/responses/Problem403.insufficient_scope"}

# Stands for itself in the text about errors, and in that about connecting.
PROBLEM = "Problem"
HANDSHAKE = {"connect", "connect_error"}


def row_of(call: Call) -> Row:
    return next(row for row in ROWS if call in row.calls)


def untold(document: dict[str, Any], schema: dict[str, Any], told: list[Field]) -> Iterator[str]:
    """Properties of a schema, and of those within it, that the page does not name."""
    fields = {field.name: field for field in told}
    for variant in schema.get("anyOf", [schema]):
        properties = dereferenced(document, variant).get("properties", {})
        for name, given in properties.items():
            if name not in fields:
                yield name
            elif fields[name].type.startswith("{"):
                yield from untold(document, given, contract.fields(fields[name].type))


def inputs(call: Call) -> set[str]:
    """Fields of the query and the body of a call."""
    found = documented(call)
    parameters = {one["name"] for one in found.get("parameters", []) if one["in"] == "query"}
    for content in found.get("requestBody", {}).get("content", {}).values():
        parameters |= set(content["schema"].get("properties", {}))
    return parameters


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_route_is_on_the_page(route: Route) -> None:
    assert (route.method, normal(route.path)) in {(call.method, call.path) for call in CALLS}


def test_every_operation_can_be_asked_for() -> None:
    assert {route.operation for route in ROUTES} | set(COMMANDS) == set(REGISTRY)


def test_the_paths_that_are_tried_first_are_of_operations() -> None:
    assert {route.operation for route in ROUTES} >= FREQUENT


@pytest.mark.parametrize("call", CALLS, ids=named)
def test_what_a_call_takes_is_on_the_page(call: Call) -> None:
    assert inputs(call) - PAGED <= row_of(call).words


@pytest.mark.parametrize("call", CALLS, ids=named)
def test_what_a_call_may_answer_is_on_the_page(call: Call) -> None:
    answers = documented(call)["responses"]
    answered = {int(status) for status in answers if status != "default"}
    if answers.get("403") == OUT_OF_SCOPE:
        answered.discard(403)
    told = ANY | (WITH_ID if "{}" in call.path else set()) | set(row_of(call).statuses)
    assert answered <= told


def test_every_problem_is_among_the_errors() -> None:
    assert {code.status.value for code in ErrorCode} <= contract.error_statuses()


async def test_what_is_served_beside_the_routes_is_on_the_page(settings: Config) -> None:
    told = {path.removesuffix("...") for path in contract.prose_paths()} - {"/", "/api/"}
    told |= {path for path in contract.ticked(contract.section("## 3. Socket.IO")) if path != "/"}
    known = {normal(route.path) for route in ROUTES}
    for route in create_app(settings).router.routes():
        assert route.resource is not None
        path = route.resource.canonical
        if normal(path) not in known and path != "/":
            assert any(path.startswith(one.removesuffix("/")) for one in told), path


@pytest.mark.parametrize(
    "document", [openapi.document().to_dict(), asyncapi.document()], ids=["openapi", "asyncapi"]
)
def test_every_shape_and_field_is_on_the_page(document: dict[str, Any]) -> None:
    events = {type(None).__name__} | set(of_events())
    for name, schema in document["components"]["schemas"].items():
        if name in events or name == PROBLEM or is_page(name):
            continue
        assert name in SHAPES, name
        assert list(untold(document, schema, SHAPES[name])) == [], name


def of_events() -> Iterator[str]:
    """Schemas that are an event's data, or within that: the table of events tells of them."""
    document = asyncapi.document()
    for name, (_, data) in EVENTS.items():
        given = message(name)["properties"]["data"]
        for variant in given.get("anyOf", [given]):
            found = dereferenced(document, variant)
            yield found.get("title", "")
            for field in data or []:
                if field.type.startswith("{"):
                    yield dereferenced(document, found["properties"][field.name])["title"]


def test_every_event_is_on_the_page() -> None:
    messages = asyncapi.document()["channels"][asyncapi.CHANNEL]["messages"]
    events = {name for name in messages if not name.startswith(("command.", "ack."))}
    assert events - HANDSHAKE == set(EVENTS)


@pytest.mark.parametrize("name", EVENTS)
def test_every_field_of_an_event_is_on_the_page(name: str) -> None:
    _, told = EVENTS[name]
    data = message(name)["properties"]["data"]
    assert list(untold(asyncapi.document(), data, told or [])) == []


def test_every_command_is_on_the_page() -> None:
    assert set(COMMANDS) == set(ASKED)


@pytest.mark.parametrize("name", COMMANDS)
def test_what_a_command_takes_is_on_the_page(name: str) -> None:
    assert list(untold(asyncapi.document(), message(f"command.{name}"), ASKED[name])) == []


def test_what_is_shown_to_connect_is_on_the_page() -> None:
    assert set(message("connect")["properties"]) == {one.name for one in contract.connect()}


def test_every_setting_is_on_the_page() -> None:
    assert {setting.name for setting in SETTINGS} == set(contract.settings())


def test_every_command_of_the_program_is_on_the_page() -> None:
    shown = re.findall(r"^    (\w+)(?: |$)", build_parser().format_help(), re.MULTILINE)
    assert "serve" in shown
    assert set(shown) == {command.name for command in contract.command_line()}
