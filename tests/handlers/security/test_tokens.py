"""Tokens: what is good for what, how long, and what ends a session."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest

from handlers.errors import OperationError
from handlers.security.tokens import LEEWAY_SECONDS, Tokens
from server.config.load import Config
from storage.database.pool import Database
from tests.handlers.session_helpers import ME, stops_working, works
from tests.people import Instance, Person

REFRESH = "/api/users/token/refresh/"
REVOKE = "/api/users/token/revoke/"

Instances = tuple[Instance, Instance]


async def refresh(instance: Instance, token: str, status: int = 200) -> Any:
    return (await instance.post(REFRESH, json={"refresh": token}, status=status)).body


async def test_refresh_gives_a_new_pair_that_works(instance: Instance) -> None:
    ann = await instance.person("ann")
    pair = await refresh(instance, ann.refresh)
    assert (pair["token_type"], pair["expires_in"]) == ("Bearer", 900)
    assert pair["refresh"] != ann.refresh
    assert await works(instance, pair["access"])
    assert await works(instance, ann.access)


async def test_old_refresh_token_works_until_the_new_one_is_used(two_instances: Instances) -> None:
    here, there = two_instances
    ann = await here.person("ann")
    lost = await refresh(here, ann.refresh)
    again = await refresh(there, ann.refresh)  # as a client does that never got the first answer
    await refresh(here, lost["refresh"])
    await refresh(there, again["refresh"])  # the same successor, so a token just left as well


async def test_refresh_token_used_up_ends_the_whole_family(two_instances: Instances) -> None:
    here, there = two_instances
    ann = await here.person("ann")
    second = await refresh(here, ann.refresh)
    third = await refresh(here, second["refresh"])
    assert await works(there, third["access"])
    refused = await here.post(REFRESH, json={"refresh": ann.refresh}, status=401)
    assert refused.headers["WWW-Authenticate"] == "Bearer"
    for instance in two_instances:
        for access in (third["access"], second["access"], ann.access):
            await stops_working(instance, access)
    await refresh(there, third["refresh"], status=401)


async def test_other_sessions_of_the_user_outlive_a_stolen_one(instance: Instance) -> None:
    ann = await instance.person("ann")
    phone = await instance.log_in(ann.id, ann.username)
    second = await refresh(instance, ann.refresh)
    await refresh(instance, second["refresh"])
    await refresh(instance, ann.refresh, status=401)
    await stops_working(instance, ann.access)
    assert await works(instance, phone.access)
    await refresh(instance, phone.refresh)


async def test_old_refresh_token_ends_with_its_grace(instance: Instance, db: Database) -> None:
    ann = await instance.person("ann")
    new = await refresh(instance, ann.refresh)
    await db.execute(
        "UPDATE sessions SET rotated_at = rotated_at - interval '31 seconds' WHERE user_id = $1",
        ann.id,
    )
    await refresh(instance, ann.refresh, status=401)
    await stops_working(instance, new["access"])


async def test_twenty_refreshes_at_once_are_one_lineage(two_instances: Instances) -> None:
    ann = await two_instances[0].person("ann")
    pairs = await asyncio.gather(
        *(refresh(two_instances[turn % 2], ann.refresh) for turn in range(20))
    )
    generations = {
        jwt.decode(pair["refresh"], options={"verify_signature": False})["gen"] for pair in pairs
    }
    assert generations == {1}
    assert all([await works(two_instances[0], pair["access"]) for pair in pairs])
    await refresh(two_instances[1], pairs[7]["refresh"])
    await refresh(two_instances[0], ann.refresh, status=401)


async def test_each_token_is_good_for_one_thing_only(instance: Instance) -> None:
    ann = await instance.person("ann")
    await refresh(instance, ann.access, status=401)
    assert not await works(instance, ann.refresh)
    await instance.post(REVOKE, ann, {"refresh": ann.access}, status=401)
    assert await works(instance, ann.access)


def forgeries(ann: Person, secret: str) -> Iterator[str]:
    """Tokens like hers, none of which may pass."""
    claims = jwt.decode(ann.access, options={"verify_signature": False})
    header, payload, signature = ann.access.split(".")
    yield jwt.encode(claims | {"exp": int(time.time()) - 60}, secret)
    yield jwt.encode(claims | {"iss": "somebody-else"}, secret)
    yield jwt.encode(claims | {"typ": "refresh"}, secret)
    yield jwt.encode(claims | {"typ": None}, secret)
    yield jwt.encode(claims | {"sid": 2**62}, secret)
    yield jwt.encode(claims | {"sub": str(ann.id + 1)}, secret)
    for needed in ("exp", "iss", "sub", "sid", "typ"):
        yield jwt.encode({name: claims[name] for name in claims if name != needed}, secret)
    yield jwt.encode(claims, secret, "HS512")
    yield jwt.encode(claims, "", "none")
    yield jwt.encode(claims, "another secret, of thirty-two bytes or more")
    yield f"{header}.{payload}."
    yield f"{header}.{payload}.{signature[:-2]}"
    yield f"{header}.{payload}.{signature[::-1]}"
    yield f"{header}.{payload[:-4]}.{signature}"
    yield "nonsense"
    yield "é.è.ê"
    yield "a b c"


async def test_forged_or_expired_access_token_is_refused(
    instance: Instance, settings: Config
) -> None:
    ann = await instance.person("ann")
    for token in forgeries(ann, settings.jwt_secret):
        headers = {"Authorization": f"Bearer {token}"}
        refused = await instance.get(ME, headers=headers, status=401)
        assert refused.headers["WWW-Authenticate"] == "Bearer", token
    assert await works(instance, ann.access)


async def test_forged_refresh_token_is_refused(instance: Instance, settings: Config) -> None:
    ann = await instance.person("ann")
    claims = jwt.decode(ann.refresh, options={"verify_signature": False})
    for forged in (
        jwt.encode(claims | {"exp": int(time.time()) - 60}, settings.jwt_secret),
        jwt.encode(claims | {"gen": 1}, "another secret, of thirty-two bytes or more"),
        jwt.encode(claims, "", "none"),
        ann.refresh[:-2],
        "é",
    ):
        await refresh(instance, forged, status=401)
    await refresh(instance, ann.refresh)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", "bearer: x", "\t"])
async def test_header_without_a_token_is_no_way_in(instance: Instance, header: str) -> None:
    refused = await instance.get(ME, headers={"Authorization": header}, status=401)
    assert refused.headers["WWW-Authenticate"] == "Bearer"


async def test_scheme_of_the_token_is_read_in_any_case(instance: Instance) -> None:
    ann = await instance.person("ann")
    await instance.get(ME, headers={"Authorization": f"bearer {ann.access}"})


async def test_revoked_session_ends_everywhere_within_a_second(two_instances: Instances) -> None:
    here, there = two_instances
    ann = await here.person("ann")
    phone = await here.log_in(ann.id, ann.username)
    assert await works(there, ann.access)
    await here.post(REVOKE, ann, {"refresh": ann.refresh}, status=204)
    await asyncio.gather(*(stops_working(instance, ann.access) for instance in two_instances))
    await refresh(there, ann.refresh, status=401)
    assert await works(there, phone.access)


async def test_nobody_revokes_the_session_of_another(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    await instance.post(REVOKE, bob, {"refresh": ann.refresh}, status=403)
    await instance.post(REVOKE, json={"refresh": ann.refresh}, status=401)
    await refresh(instance, ann.refresh)


async def test_suspended_user_gets_no_further_tokens(instance: Instance, db: Database) -> None:
    ann = await instance.person("ann")
    assert await works(instance, ann.access)
    await db.execute("UPDATE users SET suspended_at = now() WHERE id = $1", ann.id)
    await stops_working(instance, ann.access)
    await refresh(instance, ann.refresh, status=401)


def test_a_token_that_was_verified_expires_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = Tokens("a secret of thirty-two characters", 60, 1)
    access = tokens.issue(7, 8, 0).access
    now = time.time()
    assert tokens.access(access) == tokens.access(access)
    for forged in (access[:-2], access + "x", access.swapcase()):
        with pytest.raises(OperationError, match="Not a valid token"):
            tokens.access(forged)
    monkeypatch.setattr(time, "time", lambda: now + 60 + LEEWAY_SECONDS + 1)
    with pytest.raises(OperationError, match="expired"):
        tokens.access(access)
