"""What storage returns: each record is the shape that clients see, as orjson writes it."""

from dataclasses import replace
from datetime import datetime
from typing import Generic, Literal, TypeVar

from storage.record import record

T = TypeVar("T")


@record
class UserRef:
    """A user as others refer to it."""

    id: int
    username: str
    display_name: str
    avatar: str | None


@record
class User:
    """A user as one viewer sees it: whom the viewer follows, is followed by, blocks, mutes.

    is_bot: it is the account of a program.
    """

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
    is_bot: bool


@record
class Me(User):
    """A user as that user sees it; email is empty for a bot.

    pending_email: the address that is to be mine once the link that was sent there is followed.
    digest_mails: whether I want mails of new followers and unread notifications. who_may_add_me:
    who puts me into groups at once, "followed" being whom I follow; others invite me.
    who_may_write_to_me: who opens conversations with me; "requests": everybody, but of whom I do
    not follow it is a request. send_read_receipts: whether others see how far I have read, and I
    how far they have. who_may_quote_me: who may quote my posts from now on, "followers"
    being who follows me. has_muted_words: whether there are any to ask for.
    """

    email: str
    pending_email: str | None
    is_admin: bool
    unread_notifications: int
    unread_messages: int
    email_verified: bool
    digest_mails: bool
    who_may_add_me: Literal["everybody", "followed", "nobody"]
    who_may_write_to_me: Literal["everybody", "requests", "followed", "nobody"]
    send_read_receipts: bool
    who_may_quote_me: Literal["everybody", "followers", "nobody"]
    has_muted_words: bool


def without_account(me: Me) -> Me:
    """Return of somebody's own view what everybody sees: all else is as if there were nothing."""
    return replace(
        me,
        email="",
        pending_email=None,
        is_admin=False,
        unread_notifications=0,
        unread_messages=0,
        email_verified=False,
        digest_mails=False,
        who_may_add_me="everybody",
        who_may_write_to_me="everybody",
        who_may_quote_me="everybody",
        send_read_receipts=True,
        has_muted_words=False,
    )


@record
class Relationship:
    """How one user stands to another, whose id is user_id."""

    user_id: int
    is_following: bool
    is_followed_by: bool
    blocked: bool
    muted: bool


@record
class Profile:
    """The public face of an account, which has exactly one; id is the user's.

    pinned_post_id: the post of the account's own that its page shows first.
    """

    id: int
    user: UserRef
    display_name: str
    bio: str
    avatar: str | None
    banner: str | None
    location: str
    website: str
    followers_count: int
    following_count: int
    posts_count: int
    created_at: datetime
    pinned_post_id: int | None


@record
class Media:
    """A picture of a post or message, or one that waits for either.

    alt: what it shows, in words. width and height are in pixels; preview_url is of a smaller one of
    the same proportions that never moves. thumbhash (evanw.github.io/thumbhash), in base64, is what
    to show until it is loaded; None for those from before there was one.
    """

    id: int
    type: Literal["image"]
    url: str
    preview_url: str
    alt: str
    width: int
    height: int
    thumbhash: str | None
    animated: bool


@record
class QuotedPost:
    """A post as one that quotes it shows it; what this one quotes itself is not in it."""

    id: int
    author: UserRef
    content: str
    image: str | None
    media: list[Media]
    sensitive: bool
    has_poll: bool
    created_at: datetime
    edited_at: datetime | None


@record
class Quoted:
    """What a post quotes, as the viewer may see it: post is None in any state but accepted.

    state, where it is not shown: revoked, its author has withdrawn it from the quote; deleted;
    unauthorized, the viewer may not see it; blocked_account and muted_account, the viewer blocks or
    mutes its author, and may yet have it by post_id.
    """

    state: Literal[
        "accepted", "revoked", "deleted", "unauthorized", "blocked_account", "muted_account"
    ]
    post_id: int | None
    post: QuotedPost | None


@record
class PollOption:
    """What one can choose, and how many have; None while the poll hides it."""

    title: str
    votes_count: int | None


@record
class Poll:
    """A question with answers to choose from, until ends_at.

    multiple: one may choose several. hide_totals: how many chose which is hidden from all, until it
    has ended. votes_count is of all choices, voters_count of people. voted and own_votes, places in
    options from 0 on, are the viewer's; None in live events.
    """

    options: list[PollOption]
    multiple: bool
    hide_totals: bool
    votes_count: int
    voters_count: int
    ends_at: datetime
    ended: bool
    voted: bool | None
    own_votes: list[int] | None


@record
class Post:
    """A post as one viewer sees it; liked, retweeted and bookmarked are None in live events.

    image is the address of the first of media; sensitive: to be covered until it is asked for.
    replying_to is who wrote reply_to. quoted: what it quotes, of which post.updated has the state
    alone. quotable: whether the author's setting lets the viewer quote it; None in live events.
    """

    id: int
    author: UserRef
    content: str
    image: str | None
    media: list[Media]
    sensitive: bool
    reply_to: int | None
    replying_to: UserRef | None
    hashtags: list[str]
    mentions: list[UserRef]
    poll: Poll | None
    likes_count: int
    retweets_count: int
    replies_count: int
    liked: bool | None
    retweeted: bool | None
    bookmarked: bool | None
    created_at: datetime
    edited_at: datetime | None
    retweeted_by: UserRef | None
    quoted: Quoted | None
    quotes_count: int
    quotable: bool | None


