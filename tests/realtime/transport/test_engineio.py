"""Connections of every kind: handshakes, upgrades, pings, floods."""

import asyncio
import base64
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace

import aiohttp
import orjson
import pytest

from realtime.transport import write_batch
from realtime.transport.message_order import PENDING_MESSAGES_MAX
from server.config.load import Config
from storage.database.pool import Database
from tests.people import Person
from tests.realtime.message_helpers import Entry, conversation, entries, log_of, send_many
from tests.realtime.socket_client import OpenInstance, RawSocket, open_instance, raw_socket
from tests.waiting import until


@pytest.fixture
async def here(settings: Config) -> AsyncIterator[OpenInstance]:
    async with open_instance(settings) as one:
        yield one


@pytest.fixture
async def ann(here: OpenInstance) -> Person:
    return await here.instance.person("ann")


def request(**headers: str | None) -> bytes:
    """A WebSocket handshake; a header given as None is left out."""
    key = base64.b64encode(os.urandom(16)).decode()
    sent: dict[str, str | None] = {
        "Host": "x",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": key,
    }
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in sent.items() if value is not None]
    head = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1"
    return "\r\n".join([head, *lines, "", ""]).encode()


def masked(text: str) -> bytes:
    """A client's frame, with a mask of zeros."""
    assert len(text) < 126
    return bytes((0x81, 0x80 | len(text), 0, 0, 0, 0)) + text.encode()


async def connect(here: OpenInstance) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = here.instance.url.removeprefix("http://").split(":")
    return await asyncio.open_connection(host, int(port))


@pytest.mark.parametrize(
    "wrong",
    [
        {"Upgrade": "h2c"},
        {"Connection": "keep-alive"},
        {"Sec_WebSocket_Version": "8"},
        {"Sec_WebSocket_Version": None},
        {"Sec_WebSocket_Key": None},
        {"Sec_WebSocket_Key": "short"},
        {"Sec_WebSocket_Key": "ä" * 24},
    ],
    ids=str,
)
async def test_a_handshake_that_is_none_is_refused_and_leaves_nothing_behind(
    here: OpenInstance, wrong: dict[str, str | None]
) -> None:
    reader, writer = await connect(here)
    writer.write(request(**wrong))
    assert (await reader.readline()).startswith(b"HTTP/1.1 400")
    writer.close()
    await until(lambda: not here.services.sockets.eio.sockets)


async def test_what_a_client_says_together_with_its_handshake_is_heard(
    here: OpenInstance, ann: Person
) -> None:
    reader, writer = await connect(here)
    token = orjson.dumps({"token": ann.access}).decode()
    first, rest = f"40{token}"[:100], f"40{token}"[100:]
    fragments = bytes((0x01, 0x80 | len(first), 0, 0, 0, 0)) + first.encode()
    while rest:
        piece, rest = rest[:100], rest[100:]
        fragments += bytes((0x00 if rest else 0x80, 0x80 | len(piece), 0, 0, 0, 0)) + piece.encode()
    writer.write(request() + fragments + masked('427["feed.list"]'))
    answer = b""
    async with asyncio.timeout(20):
        while b'437[{"ok":true' not in answer:
            answer += await reader.read(10_000)
    assert answer.startswith(b"HTTP/1.1 101 ")
    assert answer.index(b"0{") < answer.index(b"40{") < answer.index(b"437[")
    writer.close()
    await until(lambda: not here.services.sockets.eio.sockets)


async def test_a_websocket_ping_is_answered_and_a_close_is_returned(here: OpenInstance) -> None:
    reader, writer = await connect(here)
    writer.write(request())
    await reader.readuntil(b"}")  # OPEN
    writer.write(bytes((0x89, 0x82, 0, 0, 0, 0)) + b"hi")
    assert await reader.readexactly(4) == bytes((0x8A, 2)) + b"hi"
    writer.write(bytes((0x88, 0x82, 0, 0, 0, 0)) + (1000).to_bytes(2, "big"))
    assert await reader.read() == bytes((0x88, 2)) + (1000).to_bytes(2, "big")
    writer.close()
    await until(lambda: not here.services.sockets.eio.sockets)


async def test_what_is_no_frame_ends_the_connection_with_the_reason(here: OpenInstance) -> None:
    reader, writer = await connect(here)
    writer.write(request())
    await reader.readuntil(b"}")
    writer.write(bytes((0xF1, 0x80)))
    assert await reader.read() == bytes((0x88, 2)) + (1002).to_bytes(2, "big")
    writer.close()


async def test_compression_is_off_unless_it_is_set_and_only_for_those_who_offer_it(
    settings: Config,
) -> None:
    for on in (False, True):
        async with open_instance(replace(settings, socket_compression=on)) as here:
            ann = await here.instance.person("ann")
            url = f"{here.instance.url}/socket.io/?EIO=4&transport=websocket"
            for offered in (0, 15):
                async with (
                    aiohttp.ClientSession() as http,
                    http.ws_connect(url, compress=offered) as line,
                ):
                    assert line.compress == (offered if on else 0)
                    await line.receive_str()
                    raw = RawSocket(line)
                    await raw.log_in(ann)
                    content = "so much of the same, " * 12 + "and more"
                    await raw.send(f'421["post.create",{{"content":"{content}"}}]')
                    assert (await raw.event("post.created"))["data"]["post"]["content"] == content


