"""What the server answers and tells, as it comes out of JSON.

Made from the server's two API documents by `make clients`: not to be edited.
"""

from __future__ import annotations

from typing import Any, Generic, Literal, NotRequired, TypedDict, TypeVar

Item = TypeVar("Item")


class Page(TypedDict, Generic[Item]):
    """One page of a list; next is the cursor of the following one."""

    results: list[Item]
    next: str | None


class Account(TypedDict):
    """A user as admins see them."""

    id: int
    username: str
    display_name: str
    email: str
    is_admin: bool
    email_verified_at: str | None
    suspended_at: str | None
    last_seen_at: str | None
    created_at: str


class AdminReport(TypedDict):
    """A report as admins see it; reported is null when it is about a user."""

    id: int
    reporter: UserRef
    user_id: int | None
    post_id: int | None
    message_id: int | None
    reason: str
    status: Literal["open", "resolved", "dismissed"]
    created_at: str
    resolved_at: str | None
    reported: Reported | None


class AuditEntry(TypedDict):
    """An action of an admin; detail is the JSON of what more there is to say."""

    id: int
    admin: UserRef | None
    action: str
    target_kind: str
    target_id: int
    detail: str
    created_at: str


class Conversation(TypedDict):
    """A conversation as one participant sees it: unread_count is theirs."""

    id: int
    kind: Literal["direct", "group"]
    title: str | None
    participants: list[UserRef]
    last_message: Message | None
    unread_count: int
    created_at: str
    updated_at: str
    read_up_to: list[ReadMark]


class ConversationCreated(TypedDict):
    """To everybody in it when it begins; later, to those who are added."""

    conversation: Conversation


class ConversationRead(TypedDict):
    """A participant has read up to a message: to the other participants."""

    conversation_id: int
    user_id: int
    up_to: int


class ConversationReadByMe(TypedDict):
    """The same, to the reader's own sockets."""

    conversation_id: int
    user_id: int
    up_to: int
    unread_count: int


class ConversationUpdated(TypedDict):
    """Its title or participants have changed; for who left it is the last of it."""

    conversation: Conversation


class Counts(TypedDict):
    """How often a post was liked, retweeted and replied to."""

    post_id: int
    likes_count: int
    retweets_count: int
    replies_count: int


class ExpiresAt(TypedDict):
    """When the access token of a socket ends."""

    expires_at: str


class Export(TypedDict):
    """All of a user's data, oldest first but for conversations; images are at the URLs within."""

    exported_at: str
    account: ExportedAccount
    profile: Profile
    posts: list[Post]
    post_versions: list[ExportedPostVersion]
    likes: list[ExportedReaction]
    retweets: list[ExportedReaction]
    bookmarks: list[ExportedReaction]
    following: list[ExportedRelationship]
    followers: list[ExportedRelationship]
    blocks: list[ExportedRelationship]
    mutes: list[ExportedRelationship]
    notifications: list[Notification]
    sessions: list[ExportedSession]
    reports: list[ExportedReport]
    messages_in_groups_left: list[Message]
    conversations: list[ExportedConversation]


class ExportedAccount(TypedDict):
    """The account; last_seen_at is when the last of its sockets closed."""

    id: int
    username: str
    display_name: str
    avatar: str | None
    bio: str
    followers_count: int
    following_count: int
    posts_count: int
    created_at: str
    is_following: bool
    is_followed_by: bool
    blocked: bool
    muted: bool
    email: str
    is_admin: bool
    unread_notifications: int
    unread_messages: int
    email_verified: bool
    digest_mails: bool
    email_verified_at: str | None
    last_seen_at: str | None


class ExportedConversation(TypedDict):
    """A conversation with all its messages, the newest first."""

    id: int
    kind: Literal["direct", "group"]
    title: str | None
    participants: list[UserRef]
    last_message: Message | None
    unread_count: int
    created_at: str
    updated_at: str
    read_up_to: list[ReadMark]
    messages: list[Message]


class ExportedPostVersion(TypedDict):
    """What a post said before it was edited, and since when."""

    post_id: int
    content: str
    created_at: str


class ExportedReaction(TypedDict):
    """A post that the user liked, retweeted or bookmarked, and when."""

    post_id: int
    created_at: str


