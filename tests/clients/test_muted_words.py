"""Muted words in the Python library: what a post has, as the server and the other library say."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from mini_twitter_client import Filtered, MutedWords

CASES = json.loads(
    (Path(__file__).parents[2] / "clients/javascript/test/muted-words.json").read_text("utf-8")
)


def muted(text: str, **more: Any) -> dict[str, Any]:
    word = {"text": text, "tag": None, "contexts": ["feed"], "action": "warn", "expires_at": None}
    return word | more


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['word']} in {case['text']}")
def test_what_a_text_has_is_what_the_server_says(case: dict[str, Any]) -> None:
    found = MutedWords([muted(case["word"])]).filtered({"content": case["text"]}, "feed")
    assert (found is not None) is case["matches"]


def test_what_is_to_be_done_is_said_by_the_words_that_hold_there_and_now() -> None:
    hidden = muted("plot", action="hide", contexts=["feed", "public"])
    words = MutedWords([muted("end"), hidden, muted("old", expires_at="2026-01-01T00:00:00Z")])
    post = {"content": "The plot, the end", "author": {"id": 7}}
    assert words.filtered(post, "feed") == Filtered("hide", ["end", "plot"])
    assert words.filtered(post, "public") == Filtered("hide", ["plot"])
    assert words.filtered(post, "threads") is None
    assert words.filtered(post, "feed", me=7) is None
    old = {"content": "old"}
    assert words.filtered(old, "feed", now=datetime(2026, 1, 2, tzinfo=UTC)) is None
    before = datetime(2025, 12, 31, tzinfo=UTC)
    assert words.filtered(old, "feed", now=before) == Filtered("warn", ["old"])


def test_a_hashtag_is_looked_for_among_hashtags_and_a_word_in_pictures_and_polls_too() -> None:
    words = MutedWords([muted("#GoT", tag="got"), muted("cat")])
    assert words.filtered({"content": "got it", "hashtags": []}, "feed") is None
    tagged = words.filtered({"content": "so #got", "hashtags": ["got"]}, "feed")
    assert tagged == Filtered("warn", ["#GoT"])
    picture = {"content": "", "media": [{"alt": "a cat"}]}
    asked = {"content": "?", "poll": {"options": [{"title": "Cat"}, {"title": "dog"}]}}
    for post in (picture, asked):
        assert words.filtered(post, "feed") == Filtered("warn", ["cat"])
