"""What docs/contract.md promises by name is there, under that name, and documented."""

import re
from dataclasses import fields
from typing import Any

import pytest

from handlers.edges.rest.routes import ROUTES
from handlers.edges.socketio import COMMANDS
from server.app import create_app
from server.cli.parser import build_parser
from server.config.load import Config
from server.config.settings import SETTINGS
from server.docs import asyncapi, openapi
from server.docs.schemas import PAGE
from storage.events.session import Feed, Resume
from storage.events.types import EVENTS as DECLARED
from storage.events.types import TOMBSTONE
from storage.records import Me, Post, User, UserRef
from tests.server.docs import contract
from tests.server.docs.contract import Call, Command, Field, Row, normal

ROWS = contract.rows()
CALLS = [call for row in ROWS for call in row.calls]
SHAPES = contract.shapes()
EVENTS = contract.events()
ASKED = contract.commands()

# Shapes of REST that no event or command has, but for those below; and the other way round.
IN_BOTH = {"UserRef", "Me", "Post", "Notification", "Conversation", "Message"}
ONLY_OF_SOCKETS = {"StreamSubscribed", "Counts", "ExpiresAt"}

# The types of the page as those of JSON Schema.
PLAIN = {"id": "integer", "int": "integer", "str": "string", "bool": "boolean"}


def named(value: Any) -> str | None:
    return str(value) if isinstance(value, Call) else None


def documented(call: Call) -> dict[str, Any]:
    """What OpenAPI says of a call."""
    for path, item in openapi.document().to_dict()["paths"].items():
        if normal(path) == call.path and call.method.lower() in item:
            return dict(item[call.method.lower()])
    raise AssertionError(f"{call} is not in the OpenAPI document")


def is_open(call: Call) -> bool:
    security = documented(call)["security"]
    return security == [] or {} in security


def message(key: str) -> dict[str, Any]:
    """The payload that AsyncAPI gives for a message."""
    messages = asyncapi.document()["channels"][asyncapi.CHANNEL]["messages"]
    assert key in messages
    return dict(messages[key]["payload"])


def holds(document: dict[str, Any], schema: dict[str, Any], promised: list[Field]) -> None:
    """Every promised field is one of the schema, of the type that the page gives."""
    variants = [dereferenced(document, one) for one in schema.get("anyOf", [schema])]
    for one in promised:
        found = [variant["properties"].get(one.name) for variant in variants]
        assert any(found) if one.optional else all(found), f"{one.name} is missing"
        for given in filter(None, found):
            choices = alternatives(document, given)
            if one.nullable:
                assert {"null"} <= {choice.get("type") for choice in choices}, one
            kinds = [choice for choice in choices if choice.get("type") != "null"]
            assert not one.type or any(is_a(document, kind, one.type) for kind in kinds), one


def dereferenced(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    name = schema["$ref"].rpartition("/")[2]
    return {"title": name, **document["components"]["schemas"][name]}


def alternatives(document: dict[str, Any], schema: dict[str, Any]) -> list[dict[str, Any]]:
    """What a value may be, null by its name, in either document."""
    null: dict[str, Any] = {"type": "null"}
    choices = [dereferenced(document, one) for one in schema.get("anyOf", [schema])]
    choices = [null if one.get("enum") == [None] else one for one in choices]
    return choices + [null for one in choices if one.get("nullable")]


def is_a(document: dict[str, Any], schema: dict[str, Any], kind: str) -> bool:
    if kind.startswith("["):
        items = dereferenced(document, schema.get("items", {}))
        return schema.get("type") == "array" and (
            kind == "[..]" or is_a(document, items, kind[1:-1])
        )
    if kind.startswith("{"):
        holds(document, schema, contract.fields(kind))
        return True
    if kind.startswith('"'):
        return set(schema.get("enum", [])) == {one.strip('"') for one in kind.split("|")}
    if kind in PLAIN:
        return bool(schema.get("type") == PLAIN[kind])
    return schema.get("title") == kind


def documented_shapes() -> set[str]:
    """Of both documents; a problem and the data of an event are told of elsewhere on the page."""
    documents = openapi.document().to_dict(), asyncapi.document()
    found = {name for document in documents for name in document["components"]["schemas"]}
    told_elsewhere = {
        "Problem",
        Feed.__name__,
        Resume.__name__,
        *(kind.__name__ for kind in DECLARED),
    }
    return {name for name in found - told_elsewhere if not is_page(name)}


def is_page(name: str) -> bool:
    """Whether it is one page of a list, which the page tells of once for all."""
    return name.endswith(PAGE)


def test_the_page_is_read_to_the_end() -> None:
    """So that a table that is no longer found does not pass for one that holds.

    What the code can count is counted there: an addition to both changes no number here.
    """
    assert len(CALLS) == len(ROUTES)
    assert {str(call) for call in CALLS} >= {
        "POST /api/users/{}/unfollow/", "POST /api/users/password/reset/confirm/",
        "GET /api/users/profiles/my_profile/", "PATCH /api/users/profiles/update_my_profile/",
        "POST /api/posts/{}/unbookmark/", "PATCH /api/posts/{}/", "DELETE /api/posts/{}/",
        "GET /api/search/", "POST /api/notifications/mark_all_as_read/",
        "PATCH /api/messages/{}/messages/{}/", "DELETE /api/messages/{}/messages/{}/",
    }  # fmt: skip
    assert list(SHAPES)[:8] == [
        "UserRef", "User", "Me", "Profile", "Post", "Notification", "Conversation", "Message"
    ]  # fmt: skip
    assert len(SHAPES) == len(documented_shapes())
    for record in (UserRef, User, Me, Post):
        assert len(SHAPES[record.__name__]) == len(fields(record))
    assert set(EVENTS) == {TOMBSTONE, *(event.name for event in DECLARED)}
    assert set(ASKED) == set(COMMANDS)
    assert len(contract.prose_paths()) == 39
    assert len(contract.settings()) == 31
    assert len(contract.codes()) == 64
    assert contract.make_targets() == {"run", "demo", "test", "install"}
    assert len(contract.command_line()) == 9
    assert [one.name for one in contract.connect() if one.optional] == [
        "since", "epoch", "feed_since", "recovery", "pid", "offset"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "row",
    [
        "| `FETCH /api/users/` | |",
        "| `POST /api/users/` and so on | |",
        "| `GET /api/users/`, `other/` | |",
        "| `/api/users/` | |",
        "| `GET .../users/` | |",
    ],
)
def test_a_row_that_cannot_be_read_is_told_of(row: str) -> None:
    with pytest.raises(contract.Unreadable):
        contract.row(row)


@pytest.mark.parametrize("call", CALLS, ids=named)
def test_call_is_a_route_and_documented(call: Call) -> None:
    assert (call.method, call.path) in {(one.method, normal(one.path)) for one in ROUTES}
    parameters = {one["name"] for one in documented(call).get("parameters", [])}
    assert call.parameters <= parameters


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.calls[0]))
def test_answers_and_access_are_documented(row: Row) -> None:
    for call in row.calls:
        assert is_open(call) or not call.is_open, call
    if not any(call.is_open for call in row.calls):
        assert not any(is_open(call) for call in row.calls)
    answered = {status for call in row.calls for status in documented(call)["responses"]}
    assert {str(status) for status in row.statuses} <= answered


