"""A whole community, made of numbers drawn by chance: nothing here reads or writes anything."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random

from demo.chatting import ScriptedConversation, invent_conversations
from demo.people import Follow, Person, invent_follows, invent_people
from demo.posting import (
    SPAN,
    Reaction,
    Written,
    invent_likes,
    invent_more,
    invent_posts,
    number_of_demo,
)

DEMO_UNREAD = 18  # notifications, about

RETWEETS = 0.12  # of those who like a post
BOOKMARKS = 0.04


@dataclass(frozen=True, slots=True)
class Community:
    """They refer to each other by their place in these lists. All but conversations are in order of
    time."""

    people: list[Person]
    follows: list[Follow]
    posts: list[Written]
    likes: list[Reaction]
    retweets: list[Reaction]
    bookmarks: list[Reaction]
    conversations: list[ScriptedConversation]


def invent(
    seed: int, people: int, posts: int, now: datetime, taken: Container[str] = frozenset()
) -> Community:
    """The same for the same arguments. Usernames that are taken, in lower case, are not used."""
    chance = Random(seed)
    everybody = invent_people(chance, people, now - SPAN, now, taken)
    follows = invent_follows(chance, everybody, now)
    followers: list[list[int]] = [[] for _ in everybody]
    for follow in follows:
        followers[follow.followed].append(follow.follower)
    written = invent_posts(chance, everybody, followers, posts, now)
    likes = invent_likes(chance, written, followers, now)
    retweets = invent_more(chance, likes, RETWEETS, now)
    demo = number_of_demo(everybody)
    if demo is not None:
        looked_at = _looked_at(demo, follows, written, likes, now)
        everybody[demo] = replace(everybody[demo], looked_at=looked_at)
    return Community(
        people=everybody,
        follows=follows,
        posts=written,
        likes=likes,
        retweets=retweets,
        bookmarks=invent_more(chance, likes, BOOKMARKS, now),
        conversations=invent_conversations(chance, people, follows, demo, now),
    )


def _looked_at(
    demo: int,
    follows: Sequence[Follow],
    posts: Sequence[Written],
    likes: Sequence[Reaction],
    now: datetime,
) -> datetime:
    """The moment since which a few things have happened that demo is told of."""
    told = [follow.at for follow in follows if follow.followed == demo]
    told += [like.at for like in likes if posts[like.post].author == demo]
    latest = sorted((at for at in told if at <= now), reverse=True)
    return latest[min(DEMO_UNREAD, len(latest) - 1)] if latest else now
