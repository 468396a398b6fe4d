"""Every problem has a code out of one table, and the table has no other codes."""

import ast
import re
from collections.abc import AsyncIterator, Iterator
from io import BytesIO
from typing import Any

import orjson
import pytest

from handlers.edges.rest.routes import ROUTES, Route
from handlers.edges.socketio import COMMANDS
from handlers.error_codes import ERRORS_PATH, ErrorCode
from handlers.errors import STORAGE_CODES
from server.config.load import Config
from server.docs import error_reference, openapi
from storage import errors as storage
from storage.database.availability import DatabaseRefused
from tests.documented import answers, check_ack, check_reply
from tests.people import Instance, Person, Reply
from tests.server.docs import contract

ABSENT = 2**52
JSON = {"Content-Type": "application/json"}
CODES = {code.value: code for code in ErrorCode}
RAISED_WITH = ("OperationError", "InvalidInput", "Problem")


def sources(*packages: str) -> Iterator[ast.Module]:
    for package in packages:
        for path in (contract.ROOT / package).rglob("*.py"):
            yield ast.parse(path.read_text())


def called(node: ast.AST) -> str | None:
    if not isinstance(node, ast.Call):
        return None
    return getattr(node.func, "id", None) or getattr(node.func, "attr", None)


def codes_within(node: ast.AST) -> set[ErrorCode]:
    return {
        ErrorCode[one.attr]
        for one in ast.walk(node)
        if isinstance(one, ast.Attribute) and getattr(one.value, "id", "") == "ErrorCode"
    }


def raised_by_handlers() -> set[ErrorCode]:
    found: set[ErrorCode] = set()
    for module in sources("handlers"):
        for node in ast.walk(module):
            if called(node) in RAISED_WITH:
                found |= codes_within(node)
                if called(node) == "InvalidInput":
                    found.add(ErrorCode.INVALID)
            if isinstance(node, ast.FunctionDef) and node.name == "error_code":
                found |= codes_within(node)
    return found


def raised_by_storage() -> set[ErrorCode]:
    """A class counts when something other than an import or an `except` names it."""
    named: set[str] = set()
    for module in sources("storage", "handlers", "realtime"):
        caught = {
            id(name)
            for node in ast.walk(module)
            if isinstance(node, ast.ExceptHandler) and node.type is not None
            for name in ast.walk(node.type)
        }
        named |= {
            node.id
            for node in ast.walk(module)
            if isinstance(node, ast.Name) and id(node) not in caught
        }
    return {code for error, code in STORAGE_CODES.items() if error.__name__ in named}


def closings() -> set[ErrorCode]:
    """The codes of session.closing."""
    return {
        CODES[str(node.args[0].value)]
        for module in sources("realtime")
        for node in ast.walk(module)
        if isinstance(node, ast.Call)
        and called(node) == "close"
        and len(node.args) == 3
        and isinstance(node.args[0], ast.Constant)
    }


def test_every_code_is_of_something_that_happens() -> None:
    assert closings() == {
        ErrorCode.TOKEN_EXPIRED,
        ErrorCode.SESSION_ENDED,
        ErrorCode.UNAVAILABLE,
        ErrorCode.DRAINING,
    }
    assert raised_by_handlers() | raised_by_storage() | closings() == set(ErrorCode)


def test_everything_that_storage_raises_has_a_code() -> None:
    def concrete(error: type[Exception]) -> Iterator[type[Exception]]:
        narrower = error.__subclasses__()
        yield from [error] if not narrower else [one for n in narrower for one in concrete(n)]

    # The one is raised before there is a server that could answer it.
    assert set(concrete(storage.StorageError)) - {DatabaseRefused} == set(STORAGE_CODES)


def test_codes_are_words_with_something_to_read() -> None:
    for code in ErrorCode:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", code.value)
        assert 400 <= code.status < 600
        for text in (code.title, code.description, code.retry):
            assert text[0].isupper() or text[0] == "`", code
        assert code.description.endswith("."), code
        assert code.retry.endswith("."), code
        assert not code.title.endswith("."), code


def test_the_contract_has_every_code_with_its_status_and_no_other() -> None:
    assert contract.codes() == {code.value: code.status.value for code in ErrorCode}


def test_the_page_in_the_repository_is_the_one_that_is_served() -> None:
    assert (contract.ROOT / "docs" / "errors.md").read_text() == error_reference.markdown()


async def test_types_lead_to_a_paragraph_about_the_code(
    instance: Instance, settings: Config
) -> None:
    page = await instance.get(ERRORS_PATH)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    text = page.body.decode()
    for code in ErrorCode:
        assert f'<section id="{code.value}"><h3><code>{code.value}</code></h3>' in text
    for linked in re.findall(r'href="([^"]+)"', text):
        assert (await instance.get(linked)).status == 200
    reply = await instance.get("/api/nothing/", status=404)
    assert reply["type"] == f"{settings.public_url}{ERRORS_PATH}#unknown_route"


