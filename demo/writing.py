"""Sentences of the demo, put together by chance."""

from collections.abc import Callable
from random import Random

from demo.locales import TONGUES
from demo.scripts import EXCHANGES, GROUP_LINES, THINGS
from demo.words import CALLS, REPLIES, SUBJECTS, TAILS, TRENDS, WHEN, Subject

TRIES = 8  # for a sentence that nobody has written yet


class Writer:
    """The same random numbers give the same texts. Posts repeat only where chances are used up."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._said: set[str] = set()

    def post(self, tongue: int | None, subjects: tuple[int, ...], calls: tuple[str, ...]) -> str:
        """In one of TONGUES or, for None, in English on one of these SUBJECTS. calls are usernames
        that may be mentioned: none, or two at least."""
        return self._new(lambda: self._post(tongue, subjects, calls))

    def trend(self) -> str:
        """On what all talk about; on the first of TRENDS most."""
        (subject,) = self._chance.choices(TRENDS, (5, 3, 2))
        return self._new(lambda: f"{self._sentence(subject)} #{subject.tags[0]}")

    def reply(self, tongue: int | None) -> str:
        if tongue is not None:
            return self._chance.choice(TONGUES[tongue].replies)
        return self._filled(self._chance.choice(REPLIES))

    def exchange(self) -> list[str]:
        """Lines by two people in turn."""
        thing, number = self._chance.choice(THINGS), self._number()
        lines = self._chance.choice(EXCHANGES)
        return [line.format(thing=thing, n=number) for line in lines]

    def group_line(self) -> str:
        return self._filled(self._chance.choice(GROUP_LINES), self._chance.choice(THINGS))

    def _new(self, write: Callable[[], str]) -> str:
        text = ""
        for _ in range(TRIES):
            text = write()
            if text not in self._said:
                break
        self._said.add(text)
        return text

    def _post(self, tongue: int | None, subjects: tuple[int, ...], calls: tuple[str, ...]) -> str:
        chance = self._chance
        if tongue is not None:
            words = TONGUES[tongue]
            text, tags = chance.choice(words.sentences), words.tags
            text = text.format(thing=chance.choice(words.things))
        else:
            subject = SUBJECTS[chance.choice(subjects)]
            text, tags = self._sentence(subject), subject.tags
        text += chance.choice(TAILS) if tongue is None else chance.choice(("", "", " 🙂", " ✨"))
        if calls and chance.random() < 0.14:
            first, second = chance.sample(calls, 2)
            text += " " + chance.choice(CALLS).format(at=f"@{first}", more=f"@{second}")
        if chance.random() < 0.45:
            text += "".join(f" #{tag}" for tag in chance.sample(tags, chance.choice((1, 1, 1, 2))))
        return text

    def _sentence(self, subject: Subject) -> str:
        chance = self._chance
        return self._filled(chance.choice(subject.sentences), chance.choice(subject.things))

    def _filled(self, sentence: str, thing: str = "") -> str:
        number = self._number()
        when = self._chance.choice(WHEN)
        return sentence.format(thing=thing.format(n=number), when=when, n=number)

    def _number(self) -> int:
        return self._chance.choice((2, 3, 4, 5, 6, 7, 8, 9, 12, 14, 17, 20, 23, 31, 40, 42))
