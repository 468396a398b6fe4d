"""What is said of a stream by its answer alone is said to who is cut before that, too."""

import copy

import pytest

from realtime.delivery import post_streams
from realtime.delivery.post_streams import PostStreams
from realtime.delivery.stream_cursor import Snapshot, StreamCursor
from realtime.delivery.stream_listeners import Listener
from tests.people import Instance
from tests.realtime.cut_clients import CutClient, EventSourceClient, SocketIOClient, Written
from tests.realtime.delivery.stream_helpers import write
from tests.waiting import until

WAYS = [SocketIOClient, EventSourceClient]


@pytest.mark.parametrize("way", WAYS)
async def test_that_there_is_more_is_said_until_an_answer_has_said_it(
    two_instances: tuple[Instance, Instance], monkeypatch: pytest.MonkeyPatch, way: type[CutClient]
) -> None:
    monkeypatch.setattr(post_streams, "MISSED_MAX", 3)
    ann, bob = await two_instances[0].people("ann", "bob")
    stream = f"author:{ann.id}"
    client = way(bob, (stream,))
    assert await client.come(two_instances[0], Written())
    posts = [await write(two_instances[0], ann, "hi") for _ in range(5)]
    written = Written(stream_posts={(stream, post) for post in posts[2:]})
    frames, ended = 0, False
    while not ended:
        frames += 1
        cut = copy.deepcopy(client)
        ended = await cut.come(two_instances[frames % 2], written, frames)
        assert await cut.come(two_instances[0], written)
        assert [post for _, post in cut.stream_posts] == posts[2:]
        assert cut.left_out == {stream}
        cut.left_out.clear()
        assert await cut.come(two_instances[1], written)
        assert cut.left_out == set()
    assert frames > 5


@pytest.mark.parametrize("way", WAYS)
async def test_that_a_cursor_is_lost_is_said_until_an_answer_has_said_it(
    instance: Instance, monkeypatch: pytest.MonkeyPatch, way: type[CutClient]
) -> None:
    ann, bob = await instance.people("ann", "bob")
    stream = f"author:{ann.id}"
    client = way(bob, (stream,))
    assert await client.come(instance, Written())
    another = StreamCursor("0000000f", Snapshot.below(1))
    client.cursors[stream] = str(another)
    client.kept["id"] = f"{client.kept.get('id', '').partition(';')[0]};{another}"
    settle = PostStreams._settle  # noqa: SLF001

    async def settle_as_somebody_posts(streams: PostStreams, listener: Listener) -> Snapshot:
        """What is posted right now is held back, and sent before the answer."""
        settled = await settle(streams, listener)
        await write(instance, ann, "now")
        await until(lambda: bool(listener._held))  # noqa: SLF001
        return settled

    monkeypatch.setattr(PostStreams, "_settle", settle_as_somebody_posts)
    frames, ended = 0, False
    while not ended:
        frames += 1
        cut = copy.deepcopy(client)
        cut.told.clear()
        ended = await cut.come(instance, Written(), frames)
        assert await cut.come(instance, Written())
        assert (stream, "reset") in cut.told
        assert len(cut.stream_posts) >= 1
    assert frames > 3
