"""What goes wrong under /api/ is a problem that a client can read, whatever it was."""

import asyncio
import base64
import gzip
import time
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest

from handlers.error_codes import ErrorCode
from server.config.load import Config
from storage.database.pool import COMMAND_SECONDS
from tests.conftest import running
from tests.faults.proxy import before_postgres
from tests.people import PASSWORD, Instance, Reply
from tests.waiting import until

JSON = {"Content-Type": "application/json"}
POSTS = "/api/posts/"
ABSENT = f"/api/posts/{2**52}/"


def assert_problem(reply: Reply, status: int) -> None:
    assert reply.status == status, reply
    assert reply.headers["Content-Type"].partition(";")[0] == "application/problem+json"
    assert reply["status"] == status
    assert all(isinstance(reply[member], str) for member in ("type", "title", "detail"))
    members = {"type", "title", "status", "code", "detail", "errors", "request_id"}
    assert set(reply.body) <= members
    assert reply["request_id"] == reply.headers["X-Request-Id"]
    (code,) = (one for one in ErrorCode if one.value == reply["code"])
    assert code.status == status
    assert reply["title"] == code.title
    assert reply["type"].endswith(f"/docs/errors/#{code.value}")
    assert (status == 422) == ("errors" in reply.body)


async def problem(instance: Instance, method: str, path: str, status: int, **more: Any) -> Reply:
    reply = await instance.call(method, path, status=status, **more)
    assert_problem(reply, status)
    return reply


