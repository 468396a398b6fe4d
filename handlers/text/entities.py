"""Links, hashtags and mentions in the content of posts."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import regex

from handlers.text.alphabets import MARK, WORD
from handlers.text.folding import fold
from handlers.text.links import Address, addresses

MENTIONS_MAX = 50  # a post fits more, but nobody means to call so many
TAG_MAX = 600  # characters of a tag's one spelling, as in the table of hashtags

# Not in a word of Latin letters, but after any other; `RT@name` is one, too.
_NOT_IN_LATIN = rf"(?<![\p{{Script=Latin}}0-9_!#$%&*@＠](?:{MARK})*)"
_AFTER_RT = r"(?<=(?<![\p{Script=Latin}0-9_+~.-])[Rr][Tt])"
_SIGNS = regex.compile(
    rf"(?<!&|{WORD})[#＃](?<tag>(?:{WORD})+)|(?=[@＠])(?:{_NOT_IN_LATIN}|{_AFTER_RT})[@＠]"
    r"(?<name>[A-Za-z0-9_]+)"
)
_NO_TAG = regex.compile(r"[#＃]|://")  # right behind it
_NO_NAME = regex.compile(rf"[@＠]|://|(?![\uff21-\uff5a])\p{{Script=Latin}}|{MARK}")
_HAS_LETTER = regex.compile(r"\p{L}")
_IN_ADDRESS = frozenset("/?=&#()[]~.:;,!%+$'|*-")  # before a sign in what goes on after a link
# `иван@mail.ru` is an e-mail address, though no Latin letter stands before its sign.
_LOCAL_PART = regex.compile(r"(?<=[\p{L}\p{M}\p{N}])(?<![Rr][Tt])")
_DOMAIN = regex.compile(r"[A-Za-z0-9-]*(?:\.[A-Za-z0-9-]+)*?\.[A-Za-z]{2}")


@dataclass(frozen=True, slots=True)
class Entity:
    """What stands from `start` to `end`; of a hashtag `value` is its one spelling.

    Of a mention it is the username in lower case, of a link the link itself.
    """

    kind: Literal["link", "hashtag", "mention"]
    start: int
    end: int
    value: str


@lru_cache(maxsize=32)  # a post is asked for its tags, for its mentions and for its length
def entities(text: str) -> tuple[Entity, ...]:
    """Return the links, hashtags and mentions in a text, in their order, without overlaps.

    The grammar is that of Twitter's conformance tables, but for usernames, which are longer here
    (3 to 30 of a to z, digits and _), and e-mail addresses in every script. In linear time.
    """
    places = list(addresses(text))
    links = [
        Entity("link", place.start, place.end, text[place.start : place.end])
        for place in places
        if place.is_link
    ]
    found: list[Entity] = []
    for entity in sorted([*links, *_signs(text, places)], key=lambda one: one.start):
        if not found or entity.start >= found[-1].end:
            found.append(entity)
    return tuple(found)


def _signs(text: str, places: list[Address]) -> Iterator[Entity]:
    """Yield the hashtags and mentions that stand in no address."""
    coming = iter(places)
    place = next(coming, None)
    for match in _SIGNS.finditer(text):
        start = match.start()
        while place and place.rest <= start:
            place = next(coming, None)
        if place and place.start <= start and _belongs(text, start, place):
            continue
        entity = _hashtag(text, match) if match["tag"] else _mention(text, match)
        if entity:
            yield entity


def _belongs(text: str, start: int, place: Address) -> bool:
    return start < place.end or text[start - 1] in _IN_ADDRESS


def _hashtag(text: str, match: "regex.Match[str]") -> Entity | None:
    if _NO_TAG.match(text, match.end()) or not _HAS_LETTER.search(match["tag"]):
        return None
    tag = fold(match["tag"])
    return Entity("hashtag", match.start(), match.end(), tag) if 0 < len(tag) <= TAG_MAX else None


def _mention(text: str, match: "regex.Match[str]") -> Entity | None:
    name, end = match["name"], match.end()
    if not 3 <= len(name) <= 30 or _NO_NAME.match(text, end):
        return None
    if _LOCAL_PART.match(text, match.start()) and _DOMAIN.match(text, end):
        return None
    return Entity("mention", match.start(), end, name.lower())


def hashtags(text: str) -> list[str]:
    """Return the one spelling of each hashtag, without repeats, in order of their first use."""
    return list(dict.fromkeys(one.value for one in entities(text) if one.kind == "hashtag"))


def mentioned_usernames(text: str) -> list[str]:
    """Return the usernames in lower case, without repeats, in order of their first use."""
    names = dict.fromkeys(one.value for one in entities(text) if one.kind == "mention")
    return list(names)[:MENTIONS_MAX]
