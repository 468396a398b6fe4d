"""How each operation is called, and a method for each.

Made from the server's two API documents by `make clients`: not to be edited.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict, Unpack, cast

from mini_twitter_client import shapes

VERSION = "0.1.0"

Call = Callable[[str, dict[str, Any], float | None], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Operation:
    """A way to call an operation; method is None for what only a socket has."""

    method: str | None = None
    path: str = ""
    command: bool = False
    open: bool = False
    query: bool = False
    files: tuple[str, ...] = ()
    client_id: bool = False
    returns: str | None = None


OPERATIONS = {
    "admin.audit.list": Operation(
        method="GET", path="/api/admin/audit_log/", query=True, returns="AuditEntry"
    ),
    "admin.report.close": Operation(
        method="POST", path="/api/admin/reports/{id}/close/", returns="AdminReport"
    ),
    "admin.report.list": Operation(
        method="GET", path="/api/admin/reports/", query=True, returns="AdminReport"
    ),
    "admin.user.list": Operation(
        method="GET", path="/api/admin/users/", query=True, returns="Account"
    ),
    "admin.user.make_admin": Operation(
        method="POST", path="/api/admin/users/{id}/make_admin/", returns="Account"
    ),
    "admin.user.restore": Operation(
        method="POST", path="/api/admin/users/{id}/restore/", returns="Account"
    ),
    "admin.user.revoke_admin": Operation(
        method="POST", path="/api/admin/users/{id}/revoke_admin/", returns="Account"
    ),
    "admin.user.suspend": Operation(
        method="POST", path="/api/admin/users/{id}/suspend/", returns="Account"
    ),
    "block.list": Operation(method="GET", path="/api/users/me/blocks/", query=True, returns="User"),
    "bookmark.list": Operation(
        method="GET", path="/api/posts/bookmarks/", query=True, returns="Post"
    ),
    "conversation.create": Operation(
        method="POST", path="/api/messages/", command=True, returns="Conversation"
    ),
    "conversation.get": Operation(
        method="GET", path="/api/messages/{conversation_id}/", query=True, returns="Conversation"
    ),
    "conversation.list": Operation(
        method="GET", path="/api/messages/", command=True, query=True, returns="Conversation"
    ),
    "conversation.read": Operation(
        method="POST",
        path="/api/messages/{conversation_id}/read/",
        command=True,
        returns="UnreadCount",
    ),
    "conversation.update": Operation(
        method="PATCH", path="/api/messages/{conversation_id}/", returns="Conversation"
    ),
    "email.unsubscribe": Operation(
        method="POST", path="/api/users/unsubscribe/", open=True, query=True, returns="MailSettings"
    ),
    "email.verify": Operation(method="POST", path="/api/users/email/verify/", open=True),
    "email.verify_again": Operation(
        method="POST", path="/api/users/email/verify/resend/", query=True
    ),
    "feed.list": Operation(
        method="GET", path="/api/posts/feed/", command=True, query=True, returns="Post"
    ),
    "hashtag.trending": Operation(
        method="GET", path="/api/posts/trending_hashtags/", query=True, returns="Trends"
    ),
    "message.delete": Operation(
        method="DELETE",
        path="/api/messages/{conversation_id}/messages/{id}/",
        command=True,
        query=True,
    ),
    "message.list": Operation(
        method="GET",
        path="/api/messages/{conversation_id}/messages/",
        command=True,
        query=True,
        returns="Message",
    ),
    "message.send": Operation(
        method="POST",
        path="/api/messages/{conversation_id}/send_message/",
        command=True,
        client_id=True,
        returns="Message",
    ),
    "message.unread_count": Operation(
        method="GET", path="/api/messages/unread_count/", query=True, returns="UnreadCount"
    ),
    "message.update": Operation(
        method="PATCH",
        path="/api/messages/{conversation_id}/messages/{id}/",
        command=True,
        returns="Message",
    ),
    "mute.list": Operation(method="GET", path="/api/users/me/mutes/", query=True, returns="User"),
    "notification.list": Operation(
        method="GET", path="/api/notifications/", command=True, query=True, returns="Notification"
    ),
    "notification.read": Operation(
        method="POST",
        path="/api/notifications/mark_all_as_read/",
        command=True,
        returns="UnreadCount",
    ),
    "notification.read_one": Operation(
        method="POST",
        path="/api/notifications/{id}/mark_as_read/",
        query=True,
        returns="Notification",
    ),
    "notification.unread_count": Operation(
        method="GET", path="/api/notifications/unread_count/", query=True, returns="UnreadCount"
    ),
    "password.ask_for_reset": Operation(
        method="POST", path="/api/users/password/reset/", open=True
    ),
    "password.change": Operation(method="POST", path="/api/users/password/"),
    "password.reset": Operation(
        method="POST", path="/api/users/password/reset/confirm/", open=True
    ),
    "post.bookmark": Operation(
        method="POST", path="/api/posts/{id}/bookmark/", command=True, query=True, returns="Post"
    ),
    "post.create": Operation(
        method="POST",
        path="/api/posts/",
        command=True,
        files=("image",),
        client_id=True,
        returns="Post",
    ),
    "post.delete": Operation(method="DELETE", path="/api/posts/{id}/", command=True, query=True),
    "post.get": Operation(
        method="GET", path="/api/posts/{id}/", command=True, query=True, returns="Post"
    ),
    "post.history": Operation(
        method="GET", path="/api/posts/{id}/history/", query=True, returns="PostVersion"
    ),
    "post.like": Operation(
        method="POST", path="/api/posts/{id}/like/", command=True, query=True, returns="Post"
    ),
    "post.likes": Operation(
        method="GET", path="/api/posts/{id}/likes/", query=True, returns="User"
    ),
    "post.list": Operation(method="GET", path="/api/posts/", query=True, returns="Post"),
    "post.replies": Operation(
        method="GET", path="/api/posts/{id}/replies/", query=True, returns="Post"
    ),
    "post.retweet": Operation(
        method="POST", path="/api/posts/{id}/retweet/", command=True, query=True, returns="Post"
    ),
    "post.retweets": Operation(
        method="GET", path="/api/posts/{id}/retweets/", query=True, returns="User"
    ),
    "post.thread": Operation(
        method="GET", path="/api/posts/{id}/thread/", query=True, returns="Thread"
    ),
    "post.unbookmark": Operation(
        method="POST", path="/api/posts/{id}/unbookmark/", command=True, query=True, returns="Post"
    ),
    "post.unlike": Operation(
        method="POST", path="/api/posts/{id}/unlike/", command=True, query=True, returns="Post"
    ),
    "post.unretweet": Operation(
        method="POST", path="/api/posts/{id}/unretweet/", command=True, query=True, returns="Post"
    ),
    "post.unwatch": Operation(command=True),
    "post.update": Operation(method="PATCH", path="/api/posts/{id}/", command=True, returns="Post"),
    "post.watch": Operation(command=True, returns="Counts"),
    "presence.watch": Operation(command=True, returns="PresenceChanged"),
    "profile.get": Operation(
        method="GET", path="/api/users/profiles/{id}/", query=True, returns="Profile"
    ),
    "profile.list": Operation(
        method="GET", path="/api/users/profiles/", query=True, returns="Profile"
    ),
    "profile.mine": Operation(
        method="GET", path="/api/users/profiles/my_profile/", query=True, returns="Profile"
    ),
    "profile.update": Operation(
        method="PATCH",
        path="/api/users/profiles/update_my_profile/",
        files=("avatar",),
        returns="Profile",
    ),
    "report.create": Operation(method="POST", path="/api/reports/", returns="Report"),
    "search": Operation(method="GET", path="/api/search/", query=True),
    "session.end": Operation(method="DELETE", path="/api/users/sessions/{id}/", query=True),
    "session.list": Operation(
        method="GET", path="/api/users/sessions/", query=True, returns="OwnSession"
    ),
    "session.open": Operation(
        method="POST", path="/api/users/token/", open=True, returns="TokenPair"
    ),
    "session.refresh": Operation(command=True, returns="ExpiresAt"),
    "session.revoke": Operation(method="POST", path="/api/users/token/revoke/"),
    "session.rotate": Operation(
        method="POST", path="/api/users/token/refresh/", open=True, returns="TokenPair"
    ),
    "typing": Operation(command=True),
    "user.block": Operation(
        method="POST", path="/api/users/{id}/block/", command=True, query=True, returns="User"
    ),
    "user.configure": Operation(method="PATCH", path="/api/users/me/", returns="Me"),
    "user.delete": Operation(method="DELETE", path="/api/users/me/"),
    "user.export": Operation(
        method="GET", path="/api/users/me/export/", query=True, returns="Export"
    ),
    "user.follow": Operation(
        method="POST", path="/api/users/{id}/follow/", command=True, query=True, returns="User"
    ),
    "user.followers": Operation(
        method="GET", path="/api/users/{id}/followers/", query=True, returns="User"
    ),
    "user.following": Operation(
        method="GET", path="/api/users/{id}/following/", query=True, returns="User"
    ),
    "user.get": Operation(method="GET", path="/api/users/{id}/", query=True, returns="User"),
    "user.me": Operation(method="GET", path="/api/users/me/", query=True, returns="Me"),
    "user.mute": Operation(
        method="POST", path="/api/users/{id}/mute/", command=True, query=True, returns="User"
    ),
    "user.posts": Operation(
        method="GET", path="/api/users/{id}/posts/", query=True, returns="Post"
    ),
    "user.register": Operation(method="POST", path="/api/users/", open=True, returns="Me"),
    "user.unblock": Operation(
        method="POST", path="/api/users/{id}/unblock/", command=True, query=True, returns="User"
    ),
    "user.unfollow": Operation(
        method="POST", path="/api/users/{id}/unfollow/", command=True, query=True, returns="User"
    ),
    "user.unmute": Operation(
        method="POST", path="/api/users/{id}/unmute/", command=True, query=True, returns="User"
    ),
}


class AdminAuditListInput(TypedDict):
    """Input of `admin.audit.list`."""

    limit: NotRequired[int]
    cursor: NotRequired[str]


class AdminReportCloseInput(TypedDict):
    """Input of `admin.report.close`."""

    id: int
    status: Literal["resolved", "dismissed"]


class AdminReportListInput(TypedDict):
    """Input of `admin.report.list`."""

    limit: NotRequired[int]
    cursor: NotRequired[str]
    status: NotRequired[Literal["open", "resolved", "dismissed", None]]


class AdminUserListInput(TypedDict):
    """Input of `admin.user.list`."""

    limit: NotRequired[int]
    cursor: NotRequired[str]
    search: NotRequired[str]
    suspended: NotRequired[bool]


class AdminUserMakeAdminInput(TypedDict):
    """Input of `admin.user.make_admin`."""

    id: int
    reason: NotRequired[str | None]


class AdminUserRestoreInput(TypedDict):
    """Input of `admin.user.restore`."""

    id: int
    reason: NotRequired[str | None]


class AdminUserRevokeAdminInput(TypedDict):
    """Input of `admin.user.revoke_admin`."""

    id: int
    reason: NotRequired[str | None]


class AdminUserSuspendInput(TypedDict):
    """Input of `admin.user.suspend`."""

    id: int
    reason: NotRequired[str | None]


class BlockListInput(TypedDict):
    """Input of `block.list`."""

    limit: NotRequired[int]
    cursor: NotRequired[str]


class BookmarkListInput(TypedDict):
    """Input of `bookmark.list`."""

    limit: NotRequired[int]
    cursor: NotRequired[str]


class ConversationCreateInput(TypedDict):
    """Input of `conversation.create`."""

    participants: list[int]
    title: NotRequired[str | None]


class ConversationGetInput(TypedDict):
    """Input of `conversation.get`."""

    conversation_id: int


class ConversationListInput(TypedDict):
    """Input of `conversation.list`."""

    limit: NotRequired[int]
    cursor: NotRequired[str]


class ConversationReadInput(TypedDict):
    """Input of `conversation.read`."""

    conversation_id: int
    up_to: int


class ConversationUpdateInput(TypedDict):
    """Input of `conversation.update`."""

    conversation_id: int
    title: NotRequired[str]
    add: NotRequired[list[int]]
    leave: NotRequired[bool]


class EmailUnsubscribeInput(TypedDict):
    """Input of `email.unsubscribe`."""

    token: str


class EmailVerifyInput(TypedDict):
    """Input of `email.verify`."""

    token: str


class FeedListInput(TypedDict):
    """Input of `feed.list`."""

    limit: NotRequired[int]
    cursor: NotRequired[str]
    since_id: NotRequired[int]


class HashtagTrendingInput(TypedDict):
    """Input of `hashtag.trending`."""

    limit: NotRequired[int]


class MessageDeleteInput(TypedDict):
    """Input of `message.delete`."""

    conversation_id: int
    id: int


class MessageListInput(TypedDict):
    """Input of `message.list`."""

    conversation_id: int
    limit: NotRequired[int]
    cursor: NotRequired[str]


class MessageSendInput(TypedDict):
    """Input of `message.send`."""

    conversation_id: int
    content: str
    client_id: NotRequired[str | None]


class MessageUpdateInput(TypedDict):
    """Input of `message.update`."""

    conversation_id: int
    id: int
    content: str


class MuteListInput(TypedDict):
    """Input of `mute.list`."""

    limit: NotRequired[int]
    cursor: NotRequired[str]


class NotificationListInput(TypedDict):
    """Input of `notification.list`."""

    limit: NotRequired[int]
    cursor: NotRequired[str]
    unread: NotRequired[bool]


class NotificationReadInput(TypedDict):
    """Input of `notification.read`."""

    ids: NotRequired[list[int] | None]


class NotificationReadOneInput(TypedDict):
    """Input of `notification.read_one`."""

    id: int


class PasswordAskForResetInput(TypedDict):
    """Input of `password.ask_for_reset`."""

    email: str


class PasswordChangeInput(TypedDict):
    """Input of `password.change`."""

    current_password: str
    new_password: str


class PasswordResetInput(TypedDict):
    """Input of `password.reset`."""

    token: str
    password: str


class PostBookmarkInput(TypedDict):
    """Input of `post.bookmark`."""

    id: int


class PostCreateInput(TypedDict):
    """Input of `post.create`."""

    content: str
    reply_to: NotRequired[int | None]
    client_id: NotRequired[str | None]
    image: NotRequired[Path | bytes]


class PostDeleteInput(TypedDict):
    """Input of `post.delete`."""

    id: int


class PostGetInput(TypedDict):
    """Input of `post.get`."""

    id: int


class PostHistoryInput(TypedDict):
    """Input of `post.history`."""

    id: int
    limit: NotRequired[int]
    cursor: NotRequired[str]


class PostLikeInput(TypedDict):
    """Input of `post.like`."""

    id: int


class PostLikesInput(TypedDict):
    """Input of `post.likes`."""

    id: int
    limit: NotRequired[int]
    cursor: NotRequired[str]


class PostListInput(TypedDict):
    """Input of `post.list`."""

    limit: NotRequired[int]
    cursor: NotRequired[str]
    search: NotRequired[str]
    hashtag: NotRequired[str]
    author: NotRequired[str]


class PostRepliesInput(TypedDict):
    """Input of `post.replies`."""

    id: int
    limit: NotRequired[int]
    cursor: NotRequired[str]


class PostRetweetInput(TypedDict):
    """Input of `post.retweet`."""

    id: int


class PostRetweetsInput(TypedDict):
    """Input of `post.retweets`."""

    id: int
    limit: NotRequired[int]
    cursor: NotRequired[str]


class PostThreadInput(TypedDict):
    """Input of `post.thread`."""

    id: int


class PostUnbookmarkInput(TypedDict):
    """Input of `post.unbookmark`."""

    id: int


class PostUnlikeInput(TypedDict):
    """Input of `post.unlike`."""

    id: int


class PostUnretweetInput(TypedDict):
    """Input of `post.unretweet`."""

    id: int


class PostUnwatchInput(TypedDict):
    """Input of `post.unwatch`."""

    ids: list[int]


class PostUpdateInput(TypedDict):
    """Input of `post.update`."""

    id: int
    content: str


class PostWatchInput(TypedDict):
    """Input of `post.watch`."""

    ids: list[int]


class PresenceWatchInput(TypedDict):
    """Input of `presence.watch`."""

    user_ids: list[int]


class ProfileGetInput(TypedDict):
    """Input of `profile.get`."""

    id: int


class ProfileListInput(TypedDict):
    """Input of `profile.list`."""

    limit: NotRequired[int]
    cursor: NotRequired[str]
    search: NotRequired[str]


class ProfileUpdateInput(TypedDict):
    """Input of `profile.update`."""

    display_name: NotRequired[str]
    bio: NotRequired[str]
    location: NotRequired[str]
    website: NotRequired[str]
    avatar: NotRequired[Path | bytes]


class ReportCreateInput(TypedDict):
    """Input of `report.create`."""

    reason: str
    user_id: NotRequired[int]
    post_id: NotRequired[int]
    message_id: NotRequired[int]


class SearchInput(TypedDict):
    """Input of `search`."""

    q: str
    limit: NotRequired[int]
    cursor: NotRequired[str]
    type: NotRequired[Literal["posts", "users", "hashtags"]]


class SessionEndInput(TypedDict):
    """Input of `session.end`."""

    id: int


class SessionListInput(TypedDict):
    """Input of `session.list`."""

    limit: NotRequired[int]
    cursor: NotRequired[str]


class SessionOpenInput(TypedDict):
    """Input of `session.open`."""

    username: str
    password: str
    cookie: NotRequired[bool]


class SessionRefreshInput(TypedDict):
    """Input of `session.refresh`."""

    token: str


class SessionRevokeInput(TypedDict):
    """Input of `session.revoke`."""

    refresh: NotRequired[str | None]


class SessionRotateInput(TypedDict):
    """Input of `session.rotate`."""

    refresh: NotRequired[str | None]
    cookie: NotRequired[bool]


class TypingInput(TypedDict):
    """Input of `typing`."""

    conversation_id: int
    active: bool


class UserBlockInput(TypedDict):
    """Input of `user.block`."""

    id: int


class UserConfigureInput(TypedDict):
    """Input of `user.configure`."""

    digest_mails: NotRequired[bool | None]


class UserDeleteInput(TypedDict):
    """Input of `user.delete`."""

    password: str


class UserFollowInput(TypedDict):
    """Input of `user.follow`."""

    id: int


class UserFollowersInput(TypedDict):
    """Input of `user.followers`."""

    id: int
    limit: NotRequired[int]
    cursor: NotRequired[str]


class UserFollowingInput(TypedDict):
    """Input of `user.following`."""

    id: int
    limit: NotRequired[int]
    cursor: NotRequired[str]


class UserGetInput(TypedDict):
    """Input of `user.get`."""

    id: int


class UserMuteInput(TypedDict):
    """Input of `user.mute`."""

    id: int


class UserPostsInput(TypedDict):
    """Input of `user.posts`."""

    id: int
    limit: NotRequired[int]
    cursor: NotRequired[str]


class UserRegisterInput(TypedDict):
    """Input of `user.register`."""

    username: str
    email: str
    password: str
    display_name: NotRequired[str]


class UserUnblockInput(TypedDict):
    """Input of `user.unblock`."""

    id: int


class UserUnfollowInput(TypedDict):
    """Input of `user.unfollow`."""

    id: int


class UserUnmuteInput(TypedDict):
    """Input of `user.unmute`."""

    id: int


class AdminAuditCalls:
    """Operations `admin.audit....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def list(
        self, *, timeout: float | None = None, **fields: Unpack[AdminAuditListInput]
    ) -> shapes.Page[shapes.AuditEntry]:
        """List what admins did, the newest first."""
        return cast(
            shapes.Page[shapes.AuditEntry], await self._call("admin.audit.list", dict(fields), timeout)
        )


class AdminReportCalls:
    """Operations `admin.report....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def close(
        self, *, timeout: float | None = None, **fields: Unpack[AdminReportCloseInput]
    ) -> shapes.AdminReport:
        """Settle a report."""
        return cast(
            shapes.AdminReport, await self._call("admin.report.close", dict(fields), timeout)
        )

    async def list(
        self, *, timeout: float | None = None, **fields: Unpack[AdminReportListInput]
    ) -> shapes.Page[shapes.AdminReport]:
        """List what users reported, the newest first."""
        return cast(
            shapes.Page[shapes.AdminReport], await self._call("admin.report.list", dict(fields), timeout)
        )


