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
    roles: list[ParticipantRole]
    who_may_add: Literal["members", "admins"]
    who_may_rename: Literal["members", "admins"]
    is_request: bool
    who_may_pin: Literal["members", "admins"]
    pinned_count: int


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
    """How often a post was liked, retweeted, replied to and quoted, and how its poll stands."""

    post_id: int
    likes_count: int
    retweets_count: int
    replies_count: int
    quotes_count: int
    poll: Poll | None


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
    votes: list[ExportedVote]
    following: list[ExportedRelationship]
    followers: list[ExportedRelationship]
    blocks: list[ExportedRelationship]
    mutes: list[ExportedRelationship]
    muted_words: list[MutedWord]
    notifications: list[Notification]
    sessions: list[ExportedSession]
    personal_tokens: list[ExportedToken]
    bots: list[ExportedBot]
    reports: list[ExportedReport]
    messages_in_groups_left: list[Message]
    message_reactions: list[ExportedMessageReaction]
    waiting_media: list[Media]
    group_invitations: list[ExportedInvitation]
    group_links: list[ExportedGroupLink]
    webhooks: list[Webhook]
    incoming_webhooks: list[IncomingWebhook]
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
    is_bot: bool
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
    email_verified_at: str | None
    last_seen_at: str | None
    former_usernames: list[FormerUsername]


class ExportedBot(TypedDict):
    """A bot of the user's."""

    user: UserRef
    created_at: str


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
    roles: list[ParticipantRole]
    who_may_add: Literal["members", "admins"]
    who_may_rename: Literal["members", "admins"]
    is_request: bool
    who_may_pin: Literal["members", "admins"]
    pinned_count: int
    messages: list[Message]


class ExportedGroupLink(TypedDict):
    """A link into a group, by the user, without the token that lets people in."""

    id: int
    conversation_id: int
    name: str
    needs_approval: bool
    max_uses: int | None
    uses: int
    expires_at: str | None
    created_at: str


class ExportedInvitation(TypedDict):
    """A group that somebody wants the user back in; inviter null: that the user asks to join."""

    conversation_id: int
    inviter: UserRef | None
    created_at: str


class ExportedMessageReaction(TypedDict):
    """A message that the user reacted to, how, and when."""

    message_id: int
    emoji: str
    created_at: str


class ExportedPostVersion(TypedDict):
    """What a post said before it was edited, and since when."""

    post_id: int
    content: str
    media: list[Media]
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


class ExportedToken(TypedDict):
    """A personal access token, without what it is; last_used_at is up to an hour behind."""

    id: int
    name: str
    scopes: list[str]
    created_at: str
    expires_at: str | None
    last_used_at: str | None
    ended_at: str | None


class ExportedVote(TypedDict):
    """What the user chose in the poll of a post, by places from 0 on, and when."""

    post_id: int
    choices: list[int]
    created_at: str


class Feed(TypedDict):
    """Posts newer than feed_since, oldest first; more: there are further ones over REST."""

    posts: list[Post]
    more: bool
    cursor: str


class FormerUsername(TypedDict):
    """What the account was called before, in lower case; for 30 days it leads to the account."""

    username: str
    given_up_at: str


class GroupLink(TypedDict):
    """A link that lets whoever has its token into a group, or ask to join it."""

    id: int
    conversation_id: int
    token: str
    name: str
    creator: UserRef
    needs_approval: bool
    max_uses: int | None
    uses: int
    expires_at: str | None
    created_at: str


class GroupPreview(TypedDict):
    """What is told of a group to who has a link to it; joined: whether one is in it already."""

    title: str | None
    participants_count: int
    needs_approval: bool
    joined: bool


class Hashtag(TypedDict):
    """A hashtag, without its #, and how many posts have it."""

    tag: str
    posts_count: int


class IncomingWebhook(TypedDict):
    """A URL that posts as its account, or writes into a conversation; its token is not kept."""

    id: int
    name: str
    conversation_id: int | None
    last_used_at: str | None
    created_at: str


