"""The door: who is let in, who is told why not, and what the first event says."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import socketio

from handlers.security.tokens import Tokens
from realtime.transport import socketio_server
from server.config.load import Config
from tests.conftest import running
from tests.people import CONNECT_SECONDS, Instance, Person, SocketClient
from tests.realtime.socket_client import raw_socket

READY = {"user", "session_id", "seq", "epoch", "expires_at", "resume", "feed"}


NONSENSE: dict[str, list[Any]] = {
    "since": [-1, "1", 1.5, True, [], 2**63],
    "epoch": [1, {}],
    "feed_since": [7, "", "-1", "abc", "9" * 19, "٣x"],
}


async def refusal(instance: Instance, auth: object) -> dict[str, Any]:
    """The connect_error of a connection that must be refused."""
    told: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
    client = SocketClient()
    client.client.on("connect_error", told.set_result)
    with pytest.raises(socketio.exceptions.ConnectionError):
        await client.client.connect(
            instance.url, auth=auth, transports=["websocket"], wait_timeout=CONNECT_SECONDS
        )
    assert client.received == []
    return await told


def expired(settings: Config, person: Person) -> str:
    tokens = Tokens(settings.jwt_secret, -60, 1)
    return tokens.issue(person.id, 1, 0).access


async def test_connection_without_a_good_token_is_refused_with_a_problem(
    instance: Instance, settings: Config
) -> None:
    ann = await instance.person("ann")
    tokens = [{}, {"token": None}, {"token": 7}, {"token": ""}, {"token": "no.such.token"}]
    tokens += [{"token": ann.refresh}, {"token": expired(settings, ann)}]
    for auth in [None, *tokens]:
        error = await refusal(instance, auth)
        assert error["message"], auth
        assert error["data"]["status"] == 401, auth
        assert {"type", "title", "detail"} <= error["data"].keys()


async def test_token_of_a_revoked_session_is_refused(
    two_instances: tuple[Instance, Instance],
) -> None:
    here, there = two_instances
    ann = await here.person("ann")
    await here.post("/api/users/token/revoke/", ann, {"refresh": ann.refresh}, status=204)
    assert (await refusal(there, {"token": ann.access}))["data"]["status"] == 401


@pytest.mark.parametrize(
    ("field", "nonsense"),
    [(field, nonsense) for field, values in NONSENSE.items() for nonsense in values],
)
async def test_memory_that_makes_no_sense_is_refused_by_field(
    instance: Instance, field: str, nonsense: object
) -> None:
    ann = await instance.person("ann")
    error = await refusal(instance, {"token": ann.access, field: nonsense})
    assert error["data"]["status"] == 422
    assert list(error["data"]["errors"]) == [field]


async def test_first_event_is_session_ready_with_all_that_a_client_starts_from(
    instance: Instance,
) -> None:
    ann = await instance.person("ann")
    async with instance.socket(ann) as client:
        ready = await client.ready()
        me = await instance.get("/api/users/me/", ann)
    name, envelope = client.received[0]
    assert name == "session.ready"
    assert set(envelope) == {"seq", "ts", "data"}
    assert envelope["seq"] is None
    assert envelope["ts"].endswith("Z")
    assert set(ready) == READY
    assert ready["user"] == me.body
    assert isinstance(ready["session_id"], int)
    assert ready["seq"] == 0
    assert isinstance(ready["epoch"], str)
    left = datetime.fromisoformat(ready["expires_at"]) - datetime.now(UTC)
    assert timedelta(0) < left <= timedelta(seconds=901)
    assert ready["resume"] == {"status": "fresh", "missed": 0}
    assert ready["feed"]["posts"] == []
    assert ready["feed"]["more"] is False
    assert isinstance(ready["feed"]["cursor"], str)


async def test_two_logins_are_two_sessions_and_their_sockets_tell_them_apart(
    instance: Instance,
) -> None:
    ann = await instance.person("ann")
    again = await instance.log_in(ann.id, ann.username)
    async with instance.socket(ann) as one, instance.socket(again) as other:
        assert (await one.ready())["session_id"] != (await other.ready())["session_id"]


async def test_connections_beyond_the_limit_of_a_user_are_refused_until_one_goes(
    settings: Config,
) -> None:
    async with running(replace(settings, max_sockets_per_user=2)) as instance:
        ann, bob = await instance.person("ann"), await instance.person("bob")
        async with instance.socket(ann) as first:
            async with instance.socket(ann) as second:
                await first.ready()
                await second.ready()
                error = await refusal(instance, {"token": ann.access})
                assert error["data"]["status"] == 429
                assert error["data"]["retry_after"] > 0
                assert error["data"]["code"] == "too_many_connections"
                async with instance.socket(bob) as other:
                    await other.ready()
            async with instance.socket(ann) as third:
                await third.ready()


async def test_connections_that_never_show_a_token_are_dropped(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socketio_server, "HANDSHAKE_SECONDS", 1)
    ann = await instance.person("ann")
    async with instance.socket(ann) as known:
        await known.ready()
        async with raw_socket(instance) as refused, raw_socket(instance) as silent:
            await refused.send('40{"token":"bad"}')
            assert (await refused.next() or "").startswith("44")
            assert await silent.ended(5)
            assert await refused.ended(5)
        await known.do("feed.list")


async def test_another_namespace_than_the_default_does_not_exist(instance: Instance) -> None:
    async with raw_socket(instance) as raw:
        await raw.send('40/admin,{"token":"x"}')
        assert (await raw.next() or "").startswith("44/admin,")
        await raw.send('42/admin,1["feed.list",{}]', '42/admin,["session.ready"]')
        await raw.send("40{}")
        assert (await raw.next() or "").startswith("44{")


async def test_unknown_fields_of_auth_are_left_alone(instance: Instance) -> None:
    ann = await instance.person("ann")
    async with instance.socket(ann, colour="green") as client:
        assert (await client.ready())["resume"]["status"] == "fresh"
