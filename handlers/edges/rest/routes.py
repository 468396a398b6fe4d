"""Every REST path, and the operation that it is. What is in braces is an id, or a token."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Route:
    """A method and path, and the operation that it is.

    takes_query: the input is in the query string though the method has a body, which is ignored.
    has_cookie: a browser may have the refresh token in a cookie.
    is_hook: the body may be a form whose `payload` is the JSON, and the answer is plain text.
    """

    method: str
    path: str
    operation: str
    status: int = 200
    takes_query: bool = False
    has_cookie: bool = False
    is_hook: bool = False


USERS = [
    Route("POST", "/api/users/", "user.register", 201),
    Route("POST", "/api/users/token/", "session.open", has_cookie=True),
    Route("POST", "/api/users/token/refresh/", "session.rotate", has_cookie=True),
    Route("POST", "/api/users/token/revoke/", "session.revoke", 204, has_cookie=True),
    Route("GET", "/api/users/me/", "user.me"),
    Route("GET", "/api/users/{id}/", "user.get"),
    Route("POST", "/api/users/{id}/follow/", "user.follow"),
    Route("POST", "/api/users/{id}/unfollow/", "user.unfollow"),
    Route("POST", "/api/users/{id}/block/", "user.block"),
    Route("POST", "/api/users/{id}/unblock/", "user.unblock"),
    Route("POST", "/api/users/{id}/mute/", "user.mute"),
    Route("POST", "/api/users/{id}/unmute/", "user.unmute"),
    Route("GET", "/api/users/{id}/followers/", "user.followers"),
    Route("GET", "/api/users/{id}/following/", "user.following"),
    Route("GET", "/api/users/{id}/posts/", "user.posts"),
    Route("GET", "/api/users/profiles/", "profile.list"),
    Route("GET", "/api/users/profiles/my_profile/", "profile.mine"),
    Route("GET", "/api/users/profiles/lookup/", "profile.lookup"),
    Route("GET", "/api/users/profiles/{id}/", "profile.get"),
    Route("PUT", "/api/users/profiles/update_my_profile/", "profile.update"),
    Route("PATCH", "/api/users/profiles/update_my_profile/", "profile.update"),
]

ACCOUNT = [
    Route("PATCH", "/api/users/me/", "user.configure"),
    Route("DELETE", "/api/users/me/", "user.delete", 204),
    Route("GET", "/api/users/me/export/", "user.export"),
    Route("GET", "/api/users/me/blocks/", "block.list"),
    Route("GET", "/api/users/me/mutes/", "mute.list"),
    Route("GET", "/api/users/sessions/", "session.list"),
    Route("DELETE", "/api/users/sessions/{id}/", "session.end", 204),
    Route("GET", "/api/users/tokens/", "token.list"),
    Route("POST", "/api/users/tokens/", "token.create", 201),
    Route("DELETE", "/api/users/tokens/{id}/", "token.revoke", 204),
    Route("GET", "/api/users/bots/", "bot.list"),
    Route("POST", "/api/users/bots/", "bot.create", 201),
    Route("DELETE", "/api/users/bots/{id}/", "bot.delete", 204),
    Route("POST", "/api/users/password/", "password.change", 204),
    Route("POST", "/api/users/password/reset/", "password.ask_for_reset", 204),
    Route("POST", "/api/users/password/reset/confirm/", "password.reset", 204),
    Route("POST", "/api/users/email/verify/", "email.verify", 204),
    Route("POST", "/api/users/email/verify/resend/", "email.verify_again", 204),
    Route("POST", "/api/users/email/", "email.change"),
    Route("DELETE", "/api/users/email/", "email.cancel_change"),
    Route("POST", "/api/users/email/confirm/", "email.confirm_change", 204),
    Route("GET", "/api/users/second_factor/", "second_factor.get"),
    Route("POST", "/api/users/second_factor/", "second_factor.begin"),
    Route("DELETE", "/api/users/second_factor/", "second_factor.end", 204),
    Route("POST", "/api/users/second_factor/confirm/", "second_factor.confirm"),
    Route("POST", "/api/users/second_factor/recovery_codes/", "second_factor.recovery_codes"),
    Route("POST", "/api/users/username/", "user.rename"),
    Route("POST", "/api/users/unsubscribe/", "email.unsubscribe", takes_query=True),
]

POSTS = [
    Route("GET", "/api/users/me/muted_words/", "muted_word.list"),
    Route("POST", "/api/users/me/muted_words/", "muted_word.add", 201),
    Route("PATCH", "/api/users/me/muted_words/{id}/", "muted_word.update"),
    Route("DELETE", "/api/users/me/muted_words/{id}/", "muted_word.remove", 204),
    Route("GET", "/api/posts/", "post.list"),
    Route("POST", "/api/posts/", "post.create", 201),
    Route("GET", "/api/posts/feed/", "feed.list"),
    Route("GET", "/api/posts/bookmarks/", "bookmark.list"),
    Route("GET", "/api/posts/trending_hashtags/", "hashtag.trending"),
    Route("GET", "/api/posts/{id}/", "post.get"),
    Route("PUT", "/api/posts/{id}/", "post.update"),
    Route("PATCH", "/api/posts/{id}/", "post.update"),
    Route("DELETE", "/api/posts/{id}/", "post.delete", 204),
    Route("GET", "/api/posts/{id}/replies/", "post.replies"),
    Route("GET", "/api/posts/{id}/thread/", "post.thread"),
    Route("GET", "/api/posts/{id}/history/", "post.history"),
    Route("GET", "/api/posts/{id}/likes/", "post.likes"),
    Route("GET", "/api/posts/{id}/retweets/", "post.retweets"),
    Route("GET", "/api/posts/{id}/quotes/", "post.quotes"),
    Route("POST", "/api/posts/{id}/revoke_quote/", "post.revoke_quote", 204),
    Route("POST", "/api/posts/{id}/pin/", "post.pin"),
    Route("POST", "/api/posts/{id}/unpin/", "post.unpin"),
    Route("POST", "/api/posts/{id}/like/", "post.like"),
    Route("POST", "/api/posts/{id}/unlike/", "post.unlike"),
    Route("POST", "/api/posts/{id}/retweet/", "post.retweet"),
    Route("POST", "/api/posts/{id}/unretweet/", "post.unretweet"),
    Route("POST", "/api/posts/{id}/bookmark/", "post.bookmark"),
    Route("POST", "/api/posts/{id}/unbookmark/", "post.unbookmark"),
    Route("POST", "/api/posts/{id}/vote/", "poll.vote"),
]

MEDIA = [
    Route("POST", "/api/media/", "media.upload", 201),
    Route("GET", "/api/media/{id}/", "media.get"),
    Route("PATCH", "/api/media/{id}/", "media.update"),
]

SEARCH = [Route("GET", "/api/search/", "search")]

NOTIFICATIONS = [
    Route("GET", "/api/notifications/", "notification.list"),
    Route("GET", "/api/notifications/unread_count/", "notification.unread_count"),
    Route("POST", "/api/notifications/{id}/mark_as_read/", "notification.read_one"),
    Route("POST", "/api/notifications/mark_all_as_read/", "notification.read"),
]

PUSH = [
    Route("GET", "/api/push/", "push.get"),
    Route("PUT", "/api/push/subscription/", "push.subscribe"),
    Route("DELETE", "/api/push/subscription/", "push.unsubscribe", 204),
]

WEBHOOKS = [
    Route("GET", "/api/webhooks/", "webhook.list"),
    Route("POST", "/api/webhooks/", "webhook.create", 201),
    Route("GET", "/api/webhooks/incoming/", "incoming_webhook.list"),
    Route("POST", "/api/webhooks/incoming/", "incoming_webhook.create", 201),
    Route("DELETE", "/api/webhooks/incoming/{id}/", "incoming_webhook.revoke", 204),
    Route("POST", "/api/webhooks/in/{token}/", "incoming_webhook.receive", is_hook=True),
    Route("GET", "/api/webhooks/{id}/", "webhook.get"),
    Route("PATCH", "/api/webhooks/{id}/", "webhook.update"),
    Route("DELETE", "/api/webhooks/{id}/", "webhook.delete", 204),
    Route("POST", "/api/webhooks/{id}/rotate_secret/", "webhook.rotate_secret"),
    Route("POST", "/api/webhooks/{id}/test/", "webhook.test"),
    Route("GET", "/api/webhooks/{id}/deliveries/", "webhook.deliveries"),
    Route("POST", "/api/webhooks/{id}/deliveries/{delivery_id}/redeliver/", "webhook.redeliver"),
]

MESSAGES = [
    Route("GET", "/api/messages/", "conversation.list"),
    Route("POST", "/api/messages/", "conversation.create", 201),
    Route("GET", "/api/messages/search/", "message.search"),
    Route("GET", "/api/messages/unread_count/", "message.unread_count"),
    Route("GET", "/api/messages/{conversation_id}/", "conversation.get"),
    Route("PATCH", "/api/messages/{conversation_id}/", "conversation.update"),
    Route("GET", "/api/messages/{conversation_id}/messages/", "message.list"),
    Route("PATCH", "/api/messages/{conversation_id}/messages/{id}/", "message.update"),
    Route("DELETE", "/api/messages/{conversation_id}/messages/{id}/", "message.delete", 204),
    Route("POST", "/api/messages/{conversation_id}/messages/{id}/react/", "message.react"),
    Route("POST", "/api/messages/{conversation_id}/messages/{id}/unreact/", "message.unreact"),
    Route("GET", "/api/messages/{conversation_id}/messages/{id}/reactions/", "reaction.list"),
    Route("POST", "/api/messages/{conversation_id}/messages/{id}/pin/", "message.pin"),
    Route("POST", "/api/messages/{conversation_id}/messages/{id}/unpin/", "message.unpin"),
    Route("GET", "/api/messages/{conversation_id}/pins/", "pin.list"),
    Route("POST", "/api/messages/{conversation_id}/send_message/", "message.send", 201),
    Route("POST", "/api/messages/{conversation_id}/read/", "conversation.read"),
]

GROUPS = [
    Route("POST", "/api/messages/{conversation_id}/role/", "conversation.set_role"),
    Route("POST", "/api/messages/{conversation_id}/remove/", "conversation.remove"),
    Route("POST", "/api/messages/{conversation_id}/ban/", "conversation.ban"),
    Route("POST", "/api/messages/{conversation_id}/unban/", "conversation.unban"),
    Route("GET", "/api/messages/{conversation_id}/bans/", "conversation.bans"),
    Route("GET", "/api/messages/{conversation_id}/invitations/", "conversation.invitations"),
    Route("POST", "/api/messages/{conversation_id}/uninvite/", "conversation.uninvite", 204),
    Route("GET", "/api/messages/{conversation_id}/join_requests/", "conversation.join_requests"),
    Route("POST", "/api/messages/{conversation_id}/approve/", "conversation.approve"),
    Route("POST", "/api/messages/{conversation_id}/refuse/", "conversation.refuse"),
    Route("GET", "/api/messages/requests/", "message_request.list"),
    Route("GET", "/api/messages/requests/unread_count/", "message_request.unread_count"),
    Route("POST", "/api/messages/requests/{conversation_id}/accept/", "message_request.accept"),
    Route(
        "POST", "/api/messages/requests/{conversation_id}/decline/", "message_request.decline", 204
    ),
    Route("GET", "/api/messages/invitations/", "invitation.list"),
    Route("POST", "/api/messages/{conversation_id}/accept/", "invitation.accept"),
    Route("POST", "/api/messages/{conversation_id}/decline/", "invitation.decline", 204),
    Route("GET", "/api/messages/{conversation_id}/links/", "group_link.list"),
    Route("POST", "/api/messages/{conversation_id}/links/", "group_link.create", 201),
    Route("DELETE", "/api/messages/{conversation_id}/links/{id}/", "group_link.revoke", 204),
    Route("POST", "/api/messages/join/preview/", "group_link.preview"),
    Route("POST", "/api/messages/join/", "group_link.join"),
]

MODERATION = [
    Route("POST", "/api/reports/", "report.create", 201),
    Route("GET", "/api/admin/users/", "admin.user.list"),
    Route("POST", "/api/admin/users/{id}/suspend/", "admin.user.suspend"),
    Route("POST", "/api/admin/users/{id}/restore/", "admin.user.restore"),
    Route("POST", "/api/admin/users/{id}/make_admin/", "admin.user.make_admin"),
    Route("POST", "/api/admin/users/{id}/revoke_admin/", "admin.user.revoke_admin"),
    Route("GET", "/api/admin/reports/", "admin.report.list"),
    Route("POST", "/api/admin/reports/{id}/close/", "admin.report.close"),
    Route("DELETE", "/api/admin/posts/{id}/", "post.delete", 204),
    Route("GET", "/api/admin/audit_log/", "admin.audit.list"),
]

ROUTES = [
    *(*USERS, *ACCOUNT, *POSTS, *MEDIA, *SEARCH, *NOTIFICATIONS, *PUSH, *WEBHOOKS),
    *(*MESSAGES, *GROUPS, *MODERATION),
]