class AdminUserCalls:
    """Operations `admin.user....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def list(
        self, *, timeout: float | None = None, **fields: Unpack[AdminUserListInput]
    ) -> shapes.Page[shapes.Account]:
        """List accounts, the newest first; by a part of a name or address, by being suspended."""
        return cast(
            shapes.Page[shapes.Account], await self._call("admin.user.list", dict(fields), timeout)
        )

    async def make_admin(
        self, *, timeout: float | None = None, **fields: Unpack[AdminUserMakeAdminInput]
    ) -> shapes.Account:
        """Make a user an admin."""
        return cast(
            shapes.Account, await self._call("admin.user.make_admin", dict(fields), timeout)
        )

    async def restore(
        self, *, timeout: float | None = None, **fields: Unpack[AdminUserRestoreInput]
    ) -> shapes.Account:
        """Let a suspended user in again."""
        return cast(shapes.Account, await self._call("admin.user.restore", dict(fields), timeout))

    async def revoke_admin(
        self, *, timeout: float | None = None, **fields: Unpack[AdminUserRevokeAdminInput]
    ) -> shapes.Account:
        """Make an admin a user like others."""
        return cast(
            shapes.Account, await self._call("admin.user.revoke_admin", dict(fields), timeout)
        )

    async def suspend(
        self, *, timeout: float | None = None, **fields: Unpack[AdminUserSuspendInput]
    ) -> shapes.Account:
        """Suspend a user: tokens and sockets end within a second."""
        return cast(shapes.Account, await self._call("admin.user.suspend", dict(fields), timeout))


class AdminCalls:
    """Operations `admin....`."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self.audit = AdminAuditCalls(call)
        self.report = AdminReportCalls(call)
        self.user = AdminUserCalls(call)


