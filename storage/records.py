"""What storage returns: each record is the shape that clients see, as orjson writes it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Literal, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class UserRef:
    """A user as others refer to it."""

    id: int
    username: str
    display_name: str
    avatar: str | None


@dataclass(frozen=True, slots=True)
class User:
    """A user as one viewer sees it: whom the viewer follows, is followed by, blocks, mutes."""

    id: int
    username: str
    display_name: str
    avatar: str | None
    bio: str
    followers_count: int
    following_count: int
    posts_count: int
    created_at: datetime
    is_following: bool
    is_followed_by: bool
    blocked: bool
    muted: bool


@dataclass(frozen=True, slots=True)
class Me(User):
    """A user as that user sees it.

    digest_mails: whether I want mails of new followers and unread notifications.
    """

    email: str
    is_admin: bool
    unread_notifications: int
    unread_messages: int
    email_verified: bool
    digest_mails: bool


@dataclass(frozen=True, slots=True)
class Relationship:
    """How one user stands to another, whose id is user_id."""

    user_id: int
    is_following: bool
    is_followed_by: bool
    blocked: bool
    muted: bool


@dataclass(frozen=True, slots=True)
class Profile:
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
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Post:
    """A post as one viewer sees it; liked, retweeted and bookmarked are None in live events."""

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
    created_at: datetime
    edited_at: datetime | None
    retweeted_by: UserRef | None


@dataclass(frozen=True, slots=True)
class PostVersion:
    """A former content of a post; created_at is when it was written."""

    id: int
    content: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Thread:
    """A post in its conversation.

    ancestors are what it replies to, the oldest first; replies what replies to it, every reply
    before the replies to it.
    """

    ancestors: list[Post]
    post: Post
    replies: list[Post]


@dataclass(frozen=True, slots=True)
class Hashtag:
    """A hashtag, without its #, and how many posts have it."""

    tag: str
    posts_count: int


@dataclass(frozen=True, slots=True)
class Trend:
    """A hashtag used more than usual: in how many posts, by how many accounts, within 24 hours."""

    tag: str
    posts_count: int
    accounts_count: int
    score: float


@dataclass(frozen=True, slots=True)
class PostExcerpt:
    """As much of a post as shows which one it is."""

    id: int
    author: UserRef
    content: str
    image: str | None


@dataclass(frozen=True, slots=True)
class Notification:
    """What somebody did that concerns the user, or a post of the user's.

    post: what post_id is of, as it is now; None where its author is suspended.
    """

    id: int
    kind: Literal["like", "follow", "retweet", "reply", "mention"]
    actor: UserRef
    post_id: int | None
    read: bool
    created_at: datetime
    post: PostExcerpt | None


@dataclass(frozen=True, slots=True)
class Message:
    """A deleted message keeps its place, without its content."""

    id: int
    conversation_id: int
    sender: UserRef
    content: str
    client_id: str | None
    created_at: datetime
    edited_at: datetime | None
    deleted: bool


@dataclass(frozen=True, slots=True)
class ReadMark:
    """Up to which message a participant has read."""

    user_id: int
    up_to: int


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation as one participant sees it: unread_count is theirs.

    read_up_to: how far each participant has read; who has read nothing is not in it.
    """

    id: int
    kind: Literal["direct", "group"]
    title: str | None
    participants: list[UserRef]
    last_message: Message | None
    unread_count: int
    created_at: datetime
    updated_at: datetime
    read_up_to: list[ReadMark]


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page of a list; cursor is what asks for the next one, None at the end."""

    results: list[T]
    cursor: str | None
