"""Wherever a connection is cut while it goes on: what was not read then comes to who comes back."""

import asyncio
import copy
import secrets
from dataclasses import dataclass, field

import pytest

from storage.database.pool import Database
from tests.people import Instance, Person
from tests.realtime.cut_clients import (
    CutClient,
    EventSourceClient,
    PlainClient,
    PlainRecoveringClient,
    Polling,
    RecoveringByPolling,
    RecoveringClient,
    SocketIOClient,
    Written,
)
from tests.realtime.delivery.stream_helpers import write
from tests.realtime.message_helpers import conversation, log_of, send

WAYS = [
    SocketIOClient,
    RecoveringClient,
    Polling,
    RecoveringByPolling,
    PlainClient,
    PlainRecoveringClient,
    EventSourceClient,
]
CUTS = range(1, 9)  # after so many frames, while somebody writes
MORE = Written({2**53})  # than there is


@dataclass
class Talk:
    """Ann, whom Bob follows, who writes to him, and by whom he hears of a hashtag."""

    instance: Instance
    db: Database
    ann: Person
    bob: Person
    room: int
    tag: str
    seq: int
    written: Written = field(default_factory=Written)

    @property
    def streams(self) -> tuple[str, str]:
        return f"hashtag:{self.tag}", f"author:{self.ann.id}"

    async def post(self) -> None:
        post = await write(self.instance, self.ann, f"#{self.tag}")
        self.written.posts.add(post)
        self.written.stream_posts |= {(stream, post) for stream in self.streams}

    async def message(self) -> None:
        await send(self.instance, self.ann, self.room, "hi")
        self.written.numbers = {seq for seq, *_ in await log_of(self.db, self.bob.id, self.seq)}

    async def write(self, count: int) -> None:
        for _ in range(count):
            await self.post()
            await self.message()


@pytest.fixture
async def talk(instance: Instance, db: Database) -> Talk:
    ann, bob = await instance.people("ann", "bob")
    await instance.follow(bob, ann)
    room = await conversation(instance, ann, bob)
    last = (await log_of(db, bob.id))[-1][0]
    return Talk(instance, db, ann, bob, room, f"t{secrets.token_hex(6)}", last)


def check(client: CutClient, written: Written, *, once: bool = True) -> None:
    """All was heard, each number once and in order, each post of a stream once."""
    assert client.numbers == sorted(written.numbers)
    assert set(client.posts) >= written.posts
    if once:
        assert sorted(client.stream_posts) == sorted(written.stream_posts)
    statuses = {status for _, status in client.told}
    assert statuses <= {"fresh", "resumed"}
    assert [status for _, status in client.told].count("fresh") == len(
        {who for who, status in client.told if status == "fresh"}
    )
    assert client.left_out == set()


async def cut_after_each_frame(
    client: CutClient, instances: tuple[Instance, Instance], written: Written
) -> int:
    """See that copies of a client that are cut there hear all when they come again.

    Returns after how many frames one had heard all at once.
    """
    frames, ended = 0, False
    while not ended:
        frames += 1
        cut = copy.deepcopy(client)
        ended = await cut.come(instances[frames % 2], written, frames)
        assert await cut.come(instances[0], written)
        check(cut, written)
    return frames


@pytest.mark.parametrize("way", WAYS)
async def test_whatever_frame_is_the_last_the_next_connection_goes_on_behind_it(
    two_instances: tuple[Instance, Instance], talk: Talk, way: type[CutClient]
) -> None:
    client = way(talk.bob, talk.streams)
    assert await client.come(two_instances[0], Written())
    await talk.write(2)
    assert await cut_after_each_frame(client, two_instances, talk.written) > 8


@pytest.mark.parametrize("way", WAYS)
async def test_who_is_cut_again_and_again_while_somebody_writes_hears_all(
    two_instances: tuple[Instance, Instance], talk: Talk, way: type[CutClient]
) -> None:
    client = way(talk.bob, talk.streams)
    assert await client.come(two_instances[0], Written())
    for frames in CUTS:
        coming = client.come(two_instances[frames % 2], MORE, frames)
        await asyncio.gather(coming, talk.write(1))
    await talk.write(1)
    assert await client.come(two_instances[0], talk.written)
    check(client, talk.written)


async def test_visitor_who_is_cut_goes_on_behind_the_last_event(
    two_instances: tuple[Instance, Instance], talk: Talk
) -> None:
    visitor = EventSourceClient(None, talk.streams)
    assert await visitor.come(two_instances[0], Written())
    await talk.write(2)
    talk.written = Written(stream_posts=talk.written.stream_posts)
    await cut_after_each_frame(visitor, two_instances, talk.written)
