"""One type an event: its name on the wire, and in its fields the data that goes with it.

Durable events are in the user's log and numbered; a client that missed one is told of it when it
comes back. Live events are told to who is there.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from storage.records import Conversation, Me, Message, Notification, Post


@dataclass(frozen=True, slots=True)
class Event:
    name: ClassVar[str]


@dataclass(frozen=True, slots=True)
class Durable(Event):
    """Numbered, in order, once; read back from the log where its doorbell got lost."""


@dataclass(frozen=True, slots=True)
class LiveEvent(Event):
    """Unnumbered."""


@dataclass(frozen=True, slots=True)
class MessageCreated(Durable):
    """To all participants, the sender's own sockets included."""

    name: ClassVar[str] = "message.created"
    message: Message


@dataclass(frozen=True, slots=True)
class MessageUpdated(Durable):
    name: ClassVar[str] = "message.updated"
    message: Message


@dataclass(frozen=True, slots=True)
class MessageDeleted(Durable):
    name: ClassVar[str] = "message.deleted"
    conversation_id: int
    message_id: int


@dataclass(frozen=True, slots=True)
class ConversationCreated(Durable):
    """To everybody in it when it begins; later, to those who are added."""

    name: ClassVar[str] = "conversation.created"
    conversation: Conversation


@dataclass(frozen=True, slots=True)
class ConversationUpdated(Durable):
    """Its title or participants have changed; who left hears it as the last of it."""

    name: ClassVar[str] = "conversation.updated"
    conversation: Conversation


@dataclass(frozen=True, slots=True)
class ConversationRead(Durable):
    """A participant has read up to a message: to the other participants."""

    name: ClassVar[str] = "conversation.read"
    conversation_id: int
    user_id: int
    up_to: int


@dataclass(frozen=True, slots=True)
class ConversationReadByMe(ConversationRead):
    """The same, to the reader's own sockets."""

    unread_count: int


@dataclass(frozen=True, slots=True)
class NotificationCreated(Durable):
    name: ClassVar[str] = "notification.created"
    notification: Notification
    unread_count: int


@dataclass(frozen=True, slots=True)
class NotificationRead(Durable):
    """ids is None when all were marked."""

    name: ClassVar[str] = "notification.read"
    ids: list[int] | None
    unread_count: int


@dataclass(frozen=True, slots=True)
class RelationshipChanged(Durable):
    """How I stand to another user, to my own sockets."""

    name: ClassVar[str] = "relationship.changed"
    user_id: int
    is_following: bool
    is_followed_by: bool
    blocked: bool
    muted: bool


@dataclass(frozen=True, slots=True)
class PostCreated(LiveEvent):
    """Into the feeds of followers and of the actor. The delivering instance adds `cursor`."""

    name: ClassVar[str] = "post.created"
    post: Post


@dataclass(frozen=True, slots=True)
class PostUpdated(LiveEvent):
    name: ClassVar[str] = "post.updated"
    post: Post


@dataclass(frozen=True, slots=True)
class PostDeleted(LiveEvent):
    name: ClassVar[str] = "post.deleted"
    post_id: int


@dataclass(frozen=True, slots=True)
class PostCounts(LiveEvent):
    """To who watches the post; changes within half a second come as one."""

    name: ClassVar[str] = "post.counts"
    post_id: int
    likes_count: int
    retweets_count: int
    replies_count: int


@dataclass(frozen=True, slots=True)
class TypingChanged(LiveEvent):
    """To the other participants; ends by itself 5 s after the last `active`."""

    name: ClassVar[str] = "typing"
    conversation_id: int
    user_id: int
    active: bool


@dataclass(frozen=True, slots=True)
class PresenceChanged(LiveEvent):
    """To who watches the user. last_seen is now for who is online, None for who never was."""

    name: ClassVar[str] = "presence"
    user_id: int
    online: bool
    last_seen: datetime | None


@dataclass(frozen=True, slots=True)
class Resume:
    """fresh: no `since` given; resumed: the missed events follow; reset: refetch over REST."""

    status: Literal["fresh", "resumed", "reset"]
    missed: int


@dataclass(frozen=True, slots=True)
class Feed:
    """Posts newer than feed_since, oldest first; more: there are further ones over REST."""

    posts: list[Post]
    more: bool
    cursor: str


@dataclass(frozen=True, slots=True)
class SessionReady(LiveEvent):
    """The first event of every socket. expires_at is when its token does."""

    name: ClassVar[str] = "session.ready"
    user: Me
    session_id: int
    seq: int
    epoch: str
    expires_at: datetime
    resume: Resume
    feed: Feed


@dataclass(frozen=True, slots=True)
class SessionExpiring(LiveEvent):
    """The token of this socket ends in so many seconds: session.refresh brings a new one."""

    name: ClassVar[str] = "session.expiring"
    in_s: int


@dataclass(frozen=True, slots=True)
class SessionClosing(LiveEvent):
    """The last event of a socket that the server closes; reconnect_in_ms is None for "do not"."""

    name: ClassVar[str] = "session.closing"
    code: str
    reason: str
    reconnect_in_ms: int | None
