"""What people of the demo wrote to each other."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from demo.people import Follow
from demo.posting import SPAN
from demo.scripts import GROUPS
from demo.writing import Writer

DEMO_DIRECT = 9
DEMO_GROUPS = 3
DEMO_UNREAD = 5  # conversations


@dataclass(frozen=True, slots=True)
class ScriptLine:
    """By number of people."""

    sender: int
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ScriptedConversation:
    """Of two where title is None, by numbers of people; the first opened it. read is how many of
    the lines each of the members has read."""

    title: str | None
    members: tuple[int, ...]
    at: datetime
    lines: tuple[ScriptLine, ...]
    read: tuple[int, ...]


def invent_conversations(
    chance: Random, people: int, follows: Sequence[Follow], demo: int | None, now: datetime
) -> list[ScriptedConversation]:
    """In no order. Two people talk with each other once, and those who follow one another."""
    writer = Writer(chance)
    wanted = [(follow.follower, follow.followed) for follow in follows]
    pairs = chance.sample(wanted, min(len(wanted), people + people // 5))
    if demo is not None:
        pairs = [pair for pair in wanted if demo in pair][-DEMO_DIRECT:] + pairs
    groups = [
        (title, chance.sample(range(people), min(people, chance.randint(4, 12))))
        for title in _titles(chance, max(DEMO_GROUPS, people // 25))
    ]
    if demo is not None:
        for _, members in groups[:DEMO_GROUPS]:
            if demo not in members:
                members[-1] = demo
    talks = [_direct(chance, writer, pair, now) for pair in _once(pairs)]
    talks += [_group(chance, writer, title, members, now) for title, members in groups]
    if demo is None:
        return talks
    mine = [talk for talk in talks if demo in talk.members]
    return [
        _left_by(talk, demo, talk in mine[:: max(1, len(mine) // DEMO_UNREAD)]) for talk in talks
    ]


def _once(pairs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    found = {frozenset(pair): pair for pair in pairs}
    return list(found.values())


def _titles(chance: Random, number: int) -> list[str]:
    titles = list(GROUPS)
    chance.shuffle(titles)
    return [
        titles[index % len(titles)] + (f" {again + 1}" if (again := index // len(titles)) else "")
        for index in range(number)
    ]


def _direct(
    chance: Random, writer: Writer, pair: tuple[int, int], now: datetime
) -> ScriptedConversation:
    texts = [writer.exchange() for _ in range(chance.choice((1, 1, 2, 3)))]
    lines: list[ScriptLine] = []
    for exchange, at in zip(texts, _moments(chance, len(texts), now), strict=True):
        first = chance.randrange(2)
        for place, text in enumerate(exchange):
            lines.append(ScriptLine(pair[(first + place) % 2], text, at + _pause(place)))
    return _conversation(chance, None, pair, lines)


def _group(
    chance: Random, writer: Writer, title: str, members: list[int], now: datetime
) -> ScriptedConversation:
    moments = _moments(chance, chance.randint(10, 50), now)
    lines = [ScriptLine(chance.choice(members), writer.group_line(), at) for at in moments]
    return _conversation(chance, title, tuple(members), lines)


def _moments(chance: Random, number: int, now: datetime) -> list[datetime]:
    """The last of them leaves time for an exchange."""
    return sorted(
        now - timedelta(minutes=10) - SPAN * chance.random() ** 1.5 for _ in range(number)
    )


def _pause(place: int) -> timedelta:
    return timedelta(seconds=place * 47 + place**2)


def _conversation(
    chance: Random, title: str | None, members: tuple[int, ...], lines: list[ScriptLine]
) -> ScriptedConversation:
    lines.sort(key=lambda line: line.at)
    read = tuple(
        len(lines) if chance.random() < 0.8 else _written_by(member, lines) for member in members
    )
    return ScriptedConversation(
        title, members, lines[0].at - timedelta(minutes=1), tuple(lines), read
    )


def _written_by(member: int, lines: Sequence[ScriptLine]) -> int:
    """Up to one's own last line, all is read."""
    return max((place for place, line in enumerate(lines, 1) if line.sender == member), default=0)


def _left_by(talk: ScriptedConversation, demo: int, unread: bool) -> ScriptedConversation:
    if demo not in talk.members:
        return talk
    place = talk.members.index(demo)
    read = list(talk.read)
    read[place] = len(talk.lines)
    lines = talk.lines
    if unread:
        # The last word is another's, so that there is something to read.
        while lines and lines[-1].sender == demo:
            lines = lines[:-1]
        read = [min(number, len(lines)) for number in read]
        read[place] = _written_by(demo, lines)
    return ScriptedConversation(talk.title, talk.members, talk.at, lines, tuple(read))
