"""The cases that server and page are held to, and those of Twitter."""

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent

CASES: dict[str, Any] = json.loads((HERE / "cases.json").read_text(encoding="utf-8"))

# See twitter/conformance.json for where they come from.
TWITTER: dict[str, Any] = json.loads(
    (HERE / "twitter" / "conformance.json").read_text(encoding="utf-8")
)

# Names are longer here, and no address is shortened to one of Twitter's own.
OTHERWISE_HERE = {
    "DO NOT Autolink username over 20 characters",
    "Extract a t.co URL with a trailing apostrophe",
    "Extract a t.co URL with a trailing hyphen",
    "DO NOT extract URLs with > 40 characters in a t.co slug",
    "Extract t.co URLs skipping trailing characters and adjusting indices correctly",
}

_KINDS = {"mentions": "mention", "replies": "mention", "hashtags": "hashtag", "username": "mention"}
_LINKED = re.compile(r'class="tweet-url (hashtag|username)[^"]*"[^>]*>[#＃]?([^<]*)<')


@dataclass(frozen=True)
class TwitterCase:
    """What is expected of these kinds: (kind, word without its sign), in order.

    `is_reply`: only a mention that the text begins with is looked at.
    """

    description: str
    text: str
    kinds: frozenset[str]
    expected: list[tuple[str, str]]
    is_reply: bool = False


def twitter_cases() -> list[TwitterCase]:
    return [*_extracted(), *_linked()]


def _extracted() -> Iterator[TwitterCase]:
    for section, cases in TWITTER["extract"].items():
        kind = _KINDS.get(section.split("_")[0], "link")
        for case in cases:
            words = case["expected"] if isinstance(case["expected"], list) else [case["expected"]]
            expected = [(kind, _word(word)) for word in words if word is not None]
            is_reply = section == "replies"
            yield TwitterCase(
                case["description"], case["text"], frozenset({kind}), expected, is_reply
            )


def _word(expected: Any) -> str:
    if isinstance(expected, str):
        return expected
    names = ("screen_name", "hashtag", "url")
    return str(next(expected[name] for name in names if name in expected))


def _linked() -> Iterator[TwitterCase]:
    kinds = frozenset({"hashtag", "mention"})
    for cases in TWITTER["autolink"].values():
        for case in cases:
            found = _LINKED.findall(case["expected"])
            expected = [(_KINDS.get(kind, kind), word) for kind, word in found]
            yield TwitterCase(case["description"], case["text"], kinds, expected)


# Of these nothing is folded, and there are many.
_MANY = ((0x3400, 0xA000), (0xAC00, 0xD7A4), (0xD800, 0xF900), (0x17000, 0x1B000))


def every_sign() -> list[str]:
    """Every assigned character but ideographs, syllables of Hangul and what is for private use."""
    codes = (code for code in range(1, 0x20000) if not any(low <= code < top for low, top in _MANY))
    return [sign for sign in map(chr, codes) if unicodedata.category(sign) != "Cn"]