class BlockCalls:
    """Operations `block....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def list(
        self, *, timeout: float | None = None, **fields: Unpack[BlockListInput]
    ) -> shapes.Page[shapes.User]:
        """List whom I block, the newest block first."""
        return cast(shapes.Page[shapes.User], await self._call("block.list", dict(fields), timeout))


class BookmarkCalls:
    """Operations `bookmark....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def list(
        self, *, timeout: float | None = None, **fields: Unpack[BookmarkListInput]
    ) -> shapes.Page[shapes.Post]:
        """List my bookmarks, the newest first."""
        return cast(
            shapes.Page[shapes.Post], await self._call("bookmark.list", dict(fields), timeout)
        )


class ConversationCalls:
    """Operations `conversation....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def create(
        self, *, timeout: float | None = None, **fields: Unpack[ConversationCreateInput]
    ) -> shapes.Conversation:
        """Open a conversation; the one with the same single user is made once."""
        return cast(
            shapes.Conversation, await self._call("conversation.create", dict(fields), timeout)
        )

    async def get(
        self, *, timeout: float | None = None, **fields: Unpack[ConversationGetInput]
    ) -> shapes.Conversation:
        """Get a conversation that I am in."""
        return cast(
            shapes.Conversation, await self._call("conversation.get", dict(fields), timeout)
        )

    async def list(
        self, *, timeout: float | None = None, **fields: Unpack[ConversationListInput]
    ) -> shapes.Page[shapes.Conversation]:
        """List my conversations, latest activity first."""
        return cast(
            shapes.Page[shapes.Conversation], await self._call("conversation.list", dict(fields), timeout)
        )

    async def read(
        self, *, timeout: float | None = None, **fields: Unpack[ConversationReadInput]
    ) -> shapes.UnreadCount:
        """Mark a conversation as read up to a message; answers how many are left in it."""
        return cast(
            shapes.UnreadCount, await self._call("conversation.read", dict(fields), timeout)
        )

    async def update(
        self, *, timeout: float | None = None, **fields: Unpack[ConversationUpdateInput]
    ) -> shapes.Conversation:
        """Give a group another title, add people to it, or leave it."""
        return cast(
            shapes.Conversation, await self._call("conversation.update", dict(fields), timeout)
        )


