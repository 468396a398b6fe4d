"""Links, hashtags and mentions in text, by one table for server and page."""

from typing import Any

import pytest

from handlers.text.entities import MENTIONS_MAX, TAG_MAX, entities, hashtags, mentioned_usernames
from handlers.text.folding import fold
from tests.handlers.text.cases import CASES, OTHERWISE_HERE, every_sign, twitter_cases


def named(case: dict[str, Any]) -> str:
    return f"{case['rule']}: {case['text']!a}"


@pytest.mark.parametrize("case", CASES["entities"], ids=named)
def test_text_has_the_entities_of_the_table(case: dict[str, Any]) -> None:
    text = case["text"]
    assert [one.value for one in entities(text) if one.kind == "link"] == case.get("links", [])
    assert hashtags(text) == case.get("hashtags", [])
    assert mentioned_usernames(text) == case.get("mentions", [])


def test_entities_stand_where_they_say() -> None:
    text = "の＠Annに #ｆｕｌｌ at https://example.com/a."
    assert [(one.kind, text[one.start : one.end], one.value) for one in entities(text)] == [
        ("mention", "＠Ann", "ann"),
        ("hashtag", "#ｆｕｌｌ", "full"),
        ("link", "https://example.com/a", "https://example.com/a"),
    ]


def test_twitters_conformance_tables_agree() -> None:
    cases = twitter_cases()
    differing = set()
    for case in cases:
        found = [
            (one.kind, case.text[one.start : one.end].lstrip("@＠#＃"))
            for one in entities(case.text)
            if one.kind in case.kinds and not (case.is_reply and case.text[: one.start].strip())
        ]
        if found[: 1 if case.is_reply else None] != case.expected:
            differing.add(case.description)
    assert differing == OTHERWISE_HERE
    assert len(cases) > 320


def test_nobody_calls_everybody() -> None:
    names = [f"n{number:02}" for number in range(56)]
    assert mentioned_usernames(" ".join(f"@{name}" for name in names)) == names[:MENTIONS_MAX]


def test_a_tag_is_no_longer_than_its_table_takes() -> None:
    assert hashtags("#" + TAG_MAX * "x") == [TAG_MAX * "x"]
    assert hashtags("#" + (TAG_MAX + 1) * "x") == []
    assert hashtags("#" + 100 * "ﷺ") == []


def test_folding_a_spelling_leaves_it() -> None:
    once = {fold(f"a{sign}a") for sign in every_sign()}
    assert [tag for tag in once if fold(tag) != tag] == []
