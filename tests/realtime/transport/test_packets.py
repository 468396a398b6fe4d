"""What no client of ours sends: its connection is aborted, nothing is run, none else notices."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest

from realtime.delivery.namespace import SocketNamespace
from realtime.transport import socketio_server
from realtime.transport.polling import MESSAGE_BYTES_MAX
from server.config.load import Config
from tests.people import Person
from tests.realtime.socket_client import OpenInstance, RawSocket, open_instance, raw_socket
from tests.waiting import until

BIG = "x" * (MESSAGE_BYTES_MAX + 10)

RESERVED = [
    f'42["{name}",{{"token":"x"}}]'
    for name in (
        "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
    )
]  # fmt: skip
BINARY: list[str | bytes] = [
    b"",
    b"binary",
    '451-["post.get",{"_placeholder":true,"num":0}]',
    '461-1[{"_placeholder":true,"num":0}]',
    '45["post.get"]',
    '4512345678901-["post.get"]',
    '421-["post.get",{"id":1}]',
]
NOT_EVENTS = ['42{"a":1}', '42"text"', "42", "42[]", "42[1]", "42[null,{}]", '42[["post.get"]]']
NOT_JSON = ['42["post.get",', "42[NaN]", '42["post.get",{"id":1}]x', "42" + "[" * 50_000]
NOT_SOCKET_IO = ["4", "4x", "47[]", "48", "49[]", '44{"message":"no"}', "4²", "42²[]"]
NOT_ENGINE_IO = ["", "x", "²", "\x00"]
TOO_BIG: list[str | bytes] = [f'42["post.create",{{"content":"{BIG}"}}]', BIG.encode()]
BAD_AUTH = ["40[]", '40"x"', "40true", '40{"token":']

EVERYTHING: list[str | bytes] = [
    *RESERVED, *BINARY, *NOT_EVENTS, *NOT_JSON, *NOT_SOCKET_IO, *NOT_ENGINE_IO, *TOO_BIG, *BAD_AUTH
]  # fmt: skip


def named(frame: str | bytes) -> str:
    return repr(frame[:24])


@pytest.fixture
async def here(settings: Config) -> AsyncIterator[OpenInstance]:
    async with open_instance(settings) as one:
        yield one


@pytest.fixture
async def eve(here: OpenInstance) -> Person:
    return await here.instance.person("eve")


class Handled(list[str]):
    """Which handlers were run."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        for name in ("on_connect", "on_event", "on_disconnect"):
            monkeypatch.setattr(
                SocketNamespace, name, self._recording(name, getattr(SocketNamespace, name))
            )

    def _recording(self, name: str, handler: Callable[..., Any]) -> Callable[..., Any]:
        def recorded(namespace: SocketNamespace, *args: Any) -> Any:
            self.append(name)
            return handler(namespace, *args)

        return recorded


