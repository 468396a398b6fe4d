"""HEAD, on every path that has GET: the same answer without its body (RFC 9110, section 9.3.2)."""

import asyncio
from urllib.parse import urlsplit

import pytest
from aiohttp import hdrs, web

from server.app import create_app
from server.config.load import Config
from storage.database.pool import Database
from tests.handlers.media.image_helpers import encoded, halves, name, post
from tests.people import Instance, Person

VARYING = {"date", "connection"}
ENDLESS = "/api/stream/"  # its GET has no end: tests/handlers/edges/test_event_streams.py
GENERATED = {"/metrics", "/api/users/me/export/"}  # what they say changes from call to call


def paths(settings: Config) -> list[str]:
    """Every path that has GET, as aiohttp writes it."""
    routes = create_app(settings).router.routes()
    return sorted(
        {
            route.resource.canonical
            for route in routes
            if route.method == hdrs.METH_GET
            and route.resource
            and not isinstance(route.resource, web.StaticResource)
        }
    )


async def answered(
    instance: Instance, method: str, path: str, by: Person
) -> tuple[str, dict[str, str], bytes]:
    """Status line, headers and all that follows them, read from the connection itself."""
    parts = urlsplit(instance.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    head = f"{method} {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n"
    writer.write(f"{head}X-Request-Id: x\r\nAuthorization: Bearer {by.access}\r\n\r\n".encode())
    async with asyncio.timeout(20):
        raw = await reader.read()
    writer.close()
    await writer.wait_closed()
    start, _, body = raw.partition(b"\r\n\r\n")
    status, *lines = start.decode().split("\r\n")
    headers = {key.lower(): value for key, value in (line.split(": ", 1) for line in lines)}
    return status, {key: headers[key] for key in headers.keys() - VARYING}, body


async def test_head_is_answered_as_get_without_the_body_wherever_get_is(
    instance: Instance, settings: Config, db: Database
) -> None:
    ann, bob = await instance.people("ann", "bob")
    await db.execute("UPDATE users SET is_admin = true WHERE id = $1", ann.id)
    written = await post(instance, ann, encoded(halves(), "PNG"))
    talk = await instance.chat(ann, bob, title="a group")
    said = await instance.say(ann, talk, "look")
    hook = {"url": "https://example.org/", "events": ["message.created"], "name": "mine"}
    hook_id = (await instance.post("/api/webhooks/", ann, hook))["id"]
    ids = {"conversation_id": talk, "key": name(written["image"]), "version": "0" * 16}
    ids |= {"name": ann.username, "tag": "tag", "token": "token", "user_id": bob.id}
    parts = {"/admin/{part}": "reports", "/users/{id}/{part}": "followers"}
    walked = [path for path in paths(settings) if path != ENDLESS]
    assert {"/", "/swagger/", "/healthz", "/readyz", "/metrics", "/docs/errors/"} <= {*walked}
    refused = {}
    for canonical in walked:
        id = written["id"] if "/posts/{id}" in canonical else ann.id
        if canonical == "/api/media/{id}/":
            id = written["media"][0]["id"]
        if "/messages/{id}/" in canonical:
            id = said["id"]
        if "/webhooks/{id}/" in canonical:
            id = hook_id
        part = parts.get(canonical.rstrip("/"), "likes")
        path = canonical.format(**(ids | {"id": id, "part": part})).replace(
            "/swagger/static", "/swagger/"
        )
        if path.endswith("/search/"):
            path += "?q=look"
        if path.endswith("/lookup/"):
            path += f"?username={ann.username}"
        whole = await answered(instance, "GET", path, ann)
        head = await answered(instance, "HEAD", path, ann)
        assert head[2] == b"", path
        assert head[0] == whole[0], path
        if canonical in GENERATED:
            assert head[1].keys() - {"content-length"} <= whole[1].keys(), path
        else:
            assert head[1] == whole[1], path
            assert int(whole[1].get("content-length", 0)) == len(whole[2]), path
        if " 200 " not in whole[0] and " 308 " not in whole[0]:
            refused[canonical] = whole[0]
    # One needs the token of a mail, one is for WebSockets.
    assert refused.keys() == {"/api/users/unsubscribe/", "/api/ws/"}, refused


@pytest.mark.parametrize(
    "path", ["/api/users/me/", "/api/none/", "/none", "/api/posts", "/media/x"]
)
async def test_what_get_refuses_head_refuses_alike(instance: Instance, path: str) -> None:
    whole = await instance.http.get(instance.url + path, allow_redirects=False)
    head = await instance.http.head(instance.url + path, allow_redirects=False)
    assert (head.status, await head.read()) == (whole.status, b"")
    for header in ("Content-Type", "Content-Length", "Location", "WWW-Authenticate"):
        assert head.headers.get(header) == whole.headers.get(header)


async def test_of_a_path_that_has_no_get_head_is_not_allowed(instance: Instance) -> None:
    ann = await instance.person("ann")
    reply = await instance.http.head(
        f"{instance.url}/api/users/token/", headers={"Authorization": f"Bearer {ann.access}"}
    )
    assert (reply.status, reply.headers["Allow"]) == (405, "POST")


async def test_head_opens_no_socket(instance: Instance) -> None:
    """A handshake is no document: only GET makes a session, which somebody has to end."""
    url = f"{instance.url}/socket.io/?EIO=4&transport=polling"
    assert (await instance.http.head(url)).status == 400
    assert (await instance.http.get(url)).status == 200
