"""Engine.IO, version 4, as its public suite asks: alone, and under Socket.IO."""

import asyncio

import aiohttp
import orjson
import pytest

from tests.protocol.conftest import Line, ended, heard
from tests.protocol.host import PAYLOAD_BYTES_MAX, PING_INTERVAL, PING_TIMEOUT
from tests.waiting import until

SEPARATOR = "\x1e"


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_a_session_begins_with_what_its_client_must_know(line: Line, transport: str) -> None:
    if transport == "polling":
        _, text = await line.asked("?EIO=4&transport=polling")
    else:
        async with line.http.ws_connect(line.at("websocket")) as websocket:
            text = await websocket.receive_str()
    assert text[0] == "0"
    opening = orjson.loads(text[1:])
    assert isinstance(opening.pop("sid"), str)
    assert opening == {
        "upgrades": ["websocket"] if transport == "polling" else [],
        "pingInterval": PING_INTERVAL * 1000,
        "pingTimeout": PING_TIMEOUT * 1000,
        "maxPayload": PAYLOAD_BYTES_MAX,
    }


@pytest.mark.parametrize(
    "query",
    ["?transport=polling", "?EIO=abc&transport=polling", "?EIO=4", "?EIO=4&transport=abc"],
)
async def test_another_version_or_transport_is_refused(line: Line, query: str) -> None:
    status, _ = await line.asked(query)
    assert status == 400
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await line.http.ws_connect(line.url + query.replace("polling", "websocket"))
    assert not line.engine.sockets


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_a_session_begins_with_a_get_only(line: Line, method: str) -> None:
    assert (await line.asked("?EIO=4&transport=polling", method))[0] == 400


@pytest.mark.parametrize(
    "body",
    ["4hello", SEPARATOR.join(["4test1", "4test2", "4test3"]), f"4hello{SEPARATOR}bAQIDBA=="],
    ids=["one", "several", "binary"],
)
async def test_what_is_posted_is_answered_ok_and_comes_back_by_a_poll(
    echo: Line, body: str
) -> None:
    sid = await echo.opened()
    assert await echo.post(sid, body) == (200, "ok")
    assert await echo.poll(sid) == (200, body)


@pytest.mark.parametrize("body", ["abc", "9", "4good\x1eabc", "bA", "2", "0{}", "4\x1e"])
async def test_a_body_that_is_not_made_of_a_clients_packets_ends_the_session(
    line: Line, body: str
) -> None:
    sid = await line.opened()
    assert (await line.post(sid, body))[0] == 400
    assert (await line.poll(sid))[0] == 400
    assert (await line.post(sid, "3"))[0] == 400
    assert not line.engine.sockets


async def test_a_second_poll_beside_one_ends_the_session_and_the_first_is_told(
    line: Line,
) -> None:
    sid = await line.opened()
    first = asyncio.create_task(line.poll(sid))
    await until(lambda: line.engine.sockets[sid].polling)
    assert (await line.poll(sid))[0] == 400
    assert await first == (200, "1")
    assert (await line.poll(sid))[0] == 400


async def test_text_and_binary_come_back_by_websocket(echo: Line) -> None:
    async with echo.websocket() as websocket:
        await websocket.send_str("4hello")
        await heard(websocket, "4hello")
        for size in (4, 125, 126, 70_000):
            await websocket.send_bytes(b"4" * size)
            assert await websocket.receive_bytes(timeout=10) == b"4" * size


@pytest.mark.parametrize("text", ["abc", "", "b4"])
async def test_what_is_no_packet_ends_a_websocket(line: Line, text: str) -> None:
    async with line.websocket() as websocket:
        await websocket.send_str(text)
        await ended(websocket)
    await until(lambda: not line.engine.sockets)


async def test_who_answers_pings_by_posts_stays(echo: Line) -> None:
    sid = await echo.opened()
    echo.engine.ping_timeout = 5  # for a busy machine
    for _ in range(3):
        assert await echo.poll(sid) == (200, "2")
        assert await echo.post(sid, "3") == (200, "ok")
    assert sid in echo.engine.sockets


async def test_who_polls_nothing_for_an_interval_and_the_timeout_is_gone(line: Line) -> None:
    """However late the timer is that aborts it: here it is stopped."""
    sid = await line.opened()
    line.engine.sockets[sid].ping = lambda: None  # type: ignore[method-assign]
    await asyncio.sleep(PING_INTERVAL + PING_TIMEOUT)
    assert (await line.poll(sid))[0] == 400
    assert sid not in line.engine.sockets


async def test_who_does_not_answer_a_ping_is_cut(line: Line) -> None:
    async with line.websocket() as websocket:
        assert await websocket.receive_str() == "2"
        await ended(websocket)


async def test_a_client_that_posts_its_close_gets_a_last_answer_to_its_poll(line: Line) -> None:
    for poll_first in (True, False):
        sid = await line.opened()
        polling, posting = line.poll(sid), line.post(sid, "1")
        if poll_first:
            poll, post = await asyncio.gather(polling, posting)
        else:
            post, poll = await asyncio.gather(posting, polling)
        assert poll == (200, "6")
        assert post == (200, "ok")
        assert (await line.poll(sid))[0] == 400


async def test_a_client_that_says_close_is_closed(line: Line) -> None:
    async with line.websocket() as websocket:
        await websocket.send_str("1")
        await ended(websocket)


async def test_a_session_goes_over_from_polling_to_a_websocket(echo: Line) -> None:
    sid = await echo.opened()
    async with echo.websocket(sid) as websocket:
        await websocket.send_str("2probe")
        await heard(websocket, "3probe")
        assert await echo.poll(sid) == (200, "6")
        await websocket.send_str("5")
        await websocket.send_str("4hello")
        await heard(websocket, "4hello")


async def test_what_comes_for_a_session_that_has_a_websocket_is_refused_and_it_goes_on(
    echo: Line,
) -> None:
    sid = await echo.opened()
    async with echo.websocket(sid) as websocket:
        await websocket.send_str("2probe")
        await heard(websocket, "3probe")
        await websocket.send_str("5")
        await until(lambda: echo.engine.sockets[sid].upgraded)
        assert (await echo.poll(sid))[0] == 400
        assert (await echo.post(sid, "4x"))[0] == 400
        async with echo.websocket(sid) as second:  # opened, as the protocol asks
            assert await ended(second) == aiohttp.WSCloseCode.POLICY_VIOLATION
        await websocket.send_str("4hello")
        await heard(websocket, "4hello")
