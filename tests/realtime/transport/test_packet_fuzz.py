"""Packets by chance, and packets with something wrong in them, do no harm.

The server stays up, nobody else notices, nothing is done for who has not shown a token, and the log
is not theirs to fill.
"""

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from logging import ERROR
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from handlers.edges.socketio import COMMANDS, SocketCommands
from server.config.load import Config
from tests.people import Person, SocketClient
from tests.realtime.socket_client import OpenInstance, RawSocket, open_instance, raw_socket
from tests.waiting import until

BAD = "x"  # what any connection is aborted for

PACKETS = [
    "0", "1", "2", "2probe", "3", "3probe", "4", "5", "6", '0{"sid":"x","upgrades":[]}',
    "40", "40{}", '40{"token":"bad"}', "40/admin,", '40/admin,{"token":"bad"}', "41", "41/admin,",
    '42["feed.list",{}]', '421["feed.list",{"limit":1}]', '4212["post.create",{"content":"Hello"}]',
    '423["message.send",{"conversation_id":1,"content":"Hello","client_id":"a"}]',
    '42["typing",{"conversation_id":1,"active":true}]', '42/admin,1["feed.list",{}]', "431[]",
    '430[{"ok":true}]', '44{"message":"no"}', '451-["post.get",{"_placeholder":true,"num":0}]',
    '461-1[{"_placeholder":true,"num":0}]', '42["disconnect"]', '42["connect",{}]',
]  # fmt: skip

texts = st.text(max_size=40)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)
ids = st.integers(-1, 5) | st.just(2**53)
fields = {
    "id": ids, "ids": st.lists(ids, max_size=3) | st.none(), "user_ids": st.lists(ids, max_size=3),
    "conversation_id": ids, "content": texts, "limit": ids, "cursor": texts, "client_id": texts,
    "up_to": ids, "participants": st.lists(ids, max_size=3), "title": texts | st.none(),
    "active": st.booleans(), "reply_to": ids | st.none(), "token": texts,
}  # fmt: skip
payloads = st.fixed_dictionaries({}, optional=fields) | values


@st.composite
def commands(draw: st.DrawFn) -> str:
    """Of the right form, whatever they ask for."""
    name = draw(st.sampled_from(COMMANDS) | texts)
    number = draw(st.none() | st.integers(0, 10**6))
    asked = json.dumps([name, *draw(st.lists(payloads, min_size=1, max_size=2))])
    return f"42{'' if number is None else number}{asked}"


@st.composite
def broken(draw: st.DrawFn) -> str:
    """A packet with some of it replaced, cut out, or sent twice."""
    packet = draw(st.sampled_from(PACKETS) | commands())
    start = draw(st.integers(0, len(packet)))
    end = draw(st.integers(start, min(start + 8, len(packet))))
    inside = draw(texts | st.sampled_from(["", packet, "\x1e", "[" * 500, "-", "/", ",", "9" * 30]))
    return packet[:start] + inside + packet[end:]


def sendable(frame: str) -> bool:
    with suppress(UnicodeEncodeError):
        return bool(frame.encode()) or frame == ""
    return False


frames = st.lists(
    (st.sampled_from(PACKETS) | commands() | broken() | texts).filter(sendable)
    | st.binary(max_size=40),
    min_size=1,
    max_size=6,
)
bounded = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
async def here(settings: Config) -> AsyncIterator[OpenInstance]:
    async with open_instance(settings) as one:
        yield one


@pytest.fixture
async def witness(here: OpenInstance) -> AsyncIterator[SocketClient]:
    """Somebody who has nothing to do with it."""
    async with here.instance.socket(await here.instance.person("ann")) as client:
        await client.ready()
        yield client


@pytest.fixture
async def eve(here: OpenInstance) -> Person:
    return await here.instance.person("eve")


@pytest.fixture
def served_users(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """For whom commands were carried out."""
    users: list[int] = []
    run = SocketCommands.run

    async def recorded(commands: SocketCommands, session: Any, *args: Any) -> Any:
        users.append(session.user_id)
        return await run(commands, session, *args)

    monkeypatch.setattr(SocketCommands, "run", recorded)
    return users


async def send_all(raw: RawSocket, sent: list[str | bytes]) -> list[str]:
    """All that is answered, to the end of the connection."""
    with suppress(ConnectionError):  # it may be aborted in the midst of it
        await raw.send(*sent, BAD)
    answers = []
    while (answer := await raw.next(3)) is not None:
        answers.append(answer)
    return answers


async def nobody_has_noticed(
    here: OpenInstance, witness: SocketClient, logged: pytest.LogCaptureFixture
) -> None:
    await witness.do("feed.list")
    assert witness.names() == ["session.ready"]
    errors = [record.getMessage() for record in logged.records if record.levelno >= ERROR]
    logged.clear()
    assert errors == []


async def nothing_is_left(here: OpenInstance) -> None:
    """Of any connection but the witness's."""
    await until(lambda: len(here.services.sockets.environ) == 1)
    assert len(here.services.sockets.eio.sockets) == 1


@bounded
@given(sent=frames)
@example(["4"])
@example(["4x"])
async def test_whatever_somebody_without_a_token_sends_nobody_notices(
    here: OpenInstance,
    witness: SocketClient,
    served_users: list[int],
    caplog: pytest.LogCaptureFixture,
    sent: list[str | bytes],
) -> None:
    async with raw_socket(here.instance) as raw:
        answers = await send_all(raw, sent)
    assert not [one for one in answers if one.startswith(("42", "43"))], answers
    assert served_users == []
    await nobody_has_noticed(here, witness, caplog)
    served_users.clear()
    await nothing_is_left(here)


@bounded
@given(sent=frames)
@example(["4"])
@example(["4x"])
async def test_whatever_somebody_logged_in_sends_nobody_else_notices(
    here: OpenInstance,
    witness: SocketClient,
    eve: Person,
    served_users: list[int],
    caplog: pytest.LogCaptureFixture,
    sent: list[str | bytes],
) -> None:
    async with raw_socket(here.instance) as raw:
        await raw.log_in(eve)
        answers = await send_all(raw, sent)
    assert not [one for one in answers if '"status":500' in one], answers
    assert set(served_users) <= {eve.id}
    await nobody_has_noticed(here, witness, caplog)
    served_users.clear()
    await nothing_is_left(here)
