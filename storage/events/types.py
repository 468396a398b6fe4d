"""Every event, declared once: its name, data, audience, hint, and how it is replayed.

Durable events are in the user's log and numbered; a client that missed one receives it when it
comes back. Live events go to those who are connected.
"""

from datetime import datetime
from typing import ClassVar, Literal, Self

import orjson

from storage.events.declaration import (
    Audience,
    BlockedByHint,
    DurableEvent,
    Event,
    FeedEntryHint,
    Hint,
    LiveEvent,
    PollHint,
    PostChangeHint,
    PostCountsHint,
    PresenceHint,
    QuoteEntryHint,
    Reader,
    SessionEndedHint,
    StoredEvent,
    StreamChangeHint,
    Subject,
    TypingHint,
)
from storage.events.session import SessionClosing, SessionExpiring, SessionReady
from storage.record import record
from storage.records import (
    Conversation,
    Invitation,
    JoinRequest,
    Message,
    MutedWord,
    Notification,
    Poll,
    Post,
    Reaction,
    Relationship,
)
from storage.scopes import Scope, missing


@record
class AboutMessage(DurableEvent):
    """What carries a message as the recipient sees it."""

    scope: ClassVar[Scope | None] = Scope.MESSAGES_READ
    subject: ClassVar[Subject] = Subject.MESSAGE
    message: Message

    @classmethod
    def replay(cls, stored: StoredEvent, subject: Message | None, reader: Reader) -> Self | None:
        """Make it of the message as it is now."""
        return cls(subject) if subject else None


@record
class MessageCreated(AboutMessage):
    """To all participants, the sender's own sockets included."""

    name: ClassVar[str] = "message.created"
    is_pushed: ClassVar[bool] = True


@record
class MessageUpdated(AboutMessage):
    """The sender has changed the content."""

    name: ClassVar[str] = "message.updated"


@record
class MessageDeleted(DurableEvent):
    """The sender has taken the message back."""

    name: ClassVar[str] = "message.deleted"
    scope: ClassVar[Scope | None] = Scope.MESSAGES_READ
    subject: ClassVar[Subject] = Subject.MESSAGE
    conversation_id: int
    message_id: int

    @classmethod
    def replay(cls, stored: StoredEvent, subject: Message | None, reader: Reader) -> Self | None:
        """Make it of the message, which keeps its place."""
        return cls(subject.conversation_id, subject.id) if subject else None


@record
class MessageReactions(DurableEvent):
    """The reactions to a message have changed; what changes within a moment comes as one.

    To all who see it, where mine is None; at once to the own sockets of who reacts, and when what
    was missed is read back, mine is told. Of several that were missed only the last is told.
    """

    name: ClassVar[str] = "message.reactions"
    scope: ClassVar[Scope | None] = Scope.MESSAGES_READ
    subject: ClassVar[Subject] = Subject.MESSAGE
    is_latest_enough: ClassVar[bool] = True
    conversation_id: int
    message_id: int
    reactions: list[Reaction]

    @classmethod
    def replay(cls, stored: StoredEvent, subject: Message | None, reader: Reader) -> Self | None:
        """Make it of the reactions as they are now, unless the message was taken back."""
        if subject is None or subject.deleted:
            return None
        return cls(subject.conversation_id, subject.id, subject.reactions)


@record
class MessagePinned(DurableEvent):
    """A message is pinned: to all who see it."""

    name: ClassVar[str] = "message.pinned"
    scope: ClassVar[Scope | None] = Scope.MESSAGES_READ
    subject: ClassVar[Subject] = Subject.MESSAGE
    conversation_id: int
    message_id: int

    @classmethod
    def replay(cls, stored: StoredEvent, subject: Message | None, reader: Reader) -> Self | None:
        """Make it of the message, unless that was taken back."""
        if subject is None or subject.deleted:
            return None
        return cls(subject.conversation_id, subject.id)


@record
class MessageUnpinned(MessagePinned):
    """A message is pinned no longer, though it is there still: to all who see it."""

    name: ClassVar[str] = "message.unpinned"


@record
class AboutConversation(DurableEvent):
    """What carries a conversation as the recipient sees it."""

    scope: ClassVar[Scope | None] = Scope.MESSAGES_READ
    subject: ClassVar[Subject] = Subject.CONVERSATION
    conversation: Conversation

    @classmethod
    def replay(
        cls, stored: StoredEvent, subject: Conversation | None, reader: Reader
    ) -> Self | None:
        """Make it of the conversation as it is now."""
        return cls(subject) if subject else None


@record
class ConversationCreated(AboutConversation):
    """To everybody in it when it begins; later, to those who are added."""

    name: ClassVar[str] = "conversation.created"


@record
class ConversationUpdated(AboutConversation):
    """Its title or participants have changed; for who left it is the last of it."""

    name: ClassVar[str] = "conversation.updated"