class EmailCalls:
    """Operations `email....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def unsubscribe(
        self, *, timeout: float | None = None, **fields: Unpack[EmailUnsubscribeInput]
    ) -> shapes.MailSettings:
        """Opt out of mails of new followers and unread notifications, by the token in one of them."""
        return cast(
            shapes.MailSettings, await self._call("email.unsubscribe", dict(fields), timeout)
        )

    async def verify(
        self, *, timeout: float | None = None, **fields: Unpack[EmailVerifyInput]
    ) -> None:
        """Confirm an e-mail address by the link in the mail."""
        await self._call("email.verify", dict(fields), timeout)

    async def verify_again(self, *, timeout: float | None = None) -> None:
        """Have the link to confirm my address mailed again, unless it is confirmed."""
        await self._call("email.verify_again", {}, timeout)


class FeedCalls:
    """Operations `feed....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def list(
        self, *, timeout: float | None = None, **fields: Unpack[FeedListInput]
    ) -> shapes.Page[shapes.Post]:
        """List my feed: posts and retweets by those I follow and me, the newest first, a post once."""
        return cast(shapes.Page[shapes.Post], await self._call("feed.list", dict(fields), timeout))


class HashtagCalls:
    """Operations `hashtag....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def trending(
        self, *, timeout: float | None = None, **fields: Unpack[HashtagTrendingInput]
    ) -> shapes.Trends:
        """List hashtags that more accounts used within 24 hours than usual, by how many more."""
        return cast(shapes.Trends, await self._call("hashtag.trending", dict(fields), timeout))


