"""What a stream of words has is what a search for them finds."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from storage.database.pool import Database
from storage.search_index.words import Indexed, asked, matcher, tsvector

TEXTS = [
    "The quick brown fox jumps over the lazy dog",
    "東京タワーに行きました",
    "東京と京都",
    "私は京",
    "don't e-mail me about C++ or C# at example.com/a/path",
    "email dont c",
    "ไปเที่ยวกรุงเทพ",
    "Straße STRASSE strasse naïve 🎉 party",
    "quick fox, quick-brown and brown quick",
    "or else",
    "",
]
QUERIES = [
    "quick",
    '"quick brown"',
    '"brown quick"',
    "quick -lazy",
    "-quick",
    "fox or 東京",
    "東京",
    "京",
    "東",
    "京都 or lazy",
    "e-mail",
    "email",
    "don't",
    "c++",
    "c#",
    "c",
    "example.com/a/path",
    "https://example.com",
    '-"quick brown" quick',
    "strasse party",
    "🎉",
    "กรุงเทพ",
    "quick-brown",
    "quick or",
    "or",
    "京 -東",
    "-京",
    "行き or -quick",
    '"東京 京都"',
    "ไป -東京",
    "nothing of it",
]


@pytest.mark.parametrize("query", QUERIES)
async def test_matcher_finds_what_postgresql_finds(db: Database, query: str) -> None:
    found = [matcher(query)(Indexed(text)) for text in TEXTS]
    assert found == [
        await db.fetchval(
            "SELECT ts_match_vq($1::text::tsvector, $2::text::tsquery)",
            tsvector(text),
            asked(query).query,
        )
        for text in TEXTS
    ]


async def test_what_asks_for_nothing_finds_nothing() -> None:
    assert not matcher("- !")(Indexed("anything"))


SIGNS = "".join(map(chr, range(0x4E00, 0x4E00 + 280)))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        (" ".join([SIGNS[-1], *(f"-{sign}" for sign in SIGNS[:-1])])[:200], SIGNS[100:]),
        ("一" * 200, "一" * 280),
        (f"-{'一' * 199}", "一" * 280),
    ],
    ids=["prefixes", "row", "negated row"],
)
def test_search_costs_by_its_own_length_and_not_by_that_times_the_posts(
    query: str, text: str
) -> None:
    matches, indexed = matcher(query), Indexed(text)
    matches(indexed)
    steps = opcodes(lambda: matches(indexed))
    assert 0 < steps < 200 * 50


def opcodes(call: Callable[[], object]) -> int:
    """How many instructions a call takes, which no busy machine changes."""
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        frame.f_trace_opcodes = True
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return count