def test_the_proxy_answers_problems_of_the_table() -> None:
    text = (contract.ROOT / "docker" / "nginx.conf").read_text()
    found = re.findall(r"return (\d+) '(\{.*\})'", text)
    assert len(found) == 2
    for status, body in found:
        problem = orjson.loads(body)
        code = CODES[problem["code"]]
        assert int(status) == problem["status"] == code.status
        assert (problem["type"], problem["title"]) == (code.reference, code.title)


def documented_codes(method: str, path: str, status: int) -> set[str]:
    documented = answers(openapi.document().to_dict(), method.lower(), path)
    response = documented.get(str(status)) or documented["default"]
    return set(response["content"]["application/problem+json"]["examples"])


def check_problem(body: Any) -> ErrorCode:
    code = CODES[body["code"]]
    assert body["status"] == code.status
    assert body["title"] == code.title
    assert body["type"].endswith(code.reference)
    return code


async def bad_requests(instance: Instance, route: Route, by: Person) -> AsyncIterator[Reply]:
    """What a client may get wrong at any route."""
    path = re.sub(r"\{\w+\}", str(ABSENT), route.path)
    bad = {"Authorization": "Bearer nonsense"}
    attempts: list[dict[str, Any]] = [
        {"headers": JSON, "data": b"{}"},
        {"headers": {**JSON, **bad}, "data": b"{}"},
        {"headers": {"Authorization": "Basic x"}},
        {"by": by, "headers": JSON, "data": b'{"colour": "red"}'},
        {"by": by, "headers": JSON, "data": b'{"id": 1, "conversation_id": 1}'},
        {"by": by, "headers": JSON, "data": b"{"},
        {"by": by, "headers": {"Content-Type": "text/plain"}, "data": b"x"},
        {"by": by, "headers": JSON, "data": b"{" + 2**20 * b" " + b"}"},
    ]
    for attempt in attempts:
        if route.method == "GET":
            attempt.pop("data", None)
        yield await _any(instance, route.method, path, **attempt)
    if route.method == "GET":
        for query in ("limit=0", "cursor=x", "cursor=x&limit=0"):
            yield await _any(instance, "GET", f"{path}?{query}", by=by)


async def _any(instance: Instance, method: str, path: str, **more: Any) -> Reply:
    """The answer, whatever its status."""
    by: Person | None = more.pop("by", None)
    if "data" in more:
        more["data"] = BytesIO(more["data"])
    headers = more.pop("headers", {}) | ({"Authorization": f"Bearer {by.access}"} if by else {})
    async with instance.http.request(method, instance.url + path, headers=headers, **more) as got:
        raw = await got.read()
        return Reply(got.status, got.headers, orjson.loads(raw) if raw else b"")


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
async def test_what_goes_wrong_at_a_route_has_a_documented_code(
    instance: Instance, route: Route
) -> None:
    ann = await instance.person("ann")
    wrong = 0
    async for reply in bad_requests(instance, route, ann):
        assert reply.status < 500, reply
        if reply.status >= 400:
            wrong += 1
            code = check_problem(reply.body)
            assert code.value in documented_codes(route.method, route.path, reply.status), reply
            check_reply(route.method, route.path, reply)
    assert wrong, "nothing went wrong"


async def test_what_goes_wrong_in_a_command_has_a_code(instance: Instance) -> None:
    ann = await instance.person("ann")
    wrong = set()
    async with instance.socket(ann) as socket:
        for command in COMMANDS:
            for data in (
                None,
                "text",
                {"colour": "red"},
                {"id": ABSENT},
                {"id": ABSENT, "content": "x"},
                {"ids": [ABSENT]},
                {"user_ids": [ABSENT]},
                {"conversation_id": ABSENT},
                {"conversation_id": ABSENT, "content": "x"},
                {"conversation_id": ABSENT, "up_to": ABSENT},
                {"conversation_id": ABSENT, "active": True},
                {"participants": [ABSENT]},
                {"token": "nonsense"},
                {"cursor": "x"},
            ):
                ack = await socket.call(command, data)
                check_ack(command, ack)
                if not ack["ok"]:
                    wrong.add((command, check_problem(ack["error"])))
        ack = await socket.call("no.such")
        assert check_problem(ack["error"]) is ErrorCode.UNKNOWN_COMMAND
    assert {command for command, _ in wrong} == set(COMMANDS)
    assert {code for _, code in wrong} == {
        ErrorCode.MALFORMED,
        ErrorCode.INVALID,
        ErrorCode.INVALID_CURSOR,
        ErrorCode.NOT_FOUND,
        ErrorCode.TOKEN_INVALID,
    }
