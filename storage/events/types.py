"""Every event, declared once: its name, data, audience, hint, and how it is replayed.

Durable events are in the user's log and numbered; a client that missed one receives it when it
comes back. Live events go to those who are connected.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

import orjson

from storage.events.declaration import (
    Audience,
    BlockedByHint,
    DurableEvent,
    Event,
    FeedEntryHint,
    Hint,
    LiveEvent,
    PostChangeHint,
    PostCountsHint,
    PresenceHint,
    Reader,
    SessionEndedHint,
    StoredEvent,
    Subject,
    TypingHint,
)
from storage.events.session import SessionClosing, SessionExpiring, SessionReady
from storage.records import Conversation, Message, Notification, Post, Relationship


@dataclass(frozen=True, slots=True)
class AboutMessage(DurableEvent):
    """What carries a message as the recipient sees it."""

    subject: ClassVar[Subject] = Subject.MESSAGE
    message: Message

    @classmethod
    def replay(cls, stored: StoredEvent, subject: Message | None, reader: Reader) -> Self | None:
        """Make it of the message as it is now."""
        return cls(subject) if subject else None


@dataclass(frozen=True, slots=True)
class MessageCreated(AboutMessage):
    """To all participants, the sender's own sockets included."""

    name: ClassVar[str] = "message.created"


@dataclass(frozen=True, slots=True)
class MessageUpdated(AboutMessage):
    """The sender has changed the content."""

    name: ClassVar[str] = "message.updated"


@dataclass(frozen=True, slots=True)
class MessageDeleted(DurableEvent):
    """The sender has taken the message back."""

    name: ClassVar[str] = "message.deleted"
    subject: ClassVar[Subject] = Subject.MESSAGE
    conversation_id: int
    message_id: int

    @classmethod
    def replay(cls, stored: StoredEvent, subject: Message | None, reader: Reader) -> Self | None:
        """Make it of the message, which keeps its place."""
        return cls(subject.conversation_id, subject.id) if subject else None


@dataclass(frozen=True, slots=True)
class AboutConversation(DurableEvent):
    """What carries a conversation as the recipient sees it."""

    subject: ClassVar[Subject] = Subject.CONVERSATION
    conversation: Conversation

    @classmethod
    def replay(
        cls, stored: StoredEvent, subject: Conversation | None, reader: Reader
    ) -> Self | None:
        """Make it of the conversation as it is now."""
        return cls(subject) if subject else None


@dataclass(frozen=True, slots=True)
class ConversationCreated(AboutConversation):
    """To everybody in it when it begins; later, to those who are added."""

    name: ClassVar[str] = "conversation.created"


@dataclass(frozen=True, slots=True)
class ConversationUpdated(AboutConversation):
    """Its title or participants have changed; for who left it is the last of it."""

    name: ClassVar[str] = "conversation.updated"


@dataclass(frozen=True, slots=True)
class ConversationRead(DurableEvent):
    """A participant has read up to a message: to the other participants."""

    name: ClassVar[str] = "conversation.read"
    subject: ClassVar[Subject] = Subject.CONVERSATION
    conversation_id: int
    user_id: int
    up_to: int

    @classmethod
    def replay(
        cls, stored: StoredEvent, subject: Conversation | None, reader: Reader
    ) -> "ConversationRead | None":
        """Make it with the mark that the log keeps; for the reader's own with what is left."""
        if subject is None:
            return None
        up_to = orjson.loads(stored.data or "{}")["up_to"]
        if stored.actor_id == reader.user_id:
            return ConversationReadByMe(subject.id, reader.user_id, up_to, subject.unread_count)
        return ConversationRead(subject.id, stored.actor_id, up_to)


@dataclass(frozen=True, slots=True)
class ConversationReadByMe(ConversationRead):
    """The same, to the reader's own sockets."""

    unread_count: int


@dataclass(frozen=True, slots=True)
class NotificationCreated(DurableEvent):
    """Somebody has done something that concerns me."""

    name: ClassVar[str] = "notification.created"
    subject: ClassVar[Subject] = Subject.NOTIFICATION
    notification: Notification
    unread_count: int

    @classmethod
    def replay(
        cls, stored: StoredEvent, subject: Notification | None, reader: Reader
    ) -> Self | None:
        """Make it of the notification and of what is unread now."""
        return cls(subject, reader.unread_notifications) if subject else None


@dataclass(frozen=True, slots=True)
class NotificationRead(DurableEvent):
    """I have read notifications; ids is None when all were marked."""

    name: ClassVar[str] = "notification.read"
    subject: ClassVar[Subject] = Subject.NOTHING
    ids: list[int] | None
    unread_count: int

    @classmethod
    def replay(cls, stored: StoredEvent, subject: None, reader: Reader) -> Self | None:
        """Make it with the ids that the log keeps and what is unread now."""
        return cls(orjson.loads(stored.data or "{}")["ids"], reader.unread_notifications)