@record
class MutedWord:
    """A word, phrase or hashtag that the user wants to see nothing of, or only when asking for it.

    tag: the one spelling of a hashtag, by which a post's hashtags are compared; None for words.
    """

    id: int
    text: str
    tag: str | None
    contexts: list[Literal["feed", "notifications", "threads", "public"]]
    action: Literal["warn", "hide"]
    expires_at: datetime | None
    created_at: datetime


@record
class PostVersion:
    """A former content of a post; created_at is when it was written."""

    id: int
    content: str
    media: list[Media]
    created_at: datetime


@record
class Thread:
    """A post in its conversation.

    ancestors are what it replies to, the oldest first; replies what replies to it, every reply
    before the replies to it.
    """

    ancestors: list[Post]
    post: Post
    replies: list[Post]


@record
class Hashtag:
    """A hashtag, without its #, and how many posts have it."""

    tag: str
    posts_count: int


@record
class Trend:
    """A hashtag used more than usual: in how many posts, by how many accounts, within 24 hours."""

    tag: str
    posts_count: int
    accounts_count: int
    score: float


@record
class PostExcerpt:
    """As much of a post as shows which one it is."""

    id: int
    author: UserRef
    content: str
    image: str | None
    sensitive: bool


@record
class MessageExcerpt:
    """As much of a message as shows which one it is: its first words, and its first picture."""

    id: int
    sender: UserRef
    content: str
    image: str | None
    deleted: bool


@record
class Notification:
    """What somebody did that concerns the user, or a post of the user's.

    Of a poll that has ended, which the user asked or voted in, the actor is who asked. post: what
    post_id is of, as it is now; None where its author is suspended. message: what names
    the user in a group, for message_mention; None where the user has left that.
    """

    id: int
    kind: Literal[
        "like", "follow", "retweet", "reply", "mention", "message_mention", "quote", "poll"
    ]
    actor: UserRef
    post_id: int | None
    read: bool
    created_at: datetime
    post: PostExcerpt | None
    message_id: int | None
    conversation_id: int | None
    message: MessageExcerpt | None


@record
class Reaction:
    """How many have reacted to a message with an emoji; mine: whether I have, None in live events.

    To the sockets of who reacts, live events say it, too.
    """

    emoji: str
    count: int
    mine: bool | None


@record
class Reactor:
    """Who has reacted to a message, and with which emoji; id is the reaction's own."""

    id: int
    emoji: str
    user: UserRef
    created_at: datetime


@record
class Message:
    """A deleted message keeps its place, without its content.

    image is the address of the first of media. reply_to: what it answers, as that is now; None also
    for who may not see that: it is by somebody whom they block, or from before they came.
    """

    id: int
    conversation_id: int
    sender: UserRef
    content: str
    image: str | None
    media: list[Media]
    client_id: str | None
    created_at: datetime
    edited_at: datetime | None
    deleted: bool
    reply_to: MessageExcerpt | None
    reactions: list[Reaction]


@record
class Pin:
    """A pinned message, who has pinned it and when; id is the pin's own.

    user is None where that account is gone.
    """

    id: int
    message: Message
    user: UserRef | None
    created_at: datetime


@record
class ReadMark:
    """Up to which message a participant has read."""

    user_id: int
    up_to: int


@record
class ParticipantRole:
    """Who owns a group or is an admin of it."""

    user_id: int
    role: Literal["owner", "admin"]


@record
class Conversation:
    """A conversation as one participant sees it: unread_count is theirs.

    read_up_to: how far each participant has read; who has read nothing is not in it. roles: of a
    group, its owner first; who is not in it is a member. is_request: it waits among the requests
    of the one who sees it. pinned_count: how many pinned messages they see.
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
    roles: list[ParticipantRole]
    who_may_add: Literal["members", "admins"]
    who_may_rename: Literal["members", "admins"]
    is_request: bool
    who_may_pin: Literal["members", "admins"]
    pinned_count: int


@record
class Invitation:
    """That somebody is asked into a group, to be in it only if they accept; id is its own."""

    id: int
    conversation_id: int
    title: str | None
    participants_count: int
    user: UserRef
    inviter: UserRef
    created_at: datetime


@record
class JoinRequest:
    """That somebody asks to join a group, by a link whose name this is; None: it is revoked."""

    id: int
    conversation_id: int
    user: UserRef
    link: str | None
    created_at: datetime


@record
class GroupLink:
    """A link that lets whoever has its token into a group, or ask to join it.

    uses: how many have joined by it.
    """

    id: int
    conversation_id: int
    token: str
    name: str
    creator: UserRef
    needs_approval: bool
    max_uses: int | None
    uses: int
    expires_at: datetime | None
    created_at: datetime


@record
class GroupPreview:
    """What is told of a group to who has a link to it; joined: whether one is in it already."""

    title: str | None
    participants_count: int
    needs_approval: bool
    joined: bool


@record
class Joining:
    """What came of a link: conversation is None while an admin is asked."""

    status: Literal["joined", "requested"]
    conversation: Conversation | None


@record
class Page(Generic[T]):
    """A page of a list; cursor is what asks for the next one, None at the end."""

    results: list[T]
    cursor: str | None
