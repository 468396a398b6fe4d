"""What statements are asked on the data: of whom, by whom, so that a cost would show.

A viewer whom everybody follows and who likes much, one who blocks thousands, nobody; words that are
in a third of all posts, in few, in none; people, posts and conversations on which much hangs.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.rest.size import (
    CELEBRITY,
    KEPT_AWAY,
    MEMBER,
    NOTIFIED,
    POST,
    READERS,
    TALKER,
    Size,
)
from storage import notifications, search
from storage.accounts import accounts, profiles
from storage.database.name_search import prefix_pattern
from storage.database.paging import MAX_ID
from storage.database.query import Statement
from storage.events import log
from storage.messaging import conversations, messages, read_receipts
from storage.posts import bookmarks, posts, threads, timelines
from storage.search_index import names, words
from storage.social import kept_away, last_seen, relationships

LIMIT = 21
WORDS = {
    "common": "common",
    "two common": "the common",
    "common in a row": '"the common word"',
    "common and not in this row": '"word common the"',
    "rare": "rarebird",
    "common and rare": "common rarebird",
    "absent": "xyzzyabsent",
    "middling": "w40er",
    "a sign": "一",
    "two signs": "一丁",
    "long": "一丁丂七丄丅丆万丈三上下丌不",
    "not": "-common",
}
NAMES = {
    "exact": "anna_sky_0",
    "prefix": "anna",
    "letter": "a",
    "misspelt": "dmtri",
    "absent": "xyzzyabsent",
}
VIEWERS = {"celebrity": CELEBRITY, "kept away": KEPT_AWAY, "nobody": None}


@dataclass(frozen=True, slots=True)
class Case:
    """A statement and what it is asked."""

    name: str
    statement: Statement
    args: tuple[object, ...]


def cases(size: Size) -> Iterator[Case]:
    """Yield what is read most, where most is to be read."""
    group = size.groups[3]
    last = size.last_post
    ids = list(range(last - 20, last + 1))
    people = list(range(1, 22))
    for viewer, id in VIEWERS.items():
        for name, statement, args in (
            ("post", posts.POST_BY_ID, (POST,)),
            ("post that quotes or asks", posts.POST_BY_ID, (POST,)),
            ("user", accounts.USER_BY_ID, (TALKER,)),
            ("likes of a post", timelines.LIKERS, (POST, MAX_ID, LIMIT)),
            ("retweets of a post", timelines.RETWEETERS, (size.special_posts + 1, MAX_ID, LIMIT)),
            ("followers", relationships.FOLLOWERS, (CELEBRITY, MAX_ID, LIMIT)),
            ("following", relationships.FOLLOWING, (READERS[5000], MAX_ID, LIMIT)),
            ("profiles", profiles.NEWEST_PROFILES, (MAX_ID, LIMIT)),
            ("replies", timelines.REPLIES, (POST, 0, LIMIT)),
            ("thread", threads.REPLY_TREE, (POST, 200)),
            ("ancestors", threads.POST_ANCESTORS, (size.to_delete.start - 1, 100)),
            ("posts", timelines.NEWEST_POSTS[()], (MAX_ID, LIMIT)),
            (
                "posts of an author",
                timelines.NEWEST_POSTS[(timelines.BY_AUTHOR,)],
                (MAX_ID, LIMIT, CELEBRITY),
            ),
            (
                "posts with a tag",
                timelines.NEWEST_POSTS[(timelines.TAGGED,)],
                (MAX_ID, LIMIT, "tag1"),
            ),
            ("posts by id", search.POSTS_IN_ORDER, (ids,)),
            ("users by id", search.USERS_IN_ORDER, (people,)),
            ("last seen", last_seen.LAST_SEEN, (people,)),
        ):
            yield Case(f"{name}, seen by {viewer}", statement, (id, *args))
    for reader in (CELEBRITY, KEPT_AWAY):
        yield Case(f"me {reader}", accounts.ME_BY_ID, (reader,))
        yield Case(f"bookmarks of {reader}", bookmarks.BOOKMARKS, (reader, MAX_ID, LIMIT))
        yield Case(f"standing of {reader}", relationships.RELATIONSHIPS, (reader, people))
        yield Case(f"blocked by {reader}", kept_away.BLOCKED_USERS, (reader, MAX_ID, MAX_ID, LIMIT))
    yield Case(
        "notifications", notifications.NEWEST_NOTIFICATIONS, (NOTIFIED, MAX_ID, False, LIMIT)
    )
    yield Case(
        "unread notifications", notifications.NEWEST_NOTIFICATIONS, (NOTIFIED, MAX_ID, True, LIMIT)
    )
    yield Case("to mark", notifications.NOTIFICATIONS_TO_MARK, (NOTIFIED,))
    yield Case("missed events", log.READ_EVENTS, (NOTIFIED, 10, 100))
    latest = conversations.LATEST_CONVERSATIONS
    yield Case("conversations", latest, (TALKER, MAX_ID, None, LIMIT))
    yield Case("a later page of conversations", latest, (TALKER, MAX_ID // 2, MAX_ID // 2, LIMIT))
    yield Case("a conversation", conversations.CONVERSATIONS_BY_ID, (MEMBER, [group]))
    yield Case("messages", messages.NEWEST_MESSAGES, (MEMBER, group, MAX_ID, LIMIT))
    yield Case(
        "mark a conversation read", read_receipts.MARK_CONVERSATION_READ, (group, MEMBER, 1_000)
    )
    yield from searches()


def searches() -> Iterator[Case]:
    """Yield searches."""
    for name, text in WORDS.items():
        asked = words.asked(text)
        ranked = (CELEBRITY, asked.query, text, 300)
        listed = (CELEBRITY, MAX_ID, LIMIT, asked.query, text)
        if asked.candidates is None or asked.begins:
            yield Case(f"newest posts ranked: {name}", search.RANK_NEWEST_POSTS, ranked)
            yield Case(f"newest posts listed: {name}", timelines.MATCHING_AMONG_NEWEST, listed)
        if asked.candidates is not None:
            indexed = asked.candidates
            yield Case(f"posts ranked: {name}", search.RANK_POSTS, (*ranked, indexed))
            yield Case(f"posts listed: {name}", timelines.NEWEST_MATCHING, (*listed, indexed))
        for filters, query in timelines.MATCHING_FILTERED.items():
            values = [CELEBRITY if each == timelines.BY_AUTHOR else "tag1" for each in filters]
            by = " and ".join(
                "author" if each == timelines.BY_AUTHOR else "tag" for each in filters
            )
            yield Case(f"posts by {by}: {name}", query, (*listed, *values))
    for name, text in NAMES.items():
        spelled = names.spell(text)
        pattern = prefix_pattern(spelled)
        yield Case(
            f"users: {name}",
            search.RANK_USERS,
            (CELEBRITY, spelled, pattern, prefix_pattern(text), 300),
        )
        yield Case(
            f"profiles: {name}",
            profiles.PROFILES_BY_NAME,
            (CELEBRITY, spelled, pattern, prefix_pattern(text), MAX_ID, MAX_ID, LIMIT),
        )
    for text in ("tag", "tag9000", "tga1", "xyzzyabsent"):
        pattern = prefix_pattern(text)
        yield Case(f"hashtags: {text}", search.RANK_HASHTAGS, (text, pattern, text, pattern, 300))
