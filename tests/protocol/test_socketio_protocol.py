"""Socket.IO, version 5, as its public suite asks."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import orjson
import pytest

from realtime.transport.socketio_server import SocketServer
from tests.protocol.conftest import Line, ended, heard, said
from tests.waiting import until

BINARY_EVENT = '452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]'
ATTACHMENTS = [bytes([1, 2, 3]), bytes([4, 5, 6])]


@pytest.fixture
async def websocket(socketio: Line) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with socketio.websocket() as websocket:
        yield websocket


@pytest.fixture
async def connected(
    websocket: aiohttp.ClientWebSocketResponse,
) -> aiohttp.ClientWebSocketResponse:
    """In the default namespace."""
    await enter(websocket, "", {})
    return websocket


async def enter(
    websocket: aiohttp.ClientWebSocketResponse, namespace: str, auth: dict[str, Any]
) -> None:
    payload = orjson.dumps(auth).decode()
    await websocket.send_str(f"40{namespace}{payload if auth else ''}")
    answer = await said(websocket)
    assert answer.startswith(f"40{namespace}{{")
    handshake = orjson.loads(answer[answer.index("{") :])
    assert list(handshake) == ["sid"]
    assert isinstance(handshake["sid"], str)
    await heard(websocket, f'42{namespace}["auth",{payload}]')


async def binary(websocket: aiohttp.ClientWebSocketResponse) -> bytes:
    """The next binary message, pings being answered."""
    while (message := await websocket.receive(10)).type is aiohttp.WSMsgType.TEXT:
        assert message.data == "2"
        await websocket.send_str("3")
    assert message.type is aiohttp.WSMsgType.BINARY
    return bytes(message.data)


@pytest.mark.parametrize("auth", [{}, {"token": "123"}], ids=["bare", "auth"])
@pytest.mark.parametrize("namespace", ["", "/custom,"])
async def test_a_client_is_let_in_and_its_auth_is_heard(
    websocket: aiohttp.ClientWebSocketResponse, namespace: str, auth: dict[str, Any]
) -> None:
    await enter(websocket, namespace, auth)


async def test_a_namespace_that_there_is_not_is_refused(
    websocket: aiohttp.ClientWebSocketResponse,
) -> None:
    await websocket.send_str("40/random")
    await heard(websocket, '44/random,{"message":"Invalid namespace"}')


async def test_who_never_connects_to_a_namespace_is_cut(
    socketio: Line, sockets: SocketServer
) -> None:
    sockets.handshake_seconds = 0.4
    sockets.eio.ping_interval = 20.0
    async with socketio.websocket() as silent, socketio.websocket() as elsewhere:
        await elsewhere.send_str("40/custom")
        await ended(silent)
        await said(elsewhere)
        await heard(elsewhere, '42/custom,["auth",{}]')
        assert len(sockets.eio.sockets) == 1


@pytest.mark.parametrize(
    "packet",
    [
        "4abc",
        "42{}",
        '42abc["message-with-ack",1,"2",{"3":[false]}]',
        '452-["message",{"_placeholder":true,"num":0}]42["message"]',
        '4517-["message"]',
        '45["message"]',
        '421-["message"]',
    ],
)
async def test_what_is_no_packet_ends_the_connection(
    connected: aiohttp.ClientWebSocketResponse, packet: str
) -> None:
    await connected.send_str(packet)
    await ended(connected)


async def test_who_leaves_the_namespace_keeps_the_connection(
    connected: aiohttp.ClientWebSocketResponse,
) -> None:
    await connected.send_str("41")
    assert await connected.receive_str(timeout=10) == "2"


async def test_one_namespace_goes_on_when_another_is_left(
    connected: aiohttp.ClientWebSocketResponse, sockets: SocketServer
) -> None:
    custom = sockets.namespace_handlers["/custom"]
    await enter(connected, "/custom,", {})
    assert len(custom.members) == 1
    await connected.send_str("41/custom")
    await connected.send_str('42["message","to the default one"]')
    await heard(connected, '42["message-back","to the default one"]')
    assert not custom.members


@pytest.mark.parametrize("way", ["event", "ack"])
async def test_arguments_come_back_as_they_are(
    connected: aiohttp.ClientWebSocketResponse, way: str
) -> None:
    if way == "event":
        await connected.send_str('42["message",1,"2",{"3":[true]}]')
        await heard(connected, '42["message-back",1,"2",{"3":[true]}]')
    else:
        await connected.send_str('42456["message-with-ack",1,"2",{"3":[false]}]')
        await heard(connected, '43456[1,"2",{"3":[false]}]')


@pytest.mark.parametrize("way", ["event", "ack"])
async def test_attachments_come_back_behind_their_packet(
    connected: aiohttp.ClientWebSocketResponse, way: str
) -> None:
    sent, back = BINARY_EVENT, BINARY_EVENT.replace("message", "message-back")
    if way == "ack":
        sent = BINARY_EVENT.replace("452-", "452-789").replace("message", "message-with-ack")
        back = BINARY_EVENT.replace("452-", "462-789").replace('"message",', "")
    await connected.send_str(sent)
    for attachment in ATTACHMENTS:
        await connected.send_bytes(attachment)
    await heard(connected, back)
    assert [await binary(connected) for _ in ATTACHMENTS] == ATTACHMENTS


@pytest.mark.parametrize("after", ['42["message",1]', "40/custom", "41"])
async def test_text_where_an_attachment_is_due_ends_the_connection(
    connected: aiohttp.ClientWebSocketResponse, after: str
) -> None:
    await connected.send_str(BINARY_EVENT)
    await connected.send_str(after)
    await ended(connected)


@pytest.mark.parametrize("number", ["1", "null", '"x"', "[]"])
async def test_a_placeholder_of_no_attachment_ends_the_connection(
    connected: aiohttp.ClientWebSocketResponse,
    number: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await connected.send_str(f'451-["message",{{"_placeholder":true,"num":{number}}}]')
    await connected.send_bytes(b"x")
    await ended(connected)
    assert not caplog.records


async def test_an_attachment_of_nobody_ends_the_connection(
    websocket: aiohttp.ClientWebSocketResponse,
) -> None:
    await websocket.send_str('451-["message",{"_placeholder":true,"num":0}]')
    await ended(websocket)


async def test_a_lost_connection_leaves_nothing_in_any_namespace(
    socketio: Line, sockets: SocketServer
) -> None:
    async with socketio.websocket() as websocket:
        await enter(websocket, "", {})
        await enter(websocket, "/custom,", {})
        await websocket.send_str(BINARY_EVENT)  # its attachments never come
        await until(lambda: sockets.unfinished == 1)
    await until(lambda: sockets.entries == 0)
    await until(lambda: not sockets.namespace_handlers["/custom"].members)
