"""Frames of one moment leave in one write a socket, in order, and an ack waits for none of it."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from realtime.protocol import frames
from realtime.transport import write_batch
from realtime.transport.budgets import Meter
from realtime.transport.compressing_websocket import CompressingWebSocket
from realtime.transport.websocket import WebSocket
from realtime.transport.write_batch import WriteBatcher


class Wire:
    """A transport that notes each write."""

    def __init__(self) -> None:
        self.written = asyncio.Event()
        self.writes: list[bytes] = []
        self.waiting = 0
        self.aborted = False

    def write(self, data: bytes) -> None:
        self.writes.append(data)
        self.written.set()

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def abort(self) -> None:
        self.aborted = True


class Nobody:
    """Listens to a WebSocket on which nothing comes."""

    def on_message(self, websocket: WebSocket, message: bytes) -> None:
        raise AssertionError

    def on_binary(self, websocket: WebSocket, message: bytes) -> None:
        raise AssertionError

    def on_pong(self, websocket: WebSocket) -> None:
        raise AssertionError

    def on_close(self, websocket: WebSocket) -> None:
        raise AssertionError


def socket(
    batcher: WriteBatcher, on_overflow: Callable[[], None] = lambda: None
) -> tuple[WebSocket, Wire]:
    wire: Any = Wire()
    made = WebSocket(Nobody(), batcher, 1000, 100, on_overflow, Meter())
    made.connection_made(wire)
    return made, wire


async def tick(times: int = 3) -> None:
    for _ in range(times):
        await asyncio.sleep(0)


async def test_an_idle_server_writes_at_the_end_of_the_tick() -> None:
    one, wire = socket(WriteBatcher())
    one.write(b"a")
    assert wire.writes == []
    await tick(1)
    assert wire.writes == [b"a"]


async def test_what_falls_due_together_is_one_write_in_the_order_given() -> None:
    batcher = WriteBatcher()
    sockets = [socket(batcher) for _ in range(3)]
    for frame in (b"a", b"b", b"c"):
        for one, _ in sockets:
            one.write(frame)
    await tick()
    assert [wire.writes for _, wire in sockets] == [[b"abc"]] * 3


async def test_an_ack_leaves_at_once_behind_what_was_sent_before_it() -> None:
    one, wire = socket(WriteBatcher())
    one.write(b"a")
    one.write(b"b")
    one.write_now(b"ack")
    assert wire.writes == [b"aback"]
    one.write(b"c")
    await tick()
    assert wire.writes == [b"aback", b"c"]


async def test_thousands_of_sockets_do_not_hold_up_an_ack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_batch, "SOCKETS_AT_ONCE", 11)
    batcher = WriteBatcher()
    sockets = [socket(batcher) for _ in range(100)]
    for one, _ in sockets:
        one.write(b"a")
    await tick(1)
    assert sum(len(wire.writes) for _, wire in sockets) == 11
    one, wire = sockets[-1]
    one.write_now(b"ack")
    assert wire.writes == [b"aack"]
    await tick(15)
    assert [b"".join(wire.writes) for _, wire in sockets] == [b"a"] * 99 + [b"aack"]


async def test_after_a_long_round_the_next_one_waits_for_more_but_two_milliseconds_at_most() -> (
    None
):
    loop = asyncio.get_running_loop()

    class Slow:
        def flush(self) -> None:
            began = loop.time()
            while loop.time() - began < 0.05:
                pass

    async def waits_after_a_round() -> bool:
        batcher = WriteBatcher()
        one, wire = socket(batcher)
        batcher.add(Slow())
        for _ in range(write_batch.UNPACED_SOCKETS_MAX):
            batcher.add(socket(batcher)[0])
        await tick()
        one.write(b"a")
        began = loop.time()
        await tick()
        one.write(b"b")
        waits = wire.writes == []
        await asyncio.wait_for(wire.written.wait(), 20)
        return waits and loop.time() - began < 0.03 and wire.writes == [b"ab"]

    # A tick may take longer than that on a busy machine, though not always.
    assert any([await waits_after_a_round() for _ in range(20)])


async def test_frames_given_while_others_are_written_leave_too() -> None:
    batcher = WriteBatcher()
    (one, wire), (other, other_wire) = socket(batcher), socket(batcher)

    class Talks:
        def flush(self) -> None:
            one.write(b"a")
            other.write(b"b")

    batcher.add(Talks())
    async with asyncio.timeout(20):
        await wire.written.wait()
        await other_wire.written.wait()


async def test_too_much_waiting_calls_on_overflow_and_nothing_is_written_after_the_end() -> None:
    overflows = []
    one, wire = socket(WriteBatcher(), lambda: overflows.append(1))
    wire.waiting = 101
    one.write(b"a")
    await tick()
    assert overflows == []  # the kernel still takes what comes
    one.pause_writing()
    one.write_now(b"b")
    assert overflows == [1]
    one.abort()
    one.write(b"c")
    one.write_now(b"d")
    await tick()
    assert wire.writes == [b"a", b"b"]
    assert wire.aborted
    assert one.waiting_bytes == 0


async def test_a_compressed_ack_behind_what_waits_is_compressed_once() -> None:
    wire: Any = Wire()
    one = CompressingWebSocket(
        Nobody(), WriteBatcher(), 1000, 100, lambda: None, Meter(), compressing=True
    )
    one.connection_made(wire)
    event, ack = (frames.text(letter * 1000) for letter in (b"e", b"a"))
    one.write(event)
    one.write_now(ack)
    one.write_now(ack)
    assert wire.writes == [
        frames.deflated(event) + frames.deflated(ack),
        frames.deflated(ack),
    ]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 100_000])
def test_a_frame_gives_back_its_payload(size: int) -> None:
    payload = b"x" * size
    frame = frames.text(payload)
    assert frames.payload(frame) == payload
    assert frame.endswith(payload)
