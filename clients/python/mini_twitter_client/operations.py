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
    "bot.create": Operation(method="POST", path="/api/users/bots/", returns="User"),
    "bot.delete": Operation(method="DELETE", path="/api/users/bots/{id}/"),
    "bot.list": Operation(method="GET", path="/api/users/bots/", query=True, returns="User"),
    "conversation.approve": Operation(
        method="POST",
        path="/api/messages/{conversation_id}/approve/",
        command=True,
        returns="Conversation",
    ),
    "conversation.ban": Operation(
        method="POST",
        path="/api/messages/{conversation_id}/ban/",
        command=True,
        returns="Conversation",
    ),
    "conversation.bans": Operation(
        method="GET",
        path="/api/messages/{conversation_id}/bans/",
        command=True,
        query=True,
        returns="UserRef",
    ),
    "conversation.create": Operation(
        method="POST", path="/api/messages/", command=True, returns="Conversation"
    ),
    "conversation.get": Operation(
        method="GET", path="/api/messages/{conversation_id}/", query=True, returns="Conversation"
    ),
    "conversation.invitations": Operation(
        method="GET",
        path="/api/messages/{conversation_id}/invitations/",
        command=True,
        query=True,
        returns="Invitation",
    ),
    "conversation.join_requests": Operation(
        method="GET",
        path="/api/messages/{conversation_id}/join_requests/",
        command=True,
        query=True,
        returns="JoinRequest",
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
    "conversation.refuse": Operation(
        method="POST",
        path="/api/messages/{conversation_id}/refuse/",
        command=True,
        returns="Conversation",
    ),
    "conversation.remove": Operation(
        method="POST",
        path="/api/messages/{conversation_id}/remove/",
        command=True,
        returns="Conversation",
    ),
    "conversation.set_role": Operation(
        method="POST",
        path="/api/messages/{conversation_id}/role/",
        command=True,
        returns="Conversation",
    ),
    "conversation.unban": Operation(
        method="POST",
        path="/api/messages/{conversation_id}/unban/",
        command=True,
        returns="Conversation",
    ),
    "conversation.uninvite": Operation(
        method="POST", path="/api/messages/{conversation_id}/uninvite/", command=True
    ),
    "conversation.update": Operation(
        method="PATCH",
        path="/api/messages/{conversation_id}/",
        command=True,
        returns="Conversation",
    ),
    "email.cancel_change": Operation(
        method="DELETE", path="/api/users/email/", query=True, returns="Me"
    ),
    "email.change": Operation(method="POST", path="/api/users/email/", returns="Me"),
    "email.confirm_change": Operation(method="POST", path="/api/users/email/confirm/", open=True),
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
    "group_link.create": Operation(
        method="POST",
        path="/api/messages/{conversation_id}/links/",
        command=True,
        returns="GroupLink",
    ),
    "group_link.join": Operation(
        method="POST", path="/api/messages/join/", command=True, returns="Joining"
    ),
    "group_link.list": Operation(
        method="GET",
        path="/api/messages/{conversation_id}/links/",
        command=True,
        query=True,
        returns="GroupLink",
    ),
    "group_link.preview": Operation(
        method="POST", path="/api/messages/join/preview/", command=True, returns="GroupPreview"
    ),
    "group_link.revoke": Operation(
        method="DELETE",
        path="/api/messages/{conversation_id}/links/{id}/",
        command=True,
        query=True,
    ),
    "hashtag.trending": Operation(
        method="GET", path="/api/posts/trending_hashtags/", query=True, returns="Trends"
    ),
    "incoming_webhook.create": Operation(
        method="POST", path="/api/webhooks/incoming/", command=True, returns="NewIncomingWebhook"
    ),
    "incoming_webhook.list": Operation(
        method="GET",
        path="/api/webhooks/incoming/",
        command=True,
        query=True,
        returns="IncomingWebhook",
    ),
    "incoming_webhook.receive": Operation(
        method="POST", path="/api/webhooks/in/{token}/", open=True
    ),
    "incoming_webhook.revoke": Operation(
        method="DELETE", path="/api/webhooks/incoming/{id}/", command=True, query=True
    ),
    "invitation.accept": Operation(
        method="POST",
        path="/api/messages/{conversation_id}/accept/",
        command=True,
        query=True,
        returns="Conversation",
    ),
    "invitation.decline": Operation(
        method="POST", path="/api/messages/{conversation_id}/decline/", command=True, query=True
    ),
    "invitation.list": Operation(
        method="GET",
        path="/api/messages/invitations/",
        command=True,
        query=True,
        returns="Invitation",
    ),
    "media.get": Operation(
        method="GET", path="/api/media/{id}/", command=True, query=True, returns="Media"
    ),
    "media.update": Operation(
        method="PATCH", path="/api/media/{id}/", command=True, returns="Media"
    ),
    "media.upload": Operation(method="POST", path="/api/media/", files=("file",), returns="Media"),
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
    "message.pin": Operation(
        method="POST",
        path="/api/messages/{conversation_id}/messages/{id}/pin/",
        command=True,
        query=True,
        returns="Message",
    ),
    "message.react": Operation(
        method="POST",
        path="/api/messages/{conversation_id}/messages/{id}/react/",
        command=True,
        returns="Message",
    ),
    "message.search": Operation(
        method="GET", path="/api/messages/search/", command=True, query=True, returns="Message"
    ),
    "message.send": Operation(
        method="POST",
        path="/api/messages/{conversation_id}/send_message/",
        command=True,
        client_id=True,
        returns="Message",
    ),
    "message.unpin": Operation(
        method="POST",
        path="/api/messages/{conversation_id}/messages/{id}/unpin/",
        command=True,
        query=True,
        returns="Message",
    ),
    "message.unreact": Operation(
        method="POST",
        path="/api/messages/{conversation_id}/messages/{id}/unreact/",
        command=True,
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
    "message_request.accept": Operation(
        method="POST",
        path="/api/messages/requests/{conversation_id}/accept/",
        command=True,
        query=True,
        returns="Conversation",
    ),
    "message_request.decline": Operation(
        method="POST",
        path="/api/messages/requests/{conversation_id}/decline/",
        command=True,
        query=True,
    ),
    "message_request.list": Operation(
        method="GET",
        path="/api/messages/requests/",
        command=True,
        query=True,
        returns="Conversation",
    ),
    "message_request.unread_count": Operation(
        method="GET",
        path="/api/messages/requests/unread_count/",
        command=True,
        query=True,
        returns="UnreadCount",
    ),
    "mute.list": Operation(method="GET", path="/api/users/me/mutes/", query=True, returns="User"),
    "muted_word.add": Operation(
        method="POST", path="/api/users/me/muted_words/", command=True, returns="MutedWord"
    ),
    "muted_word.list": Operation(
        method="GET",
        path="/api/users/me/muted_words/",
        command=True,
        query=True,
        returns="MutedWords",
    ),
    "muted_word.remove": Operation(
        method="DELETE", path="/api/users/me/muted_words/{id}/", command=True, query=True
    ),
    "muted_word.update": Operation(
        method="PATCH", path="/api/users/me/muted_words/{id}/", command=True, returns="MutedWord"
    ),
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
    "pin.list": Operation(
        method="GET",
        path="/api/messages/{conversation_id}/pins/",
        command=True,
        query=True,
        returns="Pin",
    ),
    "poll.vote": Operation(
        method="POST", path="/api/posts/{id}/vote/", command=True, returns="Post"
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
    "post.pin": Operation(
        method="POST", path="/api/posts/{id}/pin/", command=True, query=True, returns="Post"
    ),
    "post.quotes": Operation(
        method="GET", path="/api/posts/{id}/quotes/", query=True, returns="Post"
    ),
    "post.replies": Operation(
        method="GET", path="/api/posts/{id}/replies/", query=True, returns="Post"
    ),
    "post.retweet": Operation(
        method="POST", path="/api/posts/{id}/retweet/", command=True, query=True, returns="Post"
    ),
    "post.retweets": Operation(
        method="GET", path="/api/posts/{id}/retweets/", query=True, returns="User"
    ),
    "post.revoke_quote": Operation(
        method="POST", path="/api/posts/{id}/revoke_quote/", command=True, query=True
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
    "post.unpin": Operation(
        method="POST", path="/api/posts/{id}/unpin/", command=True, query=True, returns="Post"
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
    "profile.lookup": Operation(
        method="GET", path="/api/users/profiles/lookup/", query=True, returns="Profile"
    ),
    "profile.mine": Operation(
        method="GET", path="/api/users/profiles/my_profile/", query=True, returns="Profile"
    ),
    "profile.update": Operation(
        method="PATCH",
        path="/api/users/profiles/update_my_profile/",
        files=("avatar", "banner",),
        returns="Profile",
    ),
    "push.get": Operation(method="GET", path="/api/push/", query=True, returns="PushStatus"),
    "push.subscribe": Operation(method="PUT", path="/api/push/subscription/", returns="PushStatus"),
    "push.unsubscribe": Operation(method="DELETE", path="/api/push/subscription/", query=True),
    "reaction.list": Operation(
        method="GET",
        path="/api/messages/{conversation_id}/messages/{id}/reactions/",
        command=True,
        query=True,
        returns="Reactor",
    ),
    "report.create": Operation(method="POST", path="/api/reports/", returns="Report"),
    "search": Operation(method="GET", path="/api/search/", query=True),
    "second_factor.begin": Operation(
        method="POST", path="/api/users/second_factor/", returns="SecondFactorSecret"
    ),
    "second_factor.confirm": Operation(
        method="POST", path="/api/users/second_factor/confirm/", returns="RecoveryCodes"
    ),
    "second_factor.end": Operation(method="DELETE", path="/api/users/second_factor/"),
    "second_factor.get": Operation(
        method="GET", path="/api/users/second_factor/", query=True, returns="SecondFactorStatus"
    ),
    "second_factor.recovery_codes": Operation(
        method="POST", path="/api/users/second_factor/recovery_codes/", returns="RecoveryCodes"
    ),
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
    "stream.subscribe": Operation(command=True, returns="StreamSubscribed"),
    "stream.unsubscribe": Operation(command=True),
    "token.create": Operation(method="POST", path="/api/users/tokens/", returns="NewPersonalToken"),
    "token.list": Operation(
        method="GET", path="/api/users/tokens/", query=True, returns="PersonalToken"
    ),
    "token.revoke": Operation(method="DELETE", path="/api/users/tokens/{id}/", query=True),
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
    "user.rename": Operation(method="POST", path="/api/users/username/", returns="Me"),
    "user.unblock": Operation(
        method="POST", path="/api/users/{id}/unblock/", command=True, query=True, returns="User"
    ),
    "user.unfollow": Operation(
        method="POST", path="/api/users/{id}/unfollow/", command=True, query=True, returns="User"
    ),
    "user.unmute": Operation(
        method="POST", path="/api/users/{id}/unmute/", command=True, query=True, returns="User"
    ),
    "webhook.create": Operation(
        method="POST", path="/api/webhooks/", command=True, returns="NewWebhook"
    ),
    "webhook.delete": Operation(
        method="DELETE", path="/api/webhooks/{id}/", command=True, query=True
    ),
    "webhook.deliveries": Operation(
        method="GET",
        path="/api/webhooks/{id}/deliveries/",
        command=True,
        query=True,
        returns="WebhookDelivery",
    ),
    "webhook.get": Operation(
        method="GET", path="/api/webhooks/{id}/", command=True, query=True, returns="Webhook"
    ),
    "webhook.list": Operation(
        method="GET", path="/api/webhooks/", command=True, query=True, returns="Webhook"
    ),
    "webhook.redeliver": Operation(
        method="POST",
        path="/api/webhooks/{id}/deliveries/{delivery_id}/redeliver/",
        command=True,
        query=True,
        returns="WebhookDelivery",
    ),
    "webhook.rotate_secret": Operation(
        method="POST",
        path="/api/webhooks/{id}/rotate_secret/",
        command=True,
        query=True,
        returns="NewWebhook",
    ),
    "webhook.test": Operation(
        method="POST",
        path="/api/webhooks/{id}/test/",
        command=True,
        query=True,
        returns="WebhookDelivery",
    ),
    "webhook.update": Operation(
        method="PATCH", path="/api/webhooks/{id}/", command=True, returns="Webhook"
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
    status: NotRequired[Literal["open", "resolved", "dismissed"]]


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


class BotCreateInput(TypedDict):
    """Input of `bot.create`."""

    username: str
    display_name: NotRequired[str]


class BotDeleteInput(TypedDict):
    """Input of `bot.delete`."""

    id: int
    password: str


class BotListInput(TypedDict):
    """Input of `bot.list`."""

    limit: NotRequired[int]
    cursor: NotRequired[str]


class ConversationApproveInput(TypedDict):
    """Input of `conversation.approve`."""

    conversation_id: int
    user_id: int


class ConversationBanInput(TypedDict):
    """Input of `conversation.ban`."""

    conversation_id: int
    user_id: int


class ConversationBansInput(TypedDict):
    """Input of `conversation.bans`."""

    conversation_id: int
    limit: NotRequired[int]
    cursor: NotRequired[str]


class ConversationCreateInput(TypedDict):
    """Input of `conversation.create`."""

    participants: list[int]
    title: NotRequired[str | None]


class ConversationGetInput(TypedDict):
    """Input of `conversation.get`."""

    conversation_id: int


class ConversationInvitationsInput(TypedDict):
    """Input of `conversation.invitations`."""

    conversation_id: int
    limit: NotRequired[int]
    cursor: NotRequired[str]


class ConversationJoinRequestsInput(TypedDict):
    """Input of `conversation.join_requests`."""

    conversation_id: int
    limit: NotRequired[int]
    cursor: NotRequired[str]


class ConversationListInput(TypedDict):
    """Input of `conversation.list`."""

    limit: NotRequired[int]
    cursor: NotRequired[str]


class ConversationReadInput(TypedDict):
    """Input of `conversation.read`."""

    conversation_id: int
    up_to: int


class ConversationRefuseInput(TypedDict):
    """Input of `conversation.refuse`."""

    conversation_id: int
    user_id: int


class ConversationRemoveInput(TypedDict):
    """Input of `conversation.remove`."""

    conversation_id: int
    user_id: int


class ConversationSetRoleInput(TypedDict):
    """Input of `conversation.set_role`."""

    conversation_id: int
    user_id: int
    role: Literal["owner", "admin", "member"]


class ConversationUnbanInput(TypedDict):
    """Input of `conversation.unban`."""

    conversation_id: int
    user_id: int


class ConversationUninviteInput(TypedDict):
    """Input of `conversation.uninvite`."""

    conversation_id: int
    user_id: int


class ConversationUpdateInput(TypedDict):
    """Input of `conversation.update`."""

    conversation_id: int
    title: NotRequired[str]
    add: NotRequired[list[int]]
    leave: NotRequired[bool]
    who_may_add: NotRequired[Literal["members", "admins"]]
    who_may_rename: NotRequired[Literal["members", "admins"]]
    who_may_pin: NotRequired[Literal["members", "admins"]]


class EmailChangeInput(TypedDict):
    """Input of `email.change`."""

    email: str
    password: str


class EmailConfirmChangeInput(TypedDict):
    """Input of `email.confirm_change`."""

    token: str


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


class GroupLinkCreateInput(TypedDict):
    """Input of `group_link.create`."""

    conversation_id: int
    name: NotRequired[str]
    needs_approval: NotRequired[bool]
    max_uses: NotRequired[int | None]
    expires_in: NotRequired[int | None]


class GroupLinkJoinInput(TypedDict):
    """Input of `group_link.join`."""

    token: str


class GroupLinkListInput(TypedDict):
    """Input of `group_link.list`."""

    conversation_id: int
    limit: NotRequired[int]
    cursor: NotRequired[str]


class GroupLinkPreviewInput(TypedDict):
    """Input of `group_link.preview`."""

    token: str


class GroupLinkRevokeInput(TypedDict):
    """Input of `group_link.revoke`."""

    conversation_id: int
    id: int


class HashtagTrendingInput(TypedDict):
    """Input of `hashtag.trending`."""

    limit: NotRequired[int]


class IncomingWebhookCreateInput(TypedDict):
    """Input of `incoming_webhook.create`."""

    name: str
    conversation_id: NotRequired[int | None]


class IncomingWebhookListInput(TypedDict):
    """Input of `incoming_webhook.list`."""

    limit: NotRequired[int]
    cursor: NotRequired[str]


class IncomingWebhookReceiveInput(TypedDict):
    """Input of `incoming_webhook.receive`."""

    token: str
    text: str


class IncomingWebhookRevokeInput(TypedDict):
    """Input of `incoming_webhook.revoke`."""

    id: int


class InvitationAcceptInput(TypedDict):
    """Input of `invitation.accept`."""

    conversation_id: int


class InvitationDeclineInput(TypedDict):
    """Input of `invitation.decline`."""

    conversation_id: int


class InvitationListInput(TypedDict):
    """Input of `invitation.list`."""

    limit: NotRequired[int]
    cursor: NotRequired[str]


class MediaGetInput(TypedDict):
    """Input of `media.get`."""

    id: int


class MediaUpdateInput(TypedDict):
    """Input of `media.update`."""

    id: int
    alt: str


class MediaUploadInput(TypedDict):
    """Input of `media.upload`."""

    file: Path | bytes
    alt: NotRequired[str]


class MessageDeleteInput(TypedDict):
    """Input of `message.delete`."""

    conversation_id: int
    id: int


class MessageListInput(TypedDict):
    """Input of `message.list`."""

    conversation_id: int
    limit: NotRequired[int]
    cursor: NotRequired[str]


class MessagePinInput(TypedDict):
    """Input of `message.pin`."""

    conversation_id: int
    id: int


class MessageReactInput(TypedDict):
    """Input of `message.react`."""

    conversation_id: int
    id: int
    emoji: str


class MessageSearchInput(TypedDict):
    """Input of `message.search`."""

    q: str
    limit: NotRequired[int]
    cursor: NotRequired[str]


class MessageSendInput(TypedDict):
    """Input of `message.send`."""

    conversation_id: int
    content: NotRequired[str]
    media_ids: NotRequired[list[int] | None]
    reply_to_id: NotRequired[int | None]
    client_id: NotRequired[str | None]


class MessageUnpinInput(TypedDict):
    """Input of `message.unpin`."""

    conversation_id: int
    id: int


class MessageUnreactInput(TypedDict):
    """Input of `message.unreact`."""

    conversation_id: int
    id: int
    emoji: str


class MessageUpdateInput(TypedDict):
    """Input of `message.update`."""

    conversation_id: int
    id: int
    content: NotRequired[str]
    media_ids: NotRequired[list[int]]


class MessageRequestAcceptInput(TypedDict):
    """Input of `message_request.accept`."""

    conversation_id: int


class MessageRequestDeclineInput(TypedDict):
    """Input of `message_request.decline`."""

    conversation_id: int


class MessageRequestListInput(TypedDict):
    """Input of `message_request.list`."""

    limit: NotRequired[int]
    cursor: NotRequired[str]


class MuteListInput(TypedDict):
    """Input of `mute.list`."""

    limit: NotRequired[int]
    cursor: NotRequired[str]


class MutedWordAddInput(TypedDict):
    """Input of `muted_word.add`."""

    text: str
    contexts: NotRequired[list[Literal["feed", "notifications", "threads", "public"]]]
    action: NotRequired[Literal["warn", "hide"]]
    expires_in: NotRequired[int | None]


class MutedWordRemoveInput(TypedDict):
    """Input of `muted_word.remove`."""

    id: int


class MutedWordUpdateInput(TypedDict):
    """Input of `muted_word.update`."""

    id: int
    contexts: NotRequired[list[Literal["feed", "notifications", "threads", "public"]]]
    action: NotRequired[Literal["warn", "hide"]]
    expires_in: NotRequired[int | None]


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


class PinListInput(TypedDict):
    """Input of `pin.list`."""

    conversation_id: int
    limit: NotRequired[int]
    cursor: NotRequired[str]


class PollVoteInput(TypedDict):
    """Input of `poll.vote`."""

    id: int
    choices: list[int]


class PostBookmarkInput(TypedDict):
    """Input of `post.bookmark`."""

    id: int


class PostCreateInput(TypedDict):
    """Input of `post.create`."""

    content: NotRequired[str]
    reply_to: NotRequired[int | None]
    quote_id: NotRequired[int | None]
    media_ids: NotRequired[list[int] | None]
    sensitive: NotRequired[bool | None]
    poll: NotRequired[dict[str, Any] | None]
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


class PostPinInput(TypedDict):
    """Input of `post.pin`."""

    id: int


class PostQuotesInput(TypedDict):
    """Input of `post.quotes`."""

    id: int
    limit: NotRequired[int]
    cursor: NotRequired[str]


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


class PostRevokeQuoteInput(TypedDict):
    """Input of `post.revoke_quote`."""

    id: int


class PostThreadInput(TypedDict):
    """Input of `post.thread`."""

    id: int


class PostUnbookmarkInput(TypedDict):
    """Input of `post.unbookmark`."""

    id: int


class PostUnlikeInput(TypedDict):
    """Input of `post.unlike`."""

    id: int


class PostUnpinInput(TypedDict):
    """Input of `post.unpin`."""

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
    content: NotRequired[str]
    media_ids: NotRequired[list[int]]
    sensitive: NotRequired[bool]


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


class ProfileLookupInput(TypedDict):
    """Input of `profile.lookup`."""

    username: str


class ProfileUpdateInput(TypedDict):
    """Input of `profile.update`."""

    display_name: NotRequired[str]
    bio: NotRequired[str]
    location: NotRequired[str]
    website: NotRequired[str]
    avatar: NotRequired[Path | bytes]
    banner: NotRequired[Path | bytes]


class PushSubscribeInput(TypedDict):
    """Input of `push.subscribe`."""

    endpoint: str
    p256dh: str
    auth: str


class ReactionListInput(TypedDict):
    """Input of `reaction.list`."""

    conversation_id: int
    id: int
    limit: NotRequired[int]
    cursor: NotRequired[str]
    emoji: NotRequired[str]


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


class SecondFactorBeginInput(TypedDict):
    """Input of `second_factor.begin`."""

    password: str


class SecondFactorConfirmInput(TypedDict):
    """Input of `second_factor.confirm`."""

    code: str


class SecondFactorEndInput(TypedDict):
    """Input of `second_factor.end`."""

    password: str
    code: str


class SecondFactorRecoveryCodesInput(TypedDict):
    """Input of `second_factor.recovery_codes`."""

    password: str
    code: str


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
    code: NotRequired[str | None]
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


class StreamSubscribeInput(TypedDict):
    """Input of `stream.subscribe`."""

    stream: str
    cursor: NotRequired[str | None]


class StreamUnsubscribeInput(TypedDict):
    """Input of `stream.unsubscribe`."""

    stream: str


class TokenCreateInput(TypedDict):
    """Input of `token.create`."""

    name: str
    scopes: list[Literal["account:read", "account:write", "users:read", "relationships:read", "relationships:write", "posts:read", "posts:write", "media:write", "messages:read", "messages:write", "notifications:read", "notifications:write", "reports:write", "webhooks:write"]]
    password: str
    expires_in_days: NotRequired[int | None]
    bot_id: NotRequired[int | None]
    code: NotRequired[str | None]


class TokenListInput(TypedDict):
    """Input of `token.list`."""

    limit: NotRequired[int]
    cursor: NotRequired[str]


class TokenRevokeInput(TypedDict):
    """Input of `token.revoke`."""

    id: int


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
    who_may_add_me: NotRequired[Literal["everybody", "followed", "nobody", None]]
    who_may_write_to_me: NotRequired[Literal["everybody", "requests", "followed", "nobody", None]]
    send_read_receipts: NotRequired[bool | None]
    who_may_quote_me: NotRequired[Literal["everybody", "followers", "nobody", None]]


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
    kind: NotRequired[Literal["all", "posts", "replies", "media", "likes", "pinned"]]


class UserRegisterInput(TypedDict):
    """Input of `user.register`."""

    username: str
    email: str
    password: str
    display_name: NotRequired[str]


class UserRenameInput(TypedDict):
    """Input of `user.rename`."""

    username: str


class UserUnblockInput(TypedDict):
    """Input of `user.unblock`."""

    id: int


class UserUnfollowInput(TypedDict):
    """Input of `user.unfollow`."""

    id: int


class UserUnmuteInput(TypedDict):
    """Input of `user.unmute`."""

    id: int


class WebhookCreateInput(TypedDict):
    """Input of `webhook.create`."""

    url: str
    events: list[Literal["muted_word.changed", "relationship.changed", "notification.deleted", "notification.read", "notification.created", "message_request.ended", "message_request.received", "join_request.ended", "join_request.created", "invitation.ended", "invitation.created", "conversation.member_changed", "conversation.read", "conversation.updated", "conversation.created", "message.unpinned", "message.pinned", "message.reactions", "message.deleted", "message.updated", "message.created"]]
    name: NotRequired[str]


class WebhookDeleteInput(TypedDict):
    """Input of `webhook.delete`."""

    id: int


class WebhookDeliveriesInput(TypedDict):
    """Input of `webhook.deliveries`."""

    id: int
    limit: NotRequired[int]
    cursor: NotRequired[str]


class WebhookGetInput(TypedDict):
    """Input of `webhook.get`."""

    id: int


class WebhookListInput(TypedDict):
    """Input of `webhook.list`."""

    limit: NotRequired[int]
    cursor: NotRequired[str]


class WebhookRedeliverInput(TypedDict):
    """Input of `webhook.redeliver`."""

    id: int
    delivery_id: int


class WebhookRotateSecretInput(TypedDict):
    """Input of `webhook.rotate_secret`."""

    id: int


class WebhookTestInput(TypedDict):
    """Input of `webhook.test`."""

    id: int


class WebhookUpdateInput(TypedDict):
    """Input of `webhook.update`."""

    id: int
    url: NotRequired[str]
    events: NotRequired[list[Literal["muted_word.changed", "relationship.changed", "notification.deleted", "notification.read", "notification.created", "message_request.ended", "message_request.received", "join_request.ended", "join_request.created", "invitation.ended", "invitation.created", "conversation.member_changed", "conversation.read", "conversation.updated", "conversation.created", "message.unpinned", "message.pinned", "message.reactions", "message.deleted", "message.updated", "message.created"]]]
    name: NotRequired[str]
    enabled: NotRequired[bool]


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


class BotCalls:
    """Operations `bot....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def create(
        self, *, timeout: float | None = None, **fields: Unpack[BotCreateInput]
    ) -> shapes.User:
        """Create a bot of mine: an account that nobody logs in to, for whose tokens I am asked."""
        return cast(shapes.User, await self._call("bot.create", dict(fields), timeout))

    async def delete(
        self, *, timeout: float | None = None, **fields: Unpack[BotDeleteInput]
    ) -> None:
        """Delete a bot of mine, as an account is deleted."""
        await self._call("bot.delete", dict(fields), timeout)

    async def list(
        self, *, timeout: float | None = None, **fields: Unpack[BotListInput]
    ) -> shapes.Page[shapes.User]:
        """List my bots, the newest first."""
        return cast(shapes.Page[shapes.User], await self._call("bot.list", dict(fields), timeout))


class ConversationCalls:
    """Operations `conversation....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def approve(
        self, *, timeout: float | None = None, **fields: Unpack[ConversationApproveInput]
    ) -> shapes.Conversation:
        """Let somebody who asks to join into a group that I own or am an admin of."""
        return cast(
            shapes.Conversation, await self._call("conversation.approve", dict(fields), timeout)
        )

    async def ban(
        self, *, timeout: float | None = None, **fields: Unpack[ConversationBanInput]
    ) -> shapes.Conversation:
        """Keep somebody out of a group, whom nobody can add then, and who cannot join by a link."""
        return cast(
            shapes.Conversation, await self._call("conversation.ban", dict(fields), timeout)
        )

    async def bans(
        self, *, timeout: float | None = None, **fields: Unpack[ConversationBansInput]
    ) -> shapes.Page[shapes.UserRef]:
        """List whom a group has banned, that I own or am an admin of; the newest account first."""
        return cast(
            shapes.Page[shapes.UserRef], await self._call("conversation.bans", dict(fields), timeout)
        )

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

    async def invitations(
        self, *, timeout: float | None = None, **fields: Unpack[ConversationInvitationsInput]
    ) -> shapes.Page[shapes.Invitation]:
        """List who is invited to a group that I am in, the newest invitation first."""
        return cast(
            shapes.Page[shapes.Invitation], await self._call("conversation.invitations", dict(fields), timeout)
        )

    async def join_requests(
        self, *, timeout: float | None = None, **fields: Unpack[ConversationJoinRequestsInput]
    ) -> shapes.Page[shapes.JoinRequest]:
        """List who asks to join a group that I own or am an admin of, the newest request first."""
        return cast(
            shapes.Page[shapes.JoinRequest], await self._call("conversation.join_requests", dict(fields), timeout)
        )

    async def list(
        self, *, timeout: float | None = None, **fields: Unpack[ConversationListInput]
    ) -> shapes.Page[shapes.Conversation]:
        """List my conversations but for requests, latest activity first."""
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

    async def refuse(
        self, *, timeout: float | None = None, **fields: Unpack[ConversationRefuseInput]
    ) -> shapes.Conversation:
        """Do not let somebody in who asks to join, and who is not told."""
        return cast(
            shapes.Conversation, await self._call("conversation.refuse", dict(fields), timeout)
        )

    async def remove(
        self, *, timeout: float | None = None, **fields: Unpack[ConversationRemoveInput]
    ) -> shapes.Conversation:
        """Remove somebody from a group that I own or am an admin of."""
        return cast(
            shapes.Conversation, await self._call("conversation.remove", dict(fields), timeout)
        )

    async def set_role(
        self, *, timeout: float | None = None, **fields: Unpack[ConversationSetRoleInput]
    ) -> shapes.Conversation:
        """Make somebody in my group an admin, a member, or its owner in my place."""
        return cast(
            shapes.Conversation, await self._call("conversation.set_role", dict(fields), timeout)
        )

    async def unban(
        self, *, timeout: float | None = None, **fields: Unpack[ConversationUnbanInput]
    ) -> shapes.Conversation:
        """Take a ban back: the one who was banned may be added again, or join."""
        return cast(
            shapes.Conversation, await self._call("conversation.unban", dict(fields), timeout)
        )

    async def uninvite(
        self, *, timeout: float | None = None, **fields: Unpack[ConversationUninviteInput]
    ) -> None:
        """Take an invitation back: one of mine, or any of a group that I own or am an admin of."""
        await self._call("conversation.uninvite", dict(fields), timeout)

    async def update(
        self, *, timeout: float | None = None, **fields: Unpack[ConversationUpdateInput]
    ) -> shapes.Conversation:
        """Give a group another title or who may do what in it, add people to it, or leave it."""
        return cast(
            shapes.Conversation, await self._call("conversation.update", dict(fields), timeout)
        )


class EmailCalls:
    """Operations `email....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def cancel_change(self, *, timeout: float | None = None) -> shapes.Me:
        """Leave my address as it is: the link that was mailed to another is good no longer."""
        return cast(shapes.Me, await self._call("email.cancel_change", {}, timeout))

    async def change(
        self, *, timeout: float | None = None, **fields: Unpack[EmailChangeInput]
    ) -> shapes.Me:
        """Have a link mailed to a new address, which is mine once it is followed, within 24 hours."""
        return cast(shapes.Me, await self._call("email.change", dict(fields), timeout))

    async def confirm_change(
        self, *, timeout: float | None = None, **fields: Unpack[EmailConfirmChangeInput]
    ) -> None:
        """Make a new address the account's by the link in the mail that was sent there."""
        await self._call("email.confirm_change", dict(fields), timeout)

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


class GroupLinkCalls:
    """Operations `group_link....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def create(
        self, *, timeout: float | None = None, **fields: Unpack[GroupLinkCreateInput]
    ) -> shapes.GroupLink:
        """Make a link into a group that I own or am an admin of; its token is for who may join."""
        return cast(shapes.GroupLink, await self._call("group_link.create", dict(fields), timeout))

    async def join(
        self, *, timeout: float | None = None, **fields: Unpack[GroupLinkJoinInput]
    ) -> shapes.Joining:
        """Join a group by a link, or ask to where an admin has to approve."""
        return cast(shapes.Joining, await self._call("group_link.join", dict(fields), timeout))

    async def list(
        self, *, timeout: float | None = None, **fields: Unpack[GroupLinkListInput]
    ) -> shapes.Page[shapes.GroupLink]:
        """List the links into a group that I own or am an admin of, the newest first."""
        return cast(
            shapes.Page[shapes.GroupLink], await self._call("group_link.list", dict(fields), timeout)
        )

    async def preview(
        self, *, timeout: float | None = None, **fields: Unpack[GroupLinkPreviewInput]
    ) -> shapes.GroupPreview:
        """See which group a link leads to, before joining it."""
        return cast(
            shapes.GroupPreview, await self._call("group_link.preview", dict(fields), timeout)
        )

    async def revoke(
        self, *, timeout: float | None = None, **fields: Unpack[GroupLinkRevokeInput]
    ) -> None:
        """Make a link good for nothing, of a group that I own or am an admin of."""
        await self._call("group_link.revoke", dict(fields), timeout)


class HashtagCalls:
    """Operations `hashtag....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def trending(
        self, *, timeout: float | None = None, **fields: Unpack[HashtagTrendingInput]
    ) -> shapes.Trends:
        """List hashtags that more accounts used within 24 hours than usual, by how many more."""
        return cast(shapes.Trends, await self._call("hashtag.trending", dict(fields), timeout))


class IncomingWebhookCalls:
    """Operations `incoming_webhook....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def create(
        self, *, timeout: float | None = None, **fields: Unpack[IncomingWebhookCreateInput]
    ) -> shapes.NewIncomingWebhook:
        """Make a URL by which a program posts as me, or writes into a conversation; shown this once."""
        return cast(
            shapes.NewIncomingWebhook, await self._call("incoming_webhook.create", dict(fields), timeout)
        )

    async def list(
        self, *, timeout: float | None = None, **fields: Unpack[IncomingWebhookListInput]
    ) -> shapes.Page[shapes.IncomingWebhook]:
        """List the URLs by which programs post or write as me, the newest first."""
        return cast(
            shapes.Page[shapes.IncomingWebhook], await self._call("incoming_webhook.list", dict(fields), timeout)
        )

    async def receive(
        self, *, timeout: float | None = None, **fields: Unpack[IncomingWebhookReceiveInput]
    ) -> None:
        """Post, or write, as the one who made this URL; as JSON or as a form's `payload`."""
        await self._call("incoming_webhook.receive", dict(fields), timeout)

    async def revoke(
        self, *, timeout: float | None = None, **fields: Unpack[IncomingWebhookRevokeInput]
    ) -> None:
        """Make such a URL of mine good for nothing."""
        await self._call("incoming_webhook.revoke", dict(fields), timeout)


class InvitationCalls:
    """Operations `invitation....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def accept(
        self, *, timeout: float | None = None, **fields: Unpack[InvitationAcceptInput]
    ) -> shapes.Conversation:
        """Join a group that I am invited to."""
        return cast(
            shapes.Conversation, await self._call("invitation.accept", dict(fields), timeout)
        )

    async def decline(
        self, *, timeout: float | None = None, **fields: Unpack[InvitationDeclineInput]
    ) -> None:
        """Decline an invitation, or take back that I asked to join."""
        await self._call("invitation.decline", dict(fields), timeout)

    async def list(
        self, *, timeout: float | None = None, **fields: Unpack[InvitationListInput]
    ) -> shapes.Page[shapes.Invitation]:
        """List the groups that I am invited to, the newest invitation first."""
        return cast(
            shapes.Page[shapes.Invitation], await self._call("invitation.list", dict(fields), timeout)
        )


class MediaCalls:
    """Operations `media....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def get(
        self, *, timeout: float | None = None, **fields: Unpack[MediaGetInput]
    ) -> shapes.Media:
        """Get a picture that I have sent."""
        return cast(shapes.Media, await self._call("media.get", dict(fields), timeout))

    async def update(
        self, *, timeout: float | None = None, **fields: Unpack[MediaUpdateInput]
    ) -> shapes.Media:
        """Say what a picture of mine shows, also of one that is posted already."""
        return cast(shapes.Media, await self._call("media.update", dict(fields), timeout))

    async def upload(
        self, *, timeout: float | None = None, **fields: Unpack[MediaUploadInput]
    ) -> shapes.Media:
        """Send a picture for a post or message, which has 24 hours to name it in media_ids."""
        return cast(shapes.Media, await self._call("media.upload", dict(fields), timeout))


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

    async def pin(
        self, *, timeout: float | None = None, **fields: Unpack[MessagePinInput]
    ) -> shapes.Message:
        """Pin a message, where all in the conversation find it."""
        return cast(shapes.Message, await self._call("message.pin", dict(fields), timeout))

    async def react(
        self, *, timeout: float | None = None, **fields: Unpack[MessageReactInput]
    ) -> shapes.Message:
        """React to a message with an emoji, once with each."""
        return cast(shapes.Message, await self._call("message.react", dict(fields), timeout))

    async def search(
        self, *, timeout: float | None = None, **fields: Unpack[MessageSearchInput]
    ) -> shapes.Page[shapes.Message]:
        """Find messages in my conversations by their words, the newest first."""
        return cast(
            shapes.Page[shapes.Message], await self._call("message.search", dict(fields), timeout)
        )

    async def send(
        self, *, timeout: float | None = None, **fields: Unpack[MessageSendInput]
    ) -> shapes.Message:
        """Send a message. A retry with the same client_id answers the first result."""
        return cast(shapes.Message, await self._call("message.send", dict(fields), timeout))

    async def unpin(
        self, *, timeout: float | None = None, **fields: Unpack[MessageUnpinInput]
    ) -> shapes.Message:
        """Have a message pinned no longer."""
        return cast(shapes.Message, await self._call("message.unpin", dict(fields), timeout))

    async def unreact(
        self, *, timeout: float | None = None, **fields: Unpack[MessageUnreactInput]
    ) -> shapes.Message:
        """Take a reaction to a message back."""
        return cast(shapes.Message, await self._call("message.unreact", dict(fields), timeout))

    async def unread_count(self, *, timeout: float | None = None) -> shapes.UnreadCount:
        """Count the unread messages over all my conversations."""
        return cast(shapes.UnreadCount, await self._call("message.unread_count", {}, timeout))

    async def update(
        self, *, timeout: float | None = None, **fields: Unpack[MessageUpdateInput]
    ) -> shapes.Message:
        """Change my message; what is left out stays as it is."""
        return cast(shapes.Message, await self._call("message.update", dict(fields), timeout))


class MessageRequestCalls:
    """Operations `message_request....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def accept(
        self, *, timeout: float | None = None, **fields: Unpack[MessageRequestAcceptInput]
    ) -> shapes.Conversation:
        """Have a message request among my conversations from now on."""
        return cast(
            shapes.Conversation, await self._call("message_request.accept", dict(fields), timeout)
        )

    async def decline(
        self, *, timeout: float | None = None, **fields: Unpack[MessageRequestDeclineInput]
    ) -> None:
        """Have a message request gone for me, and what else is written there; nobody is told."""
        await self._call("message_request.decline", dict(fields), timeout)

    async def list(
        self, *, timeout: float | None = None, **fields: Unpack[MessageRequestListInput]
    ) -> shapes.Page[shapes.Conversation]:
        """List the message requests that wait for my answer, latest activity first."""
        return cast(
            shapes.Page[shapes.Conversation], await self._call("message_request.list", dict(fields), timeout)
        )

    async def unread_count(self, *, timeout: float | None = None) -> shapes.UnreadCount:
        """Count the message requests that have something that I have not read."""
        return cast(
            shapes.UnreadCount, await self._call("message_request.unread_count", {}, timeout)
        )


class MuteCalls:
    """Operations `mute....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def list(
        self, *, timeout: float | None = None, **fields: Unpack[MuteListInput]
    ) -> shapes.Page[shapes.User]:
        """List whom I mute, the newest mute first."""
        return cast(shapes.Page[shapes.User], await self._call("mute.list", dict(fields), timeout))


class MutedWordCalls:
    """Operations `muted_word....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def add(
        self, *, timeout: float | None = None, **fields: Unpack[MutedWordAddInput]
    ) -> shapes.MutedWord:
        """Mute a word, phrase or hashtag; the very same again is changed to what is asked for."""
        return cast(shapes.MutedWord, await self._call("muted_word.add", dict(fields), timeout))

    async def list(self, *, timeout: float | None = None) -> shapes.MutedWords:
        """List the words that I have muted, but for those whose time is over."""
        return cast(shapes.MutedWords, await self._call("muted_word.list", {}, timeout))

    async def remove(
        self, *, timeout: float | None = None, **fields: Unpack[MutedWordRemoveInput]
    ) -> None:
        """Mute a word no longer."""
        await self._call("muted_word.remove", dict(fields), timeout)

    async def update(
        self, *, timeout: float | None = None, **fields: Unpack[MutedWordUpdateInput]
    ) -> shapes.MutedWord:
        """Change where, how and for how long I have muted a word."""
        return cast(shapes.MutedWord, await self._call("muted_word.update", dict(fields), timeout))


class NotificationCalls:
    """Operations `notification....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def list(
        self, *, timeout: float | None = None, **fields: Unpack[NotificationListInput]
    ) -> shapes.Page[shapes.Notification]:
        """List my notifications, the newest first; of messages only by a token for these, too."""
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
        """Mark one notification as read; of a message only by a token for these, too."""
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


class PinCalls:
    """Operations `pin....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def list(
        self, *, timeout: float | None = None, **fields: Unpack[PinListInput]
    ) -> shapes.Page[shapes.Pin]:
        """List what is pinned in a conversation, the last pinned first."""
        return cast(shapes.Page[shapes.Pin], await self._call("pin.list", dict(fields), timeout))


class PollCalls:
    """Operations `poll....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def vote(
        self, *, timeout: float | None = None, **fields: Unpack[PollVoteInput]
    ) -> shapes.Post:
        """Vote in the poll of a post, for good; the same vote again changes nothing."""
        return cast(shapes.Post, await self._call("poll.vote", dict(fields), timeout))


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
        """Post, reply to a post or quote one. A retry with the same client_id answers the first."""
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

    async def pin(
        self, *, timeout: float | None = None, **fields: Unpack[PostPinInput]
    ) -> shapes.Post:
        """Pin a post of mine: my profile shows it first, in place of any that was pinned before."""
        return cast(shapes.Post, await self._call("post.pin", dict(fields), timeout))

    async def quotes(
        self, *, timeout: float | None = None, **fields: Unpack[PostQuotesInput]
    ) -> shapes.Page[shapes.Post]:
        """List the posts that quote a post, the newest first."""
        return cast(
            shapes.Page[shapes.Post], await self._call("post.quotes", dict(fields), timeout)
        )

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

    async def revoke_quote(
        self, *, timeout: float | None = None, **fields: Unpack[PostRevokeQuoteInput]
    ) -> None:
        """Withdraw my post from the post that quotes it, by the id of that: for good, and everybody."""
        await self._call("post.revoke_quote", dict(fields), timeout)

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

    async def unpin(
        self, *, timeout: float | None = None, **fields: Unpack[PostUnpinInput]
    ) -> shapes.Post:
        """Pin a post no longer."""
        return cast(shapes.Post, await self._call("post.unpin", dict(fields), timeout))

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
        """Change my post; what is left out stays as it is."""
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

    async def lookup(
        self, *, timeout: float | None = None, **fields: Unpack[ProfileLookupInput]
    ) -> shapes.Profile:
        """Get the profile of who has exactly this username, in capitals or not."""
        return cast(shapes.Profile, await self._call("profile.lookup", dict(fields), timeout))

    async def mine(self, *, timeout: float | None = None) -> shapes.Profile:
        """Get my profile."""
        return cast(shapes.Profile, await self._call("profile.mine", {}, timeout))

    async def update(
        self, *, timeout: float | None = None, **fields: Unpack[ProfileUpdateInput]
    ) -> shapes.Profile:
        """Change my profile; what is left out stays, and null takes the avatar or the banner off."""
        return cast(shapes.Profile, await self._call("profile.update", dict(fields), timeout))


class PushCalls:
    """Operations `push....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def get(self, *, timeout: float | None = None) -> shapes.PushStatus:
        """Read whether this session receives Web Push, and the server's public key."""
        return cast(shapes.PushStatus, await self._call("push.get", {}, timeout))

    async def subscribe(
        self, *, timeout: float | None = None, **fields: Unpack[PushSubscribeInput]
    ) -> shapes.PushStatus:
        """Have this session receive Web Push, there and nowhere else, until it ends."""
        return cast(shapes.PushStatus, await self._call("push.subscribe", dict(fields), timeout))

    async def unsubscribe(self, *, timeout: float | None = None) -> None:
        """Have this session receive no Web Push."""
        await self._call("push.unsubscribe", {}, timeout)


class ReactionCalls:
    """Operations `reaction....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def list(
        self, *, timeout: float | None = None, **fields: Unpack[ReactionListInput]
    ) -> shapes.Page[shapes.Reactor]:
        """List who has reacted to a message, with this emoji or any, the newest first."""
        return cast(
            shapes.Page[shapes.Reactor], await self._call("reaction.list", dict(fields), timeout)
        )


class ReportCalls:
    """Operations `report....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def create(
        self, *, timeout: float | None = None, **fields: Unpack[ReportCreateInput]
    ) -> shapes.Report:
        """Report a user, a post or a message to the admins."""
        return cast(shapes.Report, await self._call("report.create", dict(fields), timeout))


class SecondFactorCalls:
    """Operations `second_factor....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def begin(
        self, *, timeout: float | None = None, **fields: Unpack[SecondFactorBeginInput]
    ) -> shapes.SecondFactorSecret:
        """Get a secret for a program that makes codes (TOTP); nothing changes until it is confirmed."""
        return cast(
            shapes.SecondFactorSecret, await self._call("second_factor.begin", dict(fields), timeout)
        )

    async def confirm(
        self, *, timeout: float | None = None, **fields: Unpack[SecondFactorConfirmInput]
    ) -> shapes.RecoveryCodes:
        """Have my logins take a code from now on; the recovery codes are shown this once."""
        return cast(
            shapes.RecoveryCodes, await self._call("second_factor.confirm", dict(fields), timeout)
        )

    async def end(
        self, *, timeout: float | None = None, **fields: Unpack[SecondFactorEndInput]
    ) -> None:
        """Have my logins take the password alone."""
        await self._call("second_factor.end", dict(fields), timeout)

    async def get(self, *, timeout: float | None = None) -> shapes.SecondFactorStatus:
        """Get whether my logins take a code, too, and how many recovery codes are left."""
        return cast(shapes.SecondFactorStatus, await self._call("second_factor.get", {}, timeout))

    async def recovery_codes(
        self, *, timeout: float | None = None, **fields: Unpack[SecondFactorRecoveryCodesInput]
    ) -> shapes.RecoveryCodes:
        """Get new recovery codes in place of all before; none where logins take no code."""
        return cast(
            shapes.RecoveryCodes, await self._call("second_factor.recovery_codes", dict(fields), timeout)
        )


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


class StreamCalls:
    """Operations `stream....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def subscribe(
        self, *, timeout: float | None = None, **fields: Unpack[StreamSubscribeInput]
    ) -> shapes.StreamSubscribed:
        """Listen to a stream of new posts; what came since the cursor has been sent by the ack."""
        return cast(
            shapes.StreamSubscribed, await self._call("stream.subscribe", dict(fields), timeout)
        )

    async def unsubscribe(
        self, *, timeout: float | None = None, **fields: Unpack[StreamUnsubscribeInput]
    ) -> None:
        """Listen to a stream no longer."""
        await self._call("stream.unsubscribe", dict(fields), timeout)


class TokenCalls:
    """Operations `token....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def create(
        self, *, timeout: float | None = None, **fields: Unpack[TokenCreateInput]
    ) -> shapes.NewPersonalToken:
        """Make a personal access token, which is shown this once; I am mailed that there is one."""
        return cast(
            shapes.NewPersonalToken, await self._call("token.create", dict(fields), timeout)
        )

    async def list(
        self, *, timeout: float | None = None, **fields: Unpack[TokenListInput]
    ) -> shapes.Page[shapes.PersonalToken]:
        """List the personal access tokens of me and my bots, newest first, without what they are."""
        return cast(
            shapes.Page[shapes.PersonalToken], await self._call("token.list", dict(fields), timeout)
        )

    async def revoke(
        self, *, timeout: float | None = None, **fields: Unpack[TokenRevokeInput]
    ) -> None:
        """End a personal access token: it and its sockets are good no longer."""
        await self._call("token.revoke", dict(fields), timeout)


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
        """Delete my account: nobody sees it any more, nor my bots; messages stay."""
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
        """List what a user posted and retweeted, the newest first, or one kind of it."""
        return cast(shapes.Page[shapes.Post], await self._call("user.posts", dict(fields), timeout))

    async def register(
        self, *, timeout: float | None = None, **fields: Unpack[UserRegisterInput]
    ) -> shapes.Me:
        """Create an account."""
        return cast(shapes.Me, await self._call("user.register", dict(fields), timeout))

    async def rename(
        self, *, timeout: float | None = None, **fields: Unpack[UserRenameInput]
    ) -> shapes.Me:
        """Change my username; the one before leads to me, and is nobody else's, for 30 days."""
        return cast(shapes.Me, await self._call("user.rename", dict(fields), timeout))

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


class WebhookCalls:
    """Operations `webhook....`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def create(
        self, *, timeout: float | None = None, **fields: Unpack[WebhookCreateInput]
    ) -> shapes.NewWebhook:
        """Have events of mine sent to a URL from now on; the secret is shown this once."""
        return cast(shapes.NewWebhook, await self._call("webhook.create", dict(fields), timeout))

    async def delete(
        self, *, timeout: float | None = None, **fields: Unpack[WebhookDeleteInput]
    ) -> None:
        """Forget a webhook of mine; what waits is not sent."""
        await self._call("webhook.delete", dict(fields), timeout)

    async def deliveries(
        self, *, timeout: float | None = None, **fields: Unpack[WebhookDeliveriesInput]
    ) -> shapes.Page[shapes.WebhookDelivery]:
        """List what waits for a webhook of mine, and what came of the last 100, the newest first."""
        return cast(
            shapes.Page[shapes.WebhookDelivery], await self._call("webhook.deliveries", dict(fields), timeout)
        )

    async def get(
        self, *, timeout: float | None = None, **fields: Unpack[WebhookGetInput]
    ) -> shapes.Webhook:
        """Get a webhook of mine."""
        return cast(shapes.Webhook, await self._call("webhook.get", dict(fields), timeout))

    async def list(
        self, *, timeout: float | None = None, **fields: Unpack[WebhookListInput]
    ) -> shapes.Page[shapes.Webhook]:
        """List my webhooks, the newest first."""
        return cast(
            shapes.Page[shapes.Webhook], await self._call("webhook.list", dict(fields), timeout)
        )

    async def redeliver(
        self, *, timeout: float | None = None, **fields: Unpack[WebhookRedeliverInput]
    ) -> shapes.WebhookDelivery:
        """Send something again, under the same `webhook-id`, as it is to be seen now."""
        return cast(
            shapes.WebhookDelivery, await self._call("webhook.redeliver", dict(fields), timeout)
        )

    async def rotate_secret(
        self, *, timeout: float | None = None, **fields: Unpack[WebhookRotateSecretInput]
    ) -> shapes.NewWebhook:
        """Get another secret, shown this once; for 24 hours the one before signs, too."""
        return cast(
            shapes.NewWebhook, await self._call("webhook.rotate_secret", dict(fields), timeout)
        )

    async def test(
        self, *, timeout: float | None = None, **fields: Unpack[WebhookTestInput]
    ) -> shapes.WebhookDelivery:
        """Send a `webhook.test` to a webhook of mine; what comes of it is among its deliveries."""
        return cast(shapes.WebhookDelivery, await self._call("webhook.test", dict(fields), timeout))

    async def update(
        self, *, timeout: float | None = None, **fields: Unpack[WebhookUpdateInput]
    ) -> shapes.Webhook:
        """Change a webhook of mine, turn it off or on; what is left out stays as it is."""
        return cast(shapes.Webhook, await self._call("webhook.update", dict(fields), timeout))


class Calls:
    """All operations: `client.post.create(...)`."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self.admin = AdminCalls(call)
        self.block = BlockCalls(call)
        self.bookmark = BookmarkCalls(call)
        self.bot = BotCalls(call)
        self.conversation = ConversationCalls(call)
        self.email = EmailCalls(call)
        self.feed = FeedCalls(call)
        self.group_link = GroupLinkCalls(call)
        self.hashtag = HashtagCalls(call)
        self.incoming_webhook = IncomingWebhookCalls(call)
        self.invitation = InvitationCalls(call)
        self.media = MediaCalls(call)
        self.message = MessageCalls(call)
        self.message_request = MessageRequestCalls(call)
        self.mute = MuteCalls(call)
        self.muted_word = MutedWordCalls(call)
        self.notification = NotificationCalls(call)
        self.password = PasswordCalls(call)
        self.pin = PinCalls(call)
        self.poll = PollCalls(call)
        self.post = PostCalls(call)
        self.presence = PresenceCalls(call)
        self.profile = ProfileCalls(call)
        self.push = PushCalls(call)
        self.reaction = ReactionCalls(call)
        self.report = ReportCalls(call)
        self.second_factor = SecondFactorCalls(call)
        self.session = SessionCalls(call)
        self.stream = StreamCalls(call)
        self.token = TokenCalls(call)
        self.user = UserCalls(call)
        self.webhook = WebhookCalls(call)

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
