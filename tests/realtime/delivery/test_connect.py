"""The door: who is let in, who is told why not, and what the first event says."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import orjson
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


async def test_connections_beyond_the_limit_of_a_user_are_cut_for_now_and_get_in_when_one_goes(
    settings: Config,
) -> None:
    """A CONNECT_ERROR would keep a stock client away for good."""
    async with running(replace(settings, max_sockets_per_user=2)) as instance:
        ann, bob = await instance.person("ann"), await instance.person("bob")
        back = SocketClient(reconnection=True)
        async with instance.socket(ann) as first:
            async with instance.socket(ann) as second:
                await first.ready()
                await second.ready()
                async with raw_socket(instance) as third:
                    await third.send(f'40{{"token":"{ann.access}"}}')
                    told = await third.websocket.receive()
                    assert (told.type, told.data) == (aiohttp.WSMsgType.CLOSE, 1013)
                    assert told.extra == "too_many_connections"
                connecting = asyncio.create_task(
                    back.client.connect(
                        instance.url,
                        auth={"token": ann.access},
                        transports=["websocket"],
                        retry=True,
                        wait_timeout=30,
                    )
                )
                async with instance.socket(bob) as other:
                    await other.ready()
                assert back.received == []
            await back.next("session.ready", 15)
            await connecting
            await back.client.disconnect()


@pytest.mark.parametrize("namespace", ["", "/admin,"])
async def test_who_is_refused_is_told_and_then_cut_whatever_else_it_says(
    instance: Instance, namespace: str
) -> None:
    async with raw_socket(instance) as raw:
        await raw.send(*[f'40{namespace}{{"token":"bad"}}'] * 30)
        assert (await raw.next() or "").startswith(f"44{namespace}{{")
        told = await raw.websocket.receive(5)
        assert (told.type, told.data) == (aiohttp.WSMsgType.CLOSE, 1008)


@pytest.mark.parametrize("namespace", ["", "/admin,"])
async def test_who_is_refused_by_long_polling_is_told_and_then_cut(
    instance: Instance, namespace: str
) -> None:
    async with aiohttp.ClientSession() as http:
        url = f"{instance.url}/socket.io/?EIO=4&transport=polling"
        async with http.get(url) as answer:
            url += "&sid=" + orjson.loads((await answer.text())[1:])["sid"]
        async with http.post(url, data=f'40{namespace}{{"token":"bad"}}') as answer:
            assert answer.status == 200
        async with http.get(url) as answer:
            assert (await answer.text()).startswith(f"44{namespace}{{")
        async with http.get(url) as answer:
            assert answer.status == 400 or await answer.text() == "6"
        async with http.get(url) as answer:
            assert answer.status == 400


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
        await raw.send('42/admin,1["feed.list",{}]', '42/admin,["session.ready"]')
        await raw.send('40/admin,{"token":"x"}')
        assert await raw.next() == '44/admin,{"message":"Invalid namespace"}'


async def test_unknown_fields_of_auth_are_left_alone(instance: Instance) -> None:
    ann = await instance.person("ann")
    async with instance.socket(ann, colour="green") as client:
        assert (await client.ready())["resume"]["status"] == "fresh"
