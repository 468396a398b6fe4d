"""What people of the demo posted, and what others did with it."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from demo.people import DEMO, Person
from demo.writing import Writer

SPAN = timedelta(days=28)  # from the first post until now
TREND = timedelta(hours=5)  # since when all talk about the same
REMEMBERED = 80  # posts that one may still answer

REPLIES = 0.4  # of all posts
TREND_SHARE = 0.5  # of what is posted, not replied, while there is a trend
IMAGE_EVERY = 60  # posts


@dataclass(frozen=True, slots=True)
class Written:
    """Author and parent by number, of people and of posts; hue is that of the image, if any."""

    author: int
    content: str
    at: datetime
    reply_to: int | None
    hue: float | None


@dataclass(frozen=True, slots=True)
class Reaction:
    """By numbers of people and posts."""

    person: int
    post: int
    at: datetime


def invent_posts(
    chance: Random,
    people: Sequence[Person],
    followers: Sequence[list[int]],
    number: int,
    now: datetime,
) -> list[Written]:
    """In order of time. followers are those of each person."""
    writer = Writer(chance)
    talk = [person.talk for person in people]
    calls = [_known(chance, people, index) for index in range(len(people))]
    recent: deque[int] = deque(maxlen=REMEMBERED)
    posts: list[Written] = []
    for at in _times(chance, number, now):
        parent = _parent(chance, recent, posts, people) if chance.random() < REPLIES else None
        if parent is not None:
            author = _answering(chance, posts, parent, followers, len(people))
            theirs, mine = people[posts[parent].author].tongue, people[author].tongue
            content = writer.reply(mine if mine == theirs else None)
        else:
            (author,) = chance.choices(range(len(people)), talk)
            person = people[author]
            if now - at < TREND and chance.random() < TREND_SHARE:
                content = writer.trend()
            else:
                content = writer.post(person.tongue, person.subjects, calls[author])
        hue = None if len(posts) % IMAGE_EVERY else chance.random()
        recent.append(len(posts))
        posts.append(Written(author, content, at, parent, hue))
    return posts


def _times(chance: Random, number: int, now: datetime) -> list[datetime]:
    """More of late, and few at night."""
    times: list[datetime] = []
    while len(times) < number:
        at = now - SPAN * chance.random() ** 1.7
        if now - at < TREND or not 0 <= at.hour < 6 or chance.random() < 0.25:
            times.append(at)
    return sorted(times)


def _known(chance: Random, people: Sequence[Person], index: int) -> tuple[str, ...]:
    """Whom somebody mentions now and then: the known, as a rule."""
    fame = [person.fame for person in people]
    others = dict.fromkeys(chance.choices(people, fame, k=8))
    names = tuple(person.username for person in others if person is not people[index])
    return names if len(names) > 1 else ()


def _parent(
    chance: Random, recent: deque[int], posts: list[Written], people: Sequence[Person]
) -> int | None:
    """Of the last posts one by somebody known, or one that is a reply itself."""
    if not recent:
        return None
    latest = [number for number in list(recent)[-15:] if posts[number].reply_to is not None]
    if latest and chance.random() < 0.3:
        return chance.choice(latest)
    (parent,) = chance.choices(recent, [people[posts[number].author].fame for number in recent])
    return parent


def _answering(
    chance: Random,
    posts: list[Written],
    parent: int,
    followers: Sequence[list[int]],
    everybody: int,
) -> int:
    """A follower, or whom the parent answers, back again; never its author."""
    author, grandparent = posts[parent].author, posts[parent].reply_to
    if grandparent is not None and posts[grandparent].author != author and chance.random() < 0.6:
        return posts[grandparent].author
    if followers[author] and chance.random() < 0.9:
        return chance.choice(followers[author])
    return (author + chance.randrange(1, everybody)) % everybody


def invent_likes(
    chance: Random, posts: Sequence[Written], followers: Sequence[list[int]], now: datetime
) -> list[Reaction]:
    """Most by some of the author's followers, in order of time."""
    likes = []
    for number, post in enumerate(posts):
        audience = followers[post.author]
        share = chance.betavariate(1.1, 7) * (0.4 if post.reply_to is not None else 1)
        some = chance.sample(audience, round(len(audience) * share))
        likes += [Reaction(person, number, _later(chance, post.at, now)) for person in some]
    return sorted(likes, key=lambda like: like.at)


def invent_more(
    chance: Random, likes: Sequence[Reaction], share: float, now: datetime
) -> list[Reaction]:
    """What so many of those who like a post do besides, in order of time."""
    more = [
        Reaction(like.person, like.post, _later(chance, like.at, now))
        for like in likes
        if chance.random() < share
    ]
    return sorted(more, key=lambda reaction: reaction.at)


def _later(chance: Random, at: datetime, now: datetime) -> datetime:
    """Some hours after, and not in the future."""
    later = at + timedelta(hours=chance.expovariate(1 / 3))
    return later if later < now else at + (now - at) * chance.random()


def number_of_demo(people: Sequence[Person]) -> int | None:
    """None where somebody else has that name."""
    names = [person.username for person in people]
    return names.index(DEMO) if DEMO in names else None
