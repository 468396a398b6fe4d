"""A flood of any kind is read in portions, then not read on, then cut; others do not notice."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import aiohttp
import orjson
import pytest
from prometheus_client import REGISTRY

from handlers.edges.socketio import SocketCommands
from realtime.transport import admission, budgets
from realtime.transport.budgets import Quota
from realtime.transport.message_order import PENDING_MESSAGES_MAX
from realtime.transport.polling_socket import POSTS_MAX
from realtime.transport.websocket import FRAMES_AT_ONCE
from server.config.load import Config
from tests.people import Person
from tests.realtime.client_frames import PING, PONG, TEXT, frame_client, masked
from tests.realtime.polling_session import SEPARATOR, polling_session
from tests.realtime.socket_client import OpenInstance, RawSocket, open_instance, raw_socket
from tests.waiting import until

FLOODS = {
    "pings": masked(b"", PING),
    "pings with a payload": masked(b"x" * 125, PING),
    "pongs": masked(b"", PONG),
    "pong packets": masked("3"),
    "events": masked('42["x"]'),
    "events of another namespace": masked('42/a,["x"]'),
    "acks of nothing": masked('431["x"]'),
    "unknown Engine.IO packets": masked("9"),
    "fragments": masked("3", 0x01) + masked("x", 0x00) * 20 + masked("x", 0x80),
    "large messages": masked('42["x","%s"]' % ("x" * 60_000)),
}


@pytest.fixture
async def here(settings: Config) -> AsyncIterator[OpenInstance]:
    async with open_instance(replace(settings, rate_limits=True)) as one:
        yield one


@pytest.fixture
async def ann(here: OpenInstance) -> Person:
    return await here.instance.person("ann")


def counted(name: str) -> float:
    return REGISTRY.get_sample_value(f"mini_twitter_{name}_total") or 0


class Turns:
    """The turns of the loop, and how many commands were carried out in each."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.commands: Counter[int] = Counter()
        self._number = 0
        self._next: asyncio.Handle | None = None
        run = SocketCommands.run

        async def recorded(commands: SocketCommands, *args: Any) -> Any:
            self.commands[self._number] += 1
            return await run(commands, *args)

        monkeypatch.setattr(SocketCommands, "run", recorded)
        self._turn()

    def _turn(self) -> None:
        self._number += 1
        self._next = asyncio.get_running_loop().call_soon(self._turn)

    def stop(self) -> None:
        if self._next is not None:
            self._next.cancel()


@pytest.fixture
async def turns(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Turns]:
    counting = Turns(monkeypatch)
    yield counting
    counting.stop()


async def test_a_read_is_handled_in_portions_and_whole(
    here: OpenInstance, ann: Person, turns: Turns
) -> None:
    count = 900
    async with frame_client(here.instance) as client:
        await client.log_in(ann)
        paused = counted("socket_pauses")
        client.send(b"".join(masked(f'42{number}["feed.list",7]') for number in range(count)))
        for number in range(count):
            assert (await client.until(TEXT, b"43")).startswith(b"43%d[" % number)
    assert turns.commands.total() == count
    assert max(turns.commands.values()) <= PENDING_MESSAGES_MAX + FRAMES_AT_ONCE
    assert counted("socket_pauses") == paused  # it is what a user may send


async def test_the_posts_of_a_polling_client_are_handled_in_portions_and_whole(
    here: OpenInstance, ann: Person, turns: Turns
) -> None:
    count = 900
    async with polling_session(here.instance, ann) as session:
        packets = [f'42{number}["feed.list",7]' for number in range(count)]
        assert await session.post_whole(SEPARATOR.join(packets).encode()) == 200
        assert await session.acks(count) == [False] * count
    assert max(turns.commands.values()) <= PENDING_MESSAGES_MAX


