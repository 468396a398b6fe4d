"""What is one emoji, and how it is spelled."""

import pytest

from handlers.text.emoji import spelled


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("👍", "👍"),
        ("👍🏽", "👍🏽"),
        ("❤", "❤\ufe0f"),
        ("❤\ufe0f", "❤\ufe0f"),
        ("👍\ufe0f", "👍"),
        ("🏳\u200d🌈", "🏳\ufe0f\u200d🌈"),
        ("🏳\ufe0f\u200d🌈", "🏳\ufe0f\u200d🌈"),
        ("👨\u200d👩\u200d👧\u200d👦", "👨\u200d👩\u200d👧\u200d👦"),
        ("👩🏽\u200d❤\u200d💋\u200d👨🏽", "👩🏽\u200d❤\ufe0f\u200d💋\u200d👨🏽"),
        ("☝🏽", "☝🏽"),
        ("🇩🇪", "🇩🇪"),
        ("1\u20e3", "1\ufe0f\u20e3"),
        ("1\ufe0f\u20e3", "1\ufe0f\u20e3"),
        (
            "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
            "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        ),
    ],
)
def test_an_emoji_has_one_spelling(given: str, kept: str) -> None:
    assert spelled(given) == kept
    assert spelled(kept) == kept


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "a",
            "1",
            "#",
            "ok",
            "👍👍",
            "👍 ",
            " 👍",
            "👍a",
            "🇩",
            "🇩🇪🇩",
            "🏽",
            "\u200d",
            "\ufe0f",
        ),
        *("👍\u200d", "\u200d👍", "é", "中", "\ud83d", "\x00", "👍\x00", "\U0001f8ff"),
        "👨" + "\u200d👨" * 20,
    ],
)
def test_all_else_is_none(text: str) -> None:
    assert spelled(text) is None
