"""What a reader takes for the same text has one folded text."""

import sys
import unicodedata

import pytest

from storage.search_index.fold import fold
from storage.search_index.names import spell

SAME = [
    ("Zürich", "zurich"),
    ("Zu\u0308rich", "zurich"),
    ("CAFÉ", "cafe"),
    ("Łukasz", "lukasz"),
    ("Đà Nẵng", "da nang"),
    ("Øresund Ærø Œuvre", "oresund aero oeuvre"),
    ("İSTANBUL", "istanbul"),
    ("ıstanbul", "istanbul"),
    ("STRAẞE straße", "strasse strasse"),
    ("ﬁn ﬂ", "fin fl"),
    ("ＦＵＬＬ　ｗｉｄｔｈ１２", "full width12"),
    ("ｶﾞﾗｽ", "ガラス"),
    ("か\u3099", "が"),
    ("한국".encode().decode(), unicodedata.normalize("NFD", "한국")),
    ("Ёлка", "елка"),
    ("за\u0301мок", "замок"),
    ("Ґанок", "ганок"),
    ("Ελλάδα ΟΔΌΣ", "ελλαδα οδοσ"),
    ("ᾳ", "αι"),
    ("مُحَمَّد", "محمد"),
    ("محـــمد", "محمد"),
    ("أحمد إسلام آخر", "احمد اسلام اخر"),
    ("یک کتاب", "يك كتاب"),
    ("می\u200cخواهم", "ميخواهم"),
    ("٣۴५", "345"),
    ("שָׁלוֹם", "שלום"),
    ("ज़रा", "जरा"),
    ("don’t Hawaiʻi", "don't hawai'i"),
    ("e\u2011mail so\u00adft zero\u200bwidth", "e-mail soft zerowidth"),
    ("𝐛𝐨𝐥𝐝", "bold"),
]


@pytest.mark.parametrize(("text", "folded"), SAME)
def test_one_text_written_differently_is_folded_to_one(text: str, folded: str) -> None:
    assert fold(text) == fold(folded)
    assert fold(text.upper()) == fold(text)


APART = [("мой", "мои"), ("їх", "іх"), ("ўзбек", "узбек"), ("か", "が"), ("か", "カ"), ("น้ำ", "นำ")]


@pytest.mark.parametrize(("one", "other"), APART)
def test_letters_of_their_own_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_folding_again_changes_nothing_whatever_the_sign() -> None:
    signs = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]
    assert [sign for sign in signs if fold(fold(sign)) != fold(sign)] == []


def test_spelling_is_ascii_and_keeps_beginnings_and_differences() -> None:
    signs = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]
    others = {folded for sign in signs if len(folded := fold(sign)) == 1}
    assert len({spell(sign) for sign in others}) == len(others)
    for name in ("Łukasz 上海", "ёлка 🎄 Ann", "plain"):
        assert spell(name).isascii()
        assert all(spell(name).startswith(spell(name[:end])) for end in range(len(name)))
