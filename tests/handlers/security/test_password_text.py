"""The form in which passwords are compared."""

import unicodedata

import pytest

from handlers.security.password_text import UnusablePassword, prepare

# RFC 8265, section 4.3, table 4.
AS_THEY_ARE = [
    "correct horse battery staple",
    "Correct Horse Battery Staple",
    "\u03c0\u00df\u00e5",
    "Jack of \u2666s",
]


@pytest.mark.parametrize("password", AS_THEY_ARE)
def test_examples_of_the_standard_stay_as_they_are(password: str) -> None:
    assert prepare(password) == password


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("foo\u1680bar", "foo bar"),  # RFC 8265, table 4
        ("foo\u3000bar\u00a0", "foo bar "),
        (unicodedata.normalize("NFD", "Ünïcödé Ǖ"), "Ünïcödé Ǖ"),
        (unicodedata.normalize("NFD", "비밀번호입니다"), "비밀번호입니다"),
        ("\u212bngstr\u00f6m", "\u00c5ngstr\u00f6m"),
        ("ｐａｓｓ１２３４！＠", "pass1234!@"),
        ("ﾊﾟｽﾜｰﾄﾞ", "パスワード"),
        ("ﾡﾢ", "ㄱㄲ"),
    ],
)
def test_what_keyboards_type_otherwise_is_the_same(typed: str, meant: str) -> None:
    assert prepare(typed) == meant
    assert prepare(meant) == meant


@pytest.mark.parametrize("password", ["ﬁve²³", "Straße", "ΣΑΣ", "ı İ i I", "e\u0301\u0327"])
def test_nothing_else_is_taken_for_another(password: str) -> None:
    assert prepare(password) == unicodedata.normalize("NFC", password)


@pytest.mark.parametrize(
    "character",
    [
        "\t", "\n", "\x00", "\x7f", "\x85",  # controls
        "\u200b", "\ufeff", "\u00ad", "\u2060", "\ufe0f", "\u3164", "\u115f", "\u034f",  # invisible
        "\u202e", "\u2028", "\U000e0041",
        "\u0378", "\uffff", "\U0010ffff",  # not assigned, and never
        "\ue000", "\ud800",
        "\u1112",  # a part of a syllable
        "\u0640", "\u30fb", "\u200d",  # where nothing around asks for it
    ],
    ids=lambda character: f"U+{ord(character):04X}",
)  # fmt: skip
def test_what_cannot_be_typed_alike_everywhere_is_refused_by_its_number(character: str) -> None:
    with pytest.raises(UnusablePassword, match=rf"U\+{ord(character):04X} "):
        prepare(f"pass{character}word")


def test_joiners_and_dots_stand_where_their_script_has_them() -> None:
    for password in ("क्\u200dष", "カ・タ・カ・ナ", "col\u00b7laboraci\u00f3", "צה״ל", "٣٤٥٦٧٨٩٠"):
        assert prepare(password) == password
    with pytest.raises(UnusablePassword):
        prepare("٣٤٥۶۷۸۹")  # digits of two sets that look alike