@record
class ConversationRead(DurableEvent):
    """A participant has read up to a message: to the other participants.

    Neither from nor to who has switched read receipts off.
    """

    name: ClassVar[str] = "conversation.read"
    scope: ClassVar[Scope | None] = Scope.MESSAGES_READ
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
        # Since then one of the two may have switched read receipts off.
        if not any(mark.user_id == stored.actor_id for mark in subject.read_up_to):
            return None
        return ConversationRead(subject.id, stored.actor_id, up_to)


@record
class ConversationReadByMe(ConversationRead):
    """The same, to the reader's own sockets."""

    unread_count: int


@record
class MemberChanged(DurableEvent):
    """In a group somebody has another role, or was removed or banned: to those in it, and to them.

    Before conversation.updated. That somebody who was out of it is banned, or no longer is, goes to
    the owner and the admins. Who comes or leaves of their own will is in conversation.updated.
    """

    name: ClassVar[str] = "conversation.member_changed"
    scope: ClassVar[Scope | None] = Scope.MESSAGES_READ
    subject: ClassVar[Subject] = Subject.CONVERSATION
    conversation_id: int
    user_id: int
    by: int
    change: Literal["owner", "admin", "member", "removed", "banned", "unbanned"]

    @classmethod
    def replay(
        cls, stored: StoredEvent, subject: Conversation | None, reader: Reader
    ) -> Self | None:
        """Make it of what the log keeps, for who is in the group and for the one it is about."""
        data = orjson.loads(stored.data or "{}")
        if stored.ref is None or (subject is None and data["user_id"] != reader.user_id):
            return None
        return cls(stored.ref, data["user_id"], stored.actor_id, data["change"])


@record
class InvitationCreated(DurableEvent):
    """I am invited to a group."""

    name: ClassVar[str] = "invitation.created"
    scope: ClassVar[Scope | None] = Scope.MESSAGES_READ
    subject: ClassVar[Subject] = Subject.INVITATION
    invitation: Invitation

    @classmethod
    def replay(cls, stored: StoredEvent, subject: Invitation | None, reader: Reader) -> Self | None:
        """Make it of the invitation, as long as it waits for an answer."""
        return cls(subject) if subject else None


@record
class InvitationEnded(DurableEvent):
    """An invitation of mine was answered, by one of my sockets or calls, or withdrawn."""

    name: ClassVar[str] = "invitation.ended"
    scope: ClassVar[Scope | None] = Scope.MESSAGES_READ
    subject: ClassVar[Subject] = Subject.NOTHING
    conversation_id: int
    outcome: Literal["accepted", "declined", "withdrawn"]

    @classmethod
    def replay(cls, stored: StoredEvent, subject: None, reader: Reader) -> Self | None:
        """Make it of what the log keeps."""
        return cls(**orjson.loads(stored.data or "{}"))


@record
class JoinRequestCreated(DurableEvent):
    """Somebody asks to join a group by a link: to its owner and its admins."""

    name: ClassVar[str] = "join_request.created"
    scope: ClassVar[Scope | None] = Scope.MESSAGES_READ
    subject: ClassVar[Subject] = Subject.JOIN_REQUEST
    request: JoinRequest

    @classmethod
    def replay(
        cls, stored: StoredEvent, subject: JoinRequest | None, reader: Reader
    ) -> Self | None:
        """Make it of the request, as long as it waits and the reader may answer it."""
        return cls(subject) if subject else None


@record
class JoinRequestEnded(DurableEvent):
    """A request to join a group waits no longer: to its owner and its admins."""

    name: ClassVar[str] = "join_request.ended"
    scope: ClassVar[Scope | None] = Scope.MESSAGES_READ
    subject: ClassVar[Subject] = Subject.CONVERSATION
    conversation_id: int
    user_id: int
    outcome: Literal["approved", "refused", "withdrawn"]

    @classmethod
    def replay(
        cls, stored: StoredEvent, subject: Conversation | None, reader: Reader
    ) -> Self | None:
        """Make it of what the log keeps, for who is still in the group."""
        return cls(subject.id, **orjson.loads(stored.data or "{}")) if subject else None


@record
class MessageRequestReceived(AboutMessage):
    """In place of message.created, as long as the conversation waits among my requests."""

    name: ClassVar[str] = "message_request.received"


@record
class MessageRequestEnded(DurableEvent):
    """I have accepted a message request, and conversation.created follows, or declined it."""

    name: ClassVar[str] = "message_request.ended"
    scope: ClassVar[Scope | None] = Scope.MESSAGES_READ
    subject: ClassVar[Subject] = Subject.NOTHING
    conversation_id: int
    outcome: Literal["accepted", "declined"]

    @classmethod
    def replay(cls, stored: StoredEvent, subject: None, reader: Reader) -> Self | None:
        """Make it of what the log keeps."""
        return cls(**orjson.loads(stored.data or "{}"))


