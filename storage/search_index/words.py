"""The words of a text, and what a person asks for in terms of them: one function cuts both.

A word is a run of letters, marks and digits; all else stands between words. So a link, a path, an
address, a version and a name with hyphens are several words in a row. They are found by each of
these, and by the whole, which asks for the same words in the same row.

In scripts that are written without spaces every place may begin a word: of n signs in a row there
are the n - 1 pairs, and the last one alone. A query of two signs or more asks for its pairs in a
row, a single sign for what begins with it. (Overlapping bigrams, as of Lucene's CJKAnalyzer.)

Besides: `don't` and `e-mail` are also one word without their sign, `C++` and `C#` one with it.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from storage.search_index.fold import LAST_SCRIPT, fold

WORD_MAX: Final = 500  # signs of a word that count
JOINED_MAX: Final = 4  # so many words with hyphens or apostrophes between them are also one

# Han, kana, Bopomofo, Hangul, Yi, Tangut; Thai, Lao, Myanmar, Khmer, Tai, Javanese, Balinese.
_UNSPACED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u1950-\u19ff\u1a20-\u1aaf\u1b00-\u1b7f"
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u302f\u3031-\u303c\u3041-\u309f\u30a1-\u30fa\u30fc-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\ua980-\ua9df\ua9e0-\ua9ff\uaa60-\uaadf"
    "\uac00-\ud7ff\uf900-\ufaff\U00016fe0-\U00018dff\U0001aff0-\U0001b2ff\U00020000-\U0003ffff"
)
# Signs that stand for something by themselves: emoji, flags, pictures.
_PICTURES: Final = "\u231a-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"


def _marks() -> Iterator[str]:
    r"""Yield ranges of the marks that belong to the letter before: `re` leaves them out of \w."""
    first = None
    for code in range(0x300, LAST_SCRIPT + 2):
        is_mark = unicodedata.category(chr(code)) in ("Mn", "Mc")
        if is_mark and first is None:
            first = code
        elif not is_mark and first is not None:
            yield f"{chr(first)}-{chr(code - 1)}"
            first = None


# A word, with the sign that joins it to the one before and the sign that belongs to it.
_PIECE: Final = re.compile(
    rf"""(?P<join>(?<=\w)['-](?=\w) | (?<=[\u05d0-\u05ea])"(?=[\u05d0-\u05ea]) )?
    (?: (?P<word>[\w{"".join(_marks())}]+) (?P<sign>\+\+ | \#(?![^\W\d]))?
      | (?P<picture>[{_PICTURES}]) )""",
    re.VERBOSE,
)
_STRETCH: Final = re.compile(f"[{_UNSPACED}]+|[^{_UNSPACED}]+")
_IS_UNSPACED: Final = re.compile(f"[{_UNSPACED}]")


@dataclass(frozen=True, slots=True)
class Word:
    """A word at a place of its text, counted from 1; a stretch of n signs without spaces has n.

    joined: only a sign stands between it and the one before. exact: the word with its `++` or `#`.
    """

    text: str
    place: int
    unspaced: bool = False
    joined: bool = False
    exact: str | None = None

    def lexemes(self) -> Iterator[tuple[str, int]]:
        """Yield what the index has of it: each with its place."""
        if self.unspaced:
            for at in range(len(self.text)):
                yield self.text[at : at + 2], self.place + at
            return
        yield self.text, self.place
        if self.exact is not None:
            yield self.exact, self.place

    def operands(self) -> Iterator[tuple[str, int]]:
        """Yield what a query asks for, as operands of a tsquery: each with its place."""
        if not self.unspaced:
            yield f"'{self.exact or self.text}'", self.place
        elif len(self.text) == 1:
            yield f"'{self.text}':*", self.place
        else:
            for at in range(len(self.text) - 1):
                yield f"'{self.text[at : at + 2]}'", self.place + at


def words(text: str) -> list[Word]:
    """Return the words of a text or of a part of a query, folded, in their order."""
    found: list[Word] = []
    place = 1
    for piece in _PIECE.finditer(fold(text).replace("_", " ")):
        if piece["picture"]:
            found.append(Word(piece["picture"], place))
            place += 1
            continue
        whole = piece["word"]
        if whole.isascii() or not _IS_UNSPACED.search(whole):
            whole = whole[:WORD_MAX]
            exact = whole + piece["sign"] if piece["sign"] else None
            found.append(Word(whole, place, joined=piece["join"] is not None, exact=exact))
            place += 1
            continue
        for stretch in _STRETCH.findall(whole):
            unspaced = _IS_UNSPACED.match(stretch) is not None
            found.append(Word(stretch, place, unspaced))
            place += len(stretch) if unspaced else 1
    return found


def tsvector(text: str) -> str:
    """Return the words of a text as the text of a tsvector, as PostgreSQL reads it."""
    cut = words(text)
    places: dict[str, list[int]] = {}
    for word in cut:
        for lexeme, place in word.lexemes():
            places.setdefault(lexeme, []).append(place)
    for group in _joined(cut):
        places.setdefault(_one_word(group), []).append(group[0].place)
    return " ".join(
        f"'{lexeme}':{','.join(map(str, sorted(set(at))))}" for lexeme, at in places.items()
    )


def _joined(cut: Iterable[Word]) -> Iterator[list[Word]]:
    """Yield the groups of two words and more that signs join, up to JOINED_MAX."""
    group: list[Word] = []
    for word in cut:
        if word.joined and group:
            group.append(word)
            continue
        if 1 < len(group) <= JOINED_MAX:
            yield group
        group = [] if word.unspaced else [word]
    if 1 < len(group) <= JOINED_MAX:
        yield group


def _one_word(group: list[Word]) -> str:
    return "".join(word.text for word in group)[:WORD_MAX]


# A link is found with or without what it may begin with.
_SCHEME: Final = re.compile(r"https?://(?:www\.)?(?=\w)", re.IGNORECASE)
# Part of a query: quoted, or up to a space; typed on phones, quotation marks are often round.
_QUOTES: Final = str.maketrans(dict.fromkeys("“”„‟＂", '"') | dict.fromkeys("－−", "-"))
_PART: Final = re.compile(
    r"""(?P<minus>-*)(?:"(?P<phrase>[^"]*)(?:"|$)"""
    r"""|(?P<term>(?:[^\s"]|(?<=[\u05d0-\u05ea])"(?=[\u05d0-\u05ea]))+))|(?P<stray>-+)"""
)


def tsquery(text: str) -> str:
    """Return what is searched for as the text of a tsquery, as PostgreSQL reads it.

    The grammar is that of websearch_to_tsquery: all words are asked for, `or` between two means
    either, "in quotes" they stand in a row, and what has a - before it must not be there. What is
    empty finds nothing.
    """
    query = ""
    operator = " & "
    for part in _PART.finditer(text.translate(_QUOTES)):
        term = part["term"]
        if term is not None and term.lower() == "or" and not part["minus"] and query:
            operator = " | "
            continue
        asked_for = _SCHEME.sub("", term or part["phrase"] or "")
        asked = _operand(words(asked_for), in_quotes=term is None)
        if not asked:
            continue
        asked = f"!{asked}" if part["minus"] else asked
        query = f"{query}{operator}{asked}" if query else asked
        operator = " & "
    return f"{query} & 'or'" if operator == " | " else query


def _operand(cut: list[Word], *, in_quotes: bool) -> str:
    """Return the words in a row, in brackets; or else, where signs join them all, as one word."""
    operands = [operand for word in cut for operand in word.operands()]
    if not operands:
        return ""
    row = operands[0][0]
    for (_, before), (operand, place) in pairwise(operands):
        row += f" <{place - before}> {operand}"
    if not in_quotes and len(cut) > 1 and next(_joined(cut), []) == cut:
        row = f"{row} | '{_one_word(cut)}'"
    return f"({row})"