BODIES: dict[str, tuple[bytes, dict[str, str], int]] = {
    "cut off": (b'{"content": "hi"', JSON, 400),
    "trailing": (b'{"content": "hi"} x', JSON, 400),
    "not a number": (b'{"content": NaN}', JSON, 400),
    "not UTF-8": (b'{"content": "caf\xe9"}', JSON, 400),
    "half a character": (b'{"content": "\\ud83d"}', JSON, 400),
    "deep": (200_000 * b"[", JSON, 400),
    "blank": (b"  ", JSON, 400),
    "an array": (b'["content"]', JSON, 400),
    "a string": (b'"content"', JSON, 400),
    "null": (b"null", JSON, 400),
    "no zip": (b"plain", {**JSON, "Content-Encoding": "gzip"}, 400),
    "a form": (b"content=hi", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
    "text": (b'{"content": "hi"}', {"Content-Type": "text/plain"}, 415),
    "untyped": (b'{"content": "hi"}', {"Content-Type": ""}, 415),
    "too large": (b'{"content": "' + 2**20 * b"x" + b'"}', JSON, 413),
    "a bomb": (gzip.compress(2**22 * b"x"), {**JSON, "Content-Encoding": "gzip"}, 413),
    "empty": (b"", JSON, 422),
    "unknown field": (b'{"content": "hi", "colour": "red"}', JSON, 422),
    "a path's field": (b'{"content": "hi", "id": 1}', JSON, 422),
    "null field": (b'{"content": null}', JSON, 422),
    "object for a string": (b'{"content": {"$ne": ""}}', JSON, 422),
    "huge id": (b'{"content": "hi", "reply_to": 1e400}', JSON, 400),
    "id beyond 2**53": (b'{"content": "hi", "reply_to": 9007199254740993}', JSON, 422),
    "id with a fraction": (b'{"content": "hi", "reply_to": 1.5}', JSON, 422),
    "id in quotes": (b'{"content": "hi", "reply_to": "1"}', JSON, 422),
}


async def test_body_that_cannot_be_read_is_told_why(instance: Instance) -> None:
    ann = await instance.person("ann")
    for name, (data, headers, status) in BODIES.items():
        reply = await instance.call("POST", POSTS, ann, data=data, headers=headers, status=status)
        assert_problem(reply, status)
        assert reply["detail"], name
    assert (await instance.get(f"/api/users/{ann.id}/"))["posts_count"] == 0


async def test_field_that_is_not_known_is_named(instance: Instance) -> None:
    ann = await instance.person("ann")
    body = {"content": "hi", "colour": "red"}
    reply = await instance.post(POSTS, ann, body, status=422)
    assert list(reply["errors"]) == ["colour"]


async def test_of_thousands_of_unknown_fields_a_few_are_named(
    instance: Instance,
) -> None:
    body = {f"field_{number}": number for number in range(4_000)}
    for path in (POSTS, "/api/users/token/"):
        reply = await instance.post(path, await instance.person("ann"), body, status=422)
        assert 0 < len(reply["errors"]) <= 20
        assert reply["errors"].keys() <= body.keys()


async def test_body_of_almost_a_mebibyte_is_read(instance: Instance) -> None:
    ann = await instance.person("ann")
    data = orjson.dumps({"content": "x"}) + (2**20 - 100) * b" "
    await instance.call("POST", POSTS, ann, data=data, headers=JSON, status=201)


@pytest.mark.parametrize(
    "path",
    [
        "/api/",
        "/api/nothing/",
        "/api/users/x/",
        "/api/users/-1/",
        "/api/users/1.5/",
        "/api/users/0/",
        f"/api/users/{2**53}/",
        f"/api/users/{2**63}/",
        f"/api/users/{5000 * '9'}/",
        f"/api/messages/{2**53}/messages/",
        "/api/users/%00/",
        "/api/users/%FF/",
        "/api/users/1%2F/",
        "/api/users//",
        "/api/posts/<script>/",
    ],
)
async def test_path_of_nothing_is_not_found(instance: Instance, path: str) -> None:
    ann = await instance.person("ann")
    for headers in ({}, {"Accept": "text/html"}):
        assert_problem(await instance.get(path, ann, headers=headers, status=404), 404)


async def test_ids_in_path_and_body_agree(instance: Instance) -> None:
    ann = await instance.person("ann")
    post = await instance.write(ann, "before")
    path = f"{POSTS}{post['id']}/"
    for other in (post["id"] + 1, str(post["id"]), None):
        body = {"content": "after", "id": other}
        assert_problem(await instance.call("PUT", path, ann, json=body, status=422), 422)
    await instance.call("PUT", path, ann, json={"content": "after", "id": post["id"]})


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/api/posts/", {"GET", "POST"}),
        ("PUT", "/api/users/token/", {"POST"}),
        ("POST", "/api/posts/1/", {"GET", "PUT", "PATCH", "DELETE"}),
        ("GET", "/api/posts/1/like/", {"POST"}),
        ("PROPFIND", "/api/notifications/", {"GET"}),
    ],
)
async def test_method_not_done_here_is_told_which_are(
    instance: Instance, method: str, path: str, allowed: set[str]
) -> None:
    reply = await problem(instance, method, path, 405)
    assert allowed <= set(reply.headers["Allow"].split(", "))
    assert method not in reply.headers["Allow"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/posts"),
        ("POST", "/api/posts"),
        ("PUT", "/api/posts/1"),
        ("DELETE", ABSENT[:-1]),
    ],
)
async def test_path_without_its_slash_leads_to_the_one_with_it(
    instance: Instance, method: str, path: str
) -> None:
    reply = await instance.call(method, f"{path}?limit=3&cursor=a%26b%20c", status=308)
    assert reply.headers["Location"] == f"{path}/?limit=3&cursor=a%26b%20c"
    assert b"<" not in reply.body
    await problem(instance, "GET", "/api/nothing?limit=3", 404)


async def test_redirected_write_is_carried_out(instance: Instance) -> None:
    ann = await instance.person("ann")
    headers = {"Authorization": f"Bearer {ann.access}"}
    async with instance.http.post(
        f"{instance.url}/api/posts", json={"content": "hi"}, headers=headers
    ) as response:
        assert response.status == 201