@dataclass(frozen=True, slots=True)
class NotificationDeleted(DurableEvent):
    """Notifications of mine are gone, as what caused them was undone or deleted."""

    name: ClassVar[str] = "notification.deleted"
    subject: ClassVar[Subject] = Subject.NOTHING
    ids: list[int]
    unread_count: int

    @classmethod
    def replay(cls, stored: StoredEvent, subject: None, reader: Reader) -> Self | None:
        """Make it with the ids that the log keeps and what is unread now."""
        return cls(orjson.loads(stored.data or "{}")["ids"], reader.unread_notifications)


@dataclass(frozen=True, slots=True)
class RelationshipChanged(Relationship, DurableEvent):
    """How I stand to another user, to my own sockets."""

    name: ClassVar[str] = "relationship.changed"
    subject: ClassVar[Subject] = Subject.RELATIONSHIP

    @classmethod
    def of(cls, relationship: Relationship) -> Self:
        """Make it of how the two stand now."""
        return cls(
            relationship.user_id,
            relationship.is_following,
            relationship.is_followed_by,
            relationship.blocked,
            relationship.muted,
        )

    @classmethod
    def replay(
        cls, stored: StoredEvent, subject: Relationship | None, reader: Reader
    ) -> Self | None:
        """Make it of how the two stand now."""
        return cls.of(subject) if subject else None


@dataclass(frozen=True, slots=True)
class PostCreated(LiveEvent):
    """Into the feeds of followers and of the actor."""

    name: ClassVar[str] = "post.created"
    audience: ClassVar[Audience] = Audience.FOLLOWERS
    hint: ClassVar[type[Hint] | None] = FeedEntryHint
    added: ClassVar[dict[str, str]] = {"cursor": "For `feed_since`, when connecting again."}
    post: Post


@dataclass(frozen=True, slots=True)
class PostUpdated(LiveEvent):
    """The author has changed the content."""

    name: ClassVar[str] = "post.updated"
    audience: ClassVar[Audience] = Audience.FOLLOWERS_AND_WATCHERS
    hint: ClassVar[type[Hint] | None] = PostChangeHint
    post: Post


@dataclass(frozen=True, slots=True)
class PostDeleted(LiveEvent):
    """The post is gone."""

    name: ClassVar[str] = "post.deleted"
    audience: ClassVar[Audience] = Audience.FOLLOWERS_AND_WATCHERS
    hint: ClassVar[type[Hint] | None] = PostChangeHint
    post_id: int


@dataclass(frozen=True, slots=True)
class PostCounts(LiveEvent):
    """To who watches the post; changes within half a second come as one."""

    name: ClassVar[str] = "post.counts"
    audience: ClassVar[Audience] = Audience.POST_WATCHERS
    hint: ClassVar[type[Hint] | None] = PostCountsHint
    post_id: int
    likes_count: int
    retweets_count: int
    replies_count: int


@dataclass(frozen=True, slots=True)
class TypingChanged(LiveEvent):
    """To the other participants; ends by itself 5 s after the last `active`."""

    name: ClassVar[str] = "typing"
    audience: ClassVar[Audience] = Audience.PARTICIPANTS
    hint: ClassVar[type[Hint] | None] = TypingHint
    conversation_id: int
    user_id: int
    active: bool


@dataclass(frozen=True, slots=True)
class PresenceChanged(LiveEvent):
    """To who watches the user. last_seen is now for who is online, None for who never was."""

    name: ClassVar[str] = "presence"
    audience: ClassVar[Audience] = Audience.USER_WATCHERS
    hint: ClassVar[type[Hint] | None] = PresenceHint
    user_id: int
    online: bool
    last_seen: datetime | None


EVENTS: tuple[type[Event], ...] = (
    MessageCreated,
    MessageUpdated,
    MessageDeleted,
    ConversationCreated,
    ConversationUpdated,
    ConversationRead,
    ConversationReadByMe,
    NotificationCreated,
    NotificationRead,
    NotificationDeleted,
    RelationshipChanged,
    PostCreated,
    PostUpdated,
    PostDeleted,
    PostCounts,
    TypingChanged,
    PresenceChanged,
    SessionReady,
    SessionExpiring,
    SessionClosing,
)

# A variant that inherits its name, as ConversationReadByMe does, is replayed by the one it extends.
DURABLE: dict[str, type[DurableEvent]] = {
    event.name: event for event in reversed(EVENTS) if issubclass(event, DurableEvent)
}

# On the wire, what keeps the number of an event that its recipient may not see (any more).
TOMBSTONE = "void"

# Hints without an event: for instances, not for clients.
SESSION_ENDED = "session.ended"
BLOCKED_BY = "blocked_by"

HINTS: dict[str, type[Hint]] = {
    **{event.name: event.hint for event in EVENTS if event.hint is not None},
    SESSION_ENDED: SessionEndedHint,
    BLOCKED_BY: BlockedByHint,
}