class MessageCalls:
    """Operations `message....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def delete(
        self, *, timeout: float | None = None, **fields: Unpack[MessageDeleteInput]
    ) -> None:
        """Take my message back: its place stays, its content goes."""
        await self._call("message.delete", dict(fields), timeout)

    async def list(
        self, *, timeout: float | None = None, **fields: Unpack[MessageListInput]
    ) -> shapes.Page[shapes.Message]:
        """List the messages of a conversation, the newest first."""
        return cast(
            shapes.Page[shapes.Message], await self._call("message.list", dict(fields), timeout)
        )

    async def send(
        self, *, timeout: float | None = None, **fields: Unpack[MessageSendInput]
    ) -> shapes.Message:
        """Send a message. A retry with the same client_id answers the first result."""
        return cast(shapes.Message, await self._call("message.send", dict(fields), timeout))

    async def unread_count(self, *, timeout: float | None = None) -> shapes.UnreadCount:
        """Count the unread messages over all my conversations."""
        return cast(shapes.UnreadCount, await self._call("message.unread_count", {}, timeout))

    async def update(
        self, *, timeout: float | None = None, **fields: Unpack[MessageUpdateInput]
    ) -> shapes.Message:
        """Replace the content of my message."""
        return cast(shapes.Message, await self._call("message.update", dict(fields), timeout))


class MuteCalls:
    """Operations `mute....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def list(
        self, *, timeout: float | None = None, **fields: Unpack[MuteListInput]
    ) -> shapes.Page[shapes.User]:
        """List whom I mute, the newest mute first."""
        return cast(shapes.Page[shapes.User], await self._call("mute.list", dict(fields), timeout))


class NotificationCalls:
    """Operations `notification....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def list(
        self, *, timeout: float | None = None, **fields: Unpack[NotificationListInput]
    ) -> shapes.Page[shapes.Notification]:
        """List my notifications, the newest first."""
        return cast(
            shapes.Page[shapes.Notification], await self._call("notification.list", dict(fields), timeout)
        )

    async def read(
        self, *, timeout: float | None = None, **fields: Unpack[NotificationReadInput]
    ) -> shapes.UnreadCount:
        """Mark notifications as read: these, or all."""
        return cast(
            shapes.UnreadCount, await self._call("notification.read", dict(fields), timeout)
        )

    async def read_one(
        self, *, timeout: float | None = None, **fields: Unpack[NotificationReadOneInput]
    ) -> shapes.Notification:
        """Mark one notification as read."""
        return cast(
            shapes.Notification, await self._call("notification.read_one", dict(fields), timeout)
        )

    async def unread_count(self, *, timeout: float | None = None) -> shapes.UnreadCount:
        """Count my unread notifications."""
        return cast(shapes.UnreadCount, await self._call("notification.unread_count", {}, timeout))