class Invitation(TypedDict):
    """That somebody is asked into a group, to be in it only if they accept; id is its own."""

    id: int
    conversation_id: int
    title: str | None
    participants_count: int
    user: UserRef
    inviter: UserRef
    created_at: str


class InvitationCreated(TypedDict):
    """I am invited to a group."""

    invitation: Invitation


class InvitationEnded(TypedDict):
    """An invitation of mine was answered, by one of my sockets or calls, or withdrawn."""

    conversation_id: int
    outcome: Literal["accepted", "declined", "withdrawn"]


class JoinRequest(TypedDict):
    """That somebody asks to join a group, by a link whose name this is; null: it is revoked."""

    id: int
    conversation_id: int
    user: UserRef
    link: str | None
    created_at: str


class JoinRequestCreated(TypedDict):
    """Somebody asks to join a group by a link: to its owner and its admins."""

    request: JoinRequest


class JoinRequestEnded(TypedDict):
    """A request to join a group waits no longer: to its owner and its admins."""

    conversation_id: int
    user_id: int
    outcome: Literal["approved", "refused", "withdrawn"]


class Joining(TypedDict):
    """What came of a link: conversation is null while an admin is asked."""

    status: Literal["joined", "requested"]
    conversation: Conversation | None


class MailSettings(TypedDict):
    """Which mails a user gets."""

    digest_mails: bool


class Me(TypedDict):
    """A user as that user sees it; email is empty for a bot."""

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
    is_bot: bool
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


class Media(TypedDict):
    """A picture of a post or message, or one that waits for either."""

    id: int
    type: Literal["image"]
    url: str
    preview_url: str
    alt: str
    width: int
    height: int
    thumbhash: str | None
    animated: bool


class MemberChanged(TypedDict):
    """In a group somebody has another role, or was removed or banned: to those in it, and to them."""

    conversation_id: int
    user_id: int
    by: int
    change: Literal["owner", "admin", "member", "removed", "banned", "unbanned"]


class Message(TypedDict):
    """A deleted message keeps its place, without its content."""

    id: int
    conversation_id: int
    sender: UserRef
    content: str
    image: str | None
    media: list[Media]
    client_id: str | None
    created_at: str
    edited_at: str | None
    deleted: bool
    reply_to: MessageExcerpt | None
    reactions: list[Reaction]


class MessageCreated(TypedDict):
    """To all participants, the sender's own sockets included."""

    message: Message


class MessageDeleted(TypedDict):
    """The sender has taken the message back."""

    conversation_id: int
    message_id: int


class MessageExcerpt(TypedDict):
    """As much of a message as shows which one it is: its first words, and its first picture."""

    id: int
    sender: UserRef
    content: str
    image: str | None
    deleted: bool


class MessagePinned(TypedDict):
    """A message is pinned: to all who see it."""

    conversation_id: int
    message_id: int


class MessageReactions(TypedDict):
    """The reactions to a message have changed; what changes within a moment comes as one."""

    conversation_id: int
    message_id: int
    reactions: list[Reaction]


class MessageRequestEnded(TypedDict):
    """I have accepted a message request, and conversation.created follows, or declined it."""

    conversation_id: int
    outcome: Literal["accepted", "declined"]


class MessageRequestReceived(TypedDict):
    """In place of message.created, as long as the conversation waits among my requests."""

    message: Message


class MessageUnpinned(TypedDict):
    """A message is pinned no longer, though it is there still: to all who see it."""

    conversation_id: int
    message_id: int


class MessageUpdated(TypedDict):
    """The sender has changed the content."""

    message: Message


class MutedWord(TypedDict):
    """A word, phrase or hashtag that the user wants to see nothing of, or only when asking for it."""

    id: int
    text: str
    tag: str | None
    contexts: list[Literal["feed", "notifications", "threads", "public"]]
    action: Literal["warn", "hide"]
    expires_at: str | None
    created_at: str


class MutedWordChanged(TypedDict):
    """I have muted a word, or changed that, to my own sockets; word is null where it is over."""

    id: int
    word: MutedWord | None


class MutedWords(TypedDict):
    """All words that I have muted, in the order in which I have."""

    results: list[MutedWord]