async def test_clients_that_go_over_to_websocket_in_a_stream_of_events_miss_none(
    here: OpenInstance, db: Database, ann: Person
) -> None:
    instance = here.instance
    bob = await instance.person("bob")
    room = await conversation(instance, ann, bob)
    transports = (["polling", "websocket"], ["polling"], ["websocket"])

    async def receive(order: list[str]) -> list[Entry]:
        async with instance.socket(bob, transports=order, since=0) as client:
            await client.ready()
            await until(lambda: len(client.durable()) == 301, 20)
            return entries(client.durable())

    receiving = [asyncio.create_task(receive(list(order))) for order in transports * 3]
    for _ in range(30):
        await send_many(instance, ann, room, ["x" * 300] * 10)
    log = await log_of(db, bob.id)
    assert await asyncio.gather(*receiving) == [log] * len(receiving)


async def test_a_probe_that_goes_no_further_leaves_the_client_polling(
    here: OpenInstance, ann: Person
) -> None:
    url = f"{here.instance.url}/socket.io/?EIO=4"
    async with aiohttp.ClientSession() as http:
        async with http.get(f"{url}&transport=polling") as answer:
            sid = orjson.loads((await answer.text())[1:])["sid"]
        polling = f"{url}&transport=polling&sid={sid}"
        for bad in ("2prob", "5", "40", None):
            async with http.ws_connect(f"{url}&transport=websocket&sid={sid}") as probe:
                if bad:
                    await probe.send_str(bad)
                    assert (await probe.receive(2)).type is not aiohttp.WSMsgType.TEXT
        await http.post(polling, data=f'40{{"token":"{ann.access}"}}')
        async with http.get(polling) as answer:
            assert (await answer.text()).startswith("40{")
        websocket = f"{url}&transport=websocket&sid={sid}"
        async with http.ws_connect(websocket) as former, http.ws_connect(websocket) as later:
            assert (await former.receive(2)).type is not aiohttp.WSMsgType.TEXT
            await later.send_str("2probe")
            assert await later.receive_str() == "3probe"
            await later.send_str("5")
            await later.send_str('421["feed.list"]')
            while not (await later.receive_str()).startswith('431[{"ok":true'):
                pass


async def test_who_answers_pings_stays_and_who_does_not_is_cut(
    here: OpenInstance, ann: Person
) -> None:
    server = here.services.sockets.eio
    server.ping_interval, server.ping_timeout = 0.25, 0.2
    url = f"{here.instance.url}/socket.io/?EIO=4&transport="
    async with (
        raw_socket(here.instance) as answers,
        raw_socket(here.instance) as silent,
        aiohttp.ClientSession() as http,
    ):
        async with http.get(f"{url}polling"):
            pass
        assert len(server.sockets) == 3
        assert await silent.websocket.receive_str() == "2"
        for _ in range(6):
            assert await answers.websocket.receive_str() == "2"
            await answers.send("3")
        assert len(server.sockets) == 1
        assert (await silent.websocket.receive()).type is not aiohttp.WSMsgType.TEXT


async def test_a_flood_of_commands_is_not_taken_in_faster_than_it_is_carried_out(
    here: OpenInstance, ann: Person
) -> None:
    """Each is answered, in order; what waits for its turn is bounded."""
    count = 3_000
    async with raw_socket(here.instance) as raw:
        await raw.log_in(ann)
        (socket,) = here.services.sockets.eio.sockets.values()
        most = 0

        async def flood() -> None:
            for number in range(count):
                await raw.send(f'42{number}["no.such",{{"pad":"{"x" * 2000}"}}]')

        flooding = asyncio.create_task(flood())
        for number in range(count):
            assert (await raw.next() or "").startswith(f"43{number}[")
            most = max(most, socket.backlog)
        await flooding
        assert most <= PENDING_MESSAGES_MAX + 2**18 // 2000


async def test_who_polls_too_seldom_is_cut_and_resumes(
    here: OpenInstance, db: Database, ann: Person
) -> None:
    instance = here.instance
    bob = await instance.person("bob")
    room = await conversation(instance, ann, bob)
    url = f"{instance.url}/socket.io/?EIO=4&transport=polling"
    async with aiohttp.ClientSession() as http:
        async with http.get(url) as answer:
            sid = orjson.loads((await answer.text())[1:])["sid"]
        await http.post(f"{url}&sid={sid}", data=f'40{{"token":"{bob.access}"}}')
        await until(lambda: here.sockets_of(bob) == 1)
        sent = 0
        while here.sockets_of(bob):
            assert sent < 1000, "nobody disconnects it"
            sent += len(await send_many(instance, ann, room, ["x" * 4000] * 20))
        async with http.get(f"{url}&sid={sid}") as answer:
            assert answer.status == 400
    async with instance.socket(bob, since=0, transports=["polling"]) as back:
        await until(lambda: len(back.durable()) == sent + 1, 15)
        assert entries(back.durable()) == await log_of(db, bob.id)


async def test_all_are_told_before_an_instance_stops(
    settings: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_batch, "SOCKETS_AT_ONCE", 3)
    async with AsyncExitStack() as leaving:
        async with open_instance(settings) as here:
            people = [await here.instance.person(f"p{number}") for number in range(20)]
            raws = [await leaving.enter_async_context(raw_socket(here.instance)) for _ in people]
            for raw, person in zip(raws, people, strict=True):
                await raw.log_in(person)
            await here.services.drain()
            assert not here.services.sockets.eio.sockets
        closings = [await raw.event("session.closing") for raw in raws]
    assert {closing["data"]["code"] for closing in closings} == {"draining"}


async def test_a_lost_connection_leaves_nothing_of_it_behind(
    here: OpenInstance, ann: Person
) -> None:
    sockets = here.services.sockets
    for _ in range(20):
        async with raw_socket(here.instance) as raw:
            await raw.log_in(ann)
            await raw.send('421["feed.list"]')
    await until(lambda: not sockets.eio.sockets)
    assert sockets.entries == 0
    assert not here.services.hub.streams
