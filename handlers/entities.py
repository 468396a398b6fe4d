"""Hashtags and mentions in the content of posts."""

import re
import unicodedata
from collections.abc import Iterator

VARIATION_SELECTORS = range(0xFE00, 0xFE10)  # of an emoji: `#️⃣` begins no tag
LAST_SCRIPT = 0x1EFFF  # what follows are symbols and ideographs
JOINERS = "\u200c\u200d"  # invisible, within words of Persian and the scripts of India


def _marks() -> Iterator[str]:
    r"""Yield ranges of the marks that belong to the letter before: `re` leaves them out of \w."""
    first = None
    for code in range(0x300, LAST_SCRIPT + 1):
        is_mark = unicodedata.category(chr(code)) in ("Mn", "Mc")
        if is_mark and code not in VARIATION_SELECTORS:
            first = code if first is None else first
        elif first is not None:
            yield f"{chr(first)}-{chr(code - 1)}"
            first = None


WORD = rf"\w{JOINERS}{''.join(_marks())}"  # within brackets
# Not within a word, a URL's fragment or an entity; a Unicode word, not of digits alone.
HASHTAG = re.compile(rf"(?<![{WORD}/&#])#(?=\w)([{WORD}]*[^\W\d_][{WORD}]*)")
# A username stands on its own: `a@b.com` names nobody, and `@name_x` is not `@name`.
MENTION = re.compile(rf"(?<![{WORD}@/])@([A-Za-z0-9_]{{3,30}})(?![{WORD}@])")

MENTIONS_MAX = 50  # a post fits more, but nobody means to call so many


def hashtags(content: str) -> list[str]:
    """Return the hashtags, normalized and without repeats, in order of their first use."""
    return list(dict.fromkeys(normalize_hashtag(tag) for tag in HASHTAG.findall(content)))


def normalize_hashtag(tag: str) -> str:
    """Return the one spelling of a tag: lower case, accents composed with their letters (NFC)."""
    return unicodedata.normalize("NFC", tag.lower()).rstrip(JOINERS)


def mentioned_usernames(content: str) -> list[str]:
    """Return the usernames in lower case, without repeats, in order of their first use."""
    return list(dict.fromkeys(name.lower() for name in MENTION.findall(content)))[:MENTIONS_MAX]