@record
class NotificationCreated(DurableEvent):
    """Somebody has done something that concerns me."""

    name: ClassVar[str] = "notification.created"
    scope: ClassVar[Scope | None] = Scope.NOTIFICATIONS_READ
    is_pushed: ClassVar[bool] = True
    subject: ClassVar[Subject] = Subject.NOTIFICATION
    notification: Notification
    unread_count: int

    @classmethod
    def replay(
        cls, stored: StoredEvent, subject: Notification | None, reader: Reader
    ) -> Self | None:
        """Make it of the notification and of what is unread now."""
        return cls(subject, reader.unread_notifications) if subject else None


@record
class NotificationRead(DurableEvent):
    """I have read notifications; ids is None when all were marked."""

    name: ClassVar[str] = "notification.read"
    scope: ClassVar[Scope | None] = Scope.NOTIFICATIONS_READ
    subject: ClassVar[Subject] = Subject.NOTHING
    ids: list[int] | None
    unread_count: int

    @classmethod
    def replay(cls, stored: StoredEvent, subject: None, reader: Reader) -> Self | None:
        """Make it with the ids that the log keeps and what is unread now."""
        return cls(orjson.loads(stored.data or "{}")["ids"], reader.unread_notifications)


@record
class NotificationDeleted(DurableEvent):
    """Notifications of mine are gone, as what caused them was undone or deleted."""

    name: ClassVar[str] = "notification.deleted"
    scope: ClassVar[Scope | None] = Scope.NOTIFICATIONS_READ
    subject: ClassVar[Subject] = Subject.NOTHING
    ids: list[int]
    unread_count: int

    @classmethod
    def replay(cls, stored: StoredEvent, subject: None, reader: Reader) -> Self | None:
        """Make it with the ids that the log keeps and what is unread now."""
        return cls(orjson.loads(stored.data or "{}")["ids"], reader.unread_notifications)


@record
class RelationshipChanged(Relationship, DurableEvent):
    """How I stand to another user, to my own sockets."""

    name: ClassVar[str] = "relationship.changed"
    scope: ClassVar[Scope | None] = Scope.RELATIONSHIPS_READ
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


@record
class MutedWordChanged(DurableEvent):
    """I have muted a word, or changed that, to my own sockets; word is None where it is over."""

    name: ClassVar[str] = "muted_word.changed"
    scope: ClassVar[Scope | None] = Scope.RELATIONSHIPS_READ
    subject: ClassVar[Subject] = Subject.MUTED_WORD
    id: int
    word: MutedWord | None

    @classmethod
    def replay(cls, stored: StoredEvent, subject: MutedWord | None, reader: Reader) -> Self | None:
        """Make it of the word as it is now."""
        return cls(stored.ref, subject) if stored.ref is not None else None


@record
class PostCreated(LiveEvent):
    """Into the feeds of followers and of the actor."""

    name: ClassVar[str] = "post.created"
    scope: ClassVar[Scope | None] = Scope.POSTS_READ
    audience: ClassVar[Audience] = Audience.FOLLOWERS
    hint: ClassVar[type[Hint] | None] = FeedEntryHint
    added: ClassVar[dict[str, str]] = {"cursor": "For `feed_since`, when connecting again."}
    post: Post


@record
class StreamPost(LiveEvent):
    """A new post in a stream that this socket listens to."""

    name: ClassVar[str] = "stream.post"
    scope: ClassVar[Scope | None] = Scope.POSTS_READ
    audience: ClassVar[Audience] = Audience.LISTENERS
    hint: ClassVar[type[Hint] | None] = FeedEntryHint  # that of post.created
    added: ClassVar[dict[str, str]] = {
        "stream": "Which one, as the ack of `stream.subscribe` names it.",
        "cursor": "For `stream.subscribe`, when coming back.",
    }
    post: Post


@record
class PostUpdated(LiveEvent):
    """The author has changed the content."""

    name: ClassVar[str] = "post.updated"
    scope: ClassVar[Scope | None] = Scope.POSTS_READ
    audience: ClassVar[Audience] = Audience.FOLLOWERS_AND_WATCHERS
    hint: ClassVar[type[Hint] | None] = PostChangeHint
    post: Post


@record
class PostDeleted(LiveEvent):
    """The post is gone."""

    name: ClassVar[str] = "post.deleted"
    scope: ClassVar[Scope | None] = Scope.POSTS_READ
    audience: ClassVar[Audience] = Audience.FOLLOWERS_AND_WATCHERS
    hint: ClassVar[type[Hint] | None] = PostChangeHint
    post_id: int