class NewIncomingWebhook(TypedDict):
    """An incoming webhook, and the URL that it is: it is not shown again."""

    id: int
    name: str
    conversation_id: int | None
    last_used_at: str | None
    created_at: str
    url: str


class NewPersonalToken(TypedDict):
    """A token that was just made: token is shown this once."""

    id: int
    user: UserRef
    name: str
    scopes: list[str]
    hint: str
    created_at: str
    expires_at: str | None
    last_used_at: str | None
    token: str


class NewWebhook(TypedDict):
    """A webhook, and the secret that its deliveries are signed with: it is not shown again."""

    id: int
    name: str
    url: str
    events: list[str]
    enabled: bool
    disabled_because: str | None
    disabled_at: str | None
    failing_since: str | None
    last_success_at: str | None
    previous_secret_until: str | None
    created_at: str
    secret: str


class Notification(TypedDict):
    """What somebody did that concerns the user, or a post of the user's."""

    id: int
    kind: Literal["like", "follow", "retweet", "reply", "mention", "message_mention", "quote", "poll"]
    actor: UserRef
    post_id: int | None
    read: bool
    created_at: str
    post: PostExcerpt | None
    message_id: int | None
    conversation_id: int | None
    message: MessageExcerpt | None


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


class ParticipantRole(TypedDict):
    """Who owns a group or is an admin of it."""

    user_id: int
    role: Literal["owner", "admin"]


class PersonalToken(TypedDict):
    """A token as its owner sees it: hint is what it ends in; last_used_at is up to an hour behind."""

    id: int
    user: UserRef
    name: str
    scopes: list[str]
    hint: str
    created_at: str
    expires_at: str | None
    last_used_at: str | None


class Pin(TypedDict):
    """A pinned message, who has pinned it and when; id is the pin's own."""

    id: int
    message: Message
    user: UserRef | None
    created_at: str


class Poll(TypedDict):
    """A question with answers to choose from, until ends_at."""

    options: list[PollOption]
    multiple: bool
    hide_totals: bool
    votes_count: int
    voters_count: int
    ends_at: str
    ended: bool
    voted: bool | None
    own_votes: list[int] | None


class PollOption(TypedDict):
    """What one can choose, and how many have; null while the poll hides it."""

    title: str
    votes_count: int | None


class PollUpdated(TypedDict):
    """To who watches its post, as it is voted in and ends; votes within half a second come as one."""

    post_id: int
    poll: Poll


class Post(TypedDict):
    """A post as one viewer sees it; liked, retweeted and bookmarked are null in live events."""

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
    created_at: str
    edited_at: str | None
    retweeted_by: UserRef | None
    quoted: Quoted | None
    quotes_count: int
    quotable: bool | None


class PostCounts(TypedDict):
    """To who watches the post; changes within half a second come as one."""

    post_id: int
    likes_count: int
    retweets_count: int
    replies_count: int
    quotes_count: int


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
    sensitive: bool


class PostUpdated(TypedDict):
    """The author has changed the content."""

    post: Post


class PostVersion(TypedDict):
    """A former content of a post; created_at is when it was written."""

    id: int
    content: str
    media: list[Media]
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
    code: Literal["malformed", "body_timeout", "payload_too_large", "unsupported_media_type", "unsupported_image", "token_missing", "token_invalid", "token_expired", "session_ended", "wrong_credentials", "second_factor_required", "account_suspended", "admin_required", "insufficient_scope", "cross_origin", "blocked", "not_author", "role_required", "banned", "not_accepted", "not_quotable", "not_a_group", "token_mismatch", "not_found", "unknown_route", "unknown_command", "method_not_allowed", "upgrade_required", "username_taken", "email_taken", "conversation_full", "link_limit", "pin_limit", "reaction_limit", "second_factor_enabled", "request_limit", "media_limit", "muted_word_limit", "poll_ended", "already_voted", "bot_limit", "token_limit", "webhook_limit", "webhook_disabled", "report_closed", "invalid", "invalid_cursor", "invalid_resume", "invalid_image", "contradiction", "key_reused", "self_target", "stream_limit", "watch_limit", "wrong_password", "wrong_code", "link_invalid", "rate_limited", "too_many_attempts", "too_many_connections", "busy", "internal", "unavailable", "draining"]
    detail: str
    errors: NotRequired[dict[str, list[str]]]
    scope: NotRequired[str]
    request_id: NotRequired[str]
    retry_after: NotRequired[int]