class PasswordCalls:
    """Operations `password....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def ask_for_reset(
        self, *, timeout: float | None = None, **fields: Unpack[PasswordAskForResetInput]
    ) -> None:
        """Have a link to set a new password mailed, good for an hour."""
        await self._call("password.ask_for_reset", dict(fields), timeout)

    async def change(
        self, *, timeout: float | None = None, **fields: Unpack[PasswordChangeInput]
    ) -> None:
        """Change my password; my other sessions end."""
        await self._call("password.change", dict(fields), timeout)

    async def reset(
        self, *, timeout: float | None = None, **fields: Unpack[PasswordResetInput]
    ) -> None:
        """Set a new password by the link in the mail; every session ends."""
        await self._call("password.reset", dict(fields), timeout)


class PostCalls:
    """Operations `post....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def bookmark(
        self, *, timeout: float | None = None, **fields: Unpack[PostBookmarkInput]
    ) -> shapes.Post:
        """Keep a post among my bookmarks, which nobody else sees."""
        return cast(shapes.Post, await self._call("post.bookmark", dict(fields), timeout))

    async def create(
        self, *, timeout: float | None = None, **fields: Unpack[PostCreateInput]
    ) -> shapes.Post:
        """Post, or reply to a post. A retry with the same client_id answers the first result."""
        return cast(shapes.Post, await self._call("post.create", dict(fields), timeout))

    async def delete(
        self, *, timeout: float | None = None, **fields: Unpack[PostDeleteInput]
    ) -> None:
        """Delete my post (an admin: any); its replies stay."""
        await self._call("post.delete", dict(fields), timeout)

    async def get(
        self, *, timeout: float | None = None, **fields: Unpack[PostGetInput]
    ) -> shapes.Post:
        """Get a post."""
        return cast(shapes.Post, await self._call("post.get", dict(fields), timeout))

    async def history(
        self, *, timeout: float | None = None, **fields: Unpack[PostHistoryInput]
    ) -> shapes.Page[shapes.PostVersion]:
        """List the earlier versions of a post, the newest first; none where it was never edited."""
        return cast(
            shapes.Page[shapes.PostVersion], await self._call("post.history", dict(fields), timeout)
        )

    async def like(
        self, *, timeout: float | None = None, **fields: Unpack[PostLikeInput]
    ) -> shapes.Post:
        """Like a post; liked twice counts once."""
        return cast(shapes.Post, await self._call("post.like", dict(fields), timeout))

    async def likes(
        self, *, timeout: float | None = None, **fields: Unpack[PostLikesInput]
    ) -> shapes.Page[shapes.User]:
        """List who likes a post, the newest first."""
        return cast(shapes.Page[shapes.User], await self._call("post.likes", dict(fields), timeout))

    async def list(
        self, *, timeout: float | None = None, **fields: Unpack[PostListInput]
    ) -> shapes.Page[shapes.Post]:
        """List everybody's posts, the newest first; filters are combined."""
        return cast(shapes.Page[shapes.Post], await self._call("post.list", dict(fields), timeout))

    async def replies(
        self, *, timeout: float | None = None, **fields: Unpack[PostRepliesInput]
    ) -> shapes.Page[shapes.Post]:
        """List the replies to a post, the oldest first."""
        return cast(
            shapes.Page[shapes.Post], await self._call("post.replies", dict(fields), timeout)
        )

    async def retweet(
        self, *, timeout: float | None = None, **fields: Unpack[PostRetweetInput]
    ) -> shapes.Post:
        """Retweet a post: it comes into the feeds of my followers."""
        return cast(shapes.Post, await self._call("post.retweet", dict(fields), timeout))

    async def retweets(
        self, *, timeout: float | None = None, **fields: Unpack[PostRetweetsInput]
    ) -> shapes.Page[shapes.User]:
        """List who retweeted a post, the newest first."""
        return cast(
            shapes.Page[shapes.User], await self._call("post.retweets", dict(fields), timeout)
        )

    async def thread(
        self, *, timeout: float | None = None, **fields: Unpack[PostThreadInput]
    ) -> shapes.Thread:
        """Get a post with the 100 nearest that it answers and the 200 nearest replies, depth first."""
        return cast(shapes.Thread, await self._call("post.thread", dict(fields), timeout))

    async def unbookmark(
        self, *, timeout: float | None = None, **fields: Unpack[PostUnbookmarkInput]
    ) -> shapes.Post:
        """Take a post out of my bookmarks."""
        return cast(shapes.Post, await self._call("post.unbookmark", dict(fields), timeout))

    async def unlike(
        self, *, timeout: float | None = None, **fields: Unpack[PostUnlikeInput]
    ) -> shapes.Post:
        """Take a like back."""
        return cast(shapes.Post, await self._call("post.unlike", dict(fields), timeout))

    async def unretweet(
        self, *, timeout: float | None = None, **fields: Unpack[PostUnretweetInput]
    ) -> shapes.Post:
        """Take a retweet back."""
        return cast(shapes.Post, await self._call("post.unretweet", dict(fields), timeout))

    async def unwatch(
        self, *, timeout: float | None = None, **fields: Unpack[PostUnwatchInput]
    ) -> None:
        """Watch these posts no longer."""
        await self._call("post.unwatch", dict(fields), timeout)

    async def update(
        self, *, timeout: float | None = None, **fields: Unpack[PostUpdateInput]
    ) -> shapes.Post:
        """Replace the content of my post."""
        return cast(shapes.Post, await self._call("post.update", dict(fields), timeout))

    async def watch(
        self, *, timeout: float | None = None, **fields: Unpack[PostWatchInput]
    ) -> Sequence[shapes.Counts]:
        """Watch these posts as well; answers their counts now."""
        return cast(Sequence[shapes.Counts], await self._call("post.watch", dict(fields), timeout))


class PresenceCalls:
    """Operations `presence....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def watch(
        self, *, timeout: float | None = None, **fields: Unpack[PresenceWatchInput]
    ) -> Sequence[shapes.PresenceChanged]:
        """Watch the presence of these users, and of no others; answers their state now."""
        return cast(
            Sequence[shapes.PresenceChanged], await self._call("presence.watch", dict(fields), timeout)
        )


