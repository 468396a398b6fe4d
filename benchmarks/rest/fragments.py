"""Pieces of text, some in Latin script and some in Chinese, and what search keeps of them.

A few words are in very many, most are in few; the words of a text are made of those of its pieces,
as to cut millions of texts takes long.
"""

import random
from collections.abc import Iterator

from storage.search_index.words import tsvector

SEED = 11
ENDINGS = ("er", "ing", "ous", "al", "ity", "um", "o", "ine")
WORDS = 40_000
WORDS_EACH = 6
SIGNS = [chr(code) for code in range(0x4E00, 0x4E00 + 2_000)]
SIGNS_EACH = 14
CHINESE = 0.1  # of all


def fragments(count: int) -> Iterator[tuple[int, str, str]]:
    """Yield the number, the text and the tsvector of each."""
    choose = random.Random(SEED)
    for number in range(count):
        text = _chinese(choose) if choose.random() < CHINESE else _latin(choose)
        yield number, text, tsvector(text)


def _latin(choose: random.Random) -> str:
    return " ".join(
        f"w{int(choose.random() ** 4 * WORDS)}{choose.choice(ENDINGS)}" for _ in range(WORDS_EACH)
    )


def _chinese(choose: random.Random) -> str:
    return "".join(SIGNS[int(choose.random() ** 4 * len(SIGNS))] for _ in range(SIGNS_EACH))