class Profile(TypedDict):
    """The public face of an account, which has exactly one; id is the user's."""

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
    created_at: str
    pinned_post_id: int | None


class PushStatus(TypedDict):
    """Whether this session receives Web Push, and the key to subscribe its browser with."""

    public_key: str
    subscribed: bool


class Quoted(TypedDict):
    """What a post quotes, as the viewer may see it: post is null in any state but accepted."""

    state: Literal["accepted", "revoked", "deleted", "unauthorized", "blocked_account", "muted_account"]
    post_id: int | None
    post: QuotedPost | None


class QuotedPost(TypedDict):
    """A post as one that quotes it shows it; what this one quotes itself is not in it."""

    id: int
    author: UserRef
    content: str
    image: str | None
    media: list[Media]
    sensitive: bool
    has_poll: bool
    created_at: str
    edited_at: str | None


class Reaction(TypedDict):
    """How many have reacted to a message with an emoji; mine: whether I have, null in live events."""

    emoji: str
    count: int
    mine: bool | None


class Reactor(TypedDict):
    """Who has reacted to a message, and with which emoji; id is the reaction's own."""

    id: int
    emoji: str
    user: UserRef
    created_at: str


class ReadMark(TypedDict):
    """Up to which message a participant has read."""

    user_id: int
    up_to: int


class RecoveryCodes(TypedDict):
    """Codes that are each good once in place of one of the program's; they are not shown again."""

    codes: list[str]


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
    media: list[Media]
    conversation_id: int | None


class Resume(TypedDict):
    """fresh: no `since` given; resumed: the missed events follow; reset: refetch over REST."""

    status: Literal["fresh", "resumed", "reset"]
    missed: int


class SecondFactorSecret(TypedDict):
    """What a program makes codes of: to type, as a link, and that as a QR code, an SVG image."""

    secret: str
    uri: str
    qr_code: str


class SecondFactorStatus(TypedDict):
    """Whether logins take a code, too, and how many recovery codes are still good."""

    enabled: bool
    recovery_codes_left: int


class SessionClosing(TypedDict):
    """The last event of a socket that the server closes; reconnect_in_ms is null for "do not"."""

    code: Literal["token_expired", "session_ended", "unavailable", "draining"]
    reason: str
    reconnect_in_ms: int | None


class SessionExpiring(TypedDict):
    """The token of this socket ends in so many seconds: session.refresh brings a new one."""

    in_s: int


class SessionReady(TypedDict):
    """The first event of every socket. expires_at is when its token does, null where never."""

    user: Me
    session_id: int
    seq: int
    epoch: str
    expires_at: str | None
    resume: Resume
    feed: Feed


class StreamPost(TypedDict):
    """A new post in a stream that this socket listens to."""

    post: Post
    stream: str
    cursor: str


class StreamSubscribed(TypedDict):
    """What a client listens to from now on."""

    stream: str
    status: Literal["fresh", "resumed", "reset"]
    missed: int
    more: bool
    cursor: str


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
    is_bot: bool


class UserRef(TypedDict):
    """A user as others refer to it."""

    id: int
    username: str
    display_name: str
    avatar: str | None


class Webhook(TypedDict):
    """Where an account has events of its own sent."""

    id: int
    name: str
    url: str
    events: list[str]
    enabled: bool
    disabled_because: str | None
    disabled_at: str | None
    failing_since: str | None
    last_success_at: str | None
    previous_secret_until: str | None
    created_at: str


class WebhookDelivery(TypedDict):
    """What became of one event for one webhook."""

    id: int
    message_id: str
    event: str
    seq: int | None
    at: str
    status: Literal["waiting", "delivered", "failed", "withdrawn"]
    attempts: int
    attempted_at: str | None
    response_status: int | None
    error: str | None
    duration_ms: int | None
    next_attempt_at: str | None
