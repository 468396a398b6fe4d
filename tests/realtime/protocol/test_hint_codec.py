"""Notification hints: every one comes out as it went in, and nothing else is taken for one."""

from typing import Any, NamedTuple

import pytest

from realtime import hints
from realtime.protocol.hint_codec import HintCodec
from storage.events.declaration import (
    BlockedByHint,
    DurableHint,
    FeedEntryHint,
    Hint,
    PollHint,
    PostChangeHint,
    PostCountsHint,
    PresenceHint,
    QuoteEntryHint,
    SessionEndedHint,
    StreamChangeHint,
    TypingHint,
)
from storage.events.types import HINTS

TAIL = b'"ts":"2026-01-01T00:00:00Z","data":{"text":"a b  c"}}]'
BIG = 2**62

# Each as it is on the channel: what instances of one release say, those of the next must read.
WIRE: list[tuple[str, Hint, bytes]] = [
    ("message.created", DurableHint(7, 3, TAIL), b"message.created 7 3 " + TAIL),
    ("post.created", FeedEntryHint(1, BIG, 2, 3, TAIL), b"post.created 1 %d 2 3 " % BIG + TAIL),
    (
        "quote.entered",
        QuoteEntryHint(1, BIG, 2, 3, 4, TAIL),
        b"quote.entered 1 %d 2 3 4 " % BIG + TAIL,
    ),
    (
        "post.updated",
        PostChangeHint(BIG, 5, 3, (1, 2), TAIL),
        b"post.updated %d 5 3 2 1 2 " % BIG + TAIL,
    ),
    ("post.deleted", PostChangeHint(9, 5, 3, (), TAIL), b"post.deleted 9 5 3 0 " + TAIL),
    (
        "stream.updated",
        StreamChangeHint(9, 5, 3, b"{}\n" + TAIL),
        b"stream.updated 9 5 3 {}\n" + TAIL,
    ),
    ("post.counts", PostCountsHint(), b"post.counts "),
    ("poll.updated", PollHint(), b"poll.updated "),
    ("typing", TypingHint(4, 3, True), b"typing 4 3 1 "),
    ("presence", PresenceHint(False, TAIL), b"presence 0 " + TAIL),
    ("session.ended", SessionEndedHint(0), b"session.ended 0 "),
    ("blocked_by", BlockedByHint(3, True), b"blocked_by 3 1 "),
]


@pytest.mark.parametrize(("name", "hint", "payload"), WIRE, ids=[name for name, _, _ in WIRE])
def test_a_hint_is_written_and_read_as_its_table_says(
    name: str, hint: Hint, payload: bytes
) -> None:
    assert hints.encode(name, hint) == payload
    read_name, read = hints.decode(payload)
    assert (read_name, type(read), read) == (name, type(hint), hint)
    assert [type(field) for field in read] == [type(field) for field in hint]


def test_every_kind_of_hint_is_among_those_above() -> None:
    assert {type(hint) for _, hint, _ in WIRE} == set(HINTS.values())


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        (b"", KeyError),
        (b"message.invented 1 2 x", KeyError),
        (b"message.created", ValueError),
        (b"message.created 1", ValueError),
        (b"message.created 1 x y", ValueError),
        (b"typing 4 3 ", ValueError),
        (b"post.deleted 9 5 3 2 1 x", ValueError),
        (b"post.deleted 9 5 3 -1 x y z", ValueError),
        (b"post.deleted 9 5 3 3 1 2", ValueError),
        (b"\xff\xfe 1 2", KeyError),
    ],
)
def test_what_is_no_hint_is_refused(payload: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        hints.decode(payload)


class Mixed(NamedTuple):
    first: tuple[int, ...]
    flag: bool
    second: int
    third: tuple[int, ...]


@pytest.mark.parametrize("hint", [Mixed((), False, 0, ()), Mixed((1, 2), True, -3, (4,))])
def test_lists_may_stand_anywhere(hint: Any) -> None:
    codec = HintCodec({"mixed": Mixed})
    name, read = codec.decode(codec.encode("mixed", hint))
    assert (name, read, type(read.flag)) == ("mixed", hint, bool)
