"""Limits as callers see them; how they are counted is tests/handlers/test_token_buckets.py."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from server.config.load import Config
from tests.conftest import running
from tests.people import Instance


@pytest.fixture
async def limited(settings: Config) -> AsyncIterator[Instance]:
    async with running(replace(settings, rate_limits=True)) as instance:
        yield instance


async def test_every_api_answer_says_what_is_left(limited: Instance) -> None:
    person = await limited.person()
    answers = [
        await limited.get("/api/users/me/", person),
        await limited.get("/api/users/me/", status=401),
        await limited.get("/api/nothing/", person, status=404),
        await limited.call("PUT", "/api/posts/", person, status=405),
        await limited.post("/api/posts/", person, {"content": ""}, status=422),
    ]
    for answer in answers:
        assert "RateLimit" in answer.headers, answer
        assert "RateLimit-Policy" in answer.headers, answer


async def test_flood_is_refused_with_the_time_to_wait_over_rest_and_sockets_alike(
    limited: Instance,
) -> None:
    person = await limited.person()
    statuses: list[int] = []
    codes: set[str] = set()
    async with limited.socket(person) as socket, asyncio.timeout(60):
        body = {"conversation_id": 2**40, "content": "to nobody"}
        while 429 not in statuses:  # a slow machine regains tokens meanwhile
            calls = [socket.call("message.send", body, seconds=30) for _ in range(200)]
            acks = await asyncio.gather(*calls)
            statuses += [ack["error"]["status"] for ack in acks]
            codes |= {ack["error"]["code"] for ack in acks}
        assert 404 in statuses
        assert codes == {"not_found", "rate_limited"}
    url = f"{limited.url}/api/messages/{2**40}/send_message/"
    bearer = {"Authorization": f"Bearer {person.access}"}
    answers = await asyncio.gather(
        *(limited.http.post(url, json={"content": "x"}, headers=bearer) for _ in range(100))
    )
    refused = [answer for answer in answers if answer.status == 429]
    assert refused
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in refused)
    assert {(await answer.json())["code"] for answer in refused} == {"rate_limited"}
