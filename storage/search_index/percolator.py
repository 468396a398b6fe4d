"""Which of many searches find a text: each is kept under lexemes one of which it must find there.

Elasticsearch calls such an index a percolator; keeping a search under what its matches must have is
from T. Yan and H. Garcia-Molina, Index Structures for Selective Dissemination of Information Under
the Boolean Model (1994).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from storage.search_index.words import Indexed, matcher, required

K = TypeVar("K")

ANY_TEXT = ""  # in place of a lexeme: what may find any text


@dataclass(frozen=True, slots=True)
class _Search:
    matches: Callable[[Indexed], bool]
    lexemes: frozenset[str]


class Percolator(Generic[K]):
    """Searches, each kept under a key of the caller's."""

    def __init__(self) -> None:
        self._searches: dict[K, _Search] = {}
        self._by_lexeme: dict[str, dict[K, _Search]] = {}

    def __len__(self) -> int:
        return len(self._searches)

    def __contains__(self, key: K) -> bool:
        return key in self._searches

    def add(self, key: K, text: str) -> None:
        """Keep the search for this text."""
        search = self._searches[key] = _Search(matcher(text), _kept_under(text))
        for lexeme in search.lexemes:
            self._by_lexeme.setdefault(lexeme, {})[key] = search

    def remove(self, key: K) -> None:
        """Keep it no more; nothing where it is not kept."""
        search = self._searches.pop(key, None)
        for lexeme in search.lexemes if search else ():
            del self._by_lexeme[lexeme][key]
            if not self._by_lexeme[lexeme]:
                del self._by_lexeme[lexeme]

    def most_alike(self, text: str) -> int:
        """Return how many searches are asked whenever that for this text is, at most."""
        return max((len(self._by_lexeme.get(one, ())) for one in _kept_under(text)), default=0)

    def finding(self, texts: Iterable[str]) -> list[K]:
        """Return the keys of the searches that find one of these texts."""
        found: dict[K, None] = {}
        for text in texts:
            indexed = Indexed(text)
            for lexeme in (*indexed.lexemes, ANY_TEXT):
                for key, search in self._by_lexeme.get(lexeme, {}).items():
                    if key not in found and search.matches(indexed):
                        found[key] = None
        return list(found)


def _kept_under(text: str) -> frozenset[str]:
    lexemes = required(text)
    return frozenset((ANY_TEXT,)) if lexemes is None else lexemes