class ExportedRelationship(TypedDict):
    """A user whom this one follows, blocks or mutes, or is followed by, and since when."""

    user: UserRef
    created_at: str


class ExportedReport(TypedDict):
    """What the user reported; user_id is of whom, or of the author of the post or message."""

    id: int
    user_id: int | None
    post_id: int | None
    message_id: int | None
    reason: str
    status: str
    created_at: str
    resolved_at: str | None


class ExportedSession(TypedDict):
    """A session; ended_at is when it was revoked, null where it was not."""

    id: int
    created_at: str
    last_used_at: str
    expires_at: str
    ended_at: str | None
    user_agent: str
    address: str | None


class Feed(TypedDict):
    """Posts newer than feed_since, oldest first; more: there are further ones over REST."""

    posts: list[Post]
    more: bool
    cursor: str


class Hashtag(TypedDict):
    """A hashtag, without its #, and how many posts have it."""

    tag: str
    posts_count: int


class MailSettings(TypedDict):
    """Which mails a user gets."""

    digest_mails: bool


class Me(TypedDict):
    """A user as that user sees it."""

    id: int
    username: str
    display_name: str
    avatar: str | None
    bio: str
    followers_count: int
    following_count: int
    posts_count: int
    created_at: str
    is_following: bool
    is_followed_by: bool
    blocked: bool
    muted: bool
    email: str
    is_admin: bool
    unread_notifications: int
    unread_messages: int
    email_verified: bool
    digest_mails: bool


class Message(TypedDict):
    """A deleted message keeps its place, without its content."""

    id: int
    conversation_id: int
    sender: UserRef
    content: str
    client_id: str | None
    created_at: str
    edited_at: str | None
    deleted: bool


class MessageCreated(TypedDict):
    """To all participants, the sender's own sockets included."""

    message: Message


class MessageDeleted(TypedDict):
    """The sender has taken the message back."""

    conversation_id: int
    message_id: int


class MessageUpdated(TypedDict):
    """The sender has changed the content."""

    message: Message


class Notification(TypedDict):
    """What somebody did that concerns the user, or a post of the user's."""

    id: int
    kind: Literal["like", "follow", "retweet", "reply", "mention"]
    actor: UserRef
    post_id: int | None
    read: bool
    created_at: str
    post: PostExcerpt | None


class NotificationCreated(TypedDict):
    """Somebody has done something that concerns me."""

    notification: Notification
    unread_count: int


class NotificationDeleted(TypedDict):
    """Notifications of mine are gone, as what caused them was undone or deleted."""

    ids: list[int]
    unread_count: int


class NotificationRead(TypedDict):
    """I have read notifications; ids is null when all were marked."""

    ids: list[int] | None
    unread_count: int


class OwnSession(TypedDict):
    """A session as its user sees it; last_used_at is when its tokens were last renewed."""

    id: int
    created_at: str
    last_used_at: str
    user_agent: str
    address: str | None
    current: bool


class Post(TypedDict):
    """A post as one viewer sees it; liked, retweeted and bookmarked are null in live events."""

    id: int
    author: UserRef
    content: str
    image: str | None
    reply_to: int | None
    hashtags: list[str]
    mentions: list[UserRef]
    likes_count: int
    retweets_count: int
    replies_count: int
    liked: bool | None
    retweeted: bool | None
    bookmarked: bool | None
    created_at: str
    edited_at: str | None
    retweeted_by: UserRef | None


class PostCounts(TypedDict):
    """To who watches the post; changes within half a second come as one."""

    post_id: int
    likes_count: int
    retweets_count: int
    replies_count: int


class PostCreated(TypedDict):
    """Into the feeds of followers and of the actor."""

    post: Post
    cursor: str


class PostDeleted(TypedDict):
    """The post is gone."""

    post_id: int


class PostExcerpt(TypedDict):
    """As much of a post as shows which one it is."""

    id: int
    author: UserRef
    content: str
    image: str | None


class PostUpdated(TypedDict):
    """The author has changed the content."""

    post: Post


class PostVersion(TypedDict):
    """A former content of a post; created_at is when it was written."""

    id: int
    content: str
    created_at: str


class PresenceChanged(TypedDict):
    """To who watches the user. last_seen is now for who is online, null for who never was."""

    user_id: int
    online: bool
    last_seen: str | None


