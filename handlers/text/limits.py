"""How long what people write may be, and how its length is counted: the numbers in one place."""

from collections.abc import Iterator
from dataclasses import dataclass

import regex

from handlers.text.alphabets import INVISIBLE
from handlers.text.entities import entities

LINK_LENGTH = 23  # characters that a link counts, however long it is


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many characters as a reader sees them, and bytes of UTF-8 behind them."""

    characters: int
    bytes: int
    counts_links: bool = False

    def describe(self) -> str:
        """Return it as a sentence for the documents."""
        links = f" A link counts as {LINK_LENGTH}." if self.counts_links else ""
        return (
            f"At most {self.characters:,} characters as a reader sees them (extended grapheme "
            f"clusters, UAX #29), and {self.bytes:,} bytes of UTF-8.{links}"
        )

    def exceeded_by(self, text: str) -> str | None:
        """Return what is too much of a text, as a sentence for who wrote it; None for nothing."""
        if len(text.encode()) > self.bytes:
            return f"Longer than {self.bytes:,} bytes."
        # No text has more characters than code points, unless its links are short.
        short = len(text) <= self.characters and not (self.counts_links and "." in text)
        if short or self.length(text) <= self.characters:
            return None
        return f"Longer than {self.characters:,} characters."

    def length(self, text: str) -> int:
        """Count a text's characters as this limit does."""
        return text_length(text) if self.counts_links else clusters(text)


# The longest emoji have 35 bytes: a post may be made of them.
POST = Limit(280, 10_240, counts_links=True)
MESSAGE = Limit(4_000, 32_768, counts_links=True)
BIO = Limit(160, 6_144, counts_links=True)
DISPLAY_NAME = Limit(50, 2_048)
LOCATION = Limit(60, 2_048)
TITLE = Limit(100, 4_096)
REASON = Limit(1_000, 16_384)
ALT = Limit(1_500, 16_384)
MUTED_WORD = Limit(100, 2_048)
POLL_OPTION = Limit(50, 2_048, counts_links=True)


# Two regional indicators are a flag. `\X` counts them anew from the first of a row for each.
_FLAG = regex.compile(r"[\U0001f1e6-\U0001f1ff]{2}")
_CLUSTER = regex.compile(r"\X")
_VISIBLE = regex.compile(rf"[^\s{INVISIBLE}]")


def clusters(text: str) -> int:
    """Count extended grapheme clusters, by https://www.unicode.org/reports/tr29/."""
    if text.isascii() and "\r" not in text:
        return len(text)
    return sum(1 for _ in _CLUSTER.finditer(_FLAG.sub("x", text)))


def text_length(text: str) -> int:
    """Count the characters of a text, each link as LINK_LENGTH; in linear time."""
    return sum(LINK_LENGTH if is_link else clusters(part) for part, is_link in _parts(text))


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    end = 0
    for entity in entities(text) if "." in text else ():
        if entity.kind == "link":
            yield text[end : entity.start], False
            yield entity.value, True
            end = entity.end
    yield text[end:], False


def is_blank(text: str) -> bool:
    """Return whether there is nothing to see in a text: spaces, invisible signs, bare marks."""
    return _VISIBLE.search(text) is None


def words(text: str) -> str:
    """Return a text as it is kept beside pictures: nothing, where there is nothing to see in it."""
    return "" if is_blank(text) else text
