"""What people of the demo posted, and what others did with it."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from demo.people import DEMO, Person
from demo.writer import Writer

SPAN = timedelta(days=28)  # from the first post until now
TREND = timedelta(hours=5)  # since when all post about the same
RECENT_MAX = 80  # posts that may still be replied to

REPLIES = 0.4  # of all posts
TREND_SHARE = 0.5  # of what is posted, not replied, while there is a trend
IMAGE_EVERY = 60  # posts


@dataclass(frozen=True, slots=True)
class InventedPost:
    """A post; author and parent are numbers of people and of posts, `hue` that of an image."""

    author: int
    content: str
    at: datetime
    reply_to: int | None
    hue: float | None


@dataclass(frozen=True, slots=True)
class Reaction:
    """A like, a retweet or a bookmark, by numbers of people and posts."""

    person: int
    post: int
    at: datetime


def invent_posts(
    rng: Random,
    people: Sequence[Person],
    followers: Sequence[list[int]],
    number: int,
    now: datetime,
) -> list[InventedPost]:
    """Return posts in order of time; `followers` are those of each person."""
    writer = Writer(rng)
    activity = [person.activity for person in people]
    calls = [_mentionable(rng, people, index) for index in range(len(people))]
    recent: deque[int] = deque(maxlen=RECENT_MAX)
    posts: list[InventedPost] = []
    for at in _times(rng, number, now):
        parent = _parent(rng, recent, posts, people) if rng.random() < REPLIES else None
        if parent is not None:
            author = _replier(rng, posts, parent, followers, len(people))
            theirs, own = people[posts[parent].author].locale, people[author].locale
            content = writer.reply(own if own == theirs else None)
        else:
            (author,) = rng.choices(range(len(people)), activity)
            person = people[author]
            if now - at < TREND and rng.random() < TREND_SHARE:
                content = writer.trend()
            else:
                content = writer.post(person.locale, person.subjects, calls[author])
        hue = None if len(posts) % IMAGE_EVERY else rng.random()
        recent.append(len(posts))
        posts.append(InventedPost(author, content, at, parent, hue))
    return posts


def _times(rng: Random, number: int, now: datetime) -> list[datetime]:
    """Return more times of late, and few at night."""
    times: list[datetime] = []
    while len(times) < number:
        at = now - SPAN * rng.random() ** 1.7
        if now - at < TREND or not 0 <= at.hour < 6 or rng.random() < 0.25:
            times.append(at)
    return sorted(times)


def _mentionable(rng: Random, people: Sequence[Person], index: int) -> tuple[str, ...]:
    """Return whom somebody mentions now and then: the well known, as a rule."""
    fame = [person.fame for person in people]
    others = dict.fromkeys(rng.choices(people, fame, k=8))
    names = tuple(person.username for person in others if person is not people[index])
    return names if len(names) > 1 else ()


def _parent(
    rng: Random, recent: deque[int], posts: list[InventedPost], people: Sequence[Person]
) -> int | None:
    """Return one of the last posts by somebody well known, or one that is a reply itself."""
    if not recent:
        return None
    latest = [number for number in list(recent)[-15:] if posts[number].reply_to is not None]
    if latest and rng.random() < 0.3:
        return rng.choice(latest)
    (parent,) = rng.choices(recent, [people[posts[number].author].fame for number in recent])
    return parent


def _replier(
    rng: Random,
    posts: list[InventedPost],
    parent: int,
    followers: Sequence[list[int]],
    everybody: int,
) -> int:
    """Return a follower, or whom the parent answers, back again; never its author."""
    author, grandparent = posts[parent].author, posts[parent].reply_to
    if grandparent is not None and posts[grandparent].author != author and rng.random() < 0.6:
        return posts[grandparent].author
    if followers[author] and rng.random() < 0.9:
        return rng.choice(followers[author])
    return (author + rng.randrange(1, everybody)) % everybody


def invent_likes(
    rng: Random, posts: Sequence[InventedPost], followers: Sequence[list[int]], now: datetime
) -> list[Reaction]:
    """Return likes in order of time, by some of each author's followers."""
    likes = []
    for number, post in enumerate(posts):
        audience = followers[post.author]
        share = rng.betavariate(1.1, 7) * (0.4 if post.reply_to is not None else 1)
        some = rng.sample(audience, round(len(audience) * share))
        likes += [Reaction(person, number, _later(rng, post.at, now)) for person in some]
    return sorted(likes, key=lambda like: like.at)


def invent_further(
    rng: Random, likes: Sequence[Reaction], share: float, now: datetime
) -> list[Reaction]:
    """Return what this share of those who like a post do besides, in order of time."""
    more = [
        Reaction(like.person, like.post, _later(rng, like.at, now))
        for like in likes
        if rng.random() < share
    ]
    return sorted(more, key=lambda reaction: reaction.at)


def _later(rng: Random, at: datetime, now: datetime) -> datetime:
    """Return some hours after, and not in the future."""
    later = at + timedelta(hours=rng.expovariate(1 / 3))
    return later if later < now else at + (now - at) * rng.random()


def index_of_demo(people: Sequence[Person]) -> int | None:
    """Return the place of DEMO; None where somebody else has that name."""
    names = [person.username for person in people]
    return names.index(DEMO) if DEMO in names else None