class Problem(TypedDict):
    """Problem details (RFC 9457)."""

    type: str
    title: str
    status: int
    code: Literal["malformed", "body_timeout", "payload_too_large", "unsupported_media_type", "unsupported_image", "token_missing", "token_invalid", "token_expired", "session_ended", "wrong_credentials", "account_suspended", "admin_required", "cross_origin", "blocked", "not_author", "not_a_group", "token_mismatch", "not_found", "unknown_route", "unknown_command", "method_not_allowed", "username_taken", "email_taken", "conversation_full", "report_closed", "invalid", "invalid_cursor", "invalid_resume", "invalid_image", "contradiction", "key_reused", "self_target", "watch_limit", "wrong_password", "link_invalid", "rate_limited", "too_many_attempts", "too_many_connections", "busy", "internal", "unavailable", "draining"]
    detail: str
    errors: NotRequired[dict[str, list[str]]]
    request_id: NotRequired[str]
    retry_after: NotRequired[int]


class Profile(TypedDict):
    """The public face of an account, which has exactly one; id is the user's."""

    id: int
    user: UserRef
    display_name: str
    bio: str
    avatar: str | None
    location: str
    website: str
    followers_count: int
    following_count: int
    posts_count: int
    created_at: str


class ReadMark(TypedDict):
    """Up to which message a participant has read."""

    user_id: int
    up_to: int


class RelationshipChanged(TypedDict):
    """How I stand to another user, to my own sockets."""

    user_id: int
    is_following: bool
    is_followed_by: bool
    blocked: bool
    muted: bool


class Report(TypedDict):
    """About a user, a post or a message; what is gone by now is null. user_id is its author."""

    id: int
    reporter: UserRef
    user_id: int | None
    post_id: int | None
    message_id: int | None
    reason: str
    status: Literal["open", "resolved", "dismissed"]
    created_at: str
    resolved_at: str | None


class Reported(TypedDict):
    """A post or message as it was when it was reported; conversation_id: of a message."""

    author: UserRef
    content: str
    conversation_id: int | None


class Resume(TypedDict):
    """fresh: no `since` given; resumed: the missed events follow; reset: refetch over REST."""

    status: Literal["fresh", "resumed", "reset"]
    missed: int


class SessionClosing(TypedDict):
    """The last event of a socket that the server closes; reconnect_in_ms is null for "do not"."""

    code: Literal["token_expired", "session_ended", "unavailable", "draining"]
    reason: str
    reconnect_in_ms: int | None


class SessionExpiring(TypedDict):
    """The token of this socket ends in so many seconds: session.refresh brings a new one."""

    in_s: int


class SessionReady(TypedDict):
    """The first event of every socket. expires_at is when its token does."""

    user: Me
    session_id: int
    seq: int
    epoch: str
    expires_at: str
    resume: Resume
    feed: Feed


class Thread(TypedDict):
    """A post in its conversation."""

    ancestors: list[Post]
    post: Post
    replies: list[Post]


class TokenPair(TypedDict):
    """What a login or a refresh answers; expires_in is the access token's, in seconds."""

    access: str
    refresh: str | None
    token_type: str
    expires_in: int
    user_id: int


class Trend(TypedDict):
    """A hashtag used more than usual: in how many posts, by how many accounts, within 24 hours."""

    tag: str
    posts_count: int
    accounts_count: int
    score: float


class Trends(TypedDict):
    """Trending hashtags, the strongest first."""

    results: list[Trend]


class TypingChanged(TypedDict):
    """To the other participants; ends by itself 5 s after the last `active`."""

    conversation_id: int
    user_id: int
    active: bool


class UnreadCount(TypedDict):
    """How many are unread."""

    unread_count: int


class User(TypedDict):
    """A user as one viewer sees it: whom the viewer follows, is followed by, blocks, mutes."""

    id: int
    username: str
    display_name: str
    avatar: str | None
    bio: str
    followers_count: int
    following_count: int
    posts_count: int
    created_at: str
    is_following: bool
    is_followed_by: bool
    blocked: bool
    muted: bool


class UserRef(TypedDict):
    """A user as others refer to it."""

    id: int
    username: str
    display_name: str
    avatar: str | None
