"""What an event declares of itself, for all that is made of it.

SQL and the log take its name, the notifier and the hub its hint and its audience, recovery the way
it is replayed, and the documents its fields and its docstring.
"""

from abc import ABC, abstractmethod
from datetime import datetime
from enum import Enum
from typing import Any, ClassVar, NamedTuple, Self

from storage.record import record
from storage.scopes import Scope


class Audience(Enum):
    """Who receives an event; the value says so in the documents."""

    USER = "every socket of the user in whose log it stands"
    PARTICIPANTS = "the other participants of the conversation"
    FOLLOWERS = "who follows the one who posted or retweeted, and that one"
    FOLLOWERS_AND_WATCHERS = "who has the post in the feed or in a stream, and who watches it"
    LISTENERS = "who listens to the stream"
    POST_WATCHERS = "who watches the post"
    USER_WATCHERS = "who watches the user"
    SOCKET = "this socket alone"


class Subject(Enum):
    """What the `ref` of a stored event is the id of."""

    MESSAGE = "message"
    CONVERSATION = "conversation"
    INVITATION = "invitation"
    JOIN_REQUEST = "join request"
    NOTIFICATION = "notification"
    RELATIONSHIP = "relationship"
    MUTED_WORD = "muted word"
    NOTHING = "nothing"


@record
class StoredEvent:
    """An event as the log keeps it; hidden when its actor has been blocked since."""

    seq: int
    kind: str
    ref: int | None
    actor_id: int
    data: str | None
    at: datetime
    hidden: bool


@record
class Reader:
    """For whom the log is read, and what is unread for that user now."""

    user_id: int
    unread_notifications: int


class DurableHint(NamedTuple):
    """A durable event, by its number in the log of the user on whose channel this is."""

    seq: int
    actor_id: int
    tail: bytes


class FeedEntryHint(NamedTuple):
    """A new feed entry, by the transaction that made it."""

    entry_id: int
    xid: int
    actor_id: int
    author_id: int
    tail: bytes


class QuoteEntryHint(NamedTuple):
    """A new feed entry of a post that quotes another, whose author is hidden from some."""

    entry_id: int
    xid: int
    actor_id: int
    author_id: int
    quoted_author_id: int
    tail: bytes


class PostChangeHint(NamedTuple):
    """A change of a post, published on several channels under the same hint_id.

    `actor_ids` are those in whose feed entries the post is. Where they are many, several hints with
    a part of them each have the same negative hint_id.
    """

    hint_id: int
    post_id: int
    author_id: int
    actor_ids: tuple[int, ...]
    tail: bytes


class StreamChangeHint(NamedTuple):
    """A change of a post, on the channels of all streams that have the post, or had it before.

    It has the hint_id of its PostChangeHint. The tail is a line of JSON with the hashtags and the
    contents before and after, and then the event's.
    """

    hint_id: int
    post_id: int
    author_id: int
    tail: bytes


class PostCountsHint(NamedTuple):
    """The counts of the post on whose channel this is have changed: look them up."""


class PollHint(NamedTuple):
    """The poll of the post on whose channel this is has changed: look it up."""


class TypingHint(NamedTuple):
    """A participant types, or no longer does."""

    conversation_id: int
    user_id: int
    active: bool


class PresenceHint(NamedTuple):
    """The user on whose channel this is came or went."""

    online: bool
    tail: bytes


class SessionEndedHint(NamedTuple):
    """A session of the user on whose channel this is has ended; 0: all, negative: all but that."""

    session_id: int


class BlockedByHint(NamedTuple):
    """A user has blocked the one on whose channel this is, or no longer does."""

    user_id: int
    blocked: bool


Hint = (
    DurableHint
    | FeedEntryHint
    | QuoteEntryHint
    | PostChangeHint
    | StreamChangeHint
    | PostCountsHint
    | PollHint
    | TypingHint
    | PresenceHint
    | SessionEndedHint
    | BlockedByHint
)


@record
class Event(ABC):
    """An event: its fields are the `data` that clients receive.

    `hint` is what instances tell one another of it, None for what never leaves its instance.
    `added` are the fields that the delivering instance puts in besides, with what they are.
    `scope` is the one that a client with a personal access token needs to be sent it.
    """

    name: ClassVar[str]
    audience: ClassVar[Audience]
    scope: ClassVar[Scope | None]
    hint: ClassVar[type[Hint] | None] = None
    added: ClassVar[dict[str, str]] = {}


@record
class DurableEvent(Event):
    """Numbered, in order, once; read back from the log where its hint got lost."""

    audience: ClassVar[Audience] = Audience.USER
    hint: ClassVar[type[Hint] | None] = DurableHint
    subject: ClassVar[Subject]
    is_pushed: ClassVar[bool] = False  # to browsers, by Web Push, when somebody else has caused it
    is_latest_enough: ClassVar[bool] = False  # of several about one subject that are read back

    @classmethod
    @abstractmethod
    def replay(cls, stored: StoredEvent, subject: Any, reader: Reader) -> Self | None:
        """Make the event of what the log and the tables hold now.

        Args:
            stored: The row of the log.
            subject: What it is about as the reader may see it now; None for `Subject.NOTHING`, and
                where it is gone or no longer the reader's to see.
            reader: For whom.

        Returns:
            None where nothing of it is left to be seen: the reader gets a tombstone.
        """


@record
class LiveEvent(Event):
    """Not numbered: sent to those who are connected, never read back."""
