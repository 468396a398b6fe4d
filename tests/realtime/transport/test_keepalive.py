"""When connections are pinged."""

import asyncio
from dataclasses import dataclass, field

import pytest

from realtime.transport.keepalive import SLOTS, Keepalive
from tests.waiting import until

INTERVAL = 0.5


@dataclass(slots=True)
class Timing:
    ping_interval: float = INTERVAL
    ping_timeout: float = 0.4


@dataclass(eq=False, slots=True)
class Pinged:
    """A connection that answers, and knows when it was pinged."""

    answers: bool = True
    ping_unanswered: bool = False
    aborted: bool = False
    at: list[float] = field(default_factory=list)
    began: float = field(default_factory=lambda: asyncio.get_running_loop().time())

    def ping(self) -> None:
        self.at.append(asyncio.get_running_loop().time())
        self.ping_unanswered = not self.answers

    def abort(self) -> None:
        self.aborted = True


async def test_the_first_ping_comes_a_whole_interval_after_the_handshake() -> None:
    """Whenever that is: before, between or right after the turns of the slots."""
    keepalive = Keepalive(Timing())
    connections: list[tuple[Pinged, int]] = []
    for _ in range(2 * SLOTS):
        one = Pinged()
        connections.append((one, keepalive.add(one)))
        await asyncio.sleep(INTERVAL / SLOTS * 0.7)
    await until(lambda: all(len(one.at) >= 2 for one, _ in connections))
    assert min(one.at[0] - one.began for one, _ in connections) >= INTERVAL
    for one, slot in connections:
        keepalive.discard(one, slot)
    assert len(keepalive) == 0


@pytest.mark.parametrize("turns", [0, 1, 3])
async def test_who_has_gone_is_not_pinged(turns: int) -> None:
    keepalive = Keepalive(Timing())
    one, other = Pinged(), Pinged()
    slot = keepalive.add(one)
    keepalive.add(other)
    await asyncio.sleep(turns * INTERVAL / SLOTS)
    keepalive.discard(one, slot)
    assert len(keepalive) == 1
    await until(lambda: len(other.at) == 2)
    assert one.at == []


async def test_who_does_not_answer_is_aborted_and_others_are_not() -> None:
    keepalive = Keepalive(Timing())
    silent, other = Pinged(answers=False), Pinged()
    slot = keepalive.add(silent)
    keepalive.add(other)
    await until(lambda: silent.aborted)
    assert len(silent.at) == 1
    keepalive.discard(silent, slot)
    await until(lambda: len(other.at) >= 3)
    assert not other.aborted