async def test_many_pings_that_come_at_once_are_answered_by_one_pong_for_the_last(
    here: OpenInstance,
) -> None:
    async with frame_client(here.instance) as client:
        client.send(b"".join(masked(b"%d" % number, PING) for number in range(40)))
        await client.until(PONG, b"39")
        pongs = [payload for opcode, payload in client.received if opcode == PONG]
        assert pongs == [b"39"]


@pytest.mark.parametrize("kind", FLOODS)
@pytest.mark.parametrize("known", [False, True], ids=["no token", "token"])
async def test_who_sends_more_than_may_be_is_not_read_on_and_then_cut(
    here: OpenInstance, ann: Person, monkeypatch: pytest.MonkeyPatch, kind: str, known: bool
) -> None:
    monkeypatch.setattr(budgets, "PATIENCE_SECONDS", 0.3)
    monkeypatch.setattr(admission, "MEMBER", Quota(100, 10, 2**18, 2**14))
    paused, cut = counted("socket_pauses"), counted("flooding_sockets")
    async with frame_client(here.instance) as client:
        if known:
            await client.log_in(ann)
        client.send(FLOODS[kind] * (2_000_000 // len(FLOODS[kind])))
        assert await client.closed_with() == 1008
    assert counted("socket_pauses") > paused
    assert counted("flooding_sockets") == cut + 1
    await until(lambda: not here.services.sockets.eio.sockets)


async def test_who_pauses_for_breath_goes_on(
    here: OpenInstance, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over its budget for a moment, and everything is answered: it is not a flood."""
    monkeypatch.setattr(admission, "MEMBER", Quota(50, 200, 2**20, 2**20))
    paused = counted("socket_pauses")
    async with frame_client(here.instance) as client:
        await client.log_in(ann)
        client.send(b"".join(masked(f'42{number}["feed.list",7]') for number in range(150)))
        await client.until(TEXT, b"43149[")
        assert counted("socket_pauses") > paused


async def test_the_sockets_of_a_user_share_what_the_user_may_send(
    here: OpenInstance, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budgets, "USER", Quota(200, 20, 2**22, 2**20))
    bob = await here.instance.person("bob")
    async with (
        frame_client(here.instance) as one,
        frame_client(here.instance) as other,
        frame_client(here.instance) as third,
    ):
        await one.log_in(ann)
        await other.log_in(ann)
        await third.log_in(bob)
        paused = counted("socket_pauses")
        one.send(masked("3") * 180 + masked('421["feed.list",7]'))
        await one.until(TEXT, b"431[")
        third.send(masked("3") * 30 + masked('421["feed.list",7]'))
        await third.until(TEXT, b"431[")
        assert counted("socket_pauses") == paused
        other.send(masked("3") * 30 + masked('421["feed.list",7]'))
        await other.until(TEXT, b"431[")
        assert counted("socket_pauses") > paused


@pytest.fixture
def few_handshakes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budgets, "HANDSHAKES", 3)
    monkeypatch.setattr(budgets, "HANDSHAKES_PER_SECOND", 0.001)
    monkeypatch.setattr(budgets, "TURN_SECONDS", 0.3)


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_handshakes_that_are_left_without_a_token_are_bounded_for_each_address(
    settings: Config, few_handshakes: None, transport: str
) -> None:
    limited = replace(settings, rate_limits=True, trusted_proxies=(ip_network("127.0.0.0/8"),))
    async with open_instance(limited) as here, aiohttp.ClientSession() as http:
        url = f"{here.instance.url}/socket.io/?EIO=4&transport={transport}"

        async def opened(address: str) -> int:
            headers = {"X-Forwarded-For": address}
            if transport == "polling":
                async with http.get(url, headers=headers) as answer:
                    return answer.status
            try:
                async with http.ws_connect(url, headers=headers):
                    return 200
            except aiohttp.WSServerHandshakeError as error:
                return error.status

        assert [await opened("192.0.2.1") for _ in range(5)] == [200, 200, 200, 429, 429]
        assert await opened("192.0.2.2") == 200


@pytest.mark.parametrize("transports", ["websocket", "polling", "polling,websocket"])
async def test_handshakes_of_those_who_show_a_token_are_not(
    here: OpenInstance, ann: Person, few_handshakes: None, transports: str
) -> None:
    order = transports.split(",")
    for _ in range(5):
        async with here.instance.socket(ann, transports=order) as client:
            await client.ready()
            assert client.client.transport() == order[-1]


async def test_who_waits_for_a_handshake_has_it_when_others_show_their_tokens(
    here: OpenInstance, ann: Person, few_handshakes: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budgets, "TURN_SECONDS", 10)

    async def late() -> None:
        async with raw_socket(here.instance) as raw:
            await raw.log_in(ann)

    async with raw_socket(here.instance) as one, raw_socket(here.instance):
        async with raw_socket(here.instance):
            pass
        paused = counted("socket_pauses")
        waiting = asyncio.create_task(late())
        await until(lambda: counted("socket_pauses") > paused)
        await one.log_in(ann)
        await asyncio.wait_for(waiting, 20)


async def test_a_herd_behind_one_address_is_not_taken_for_a_flood(
    here: OpenInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many as there are handshakes: in proportion to what is set."""
    share = 100 / budgets.HANDSHAKES
    whole = budgets.ADDRESS
    scaled = Quota(int(whole.frames * share), 0.001, int(whole.bytes * share), 0.001)
    monkeypatch.setattr(budgets, "ADDRESS", scaled)
    monkeypatch.setattr(budgets, "HANDSHAKES", 100)
    monkeypatch.setattr(budgets, "HANDSHAKES_PER_SECOND", 0.001)
    people = await here.instance.people(*(["bob"] * 10))
    paused = counted("socket_pauses")
    async with AsyncExitStack() as leaving:
        herd = [await leaving.enter_async_context(raw_socket(here.instance)) for _ in range(100)]
        tokens = [people[number % 10] for number in range(100)]
        await asyncio.gather(*map(RawSocket.log_in, herd, tokens))
        assert counted("socket_pauses") == paused
        async with raw_socket(here.instance) as later:  # all has been given back
            await later.send("3")


async def test_probes_of_a_websocket_are_bounded_for_each_address(
    here: OpenInstance, few_handshakes: None
) -> None:
    async with aiohttp.ClientSession() as http:
        url = f"{here.instance.url}/socket.io/?EIO=4&transport="
        async with http.get(f"{url}polling") as answer:
            sid = orjson.loads((await answer.text())[1:])["sid"]
        for _ in range(2):
            async with frame_client(here.instance, f"&sid={sid}") as probe:
                probe.send(masked("2probe"))
                assert await probe.until(TEXT) == b"3probe"
        with pytest.raises(ConnectionError, match="429"):
            async with frame_client(here.instance, f"&sid={sid}"):
                pass


async def test_posts_of_too_many_packets_end_the_session(
    here: OpenInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budgets, "PATIENCE_SECONDS", 0.3)
    async with aiohttp.ClientSession() as http:
        url = f"{here.instance.url}/socket.io/?EIO=4&transport=polling"
        async with http.get(url) as answer:
            url += "&sid=" + orjson.loads((await answer.text())[1:])["sid"]
        async with http.post(url, data=SEPARATOR.join("3" * 30_000)) as answer:
            assert answer.status == 400
        async with http.get(url) as answer:
            assert answer.status == 400


async def test_requests_of_no_session_are_bounded_for_each_address(
    here: OpenInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budgets, "REQUESTS", 20)
    monkeypatch.setattr(budgets, "REQUESTS_PER_SECOND", 0.001)
    monkeypatch.setattr(budgets, "TURN_SECONDS", 0.1)
    async with aiohttp.ClientSession() as http:
        url = f"{here.instance.url}/socket.io/?EIO=4&transport=polling&sid=none"
        statuses = []
        for _ in range(22):
            async with http.get(url) as answer:
                statuses.append(answer.status)
    assert statuses == [400] * 20 + [429] * 2


@pytest.mark.parametrize("command", ['["typing",7]', '["typing",{},{}]', '["typing",{"x":1}]'])
async def test_malformed_commands_spend_from_the_limit_of_what_they_name(
    here: OpenInstance, ann: Person, command: str
) -> None:
    async with raw_socket(here.instance) as raw:
        await raw.log_in(ann)
        codes = []
        for number in range(300):
            await raw.send(f"42{number}{command}")
            codes.append(orjson.loads((await raw.next() or "")[2 + len(str(number)) :])[0])
    assert {answer["error"]["code"] for answer in codes[-20:]} >= {"rate_limited"}
    assert codes[0]["error"]["code"] in ("malformed", "invalid")


async def test_unknown_commands_spend_from_the_limit_of_reading(
    here: OpenInstance, ann: Person
) -> None:
    count = 1_200
    async with frame_client(here.instance) as client:
        await client.log_in(ann)
        client.send(b"".join(masked(f'42{number}["no.such"]') for number in range(count)))
        answers = [await client.until(TEXT, b"43") for _ in range(count)]
    codes = [orjson.loads(answer[answer.index(b"[") :])[0]["error"]["code"] for answer in answers]
    assert codes[0] == "unknown_command"
    assert "rate_limited" in codes


async def test_who_connects_too_often_is_sent_away_for_now(
    here: OpenInstance, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budgets, "CONNECTS", 3)
    monkeypatch.setattr(budgets, "CONNECTS_PER_SECOND", 0.001)
    for _ in range(3):
        async with raw_socket(here.instance) as raw:
            await raw.log_in(ann)
    async with raw_socket(here.instance) as raw:
        await raw.send(f'40{{"token":"{ann.access}"}}')
        told = await raw.websocket.receive(5)
        assert (told.type, told.data) == (aiohttp.WSMsgType.CLOSE, 1013)


async def test_without_limits_nothing_is_bounded(settings: Config) -> None:
    async with open_instance(replace(settings, rate_limits=False)) as here:
        paused = counted("socket_pauses")
        async with frame_client(here.instance) as client:
            client.send(masked("3") * 20_000 + masked(b"last", PING))
            await client.until(PONG, b"last")
        assert counted("socket_pauses") == paused


@pytest.mark.parametrize("kind", ["text", "ping", "fragment", "close"])
async def test_a_frame_without_a_mask_closes_the_connection(here: OpenInstance, kind: str) -> None:
    frame = {
        "text": masked("40{}", mask=False),
        "ping": masked(b"x", PING, mask=False),
        "fragment": masked("4", 0x01) + masked("0{}", 0x80, mask=False),
        "close": masked(b"", 0x88, mask=False),
    }[kind]
    async with frame_client(here.instance) as client:
        client.send(frame)
        assert await client.closed_with() == 1002


async def test_a_probe_without_a_mask_is_closed_and_the_client_polls_on(
    here: OpenInstance, ann: Person
) -> None:
    async with polling_session(here.instance, ann) as session:
        sid = session.url.rpartition("sid=")[2]
        async with frame_client(here.instance, f"&sid={sid}") as probe:
            probe.send(masked("2probe", mask=False))
            assert await probe.closed_with() == 1002
        assert await session.post_whole(b'420["feed.list"]') == 200
        assert await session.acks(1) == [True]


async def test_too_many_posts_at_a_time_end_the_session(here: OpenInstance, ann: Person) -> None:
    async with polling_session(here.instance, ann) as session:
        waiting = [
            asyncio.create_task(session.post_whole(b"3", b"", b"3", pause=0.5))
            for _ in range(POSTS_MAX)
        ]
        (socket,) = here.services.sockets.eio.sockets.values()
        await until(lambda: socket.posting == POSTS_MAX)
        assert await session.post_whole(b"3") == 400
        with pytest.raises(ConnectionError):
            await session.poll()
        await asyncio.gather(*waiting, return_exceptions=True)
