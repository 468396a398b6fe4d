"""Conversations between people of the demo, and who has read how much of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from demo.people import Follow
from demo.posts import SPAN
from demo.scripts import GROUPS
from demo.writer import Writer

DEMO_DIRECT = 9
DEMO_GROUPS = 3
DEMO_UNREAD = 5  # conversations


@dataclass(frozen=True, slots=True)
class ScriptLine:
    """A message; the sender is a number of people."""

    sender: int
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ScriptedConversation:
    """A conversation of two where `title` is None, else of a group.

    `members` are numbers of people; the first opened it. `read` is how many of the lines each of
    them has read.
    """

    title: str | None
    members: tuple[int, ...]
    at: datetime
    lines: tuple[ScriptLine, ...]
    read: tuple[int, ...]


def invent_conversations(
    rng: Random, people: int, follows: Sequence[Follow], demo: int | None, now: datetime
) -> list[ScriptedConversation]:
    """Return conversations in no order: one for each of some pairs who follow, and groups."""
    writer = Writer(rng)
    wanted = [(follow.follower, follow.followed) for follow in follows]
    pairs = rng.sample(wanted, min(len(wanted), people + people // 5))
    if demo is not None:
        pairs = [pair for pair in wanted if demo in pair][-DEMO_DIRECT:] + pairs
    groups = [
        (title, rng.sample(range(people), min(people, rng.randint(4, 12))))
        for title in _titles(rng, max(DEMO_GROUPS, people // 25))
    ]
    if demo is not None:
        for _, members in groups[:DEMO_GROUPS]:
            if demo not in members:
                members[-1] = demo
    conversations = [_direct(rng, writer, pair, now) for pair in _unique_pairs(pairs)]
    conversations += [_group(rng, writer, title, members, now) for title, members in groups]
    if demo is None:
        return conversations
    own = [conversation for conversation in conversations if demo in conversation.members]
    unread = own[:: max(1, len(own) // DEMO_UNREAD)]
    return [_as_left_by(demo, each, each in unread) for each in conversations]


def _unique_pairs(pairs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    found = {frozenset(pair): pair for pair in pairs}
    return list(found.values())


def _titles(rng: Random, number: int) -> list[str]:
    titles = list(GROUPS)
    rng.shuffle(titles)
    return [
        titles[index % len(titles)] + (f" {again + 1}" if (again := index // len(titles)) else "")
        for index in range(number)
    ]


def _direct(
    rng: Random, writer: Writer, pair: tuple[int, int], now: datetime
) -> ScriptedConversation:
    texts = [writer.exchange() for _ in range(rng.choice((1, 1, 2, 3)))]
    lines: list[ScriptLine] = []
    for exchange, at in zip(texts, _times(rng, len(texts), now), strict=True):
        first = rng.randrange(2)
        for place, text in enumerate(exchange):
            lines.append(ScriptLine(pair[(first + place) % 2], text, at + _pause(place)))
    return _conversation(rng, None, pair, lines)


def _group(
    rng: Random, writer: Writer, title: str, members: list[int], now: datetime
) -> ScriptedConversation:
    moments = _times(rng, rng.randint(10, 50), now)
    lines = [ScriptLine(rng.choice(members), writer.group_line(), at) for at in moments]
    return _conversation(rng, title, tuple(members), lines)


def _times(rng: Random, number: int, now: datetime) -> list[datetime]:
    """Return times, ascending; the last leaves room for an exchange until now."""
    return sorted(now - timedelta(minutes=10) - SPAN * rng.random() ** 1.5 for _ in range(number))


def _pause(place: int) -> timedelta:
    return timedelta(seconds=place * 47 + place**2)


def _conversation(
    rng: Random, title: str | None, members: tuple[int, ...], lines: list[ScriptLine]
) -> ScriptedConversation:
    lines.sort(key=lambda line: line.at)
    read = tuple(
        len(lines) if rng.random() < 0.8 else _lines_until_own(member, lines) for member in members
    )
    return ScriptedConversation(
        title, members, lines[0].at - timedelta(minutes=1), tuple(lines), read
    )


def _lines_until_own(member: int, lines: Sequence[ScriptLine]) -> int:
    """Return how many lines there are up to one's own last, which are therefore read."""
    return max((place for place, line in enumerate(lines, 1) if line.sender == member), default=0)


def _as_left_by(
    demo: int, conversation: ScriptedConversation, unread: bool
) -> ScriptedConversation:
    """Return the conversation as demo has read it: to its end, or not since their own last line."""
    if demo not in conversation.members:
        return conversation
    place = conversation.members.index(demo)
    read = list(conversation.read)
    read[place] = len(conversation.lines)
    lines = conversation.lines
    if unread:
        # The last word is another's, so that there is something to read.
        while lines and lines[-1].sender == demo:
            lines = lines[:-1]
        read = [min(number, len(lines)) for number in read]
        read[place] = _lines_until_own(demo, lines)
    return replace(conversation, lines=lines, read=tuple(read))
