"""How long text is, and whether there is anything to see in it."""

from typing import Any

import pytest

from handlers.text import limits
from handlers.text.limits import LINK_LENGTH, Limit
from tests.handlers.text.cases import CASES


@pytest.mark.parametrize("case", CASES["lengths"], ids=lambda case: f"{case['text'][:40]!a}")
def test_text_is_as_long_as_the_table_says(case: dict[str, Any]) -> None:
    text = case["text"]
    assert limits.text_length(text) == case["length"]
    assert limits.clusters(text) == case["name_length"]
    for length, counts_links in ((case["length"], True), (case["name_length"], False)):
        fits = Limit(length, 10_000, counts_links=counts_links)
        assert fits.exceeded_by(text) is None
        assert length == 0 or Limit(length - 1, 10_000, counts_links).exceeded_by(text)


@pytest.mark.parametrize("text", CASES["blank"], ids=ascii)
def test_what_cannot_be_seen_is_blank(text: str) -> None:
    assert limits.is_blank(text)


@pytest.mark.parametrize("text", CASES["visible"], ids=ascii)
def test_what_can_be_seen_is_not(text: str) -> None:
    assert not limits.is_blank(text)


def test_links_do_not_make_room_for_more_bytes_than_are_kept() -> None:
    link = "https://example.com/" + "x" * 2000
    content = " ".join([link] * 5)
    assert limits.text_length(content) == 5 * LINK_LENGTH + 4
    assert limits.POST.exceeded_by(content) is None
    assert limits.POST.exceeded_by(f"{content} {link}") == "Longer than 10,240 bytes."


def test_a_post_of_the_longest_emoji_has_room() -> None:
    kiss = "👩🏽\u200d❤️\u200d💋\u200d👨🏿"
    assert len(kiss.encode()) == 35
    assert limits.POST.exceeded_by(280 * kiss) is None
    assert limits.POST.exceeded_by(280 * kiss + "x") == "Longer than 280 characters."
