"""One who stops reading is disconnected once a megabyte waits, and loses nothing.

Nobody else notices.
"""

import time
from collections.abc import AsyncIterator

import psutil
import pytest

from server.config.load import Config
from storage.database.pool import Database
from tests.people import Person
from tests.realtime.message_helpers import conversation, entries, log_of, send, send_many
from tests.realtime.socket_client import OpenInstance, RawSocket, open_instance, raw_socket
from tests.waiting import until

PIECE = "x" * 4000
WAITING_BYTES_MAX = 2**20


@pytest.fixture
async def here(settings: Config) -> AsyncIterator[OpenInstance]:
    async with open_instance(settings) as one:
        yield one


def waiting(here: OpenInstance, person: Person) -> int:
    """Bytes for the person's only connection, 0 when there is none."""
    stream = here.services.hub.streams.get(person.id)
    connections = list(stream.sessions) if stream else []
    return sum(c.transport.waiting_bytes for c in connections)


def gone(raw: RawSocket) -> bool:
    """Whether the system has let go of the server's end of its connection."""
    client = raw.websocket.get_extra_info("sockname")
    found = psutil.Process().net_connections("tcp4")
    return client not in [connection.raddr for connection in found]


async def test_a_reader_that_stops_is_cut_others_go_on_and_it_resumes_without_loss(
    here: OpenInstance, db: Database
) -> None:
    instance = here.instance
    ann, bob, eve = [await instance.person(name) for name in ("ann", "bob", "eve")]
    room = await conversation(instance, ann, bob, eve)
    async with raw_socket(instance, narrow=True) as stuck, instance.socket(eve) as client:
        ready = await stuck.log_in(bob)
        await client.ready()
        sent, most, slowest = 0, 0, 0.0
        while here.sockets_of(bob):
            assert sent < 4000, "nobody disconnects it"
            sent += len(await send_many(instance, ann, room, [PIECE] * 20))
            most = max(most, waiting(here, bob))
            begun = time.monotonic()
            await client.do("notification.list")
            slowest = max(slowest, time.monotonic() - begun)
        assert WAITING_BYTES_MAX / 2 < most <= WAITING_BYTES_MAX + 10_000
        assert slowest < 1
        await until(lambda: len(client.durable()) == sent)
        assert client.client.connected
        await send(instance, ann, room, "after")
    async with instance.socket(bob, since=ready["seq"], epoch=ready["epoch"]) as back:
        assert (await back.ready())["resume"] == {"status": "resumed", "missed": sent + 1}
        await until(lambda: len(back.durable()) == sent + 1, 15)
        assert entries(back.durable()) == await log_of(db, bob.id, ready["seq"])


async def test_the_connection_of_one_who_was_cut_is_gone_for_the_system_too(
    here: OpenInstance, db: Database
) -> None:
    instance = here.instance
    ann, bob = await instance.person("ann"), await instance.person("bob")
    async with raw_socket(instance, narrow=True) as stuck:
        await stuck.log_in(bob)
        (socket,) = here.services.sockets.eio.sockets.values()
        (connection,) = here.services.hub.sessions()
        connection.send(b"x" * WAITING_BYTES_MAX * 8)
        await until(lambda: here.sockets_of(bob) == 0)
        assert connection.transport is socket
        await until(lambda: gone(stuck))
    async with instance.socket(ann) as client:
        await client.ready()


async def test_one_who_neither_reads_nor_answers_pings_leaves_nothing_behind(
    here: OpenInstance,
) -> None:
    """It would be cut for a megabyte only; what waits for it is less."""
    instance = here.instance
    bob = await instance.person("bob")
    engine = here.services.sockets.eio
    engine.ping_interval, engine.ping_timeout = 0.2, 0.2
    async with raw_socket(instance, narrow=True) as stuck:
        await stuck.send(f'40{{"token":"{bob.access}"}}')
        await until(lambda: here.sockets_of(bob) == 1)
        (connection,) = here.services.hub.sessions()
        for _ in range(60):
            connection.send(b"x" * 100_000)
            if connection.transport.waiting_bytes > WAITING_BYTES_MAX / 2:
                break
        await until(lambda: here.sockets_of(bob) == 0)
        await until(lambda: gone(stuck))


async def test_live_events_that_wait_for_the_end_of_a_replay_count_too(
    here: OpenInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "realtime.delivery.client_session.PACED_BYTES", 0
    )  # the replay does not go on
    bob = await here.instance.person("bob")
    async with here.instance.socket(bob) as client:
        await client.ready()
        (connection,) = here.services.hub.sessions()
        text = b"x" * 10_000
        for _ in range(WAITING_BYTES_MAX // len(text)):
            connection.send_live(text)
        assert not connection.closing
        for _ in range(2):
            connection.send_live(text)
        await until(lambda: here.sockets_of(bob) == 0)
    assert client.names() == ["session.ready"]
