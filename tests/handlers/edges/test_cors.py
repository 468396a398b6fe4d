"""Pages of the listed origins may call the API, and read what it answers."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from server.config.load import Config
from tests.conftest import running
from tests.people import Instance

OURS = "https://app.example.org"
PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
}


@pytest.fixture
async def listed(settings: Config) -> AsyncIterator[Instance]:
    async with running(replace(settings, cors_origins=(OURS,))) as instance:
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


@pytest.mark.parametrize("origin", ["https://evil.example", "https://app.example.org.evil", "null"])
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
