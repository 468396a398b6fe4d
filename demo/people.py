"""Who lives in the demo, and who follows whom."""

from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from demo.locales import TONGUES
from demo.words import SUBJECTS

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
    """tongue is a number of TONGUES, None for English; subjects are numbers of SUBJECTS. fame is
    how likely one is to be followed, and talk to write; what came until looked_at is read."""

    username: str
    display_name: str
    bio: str
    location: str
    website: str
    tongue: int | None
    subjects: tuple[int, ...]
    fame: float
    talk: float
    created_at: datetime
    looked_at: datetime


@dataclass(frozen=True, slots=True)
class Follow:
    """By numbers of people."""

    follower: int
    followed: int
    at: datetime


def invent_people(
    chance: Random, number: int, begin: datetime, now: datetime, taken: Container[str]
) -> list[Person]:
    """By age of their accounts; names are none of those taken, which are in lower case.

    DEMO is among them unless it is taken.
    """
    names = _names(chance, number, taken)
    fame, talk = _ranks(chance, number), _ranks(chance, number)
    ages = sorted(chance.random() for _ in names)
    people = [
        Person(
            username=username,
            display_name=name,
            bio=TONGUES[tongue].bio if tongue is not None else _bio(chance, subjects),
            location=chance.choice(PLACES),
            website=f"https://{username.replace('_', '-')}.example"
            if chance.random() < 0.2
            else "",
            tongue=tongue,
            subjects=subjects,
            fame=(fame[index] + 2) ** -0.9,
            talk=(talk[index] + 3) ** -0.8,
            created_at=begin - ACCOUNTS_AGE * (1 - age),
            looked_at=now - timedelta(hours=chance.choice((0, chance.expovariate(1 / 6)))),
        )
        for index, ((name, username, tongue), age) in enumerate(zip(names, ages, strict=True))
        for subjects in [tuple(chance.sample(range(len(SUBJECTS)), 3))]
    ]
    if DEMO not in taken:
        place = number // 2
        people[place] = _demo(people[place])
    return people


def _demo(person: Person) -> Person:
    """Somebody known, who reads more than they write, here in this one's place."""
    return replace(
        person,
        username=DEMO,
        display_name="Demo",
        bio="This account is yours to try everything with.",
        website="",
        tongue=None,
        fame=8**-0.9,
        talk=20**-0.8,
    )


def _names(chance: Random, number: int, taken: Container[str]) -> list[tuple[str, str, int | None]]:
    """(display name, username, tongue), each username once."""
    pairs = [(first, last) for first in FIRST for last in LAST]
    chance.shuffle(pairs)
    foreign = [(*name, code) for code, tongue in enumerate(TONGUES) for name in tongue.names]
    chance.shuffle(foreign)
    used: set[str] = set()
    names: list[tuple[str, str, int | None]] = []
    for index in range(number):
        name: str
        wanted: str
        code: int | None
        if chance.random() < FOREIGN:
            name, wanted, code = foreign[index % len(foreign)]
        else:
            first, last = pairs[index % len(pairs)]
            name, code = f"{first} {last}", None
            wanted = chance.choice((f"{first}_{last}", f"{first}{last[0]}", f"{first[0]}{last}"))
            wanted = wanted.lower()
        username, again = wanted, 1
        while username in used or username in taken or username == DEMO or len(username) < 3:
            again += 1
            username = f"{wanted}{again}"
        used.add(username)
        names.append((name, username, code))
    return names


def _ranks(chance: Random, number: int) -> list[int]:
    ranks = list(range(number))
    chance.shuffle(ranks)
    return ranks


def _bio(chance: Random, subjects: tuple[int, ...]) -> str:
    one, two = (chance.choice(SUBJECTS[subject].tags) for subject in subjects[:2])
    return chance.choice(BIOS).format(one=one, two=two)


def invent_follows(chance: Random, people: list[Person], now: datetime) -> list[Follow]:
    """In order of time. A few have most of the followers; some follow back."""
    everybody = range(len(people))
    fame = [person.fame for person in people]
    wanted: dict[tuple[int, int], None] = {}
    for index, person in enumerate(people):
        number = round(chance.lognormvariate(2.9, 0.8)) + 3
        if person.username == DEMO:
            number = 80
        for other in chance.choices(everybody, fame, k=min(number, len(people) // 2)):
            if other != index:
                wanted[index, other] = None
                if chance.random() < 0.25:
                    wanted[other, index] = None
    follows = []
    for follower, followed in wanted:
        both = max(people[follower].created_at, people[followed].created_at)
        follows.append(Follow(follower, followed, both + (now - both) * chance.random() ** 0.6))
    return sorted(follows, key=lambda follow: follow.at)
