"""Where I am logged in, and ending that from elsewhere."""

import asyncio
import secrets
import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest

from handlers.rate_limits import Bucket
from server.config.load import Config
from tests.conftest import running
from tests.handlers.session_helpers import stops_working
from tests.people import PASSWORD, Instance, Person, SocketClient

Instances = tuple[Instance, Instance]


@asynccontextmanager
async def closed_for_good(socket: SocketClient) -> AsyncIterator[None]:
    """Whatever the block does, it closes this client's connection for good."""
    closed = asyncio.Event()
    socket.client.on("disconnect", lambda *_: closed.set())
    yield
    async with asyncio.timeout(20):
        await closed.wait()
    closing = await socket.next("session.closing")
    assert closing["reconnect_in_ms"] is None


async def sessions_of(instance: Instance, person: Person) -> list[dict[str, Any]]:
    return await instance.walk("/api/users/sessions/?limit=2", person)


async def test_my_live_sessions_are_listed_newest_first(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    again = [await instance.log_in(ann.id, ann.username) for _ in range(3)]
    await instance.post("/api/users/token/revoke/", again[1], {"refresh": again[1].refresh})
    found = await sessions_of(instance, ann)
    assert [session["current"] for session in found] == [False, False, True]
    ids = [session["id"] for session in found]
    assert ids == sorted(ids, reverse=True)
    assert found[0].keys() == {
        "id", "created_at", "last_used_at", "user_agent", "address", "current"
    }  # fmt: skip
    assert found[0]["address"] == "127.0.0.1"
    assert "aiohttp" in found[0]["user_agent"]
    assert len(await sessions_of(instance, bob)) == 1


async def test_renewing_tokens_is_using_the_session(instance: Instance) -> None:
    ann = await instance.person("ann")
    (before,) = await sessions_of(instance, ann)
    await instance.post("/api/users/token/refresh/", json={"refresh": ann.refresh})
    (after,) = await sessions_of(instance, ann)
    assert after["last_used_at"] > before["last_used_at"]
    assert after["id"] == before["id"]


async def test_session_ended_from_elsewhere_is_over_on_every_instance(
    two_instances: Instances,
) -> None:
    here, there = two_instances
    ann = await here.person("ann")
    elsewhere = await here.log_in(ann.id, ann.username)
    async with there.socket(elsewhere) as lost, there.socket(ann) as kept:
        await lost.ready()
        await kept.ready()
        ended = (await sessions_of(here, elsewhere))[0]
        async with closed_for_good(lost):
            await here.call("DELETE", f"/api/users/sessions/{ended['id']}/", ann, status=204)
        assert kept.client.connected
    await stops_working(there, elsewhere.access)
    refresh = {"refresh": elsewhere.refresh}
    await there.post("/api/users/token/refresh/", json=refresh, status=401)
    await here.call("DELETE", f"/api/users/sessions/{ended['id']}/", ann, status=404)
    assert len(await sessions_of(here, ann)) == 1


async def test_foreign_sessions_are_not_there(instance: Instance) -> None:
    ann, eve = await instance.people("ann", "eve")
    (session,) = await sessions_of(instance, ann)
    for id in (session["id"], 2**53 - 1, 0):
        await instance.call("DELETE", f"/api/users/sessions/{id}/", eve, status=404)
    await instance.get("/api/users/sessions/", status=401)
    assert len(await sessions_of(instance, ann)) == 1


@pytest.fixture
async def limited(settings: Config) -> AsyncIterator[Instance]:
    """An instance that counts, and believes X-Forwarded-For."""
    proxies = (ip_network("127.0.0.0/8"),)
    async with running(replace(settings, rate_limits=True, trusted_proxies=proxies)) as one:
        yield one


async def test_guesses_from_many_addresses_are_limited_by_account_and_spare_its_user(
    limited: Instance,
) -> None:
    ann = await limited.person("ann")  # who is logged in at 127.0.0.1
    bob = await limited.person("bob")

    async def attempt(number: int, name: str) -> tuple[int, str | None]:
        async with limited.http.post(
            f"{limited.url}/api/users/token/",
            json={"username": name, "password": "wrong horse"},
            headers={"X-Forwarded-For": f"203.0.113.{number}"},
        ) as response:
            return response.status, response.headers.get("Retry-After")

    burst = Bucket.ATTEMPT.value.burst - 1  # her own first login counts, too
    names = (ann.username.upper(), ann.username)  # one account, however it is written
    answers = [await attempt(number, names[number % 2]) for number in range(burst + 3)]
    assert [status for status, _ in answers[:burst]] == [401] * burst
    assert [status for status, _ in answers[burst + 1 :]] == [429, 429]
    assert 1 <= int(answers[-1][1] or 0) <= 5
    assert (await attempt(1, bob.username))[0] == 401
    assert (await attempt(1, f"nobody_{ann.username}"[:30]))[0] == 401
    await limited.log_in(ann.id, ann.username)


async def guesses(limited: Instance, names: list[str]) -> list[int]:
    """The answers to so many wrong passwords, each from an address of its own, until one is 429."""
    found: list[int] = []
    for number in range(3 * Bucket.ATTEMPT.value.burst):
        async with limited.http.post(
            f"{limited.url}/api/users/token/",
            json={"username": names[number % len(names)], "password": "wrong horse"},
            headers={"X-Forwarded-For": f"198.51.100.{number}"},
        ) as response:
            found.append(response.status)
        if found[-1] == 429:
            break
    return found


async def test_name_and_address_of_an_account_are_one_to_the_limit(limited: Instance) -> None:
    burst = Bucket.ATTEMPT.value.burst
    name = f"guessed_{secrets.token_hex(4)}"
    account = {"username": name, "email": f"{name}@bücher.example", "password": PASSWORD}
    ways = [
        name,
        name.upper(),
        f"{name}@bücher.example",
        f"{name}@xn--bcher-kva.example".upper(),
        unicodedata.normalize("NFD", f"{name}@bücher.example"),
        f"{name}@ｂüｃｈｅｒ。ｅｘａｍｐｌｅ",
    ]
    await limited.post("/api/users/", json=account)
    known = await guesses(limited, ways)
    assert burst <= len(known) - 1 <= burst + 2  # some come back while they are spent
    assert set(known) == {401, 429}


async def test_the_limit_is_the_same_for_what_nobody_has(limited: Instance) -> None:
    burst = Bucket.ATTEMPT.value.burst
    name = f"nobody_{secrets.token_hex(4)}"
    for ways in (
        [name, name.upper(), "".join(chr(ord(c) + 0xFEE0) for c in name)],
        [f"{name}@bücher.example", f"{name}@xn--bcher-kva.example", f"{name}@BÜCHER.example"],
    ):
        unknown = await guesses(limited, ways)
        assert burst <= len(unknown) - 1 <= burst + 2
        assert set(unknown) == {401, 429}


async def test_requests_for_a_new_password_are_one_however_the_address_is_written(
    limited: Instance,
) -> None:
    name = f"reset_{secrets.token_hex(4)}"
    ways = [f"{name}@bücher.example", f"{name}@xn--bcher-kva.example", f"{name}@BÜCHER.example"]
    statuses = []
    for number in range(Bucket.ATTEMPT.value.burst + 3):
        async with limited.http.post(
            f"{limited.url}/api/users/password/reset/",
            json={"email": ways[number % len(ways)]},
            headers={"X-Forwarded-For": f"192.0.2.{number}"},
        ) as response:
            statuses.append(response.status)
    assert 429 in statuses
    assert statuses.index(429) >= Bucket.ATTEMPT.value.burst
