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
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

from storage.search_index.fold import LAST_SCRIPT, fold

WORD_MAX: Final = 500  # signs of a word that count
JOINED_MAX: Final = 4  # so many words with hyphens or apostrophes between them are also one
LOOKED_UP_MAX: Final = 8  # lexemes in a row, and parts of a query, that an index is asked for

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


Places = Mapping[str, Set[int]]  # where in a text its lexemes stand


def lexemes(text: str) -> Places:
    """Return what the index has of a text: each lexeme with its places."""
    cut = words(text)
    places: dict[str, set[int]] = {}
    for word in cut:
        for lexeme, place in word.lexemes():
            places.setdefault(lexeme, set()).add(place)
    for group in _joined(cut):
        places.setdefault(_one_word(group), set()).add(group[0].place)
    return places


def tsvector(text: str) -> str:
    """Return the words of a text as the text of a tsvector, as PostgreSQL reads it."""
    return " ".join(
        f"'{lexeme}':{','.join(map(str, sorted(at)))}" for lexeme, at in lexemes(text).items()
    )


class Indexed:
    """A text to ask many searches about: where its lexemes stand, each in the bits of a number.

    To ask for hundreds of lexemes in a row then takes microseconds, however often each stands there
    (the shift-and of R. Baeza-Yates and G. Gonnet, A New Approach to Text Searching, 1992).
    """

    def __init__(self, text: str) -> None:
        self._places = {lexeme: _bits(at) for lexeme, at in lexemes(text).items()}

    @property
    def lexemes(self) -> Iterable[str]:
        """What stands in it."""
        return self._places.keys()

    def places(self, operand: str) -> int:
        """Return where there is what an operand of a query asks for: bit n for place n."""
        if operand.endswith(":*"):
            return self._beginnings.get(operand[1:-3], 0)
        return self._places.get(operand[1:-1], 0)

    @cached_property
    def _beginnings(self) -> dict[str, int]:
        """Where what begins with a sign stands, by sign: nothing longer is asked for so."""
        found: dict[str, int] = {}
        for lexeme, places in self._places.items():
            found[lexeme[0]] = found.get(lexeme[0], 0) | places
        return found


def _bits(places: Iterable[int]) -> int:
    bits = 0
    for place in places:
        bits |= 1 << place
    return bits


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


@dataclass(frozen=True, slots=True)
class Asked:
    """What is searched for.

    Args:
        query: The text of a tsquery, as PostgreSQL reads it.
        candidates: That of one which all that match match, too, and which an index answers: a few
            lexemes that must be there, wherever. None where nothing must be.
        begins: Whether it asks for what begins with a single sign.
        terms: How many words, phrases and such it names.
    """

    query: str
    candidates: str | None
    begins: bool
    terms: int


@dataclass(slots=True)
class _Term:
    """What is asked for in one part of a query: its operands stand in a row, or are one word."""

    operands: list[tuple[str, int]]
    as_one: str | None
    negated: bool

    @property
    def query(self) -> str:
        row = self.operands[0][0]
        for (_, before), (operand, place) in pairwise(self.operands):
            row += f" <{place - before}> {operand}"
        return f"{'!' if self.negated else ''}({row}{self._or_as_one})"

    def matches(self, text: Indexed) -> bool:
        """Tell whether a text has what is asked for, as PostgreSQL would."""
        found = self._stands_in(text) or (
            self.as_one is not None and text.places(f"'{self.as_one}'") != 0
        )
        return found is not self.negated

    def _stands_in(self, text: Indexed) -> bool:
        first = self.operands[0][1]
        starts = -1  # everywhere
        for operand, place in self.operands:
            starts &= text.places(operand) >> (place - first)
            if not starts:
                return False
        return True

    @property
    def required(self) -> frozenset[str] | None:
        """Lexemes one of which is there where this is; None where there are none such."""
        if self.negated:
            return None
        longest = max(
            (each for each, _ in self.operands if not each.endswith(":*")), key=len, default=None
        )
        if longest is None:
            return None
        return frozenset(filter(None, (longest[1:-1], self.as_one)))

    @property
    def candidates(self) -> str:
        step = -(-len(self.operands) // LOOKED_UP_MAX)
        return f"({' & '.join(each for each, _ in self.operands[::step])}{self._or_as_one})"

    @property
    def _or_as_one(self) -> str:
        return f" | '{self.as_one}'" if self.as_one else ""


def asked(text: str) -> Asked:
    """Return what is searched for by this text.

    The grammar is that of websearch_to_tsquery: all words are asked for, `or` between two means
    either, "in quotes" they stand in a row, and what has a - before it must not be there. What is
    empty finds nothing.
    """
    alternatives = _alternatives(text)
    needed = [[term for term in terms if not term.negated] for terms in alternatives]
    return Asked(
        query=" | ".join(" & ".join(term.query for term in terms) for terms in alternatives),
        candidates=" | ".join(
            " & ".join(term.candidates for term in terms[:LOOKED_UP_MAX]) for terms in needed
        )
        if all(needed)
        else None,
        begins=any(
            operand.endswith(":*")
            for terms in needed
            for term in terms
            for operand, _ in term.operands
        ),
        terms=sum(map(len, alternatives)),
    )


def matcher(text: str) -> Callable[[Indexed], bool]:
    """Return what tells whether a text is found by this search.

    It finds what the query of asked() finds; what must be there is looked for first.
    """
    alternatives = [
        sorted(terms, key=lambda term: term.negated) for terms in _alternatives(text) if terms
    ]
    return lambda text: any(all(term.matches(text) for term in terms) for terms in alternatives)


def required(text: str) -> frozenset[str] | None:
    """Return lexemes one of which each text has that this search finds: long ones, as few have.

    None where it may find a text without any. What asks for nothing has none, and finds nothing.
    """
    found: set[str] = set()
    for terms in _alternatives(text):
        of_terms = [lexemes for term in terms if (lexemes := term.required)]
        if terms and not of_terms:
            return None
        found |= max(of_terms, key=lambda lexemes: min(map(len, lexemes)), default=frozenset())
    return frozenset(found)


def phrase(text: str) -> Callable[[Indexed], bool]:
    """Return what tells whether these words stand in a text, in a row; no words stand in none."""
    term = _term(words(text), in_quotes=False, negated=False)
    return (lambda _: False) if term is None else term.matches


def _alternatives(text: str) -> list[list[_Term]]:
    """Return what is searched for: all terms of one of these lists."""
    alternatives: list[list[_Term]] = [[]]
    begins_another = False
    for part in _PART.finditer(text.translate(_QUOTES)):
        term = part["term"]
        if term is not None and term.lower() == "or" and not part["minus"] and alternatives[0]:
            begins_another = True
            continue
        asked_for = _SCHEME.sub("", term or part["phrase"] or "")
        found = _term(words(asked_for), in_quotes=term is None, negated=bool(part["minus"]))
        if found is None:
            continue
        if begins_another:
            alternatives.append([])
            begins_another = False
        alternatives[-1].append(found)
    if begins_another:
        alternatives[-1].append(_Term([("'or'", 1)], None, negated=False))
    return alternatives


def _term(cut: list[Word], *, in_quotes: bool, negated: bool) -> _Term | None:
    operands = [operand for word in cut for operand in word.operands()]
    if not operands:
        return None
    joined = not in_quotes and len(cut) > 1 and next(_joined(cut), []) == cut
    return _Term(operands, _one_word(cut) if joined else None, negated)
