"""A whole community, made of numbers drawn at random: nothing here reads or writes anything."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random

from demo.conversations import ScriptedConversation, invent_conversations
from demo.people import Follow, Person, invent_follows, invent_people
from demo.posts import (
    SPAN,
    InventedPost,
    Reaction,
    index_of_demo,
    invent_further,
    invent_likes,
    invent_posts,
)

DEMO_UNREAD = 18  # notifications, about

RETWEETS = 0.12  # of those who like a post
BOOKMARKS = 0.04


@dataclass(frozen=True, slots=True)
class Community:
    """People and what they did, which refer to each other by their place in these lists.

    All but conversations are in order of time.
    """

    people: list[Person]
    follows: list[Follow]
    posts: list[InventedPost]
    likes: list[Reaction]
    retweets: list[Reaction]
    bookmarks: list[Reaction]
    conversations: list[ScriptedConversation]


def invent(
    seed: int, people: int, posts: int, now: datetime, taken: Container[str] = frozenset()
) -> Community:
    """Return the same community for the same arguments.

    Args:
        seed: of all random numbers.
        people: how many.
        posts: how many.
        now: when the newest post may be.
        taken: usernames that are not used, in lower case.
    """
    rng = Random(seed)
    everybody = invent_people(rng, people, now - SPAN, now, taken)
    follows = invent_follows(rng, everybody, now)
    followers: list[list[int]] = [[] for _ in everybody]
    for follow in follows:
        followers[follow.followed].append(follow.follower)
    posted = invent_posts(rng, everybody, followers, posts, now)
    likes = invent_likes(rng, posted, followers, now)
    retweets = invent_further(rng, likes, RETWEETS, now)
    demo = index_of_demo(everybody)
    if demo is not None:
        looked_at = _looked_at(demo, follows, posted, likes, now)
        everybody[demo] = replace(everybody[demo], looked_at=looked_at)
    return Community(
        people=everybody,
        follows=follows,
        posts=posted,
        likes=likes,
        retweets=retweets,
        bookmarks=invent_further(rng, likes, BOOKMARKS, now),
        conversations=invent_conversations(rng, people, follows, demo, now),
    )


def _looked_at(
    demo: int,
    follows: Sequence[Follow],
    posts: Sequence[InventedPost],
    likes: Sequence[Reaction],
    now: datetime,
) -> datetime:
    """Return the moment since which a few things have happened that demo is notified of."""
    notified = [follow.at for follow in follows if follow.followed == demo]
    notified += [like.at for like in likes if posts[like.post].author == demo]
    latest = sorted((at for at in notified if at <= now), reverse=True)
    return latest[min(DEMO_UNREAD, len(latest) - 1)] if latest else now
