"""Pages of PUBLIC_URL and of the listed origins may call the API, and read what it answers."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from server.config.load import Config
from tests.conftest import running
from tests.people import Instance

OURS = "https://app.example.org"
PUBLIC = "https://chat.example"
PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
}


@pytest.fixture
async def listed(settings: Config) -> AsyncIterator[Instance]:
    listing = replace(settings, cors_origins=(OURS,), public_url=PUBLIC)
    async with running(listing) as instance:
        yield instance


def allowed(header: str) -> set[str]:
    return {name.strip().lower() for name in header.split(",")}


async def test_listed_origin_may_ask_before_it_writes(listed: Instance) -> None:
    reply = await listed.call("OPTIONS", "/api/posts/", headers={"Origin": OURS, **PREFLIGHT})
    assert reply.headers["Access-Control-Allow-Origin"] == OURS
    assert {"post", "put", "patch", "delete"} <= allowed(
        reply.headers["Access-Control-Allow-Methods"]
    )
    assert {"authorization", "content-type", "idempotency-key"} <= allowed(
        reply.headers["Access-Control-Allow-Headers"]
    )


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/posts/", 200),
        ("/api/posts", 308),
        ("/api/users/me/", 401),
        ("/api/nothing/", 404),
        ("/api/posts/?limit=0", 422),
    ],
)
async def test_listed_origin_may_read_every_answer(
    listed: Instance, path: str, status: int
) -> None:
    reply = await listed.get(path, headers={"Origin": OURS}, status=status)
    assert reply.headers["Access-Control-Allow-Origin"] == OURS
    assert "origin" in allowed(reply.headers["Vary"])
    exposed = allowed(reply.headers["Access-Control-Expose-Headers"])
    assert {"retry-after", "ratelimit", "ratelimit-policy"} <= exposed


@pytest.mark.parametrize("origin", ["HTTPS://App.Example.org", f"{OURS}:443", PUBLIC])
async def test_an_origin_is_known_however_it_is_written(listed: Instance, origin: str) -> None:
    reply = await listed.get("/api/posts/", headers={"Origin": origin})
    assert reply.headers["Access-Control-Allow-Origin"] == origin


FOREIGN = [
    "null",
    "https://evil.example",
    f"{OURS}.evil",
    f"{OURS}/",
    f"{OURS}@evil.example",
    "https://evil@app.example.org",
    "http://app.example.org",
    f"{OURS}:8443",
]


@pytest.mark.parametrize("origin", FOREIGN)
async def test_other_origins_are_told_nothing(listed: Instance, origin: str) -> None:
    for method, more in (("GET", {}), ("OPTIONS", PREFLIGHT)):
        headers = {"Origin": origin, **more}
        async with listed.http.request(
            method, f"{listed.url}/api/posts/", headers=headers
        ) as response:
            assert "Access-Control-Allow-Origin" not in response.headers


async def test_nobody_is_listed_unless_it_is_set(instance: Instance) -> None:
    reply = await instance.get("/api/posts/", headers={"Origin": OURS})
    assert "Access-Control-Allow-Origin" not in reply.headers