def cursor(*parts: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


LISTS = [
    "/api/posts/",
    "/api/posts/feed/",
    "/api/posts/{post}/replies/",
    "/api/users/{user}/posts/",
    "/api/users/{user}/followers/",
    "/api/users/{user}/following/",
    "/api/users/profiles/",
    "/api/notifications/",
    "/api/messages/",
    "/api/messages/{chat}/messages/",
]
CURSORS = [
    "",
    "x",
    "é",
    "%00",
    "!!!!",
    5000 * "A",
    base64.urlsafe_b64encode(b"{}").decode(),
    base64.urlsafe_b64encode(b"\xff").decode(),
    cursor(),
    cursor("1"),
    cursor(None),
    cursor(1.5),
    cursor(2**63),
    cursor(-(2**63)),
    cursor(1, 2, 3),
    cursor(2**63, "1:1:"),
    cursor(1, "nonsense"),
    cursor(1, "1:1:\x00"),
    cursor(1, "2:1:"),
    cursor(2**63, 1),
    cursor(1, 2**63),
]


async def test_page_that_cannot_be_is_refused(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    post, chat = await instance.write(ann, "hi"), await instance.chat(ann, bob)
    for template in LISTS:
        path = template.format(user=ann.id, post=post["id"], chat=chat)
        for limit in ("0", "101", "-1", "abc", "1.5", "", "1e1", 5000 * "9"):
            reply = await instance.get(f"{path}?limit={limit}", ann, status=422)
            assert_problem(reply, 422)
            assert list(reply["errors"]) == ["limit"], (path, limit)
        for made_up in CURSORS:
            reply = await instance.get(f"{path}?cursor={made_up}", ann, status=422)
            assert_problem(reply, 422)
            assert list(reply["errors"]) == ["cursor"], (path, made_up)
        for number in (1, 100):
            await instance.get(f"{path}?limit={number}&unknown=is-left-alone", ann, status=200)


async def test_bytes_that_are_no_text_are_no_server_error(instance: Instance) -> None:
    """Header fields may hold any bytes; only a connection of one's own sends them."""
    ann = await instance.person("ann")
    login = orjson.dumps({"username": ann.username, "password": PASSWORD})
    good = f"Authorization: Bearer {ann.access}".encode()
    for path, field, data, status in (
        ("/api/users/token/", b"User-Agent: caf\xe9", login, 200),
        ("/api/users/me/", b"Authorization: Bearer caf\xe9", b"", 401),
        (POSTS, b"Idempotency-Key: caf\xe9\r\n" + good, b'{"content": "hi"}', 422),
        (POSTS, b"X-Forwarded-For: caf\xe9\r\n" + good, b'{"content": "hi"}', 201),
    ):
        address = urlsplit(instance.url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        line = f"{'POST' if data else 'GET'} {path} HTTP/1.1\r\nHost: x\r\n".encode()
        kind = f"\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n"
        writer.write(line + field + kind.encode() + b"Connection: close\r\n\r\n" + data)
        head = await asyncio.wait_for(reader.readline(), 20)
        writer.close()
        assert int(head.split()[1]) == status, (path, field)


async def test_no_answer_is_cached_or_guessed_at(instance: Instance) -> None:
    for path, status in (("/api/posts/", 200), (ABSENT, 404), ("/api/nothing/", 404)):
        reply = await instance.get(path, status=status)
        assert reply.headers["Cache-Control"] == "no-store"
        assert reply.headers["X-Content-Type-Options"] == "nosniff"


async def test_postgresql_away_is_told_with_when_to_retry(settings: Config) -> None:
    """From the start and in the middle; it is used again soon after it is back."""
    async with before_postgres(settings.database_url) as (proxy, url):
        await proxy.set_mode("refuse")
        async with running(replace(settings, database_url=url)) as instance:
            await assert_unavailable(instance)
            await proxy.set_mode("pass")
            await until(instance.is_ready)
            ann = await instance.person("ann")
            await proxy.set_mode("refuse")
            await assert_unavailable(instance)
            await proxy.set_mode("pass")
            await until(instance.is_ready)
            await instance.get("/api/users/me/", ann)


async def assert_unavailable(instance: Instance) -> None:
    login = {"username": "ann", "password": PASSWORD}
    started = time.monotonic()
    for reply in (
        await instance.get(POSTS, status=503),
        await instance.post("/api/users/token/", json=login, status=503),
    ):
        assert_problem(reply, 503)
        assert int(reply.headers["Retry-After"]) >= 1
    assert time.monotonic() - started < COMMAND_SECONDS


async def test_flags_are_true_or_false_and_nothing_like_it(instance: Instance) -> None:
    ann = await instance.person("ann")
    not_flags: list[Any] = [0, 1, 0.0, "true", "", []]
    for flag in not_flags:
        body = {"digest_mails": flag}
        reply = await instance.call("PATCH", "/api/users/me/", ann, json=body, status=422)
        assert list(reply["errors"]) == ["digest_mails"], flag
    for text in ("true", "True", "1", "false", "False", "0"):
        await instance.get(f"/api/notifications/?unread={text}", ann, status=200)
    for text in ("", "yes", "2", "null"):
        reply = await instance.get(f"/api/notifications/?unread={text}", ann, status=422)
        assert list(reply["errors"]) == ["unread"], text
