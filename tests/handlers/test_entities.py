"""Hashtags and mentions in text, by Unicode's idea of a word."""

import unicodedata

import pytest

from handlers.entities import MENTIONS_MAX, hashtags, mentioned_usernames

DECOMPOSED = unicodedata.normalize("NFD", "café")

HASHTAGS = {
    "#one and #two": ["one", "two"],
    "#Python #PYTHON #python": ["python"],
    "#b #a #b": ["b", "a"],
    "(#one),#two;#three!": ["one", "two", "three"],
    "#under_score #_x #x_": ["under_score", "_x", "x_"],
    "#über #ÜBER": ["über"],
    "#日本語タグ と #русский": ["日本語タグ", "русский"],
    "#हिन्दी #ภาษาไทย #العَرَبِيَّة": ["हिन्दी", "ภาษาไทย", "العَرَبِيَّة"],
    "#می\u200cخواهم": ["می\u200cخواهم"],
    f"#café #{DECOMPOSED}": ["café"],
    "#1a #a1 #2024goals": ["1a", "a1", "2024goals"],
    "#1 #2024 #٣": [],
    "# #! #_ ## #-a": [],
    "#a-b #c.d #e's": ["a", "c", "e"],
    "#one#two": ["one"],
    "word#no 5#no é#no": [],
    "https://example.org/page#part https://example.org/#part": [],
    "&#x27; &#39;": [],
    "C# F#": [],
    "#👍 #a👍 #️⃣one": ["a"],
    "#tag\u200d #\u200dtag": ["tag"],
    "line\n#next\tand\u3000#wide": ["next", "wide"],
    "": [],
}

MENTIONS = {
    "@ann and @Bob_2": ["ann", "bob_2"],
    "@ann @ANN": ["ann"],
    "hi @ann, @bob. (@cat) @dan's @eve: @fay!": ["ann", "bob", "cat", "dan", "eve", "fay"],
    ".@ann everybody should see this": ["ann"],
    "mail ann@example.org or bob.@cat": ["cat"],
    "@ab @" + 31 * "x": [],
    "@" + 30 * "x": [30 * "x"],
    "@ann@example.social": [],
    "@@ann": [],
    "https://example.org/@ann": [],
    "é@ann @annä": [],
    "@ @! @-ann": [],
    "@ann-marie": ["ann"],
    "@ann@bob @bob@ann": [],
}


@pytest.mark.parametrize("content", HASHTAGS)
def test_hashtags_are_words_behind_a_hash(content: str) -> None:
    assert hashtags(content) == HASHTAGS[content]


@pytest.mark.parametrize("content", MENTIONS)
def test_mentions_are_usernames_that_stand_alone_behind_an_at(content: str) -> None:
    assert mentioned_usernames(content) == MENTIONS[content]


def test_nobody_calls_everybody() -> None:
    names = [f"n{number:02}" for number in range(56)]
    assert mentioned_usernames(" ".join(f"@{name}" for name in names)) == names[:MENTIONS_MAX]