class ProfileCalls:
    """Operations `profile....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def get(
        self, *, timeout: float | None = None, **fields: Unpack[ProfileGetInput]
    ) -> shapes.Profile:
        """Get a profile; its id is the user's."""
        return cast(shapes.Profile, await self._call("profile.get", dict(fields), timeout))

    async def list(
        self, *, timeout: float | None = None, **fields: Unpack[ProfileListInput]
    ) -> shapes.Page[shapes.Profile]:
        """List profiles, the newest first; those that are searched for, the most alike first."""
        return cast(
            shapes.Page[shapes.Profile], await self._call("profile.list", dict(fields), timeout)
        )

    async def mine(self, *, timeout: float | None = None) -> shapes.Profile:
        """Get my profile."""
        return cast(shapes.Profile, await self._call("profile.mine", {}, timeout))

    async def update(
        self, *, timeout: float | None = None, **fields: Unpack[ProfileUpdateInput]
    ) -> shapes.Profile:
        """Change my profile; what is left out stays, and null takes the avatar off."""
        return cast(shapes.Profile, await self._call("profile.update", dict(fields), timeout))


class ReportCalls:
    """Operations `report....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def create(
        self, *, timeout: float | None = None, **fields: Unpack[ReportCreateInput]
    ) -> shapes.Report:
        """Report a user, a post or a message to the admins."""
        return cast(shapes.Report, await self._call("report.create", dict(fields), timeout))


class SessionCalls:
    """Operations `session....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def end(
        self, *, timeout: float | None = None, **fields: Unpack[SessionEndInput]
    ) -> None:
        """Log out one of my sessions: its tokens and sockets are good no longer."""
        await self._call("session.end", dict(fields), timeout)

    async def list(
        self, *, timeout: float | None = None, **fields: Unpack[SessionListInput]
    ) -> shapes.Page[shapes.OwnSession]:
        """List where I am logged in, the newest first."""
        return cast(
            shapes.Page[shapes.OwnSession], await self._call("session.list", dict(fields), timeout)
        )

    async def open(
        self, *, timeout: float | None = None, **fields: Unpack[SessionOpenInput]
    ) -> shapes.TokenPair:
        """Log in: an access token for requests, a refresh token for the next pair."""
        return cast(shapes.TokenPair, await self._call("session.open", dict(fields), timeout))

    async def refresh(
        self, *, timeout: float | None = None, **fields: Unpack[SessionRefreshInput]
    ) -> shapes.ExpiresAt:
        """Go on with a fresh access token of the same user."""
        return cast(shapes.ExpiresAt, await self._call("session.refresh", dict(fields), timeout))

    async def revoke(
        self, *, timeout: float | None = None, **fields: Unpack[SessionRevokeInput]
    ) -> None:
        """Log out the session of a refresh token: its tokens and sockets are good no longer."""
        await self._call("session.revoke", dict(fields), timeout)

    async def rotate(
        self, *, timeout: float | None = None, **fields: Unpack[SessionRotateInput]
    ) -> shapes.TokenPair:
        """Exchange a refresh token for a new pair; used again later, it ends the session."""
        return cast(shapes.TokenPair, await self._call("session.rotate", dict(fields), timeout))


class UserCalls:
    """Operations `user....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def block(
        self, *, timeout: float | None = None, **fields: Unpack[UserBlockInput]
    ) -> shapes.User:
        """Block a user: nothing of theirs reaches me any more, and nothing of mine them."""
        return cast(shapes.User, await self._call("user.block", dict(fields), timeout))

    async def configure(
        self, *, timeout: float | None = None, **fields: Unpack[UserConfigureInput]
    ) -> shapes.Me:
        """Change settings of my account; what is left out stays."""
        return cast(shapes.Me, await self._call("user.configure", dict(fields), timeout))

    async def delete(
        self, *, timeout: float | None = None, **fields: Unpack[UserDeleteInput]
    ) -> None:
        """Delete my account: nobody sees it any more; my messages stay, by a deleted user."""
        await self._call("user.delete", dict(fields), timeout)

    async def export(self, *, timeout: float | None = None) -> shapes.Export:
        """Download all my data, as one file."""
        return cast(shapes.Export, await self._call("user.export", {}, timeout))

    async def follow(
        self, *, timeout: float | None = None, **fields: Unpack[UserFollowInput]
    ) -> shapes.User:
        """Follow a user: their posts and retweets come into my feed."""
        return cast(shapes.User, await self._call("user.follow", dict(fields), timeout))

    async def followers(
        self, *, timeout: float | None = None, **fields: Unpack[UserFollowersInput]
    ) -> shapes.Page[shapes.User]:
        """List who follows a user, the newest first."""
        return cast(
            shapes.Page[shapes.User], await self._call("user.followers", dict(fields), timeout)
        )

    async def following(
        self, *, timeout: float | None = None, **fields: Unpack[UserFollowingInput]
    ) -> shapes.Page[shapes.User]:
        """List whom a user follows, the newest first."""
        return cast(
            shapes.Page[shapes.User], await self._call("user.following", dict(fields), timeout)
        )

    async def get(
        self, *, timeout: float | None = None, **fields: Unpack[UserGetInput]
    ) -> shapes.User:
        """Get a user."""
        return cast(shapes.User, await self._call("user.get", dict(fields), timeout))

    async def me(self, *, timeout: float | None = None) -> shapes.Me:
        """Get the account that the token is for."""
        return cast(shapes.Me, await self._call("user.me", {}, timeout))

    async def mute(
        self, *, timeout: float | None = None, **fields: Unpack[UserMuteInput]
    ) -> shapes.User:
        """Mute a user: out of my feed and notifications, without their knowing."""
        return cast(shapes.User, await self._call("user.mute", dict(fields), timeout))

    async def posts(
        self, *, timeout: float | None = None, **fields: Unpack[UserPostsInput]
    ) -> shapes.Page[shapes.Post]:
        """List what a user posted and retweeted, the newest first."""
        return cast(shapes.Page[shapes.Post], await self._call("user.posts", dict(fields), timeout))

    async def register(
        self, *, timeout: float | None = None, **fields: Unpack[UserRegisterInput]
    ) -> shapes.Me:
        """Create an account."""
        return cast(shapes.Me, await self._call("user.register", dict(fields), timeout))

    async def unblock(
        self, *, timeout: float | None = None, **fields: Unpack[UserUnblockInput]
    ) -> shapes.User:
        """Unblock a user; who followed whom is not restored."""
        return cast(shapes.User, await self._call("user.unblock", dict(fields), timeout))

    async def unfollow(
        self, *, timeout: float | None = None, **fields: Unpack[UserUnfollowInput]
    ) -> shapes.User:
        """Stop following a user."""
        return cast(shapes.User, await self._call("user.unfollow", dict(fields), timeout))

    async def unmute(
        self, *, timeout: float | None = None, **fields: Unpack[UserUnmuteInput]
    ) -> shapes.User:
        """Unmute a user: back into my feed and notifications."""
        return cast(shapes.User, await self._call("user.unmute", dict(fields), timeout))