@record
class PostCounts(LiveEvent):
    """To who watches the post; changes within half a second come as one."""

    name: ClassVar[str] = "post.counts"
    scope: ClassVar[Scope | None] = Scope.POSTS_READ
    audience: ClassVar[Audience] = Audience.POST_WATCHERS
    hint: ClassVar[type[Hint] | None] = PostCountsHint
    post_id: int
    likes_count: int
    retweets_count: int
    replies_count: int
    quotes_count: int


@record
class PollUpdated(LiveEvent):
    """To who watches its post, as it is voted in and ends; votes within half a second come as one.

    voted and own_votes are None, as it is the same for all.
    """

    name: ClassVar[str] = "poll.updated"
    scope: ClassVar[Scope | None] = Scope.POSTS_READ
    audience: ClassVar[Audience] = Audience.POST_WATCHERS
    hint: ClassVar[type[Hint] | None] = PollHint
    post_id: int
    poll: Poll


@record
class TypingChanged(LiveEvent):
    """To the other participants; ends by itself 5 s after the last `active`."""

    name: ClassVar[str] = "typing"
    scope: ClassVar[Scope | None] = Scope.MESSAGES_READ
    audience: ClassVar[Audience] = Audience.PARTICIPANTS
    hint: ClassVar[type[Hint] | None] = TypingHint
    conversation_id: int
    user_id: int
    active: bool


@record
class PresenceChanged(LiveEvent):
    """To who watches the user. last_seen is now for who is online, None for who never was."""

    name: ClassVar[str] = "presence"
    scope: ClassVar[Scope | None] = Scope.USERS_READ
    audience: ClassVar[Audience] = Audience.USER_WATCHERS
    hint: ClassVar[type[Hint] | None] = PresenceHint
    user_id: int
    online: bool
    last_seen: datetime | None


EVENTS: tuple[type[Event], ...] = (
    MessageCreated,
    MessageUpdated,
    MessageDeleted,
    MessageReactions,
    MessagePinned,
    MessageUnpinned,
    ConversationCreated,
    ConversationUpdated,
    ConversationRead,
    ConversationReadByMe,
    MemberChanged,
    InvitationCreated,
    InvitationEnded,
    JoinRequestCreated,
    JoinRequestEnded,
    MessageRequestReceived,
    MessageRequestEnded,
    NotificationCreated,
    NotificationRead,
    NotificationDeleted,
    RelationshipChanged,
    MutedWordChanged,
    PostCreated,
    StreamPost,
    PostUpdated,
    PostDeleted,
    PostCounts,
    PollUpdated,
    TypingChanged,
    PresenceChanged,
    SessionReady,
    SessionExpiring,
    SessionClosing,
)

for event in EVENTS:
    if not hasattr(event, "scope"):
        raise missing(
            f"the event {event.name}",
            "scope: ClassVar[Scope | None] = Scope.NAME into its class, or EVERY_TOKEN where it is"
            " about the connection: both are",
        )

# A variant that inherits its name, as ConversationReadByMe does, is replayed by the one it extends.
DURABLE: dict[str, type[DurableEvent]] = {
    event.name: event for event in reversed(EVENTS) if issubclass(event, DurableEvent)
}

# On the wire, what keeps the number of an event that its recipient may not see (any more).
TOMBSTONE = "void"


# In a notification of what is said in a conversation, which quotes it.
OF_MESSAGE = b'"kind":"message_mention"'


def withheld(scopes: frozenset[Scope] | None) -> dict[bytes, bytes]:
    """Return the events that a client with these scopes is not sent; None has all.

    By the name of each event, what is in the JSON of those that are withheld: b"" is in all.
    """
    if scopes is None:
        return {}
    some = {} if Scope.MESSAGES_READ in scopes else {NotificationCreated.name.encode(): OF_MESSAGE}
    return some | {
        event.name.encode(): b""
        for event in EVENTS
        if event.scope is not None and event.scope not in scopes
    }


def scope_of(name: str) -> Scope | None:
    """Return the scope that a token needs for the event of this name."""
    return next(event.scope for event in EVENTS if event.name == name)


# Hints without an event: for instances, not for clients.
SESSION_ENDED = "session.ended"
BLOCKED_BY = "blocked_by"
# In place of post.created where a post quotes another (realtime/delivery/entry_hints.py).
QUOTE_ENTERED = "quote.entered"
# Changes as the channels of streams have them, by the event.
STREAM_CHANGES = {"stream.updated": PostUpdated.name, "stream.deleted": PostDeleted.name}

HINTS: dict[str, type[Hint]] = {
    **{event.name: event.hint for event in EVENTS if event.hint is not None},
    SESSION_ENDED: SessionEndedHint,
    BLOCKED_BY: BlockedByHint,
    QUOTE_ENTERED: QuoteEntryHint,
    **dict.fromkeys(STREAM_CHANGES, StreamChangeHint),
}
