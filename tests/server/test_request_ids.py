"""A request has an id that its answer, its log lines and its jobs name."""

import json
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.conftest import Services
from tests.people import PASSWORD, Instance
from tests.processes import PROGRAM
from tests.server.lifecycle.instances import serving
from tests.storage.own_database import own_database
from tests.waiting import until

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE_ID}-00f067aa0ba902b7-01"


async def id_of(instance: Instance, path: str = "/api/posts/", **headers: str) -> str:
    """What the answer to a request with these headers says."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    async with instance.http.get(f"{instance.url}{path}", headers=sent) as answer:
        (id,) = answer.headers.getall("X-Request-Id")
        return id


async def test_every_answer_says_the_id_that_its_request_brought(instance: Instance) -> None:
    for path in ("/api/posts/", "/api/nothing/", "/api/posts", "/healthz", "/", "/media/x.webp"):
        assert await id_of(instance, path, X_Request_Id="an/id:of=ours.1") == "an/id:of=ours.1"


@pytest.mark.parametrize("bad", ["", "two words", "é", "x" * 129, 'quo"te'])
async def test_what_is_no_id_is_not_taken(instance: Instance, bad: str) -> None:
    given = await id_of(instance, X_Request_Id=bad)
    assert given != bad
    assert len(given) == 32
    assert given != await id_of(instance, X_Request_Id=bad)


async def test_without_an_id_that_of_the_trace_is_taken(instance: Instance) -> None:
    assert await id_of(instance, traceparent=TRACEPARENT) == TRACE_ID
    assert await id_of(instance, traceparent=TRACEPARENT, X_Request_Id="ours") == "ours"
    for bad in (
        TRACEPARENT.upper(),
        TRACEPARENT[:-1],
        f"ff{TRACEPARENT[2:]}",
        f"00-{32 * '0'}-00f067aa0ba902b7-01",
        f"00-{TRACE_ID}-{16 * '0'}-01",
        f"{TRACEPARENT}-more",  # which version 00 has not
    ):
        assert await id_of(instance, traceparent=bad) != TRACE_ID, bad
    assert await id_of(instance, traceparent=f"01{TRACEPARENT[2:]}-more") == TRACE_ID


async def test_problems_name_the_request_in_answers_and_acks(instance: Instance) -> None:
    ann = await instance.person("ann")
    headers = {"X-Request-Id": "lost"}
    for path, status in (
        ("/api/posts/0/", 404),
        ("/api/nothing/", 404),
        ("/api/posts/?limit=0", 422),
    ):
        assert (await instance.get(path, headers=headers, status=status))["request_id"] == "lost"
    async with instance.socket(ann) as client:
        await client.ready()
        acks = [await client.call("post.get", {"id": 0}) for _ in range(2)]
    ids = {ack["error"]["request_id"] for ack in acks}
    assert len(ids) == 2


async def lines_of_a_server(services: Services, tmp_path: Path, **env: str) -> list[dict[str, Any]]:
    """What a server writes on stderr that is asked by two requests, with jobs that fail."""
    async with own_database(services.database_url) as url:
        env = {
            "DATABASE_URL": url,
            "SMTP_URL": "smtp://127.0.0.1:1",
            "LOG_FORMAT": "json",
            "BCRYPT_ROUNDS": "4",
            **env,
        }
        async with serving(services, tmp_path, program=PROGRAM, **env) as served:
            instance = Instance(served.url, served.client)
            account = {"username": "ann", "email": "ann@example.org", "password": PASSWORD}
            await instance.post("/api/users/", json=account, headers={"X-Request-Id": "registers"})
            ann = await instance.log_in(1, "ann")
            await instance.get(
                "/api/users/me/?token=secret", ann, headers={"traceparent": TRACEPARENT}
            )
            db = await asyncpg.connect(url)
            try:
                await until(lambda: db.fetchval("SELECT bool_or(error IS NOT NULL) FROM jobs"))
            finally:
                await db.close()
            served.process.terminate()
            _, _, err = served.end()
    return [json.loads(line) for line in err.splitlines()]


async def test_log_lines_of_a_job_name_the_request_that_queued_it(
    services: Services, tmp_path: Path
) -> None:
    lines = await lines_of_a_server(services, tmp_path)
    waits = [line for line in lines if "job email.verify" in line["message"]]
    assert waits
    assert {line["request_id"] for line in waits} == {"registers"}
    assert [line for line in lines if line["logger"] == "mini_twitter.access"] == []


async def test_the_access_log_says_who_asked_for_what_but_no_secrets(
    services: Services, tmp_path: Path
) -> None:
    lines = await lines_of_a_server(
        services, tmp_path, ACCESS_LOG="on", LOG_FORMAT="text", LOG_LEVEL="error"
    )
    register, _login, me = [line for line in lines if line["path"].startswith("/api/")]
    assert (register["request_id"], register["status"], register["user_id"]) == (
        "registers",
        201,
        None,
    )
    assert (me["method"], me["path"], me["status"]) == ("GET", "/api/users/me/", 200)
    assert (me["request_id"], me["trace_id"], me["user_id"]) == (TRACE_ID, TRACE_ID, 1)
    assert me["address"] == "127.0.0.1"
    assert me["bytes"] > 0
    assert 0 < me["seconds"] < 60
    assert "secret" not in json.dumps(lines)