@pytest.mark.parametrize(
    "call", [one for row in ROWS if row.takes_files for one in row.calls], ids=named
)
def test_files_are_taken_in_forms(call: Call) -> None:
    bodies = documented(call)["requestBody"]["content"]
    form = bodies["multipart/form-data"]["schema"]
    # Where a file has to be there, it is a form alone.
    has_to = {name for name in form.get("required", ()) if "format" in form["properties"][name]}
    assert ("application/json" in bodies) == (not has_to)


async def test_paths_beside_the_tables_are_served(settings: Config) -> None:
    routes = create_app(settings).router.routes()
    served = [route.resource.canonical for route in routes if route.resource is not None]
    for path in contract.prose_paths():
        known = path.removesuffix("...")
        assert any(one.startswith(known) if known != "/" else one == "/" for one in served), path


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize(
    "document", [openapi.document().to_dict(), asyncapi.document()], ids=["openapi", "asyncapi"]
)
def test_shape_is_documented(document: dict[str, Any], name: str) -> None:
    schemas = document["components"]["schemas"]
    if name not in schemas:
        assert ("openapi" in document) == (name in ONLY_OF_SOCKETS)
        assert name not in IN_BOTH
        return
    holds(document, schemas[name], SHAPES[name])


@pytest.mark.parametrize("name", EVENTS)
def test_event_is_documented(name: str) -> None:
    durable, data = EVENTS[name]
    envelope = message(name)["properties"]
    assert envelope["seq"]["type"] == ("integer" if durable else "null")
    if data is None:
        assert envelope["data"] == {"type": "null"}
    else:
        holds(asyncapi.document(), envelope["data"], data)


@pytest.mark.parametrize("name", ASKED)
def test_command_is_there_and_documented(name: str) -> None:
    assert name in COMMANDS
    taken = message(f"command.{name}")
    holds(asyncapi.document(), taken, ASKED[name])
    required = {one.name for one in ASKED[name] if not one.optional}
    assert set(taken.get("required", [])) == required
    assert message(f"ack.{name}")


def test_what_is_shown_to_connect_is_documented() -> None:
    shown = message("connect")
    assert shown["required"] == ["token"]
    assert set(shown["properties"]) >= {one.name for one in contract.connect()}


def test_settings_are_there_with_their_defaults() -> None:
    defaults = {setting.name: setting.default for setting in SETTINGS}
    for name, default in contract.settings().items():
        assert name in defaults
        assert default is None or defaults[name] == default


@pytest.mark.parametrize("command", contract.command_line(), ids=lambda command: command.name)
def test_command_of_the_program_is_there_with_its_flags(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        build_parser().parse_args([command.name, "--help"])
    assert end.value.code == 0
    flags = re.findall(r"--[\w-]+", capsys.readouterr().out)
    assert set(command.flags) <= set(flags)


def test_make_does_what_the_page_says() -> None:
    makefile = (contract.ROOT / "Makefile").read_text()
    for target in contract.make_targets():
        assert f"\n{target}:" in makefile


def test_the_readme_leads_to_the_page() -> None:
    assert "(docs/contract.md)" in (contract.ROOT / "README.md").read_text()
