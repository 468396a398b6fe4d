"""Many searches are asked about a text at once, and only those that may find it."""

import pytest

from storage.search_index.percolator import Percolator
from storage.search_index.words import Indexed, matcher, required
from tests.storage.search_index.test_matcher import QUERIES, TEXTS, opcodes


@pytest.fixture
def percolator() -> Percolator[int]:
    kept = Percolator[int]()
    for key, query in enumerate(QUERIES):
        kept.add(key, query)
    return kept


@pytest.mark.parametrize("text", TEXTS)
def test_those_are_found_whose_own_search_finds_the_text(
    percolator: Percolator[int], text: str
) -> None:
    expected = {key for key, query in enumerate(QUERIES) if matcher(query)(Indexed(text))}
    found = percolator.finding([text])
    assert (set(found), len(found)) == (expected, len(expected))


def test_of_several_texts_each_search_is_found_once(percolator: Percolator[int]) -> None:
    both = percolator.finding([TEXTS[0], TEXTS[8]])
    assert sorted(both) == sorted(
        {*percolator.finding([TEXTS[0]]), *percolator.finding([TEXTS[8]])}
    )


def test_what_is_removed_is_found_no_more_and_leaves_nothing(percolator: Percolator[int]) -> None:
    quick = QUERIES.index("quick")
    assert quick in percolator
    percolator.remove(quick)
    percolator.remove(quick)
    assert quick not in percolator.finding([TEXTS[0]])
    for key in range(len(QUERIES)):
        percolator.remove(key)
    assert (len(percolator), percolator.most_alike("quick"), percolator.most_alike("-quick")) == (
        0,
        0,
        0,
    )


@pytest.mark.parametrize(
    ("query", "lexemes"),
    [
        ("the quickest fox", {"quickest"}),
        ("quick or slower", {"quick", "slower"}),
        ("wi-fi", {"wi", "wifi"}),
        ("a e-mail -quick", {"mail", "email"}),
        ("東京都", {"東京"}),
        ("c++", {"c++"}),
        ("京", None),
        ("京 tower", {"tower"}),
        ("-quick", None),
        ("quick or -slow", None),
        ("-", set()),
    ],
)
def test_a_search_is_kept_under_what_all_that_it_finds_must_have(
    query: str, lexemes: set[str] | None
) -> None:
    assert required(query) == lexemes


def test_a_text_costs_nothing_for_searches_that_ask_for_other_words() -> None:
    percolator = Percolator[int]()
    percolator.add(0, "fox")
    alone = opcodes(lambda: percolator.finding([TEXTS[0]]))
    for key in range(1, 500):
        percolator.add(key, f"the word{key}")
    assert opcodes(lambda: percolator.finding([TEXTS[0]])) == alone


def test_searches_are_alike_that_are_asked_about_the_same_texts() -> None:
    percolator = Percolator[str]()
    for query in ("fox -a", "fox -b", "fox wood", "-c", "京"):
        percolator.add(query, query)
    assert [percolator.most_alike(one) for one in ("fox", "wood", "-d", "dog")] == [2, 1, 2, 0]
