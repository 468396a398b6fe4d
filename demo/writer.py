"""Sentences of the demo, put together at random."""

from collections.abc import Callable
from random import Random

from demo.locales import LOCALES
from demo.scripts import EXCHANGES, GROUP_LINES, THINGS
from demo.vocabulary import MENTIONS, REPLIES, SUBJECTS, TAILS, TRENDS, WHEN, Subject

TRIES = 8  # for a sentence that nobody has written yet


class Writer:
    """Texts by random numbers: the same for the same. Posts repeat only once TRIES are used up."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._written: set[str] = set()

    def post(self, locale: int | None, subjects: tuple[int, ...], calls: tuple[str, ...]) -> str:
        """Return a post in one of LOCALES or, for None, in English on one of these SUBJECTS.

        `calls` are usernames that may be mentioned: none, or two at least.
        """
        return self._new(lambda: self._post(locale, subjects, calls))

    def trend(self) -> str:
        """Return a post on one of TRENDS, the first of them most."""
        (subject,) = self._rng.choices(TRENDS, (5, 3, 2))
        return self._new(lambda: f"{self._sentence(subject)} #{subject.tags[0]}")

    def reply(self, locale: int | None) -> str:
        """Return a reply in one of LOCALES or, for None, in English."""
        if locale is not None:
            return self._rng.choice(LOCALES[locale].replies)
        return self._fill_in(self._rng.choice(REPLIES))

    def exchange(self) -> list[str]:
        """Return lines by two people in turn."""
        thing, number = self._rng.choice(THINGS), self._number()
        lines = self._rng.choice(EXCHANGES)
        return [line.format(thing=thing, n=number) for line in lines]

    def group_line(self) -> str:
        """Return a message to a group."""
        return self._fill_in(self._rng.choice(GROUP_LINES), self._rng.choice(THINGS))

    def _new(self, write: Callable[[], str]) -> str:
        text = ""
        for _ in range(TRIES):
            text = write()
            if text not in self._written:
                break
        self._written.add(text)
        return text

    def _post(self, locale: int | None, subjects: tuple[int, ...], calls: tuple[str, ...]) -> str:
        rng = self._rng
        if locale is not None:
            words = LOCALES[locale]
            text, tags = rng.choice(words.sentences), words.tags
            text = text.format(thing=rng.choice(words.things))
        else:
            subject = SUBJECTS[rng.choice(subjects)]
            text, tags = self._sentence(subject), subject.tags
        text += rng.choice(TAILS) if locale is None else rng.choice(("", "", " 🙂", " ✨"))
        if calls and rng.random() < 0.14:
            first, second = rng.sample(calls, 2)
            text += " " + rng.choice(MENTIONS).format(at=f"@{first}", more=f"@{second}")
        if rng.random() < 0.45:
            text += "".join(f" #{tag}" for tag in rng.sample(tags, rng.choice((1, 1, 1, 2))))
        return text

    def _sentence(self, subject: Subject) -> str:
        rng = self._rng
        return self._fill_in(rng.choice(subject.sentences), rng.choice(subject.things))

    def _fill_in(self, sentence: str, thing: str = "") -> str:
        number = self._number()
        when = self._rng.choice(WHEN)
        return sentence.format(thing=thing.format(n=number), when=when, n=number)

    def _number(self) -> int:
        return self._rng.choice((2, 3, 4, 5, 6, 7, 8, 9, 12, 14, 17, 20, 23, 31, 40, 42))
