"""One user stream alone: whatever becomes of the hints, each event is delivered once, in order.

The log behind it is a real one; the hints are given by the test.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest

from realtime.delivery import user_stream
from realtime.delivery.client_session import ClientSession
from realtime.delivery.user_stream import UserStream
from realtime.protocol import encoding
from realtime.tasks import open_tasks
from storage.database.pool import Database
from storage.events import log, replay
from storage.messaging import messages
from tests.people import Instance
from tests.realtime.delivery.recorder import Recorder
from tests.realtime.message_helpers import conversation
from tests.waiting import until


class Written:
    """A user to whom somebody writes; every event is in the log, and its hint at hand."""

    def __init__(self, db: Database, user_id: int, sender_id: int, room: int) -> None:
        self.db = db
        self.user_id = user_id
        self._sender_id = sender_id
        self._room = room
        self.hints: dict[int, tuple[int, str, bytes]] = {}

    async def write(self, count: int) -> list[int]:
        """The numbers of new events."""
        new = []
        for _ in range(count):
            content = f"message {len(self.hints)}"
            sent = await messages.send(self.db, self._sender_id, self._room, content, None, None)
            seq = sent.numbers[sent.user_ids.index(self.user_id)]
            rest = encoding.encode_tail(sent.message.created_at, {"message": sent.message})
            self.hints[seq] = (seq, "message.created", rest)
            new.append(seq)
        return new


@pytest.fixture
async def written(instance: Instance, db: Database) -> Written:
    ann, bob = await instance.person("ann"), await instance.person("bob")
    return Written(db, bob.id, ann.id, await conversation(instance, ann, bob))


@pytest.fixture
async def bobs(written: Written) -> AsyncIterator[UserStream]:
    """A stream without clients."""
    async with open_tasks() as tasks:
        yield UserStream(
            written.user_id,
            written.db,
            tasks,
            lambda stream, name, tail: None,
            asyncio.Semaphore(1),
        )


def joined(bobs: UserStream, seq: int) -> Recorder:
    """A live connection that was sent everything up to seq."""
    recorder = Recorder()
    connection = ClientSession(recorder, bobs.user_id, 1, 0.0, seq)
    bobs.add(connection)
    assert bobs.go_live(connection)
    return recorder


async def test_hints_in_order_are_delivered_at_once_and_without_reading(
    bobs: UserStream, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "read", None)
    client = joined(bobs, 1)
    for seq in await written.write(5):
        bobs.on_hint(*written.hints[seq])
        assert bobs.head == seq
    assert client.numbers() == [2, 3, 4, 5, 6]


async def test_hints_that_overtake_one_another_are_put_in_order_without_reading(
    bobs: UserStream, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "read", None)
    monkeypatch.setattr(user_stream, "HELD_SECONDS", 60)
    client = joined(bobs, 1)
    order = await written.write(50)
    random.Random(7).shuffle(order)
    for seq in order:
        bobs.on_hint(*written.hints[seq])
    assert client.numbers() == list(range(2, 52))


async def test_hints_that_come_again_are_not_delivered_again(
    bobs: UserStream, written: Written
) -> None:
    client = joined(bobs, 1)
    await written.write(6)
    for seq in (2, 2, 3, 2, 5, 5, 3, 4, 5, 4, 6, 7, 7, 2):
        bobs.on_hint(*written.hints[seq])
    assert client.numbers() == [2, 3, 4, 5, 6, 7]


async def test_lost_hints_are_read_from_the_log_when_a_later_one_comes(
    bobs: UserStream, written: Written, db: Database
) -> None:
    client = joined(bobs, 1)
    await written.write(10)
    bobs.on_hint(*written.hints[2])
    bobs.on_hint(*written.hints[6])
    bobs.on_hint(*written.hints[11])
    assert client.numbers() == [2]
    await until(lambda: bobs.head == 11)
    stored = [(seq, ref) for seq, _, ref in await replayed(db, written.user_id)]
    heard = [(seq, data["message"]["id"]) for seq, _, data in client.events()]
    assert heard == stored[1:]


async def replayed(db: Database, user_id: int) -> list[tuple[int, str, int | None]]:
    return [(r.seq, r.kind, r.ref) for r in await log.read(db, user_id, 0, 10_000)]


async def test_whatever_is_lost_doubled_and_shuffled_the_order_is_exact(
    bobs: UserStream, written: Written
) -> None:
    chance = random.Random(11)
    first, later = joined(bobs, 1), None
    for turn in range(12):
        given = [seq for seq in await written.write(12) if chance.random() < 0.7]
        given += [chance.choice(given or [2]) for _ in range(4)]
        chance.shuffle(given)
        for seq in given:
            bobs.on_hint(*written.hints[seq])
            if chance.random() < 0.2:
                await asyncio.sleep(user_stream.HELD_SECONDS / 10)
        if turn == 6:
            await caught_up(bobs, written)
            begun = max(written.hints)
            later = joined(bobs, begun)
    await caught_up(bobs, written)
    assert later is not None
    assert first.numbers() == list(range(2, 146))
    assert later.numbers() == list(range(begun + 1, 146))


async def caught_up(bobs: UserStream, written: Written) -> None:
    """No hint may come for the last events: then the reconciler has the log read, now and again."""
    while bobs.head != max(written.hints):
        bobs.read_log()
        await asyncio.sleep(0.01)


async def test_a_gap_longer_than_one_read_is_filled_to_its_end(
    bobs: UserStream, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(user_stream, "BATCH", 4)
    client = joined(bobs, 1)
    await written.write(30)
    bobs.read_log()
    bobs.read_log()  # while the first runs
    await until(lambda: bobs.head == 31)
    assert client.numbers() == list(range(2, 32))


def slow_reads(monkeypatch: pytest.MonkeyPatch) -> tuple[asyncio.Event, asyncio.Event]:
    """Have reads of the log set the first event when they have rows, and wait for the other."""
    reading, go_on = asyncio.Event(), asyncio.Event()
    read = replay.read

    async def slow_read(*args: Any) -> Any:
        found = await read(*args)
        reading.set()
        await go_on.wait()
        return found

    monkeypatch.setattr(replay, "read", slow_read)
    return reading, go_on


async def test_hints_that_come_while_a_gap_is_read_do_not_disturb_it(
    bobs: UserStream, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, go_on = slow_reads(monkeypatch)
    client = joined(bobs, 1)
    await written.write(8)
    bobs.on_hint(*written.hints[5])
    await asyncio.wait_for(reading.wait(), 20)
    for seq in (2, 3, 7, 4, 9):
        bobs.on_hint(*written.hints[seq])
    assert client.numbers() == [2, 3, 4, 5]
    go_on.set()
    await until(lambda: bobs.head == 9)
    assert client.numbers() == list(range(2, 10))


async def test_a_hint_that_comes_as_the_log_of_before_it_is_read_does_not_wait_for_another(
    bobs: UserStream, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, go_on = slow_reads(monkeypatch)
    client = joined(bobs, 1)
    await written.write(2)
    bobs.read_log()
    await asyncio.wait_for(reading.wait(), 20)
    await written.write(2)
    bobs.on_hint(*written.hints[5])
    await asyncio.sleep(2 * user_stream.HELD_SECONDS)
    go_on.set()
    await until(lambda: bobs.head == 5)
    assert client.numbers() == [2, 3, 4, 5]


async def test_a_connection_that_is_behind_the_others_may_not_join(
    bobs: UserStream, written: Written
) -> None:
    joined(bobs, 3)
    behind = ClientSession(Recorder(), bobs.user_id, 1, 0.0, 2)
    assert not bobs.go_live(behind)  # it has left already
    bobs.add(behind)
    assert not bobs.go_live(behind)
    behind.seq = 3
    assert bobs.go_live(behind)


async def test_a_connection_that_is_ahead_of_the_others_is_not_sent_again_what_they_still_get(
    bobs: UserStream, written: Written
) -> None:
    others = joined(bobs, 3)
    await written.write(6)
    ahead = joined(bobs, 6)
    for seq in (4, 5, 6, 7):
        bobs.on_hint(*written.hints[seq])
    assert others.numbers() == [4, 5, 6, 7]
    assert ahead.numbers() == [7]


async def test_hints_that_come_while_the_first_connection_is_brought_up_are_kept_for_it(
    bobs: UserStream, written: Written
) -> None:
    await written.write(5)
    recorder = Recorder()
    connection = ClientSession(recorder, bobs.user_id, 1, 0.0, 3)
    bobs.add(connection)
    for seq in (2, 3, 4, 5, 6):
        bobs.on_hint(*written.hints[seq])
    connection.send_live(encoding.event_of_now("post.deleted", {"post_id": 1}))
    assert recorder.numbers() == []
    assert bobs.go_live(connection)
    assert recorder.numbers() == [None, 4, 5, 6]


async def test_an_event_that_is_missing_before_kept_ones_is_read_when_the_first_joins(
    bobs: UserStream, written: Written
) -> None:
    await written.write(5)
    recorder = Recorder()
    connection = ClientSession(recorder, bobs.user_id, 1, 0.0, 3)
    bobs.add(connection)
    bobs.on_hint(*written.hints[6])
    bobs.go_live(connection)
    await until(lambda: bobs.head == 6)
    assert recorder.numbers() == [4, 5, 6]
