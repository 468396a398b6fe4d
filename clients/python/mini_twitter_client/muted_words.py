"""Words that one has muted: whether a text has one of them, as the server's search would find it.

docs/contract.md has the rules ("What a search finds"). The JavaScript library has the same; all are
held to one table of cases.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

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

    def asked(self) -> Iterator[tuple[str, int, bool]]:
        """Yield what is asked for by it: a lexeme, its place, and whether it is the beginning."""
        if not self.unspaced:
            yield self.exact or self.text, self.place, False
        elif len(self.text) == 1:
            yield self.text, self.place, True
        else:
            for at in range(len(self.text) - 1):
                yield self.text[at : at + 2], self.place + at, False


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


def _matcher(text: str) -> Callable[[Places], bool]:
    cut = words(text)
    asked = [one for word in cut for one in word.asked()]
    group = next(_joined(cut), [])
    single = _one_word(group) if len(cut) > 1 and group == cut else None

    def matches(found: Places) -> bool:
        if not asked:
            return False
        if single is not None and single in found:
            return True
        starts = [
            {at - place for at in _standing(found, lexeme, begins)}
            for lexeme, place, begins in asked
        ]
        return bool(set.intersection(*starts))

    return matches


def _standing(found: Places, lexeme: str, begins: bool) -> Set[int]:
    if not begins:
        return found.get(lexeme, frozenset())
    return {at for one, places in found.items() if one.startswith(lexeme) for at in places}


@dataclass(frozen=True, slots=True)
class Filtered:
    """What is to be done with a post: "hide" where one of its words says so, else "warn"."""

    action: str
    words: list[str]


class MutedWords:
    """The words that one has muted, as `muted_word.list` answers them."""

    def __init__(self, muted: Iterable[Mapping[str, Any]] = ()) -> None:
        self._words = [(word, _matcher(word["text"])) for word in muted]

    def filtered(
        self,
        post: Mapping[str, Any],
        context: str,
        *,
        me: int | None = None,
        now: datetime | None = None,
    ) -> Filtered | None:
        """Return what is to be done with a post where it is shown; None for nothing.

        Args:
            post: As the server has it.
            context: "feed", "notifications", "threads" or "public".
            me: My id: nothing of my own is filtered.
            now: At which time.
        """
        moment = now or datetime.now(UTC)
        asked = [one for one in self._words if _holds(one[0], context, moment)]
        if not asked or (me is not None and post.get("author", {}).get("id") == me):
            return None
        texts = [post.get("content"), *(one["alt"] for one in post.get("media") or ())]
        texts += [option["title"] for option in (post.get("poll") or {}).get("options", ())]
        found = [lexemes(text) for text in texts if text]
        tags = post.get("hashtags") or ()
        has = [
            word
            for word, matches in asked
            if (word["tag"] in tags if word["tag"] else any(map(matches, found)))
        ]
        if not has:
            return None
        hides = any(word["action"] == "hide" for word in has)
        return Filtered("hide" if hides else "warn", [word["text"] for word in has])


def _holds(word: Mapping[str, Any], context: str, now: datetime) -> bool:
    end = word["expires_at"]
    return context in word["contexts"] and (end is None or datetime.fromisoformat(end) > now)