class Calls:
    """All operations: `client.post.create(...)`."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self.admin = AdminCalls(call)
        self.block = BlockCalls(call)
        self.bookmark = BookmarkCalls(call)
        self.conversation = ConversationCalls(call)
        self.email = EmailCalls(call)
        self.feed = FeedCalls(call)
        self.hashtag = HashtagCalls(call)
        self.message = MessageCalls(call)
        self.mute = MuteCalls(call)
        self.notification = NotificationCalls(call)
        self.password = PasswordCalls(call)
        self.post = PostCalls(call)
        self.presence = PresenceCalls(call)
        self.profile = ProfileCalls(call)
        self.report = ReportCalls(call)
        self.session = SessionCalls(call)
        self.user = UserCalls(call)

    async def search(
        self, *, timeout: float | None = None, **fields: Unpack[SearchInput]
    ) -> shapes.Page[shapes.Post | shapes.User | shapes.Hashtag]:
        """Find the best 300: posts by words and age, users and hashtags by name and use."""
        return cast(
            shapes.Page[shapes.Post | shapes.User | shapes.Hashtag], await self._call("search", dict(fields), timeout)
        )

    async def typing(
        self, *, timeout: float | None = None, **fields: Unpack[TypingInput]
    ) -> None:
        """Show the other participants that I am typing; to be repeated every 5 s at least."""
        await self._call("typing", dict(fields), timeout)
