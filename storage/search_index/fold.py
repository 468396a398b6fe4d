"""The fold of search: texts that a reader takes for the same have one folded text.

Made one are: full-width and other compatibility forms (NFKC); case (full case folding); accents of
Latin, Greek and Cyrillic letters; Latin letters with strokes and ligatures; points of Hebrew and
Arabic, Arabic tatweel, and letters that Arabic and Persian keyboards write differently; digits of
every script; apostrophes and hyphens. What is not seen is taken out.

Kept apart are: й, ў and ї, which are letters of their own; vowel signs and tones of the scripts of
India and South East Asia; hiragana and katakana; simplified and traditional Chinese; ü and ue.

Sources: Unicode Standard Annex 15 (NFKC) and section 3.13 of the standard (case folding). Of Arabic
the letters are made one that Lucene's ArabicNormalizer and PersianNormalizer make one.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

LAST_SCRIPT: Final = 0x1EFFF  # what follows are symbols and ideographs

# Before NFKC, which would make a letter of a trade mark sign and an accent of an apostrophe.
_SIGNS: Final = str.maketrans(
    dict.fromkeys("`´‘’‛′ʹʻʼʽ՚׳ߴߵꞌ＇", "'")
    | dict.fromkeys("״", '"')
    | dict.fromkeys("־‐‑⁃−﹣－", "-")
    | dict.fromkeys("™℠", " ")
)

# Combining marks: general, Cyrillic, Hebrew, Arabic with tatweel, Syriac, the nukta of Hindi,
# extensions of the general ones, variation selectors.
_MARKS: Final = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a"
    "\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0711"
    "\u0730-\u074a\u08ca-\u08e1\u08e3-\u08ff\u093c\u180b-\u180d\u1ab0-\u1aff\u1dc0-\u1dff"
    "\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\U000e0100-\U000e01ef"
)
_FILLERS: Final = "\u115f\u1160\u17b4\u17b5\u3164\uffa0"  # invisible, though called letters


def _of_category(category: str, codes: Iterable[int]) -> list[str]:
    return [chr(code) for code in codes if unicodedata.category(chr(code)) == category]


# Joiners, soft hyphens, marks of direction, tags.
_FORMAT: Final = _of_category("Cf", [*range(0x80, LAST_SCRIPT), *range(0xE0001, 0xE0080)])
# й, ў and ї are и, у and і with a mark.
_STRIPPED: Final = re.compile(
    f"(?<![иу])\u0306|(?<!і)\u0308|(?![\u0306\u0308])[{_MARKS}{''.join(_FORMAT)}{_FILLERS}]"
)

# Letters that have no decomposition into another and a mark.
_LETTERS: Final = _SIGNS | str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "ı": "i",
        "ĸ": "k",
        "ŋ": "n",
        "ŧ": "t",
        "ɓ": "b",
        "ɗ": "d",
        "ɖ": "d",
        "ƙ": "k",
        "ƴ": "y",
        "ɛ": "e",
        "ɔ": "o",
        "ɲ": "n",
        "ɨ": "i",
        "ʉ": "u",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "ґ": "г",
        "ٱ": "ا",
        "ى": "ي",
        "ی": "ي",
        "ک": "ك",
        "ة": "ه",
        "ہ": "ه",
        "ە": "ه",
        **{
            digit: str(unicodedata.digit(digit))
            for digit in _of_category("Nd", range(0x80, LAST_SCRIPT))
        },
    }
)


def fold(text: str) -> str:
    """Return the folded text; to fold it again changes nothing."""
    text = text.translate(_SIGNS)
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", text).casefold()
    text = _STRIPPED.sub("", unicodedata.normalize("NFKD", text)).translate(_LETTERS)
    return unicodedata.normalize("NFC", text)