async def test_each_is_cut_and_nothing_is_run_and_nobody_else_notices(
    here: OpenInstance, eve: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await here.instance.person("ann")
    async with here.instance.socket(ann) as witness:
        await witness.ready()
        for frame in EVERYTHING:
            async with raw_socket(here.instance) as raw:
                await raw.log_in(eve)
                handled = Handled(monkeypatch)
                await raw.send(frame)
                assert await raw.ended(2), named(frame)
                await until(lambda: here.sockets_of(eve) == 0)
                assert handled == ["on_disconnect"], named(frame)
                monkeypatch.undo()
        await witness.do("feed.list")
        assert witness.names() == ["session.ready"]
        (left,) = here.services.sockets.eio.sockets.values()
        assert left.client.session.user_id == ann.id


async def test_each_is_cut_before_a_token_was_shown_too(
    here: OpenInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    handled = Handled(monkeypatch)
    for frame in EVERYTHING:
        async with raw_socket(here.instance) as raw:
            await raw.send(frame)
            assert await raw.ended(2), named(frame)
    assert handled == []


async def test_events_and_acks_of_somebody_unknown_are_not_heard(
    here: OpenInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    handled = Handled(monkeypatch)
    async with raw_socket(here.instance) as raw:
        await raw.send('421["feed.list",{}]', "431[]", "41", '42["session.ready",{}]')
        await raw.send('40{"token":"bad"}')
        assert (await raw.next() or "").startswith("44")
    assert handled == ["on_connect"]


async def test_one_who_has_left_the_namespace_must_show_a_token_again(
    here: OpenInstance, eve: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socketio_server, "HANDSHAKE_SECONDS", 0.3)
    async with raw_socket(here.instance) as leaves, raw_socket(here.instance) as returns:
        for raw in (leaves, returns):
            await raw.log_in(eve)
            await raw.send("41")
        await returns.log_in(eve)
        assert await leaves.ended(2)
        await returns.send('421["feed.list"]')
        assert (await returns.next() or "").startswith('431[{"ok":true')


async def test_engine_io_packets_that_no_client_sends_are_passed_over(
    here: OpenInstance, eve: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with raw_socket(here.instance) as raw:
        await raw.log_in(eve)
        handled = Handled(monkeypatch)
        await raw.send("9", '0{"sid":"x"}', "6", "3")
        assert handled == []
        await raw.send('421["feed.list"]')
        assert (await raw.next() or "").startswith('431[{"ok":true')


async def test_ack_of_nothing_is_left_alone(here: OpenInstance, eve: Person) -> None:
    async with raw_socket(here.instance) as raw:
        await raw.log_in(eve)
        await raw.send("431[]", '437["x"]')
        await raw.send('428["feed.list"]')
        assert await raw.next() == '438[{"ok":true,"data":{"results":[],"next":null}}]'


async def test_a_token_shown_twice_ends_the_connection_and_leaves_nothing_behind(
    here: OpenInstance, eve: Person
) -> None:
    async with raw_socket(here.instance) as raw:
        await raw.log_in(eve)
        await raw.send(f'40{{"token":"{eve.access}"}}')
        assert await raw.ended(2)
    await until(lambda: here.sockets_of(eve) == 0)
    await until(lambda: not here.services.sockets.eio.sockets)


async def test_a_frame_up_to_the_limit_is_read(here: OpenInstance, eve: Person) -> None:
    async with raw_socket(here.instance) as raw:
        await raw.log_in(eve)
        frame = '429["post.create",{"content":"%s"}]'
        await raw.send(frame % ("x" * (MESSAGE_BYTES_MAX - len(frame))))
        assert '"status":422' in (await raw.next() or "")


@pytest.mark.parametrize("body", ['4"', '42["connect",{}]', '451-["x"]', "4" + BIG])
async def test_what_is_posted_by_long_polling_is_looked_at_the_same(
    here: OpenInstance, eve: Person, body: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    polling = f"{here.instance.url}/socket.io/?EIO=4&transport=polling"
    async with aiohttp.ClientSession() as http:
        async with http.get(polling) as answer:
            sid = (await answer.text())[1:].split('"')[3]
        session = f"{polling}&sid={sid}"
        await http.post(session, data=f'40{{"token":"{eve.access}"}}')
        await until(lambda: here.sockets_of(eve) == 1)
        handled = Handled(monkeypatch)
        async with asyncio.timeout(20), http.post(session, data=body) as answer:
            await answer.read()
        await until(lambda: here.sockets_of(eve) == 0)
        assert handled == ["on_disconnect"]


async def test_a_flood_of_bad_connections_leaves_nothing_behind(
    here: OpenInstance, eve: Person
) -> None:
    async def bad(frame: str | bytes) -> None:
        async with raw_socket(here.instance) as raw:
            assert isinstance(raw, RawSocket)
            await raw.send(frame)
            assert await raw.ended(5)

    for frame in ("x", b"binary", '42["connect"]') * 20:
        await bad(frame)
    sockets = here.services.sockets
    await until(lambda: not sockets.environ)
    assert not here.services.sockets.eio.sockets
