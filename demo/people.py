"""The people of the demo, and who follows whom."""

from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from demo.locales import LOCALES
from demo.vocabulary import SUBJECTS

DEMO = "demo"
PASSWORD = "demo-password"  # of everybody

FIRST = (
    "Ada", "Amira", "Bram", "Cleo", "Dario", "Edda", "Femi", "Greta", "Hugo", "Ines", "Jonas",
    "Kira", "Leif", "Maya", "Nuno", "Oona", "Pavel", "Quinn", "Rosa", "Samir", "Tove", "Uma",
    "Viktor", "Wanda", "Xenia", "Yara", "Zeno", "Ottilie", "Malik", "Saoirse",
)  # fmt: skip
LAST = (
    "Abel", "Birk", "Castell", "Dahl", "Ekwe", "Falk", "Grove", "Hale", "Ibsen", "Jarvi", "Kade",
    "Lund", "Moreno", "Nagy", "Okafor", "Pell", "Quist", "Rook", "Sato", "Thorne", "Ulmer", "Vale",
    "Winter", "Young", "Zander",
)  # fmt: skip
PLACES = (
    "", "", "Harbour side", "Upper Mill", "Stairwell B", "on the tram", "Bergen", "Porto", "Leeds",
    "Lagos", "Gdańsk", "Kyoto", "São Paulo", "near the river", "København", "Montréal", "Αθήνα",
)  # fmt: skip
BIOS = (
    "Mostly {one}, sometimes {two}.", "{one} by day, {two} by night.", "Here for {one} and {two}.",
    "Ask me about {one}. Do not ask me about {two}.", "{one} · {two} · tea", "",
    "I came for {one} and stayed for the people.",
)  # fmt: skip

FOREIGN = 0.18  # who write in another language than English
ACCOUNTS_AGE = timedelta(days=200)  # of the oldest, at the first post


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the community.

    `locale` is an index of LOCALES, None for English; `subjects` are indexes of SUBJECTS. `fame`
    weighs how likely one is to be followed, `activity` to post. What came until `looked_at` is
    read.
    """

    username: str
    display_name: str
    bio: str
    location: str
    website: str
    locale: int | None
    subjects: tuple[int, ...]
    fame: float
    activity: float
    created_at: datetime
    looked_at: datetime


@dataclass(frozen=True, slots=True)
class Follow:
    """One person follows another, by numbers of people."""

    follower: int
    followed: int
    at: datetime


def invent_people(
    rng: Random, number: int, begin: datetime, now: datetime, taken: Container[str]
) -> list[Person]:
    """Return people by age of their accounts, with DEMO among them unless that name is taken.

    Names in `taken`, in lower case, are not used. The first post is made at `begin`.
    """
    names = _names(rng, number, taken)
    fame, activity = _ranks(rng, number), _ranks(rng, number)
    ages = sorted(rng.random() for _ in names)
    people = [
        Person(
            username=username,
            display_name=name,
            bio=LOCALES[locale].bio if locale is not None else _bio(rng, subjects),
            location=rng.choice(PLACES),
            website=f"https://{username.replace('_', '-')}.example" if rng.random() < 0.2 else "",
            locale=locale,
            subjects=subjects,
            fame=(fame[index] + 2) ** -0.9,
            activity=(activity[index] + 3) ** -0.8,
            created_at=begin - ACCOUNTS_AGE * (1 - age),
            looked_at=now - timedelta(hours=rng.choice((0, rng.expovariate(1 / 6)))),
        )
        for index, ((name, username, locale), age) in enumerate(zip(names, ages, strict=True))
        for subjects in [tuple(rng.sample(range(len(SUBJECTS)), 3))]
    ]
    if DEMO not in taken:
        place = number // 2
        people[place] = _demo(people[place])
    return people


def _demo(person: Person) -> Person:
    """Return somebody well known who reads more than they write, in this one's place."""
    return replace(
        person,
        username=DEMO,
        display_name="Demo",
        bio="This account is yours to try everything with.",
        website="",
        locale=None,
        fame=8**-0.9,
        activity=20**-0.8,
    )


def _names(rng: Random, number: int, taken: Container[str]) -> list[tuple[str, str, int | None]]:
    """Return (display name, username, locale), each username once."""
    pairs = [(first, last) for first in FIRST for last in LAST]
    rng.shuffle(pairs)
    foreign = [(*name, code) for code, locale in enumerate(LOCALES) for name in locale.names]
    rng.shuffle(foreign)
    used: set[str] = set()
    names: list[tuple[str, str, int | None]] = []
    for index in range(number):
        name: str
        wanted: str
        code: int | None
        if rng.random() < FOREIGN:
            name, wanted, code = foreign[index % len(foreign)]
        else:
            first, last = pairs[index % len(pairs)]
            name, code = f"{first} {last}", None
            wanted = rng.choice((f"{first}_{last}", f"{first}{last[0]}", f"{first[0]}{last}"))
            wanted = wanted.lower()
        username, again = wanted, 1
        while username in used or username in taken or username == DEMO or len(username) < 3:
            again += 1
            username = f"{wanted}{again}"
        used.add(username)
        names.append((name, username, code))
    return names


def _ranks(rng: Random, number: int) -> list[int]:
    ranks = list(range(number))
    rng.shuffle(ranks)
    return ranks


def _bio(rng: Random, subjects: tuple[int, ...]) -> str:
    one, two = (rng.choice(SUBJECTS[subject].tags) for subject in subjects[:2])
    return rng.choice(BIOS).format(one=one, two=two)


def invent_follows(rng: Random, people: list[Person], now: datetime) -> list[Follow]:
    """Return follows in order of time. A few have most of the followers; some follow back."""
    everybody = range(len(people))
    fame = [person.fame for person in people]
    wanted: dict[tuple[int, int], None] = {}
    for index, person in enumerate(people):
        number = round(rng.lognormvariate(2.9, 0.8)) + 3
        if person.username == DEMO:
            number = 80
        for other in rng.choices(everybody, fame, k=min(number, len(people) // 2)):
            if other != index:
                wanted[index, other] = None
                if rng.random() < 0.25:
                    wanted[other, index] = None
    follows = []
    for follower, followed in wanted:
        both = max(people[follower].created_at, people[followed].created_at)
        follows.append(Follow(follower, followed, both + (now - both) * rng.random() ** 0.6))
    return sorted(follows, key=lambda follow: follow.at)
