"""Every REST path, and the operation that it is. What is in braces is an id."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Route:
    """A method and path, and the operation that it is.

    takes_query: the input is in the query string though the method has a body, which is ignored.
    has_cookie: a browser may have the refresh token in a cookie.
    """

    method: str
    path: str
    operation: str
    status: int = 200
    takes_query: bool = False
    has_cookie: bool = False


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
    Route("POST", "/api/users/password/", "password.change", 204),
    Route("POST", "/api/users/password/reset/", "password.ask_for_reset", 204),
    Route("POST", "/api/users/password/reset/confirm/", "password.reset", 204),
    Route("POST", "/api/users/email/verify/", "email.verify", 204),
    Route("POST", "/api/users/email/verify/resend/", "email.verify_again", 204),
    Route("POST", "/api/users/unsubscribe/", "email.unsubscribe", takes_query=True),
]

POSTS = [
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
    Route("POST", "/api/posts/{id}/like/", "post.like"),
    Route("POST", "/api/posts/{id}/unlike/", "post.unlike"),
    Route("POST", "/api/posts/{id}/retweet/", "post.retweet"),
    Route("POST", "/api/posts/{id}/unretweet/", "post.unretweet"),
    Route("POST", "/api/posts/{id}/bookmark/", "post.bookmark"),
    Route("POST", "/api/posts/{id}/unbookmark/", "post.unbookmark"),
]

SEARCH = [Route("GET", "/api/search/", "search")]

NOTIFICATIONS = [
    Route("GET", "/api/notifications/", "notification.list"),
    Route("GET", "/api/notifications/unread_count/", "notification.unread_count"),
    Route("POST", "/api/notifications/{id}/mark_as_read/", "notification.read_one"),
    Route("POST", "/api/notifications/mark_all_as_read/", "notification.read"),
]

MESSAGES = [
    Route("GET", "/api/messages/", "conversation.list"),
    Route("POST", "/api/messages/", "conversation.create", 201),
    Route("GET", "/api/messages/unread_count/", "message.unread_count"),
    Route("GET", "/api/messages/{conversation_id}/", "conversation.get"),
    Route("PATCH", "/api/messages/{conversation_id}/", "conversation.update"),
    Route("GET", "/api/messages/{conversation_id}/messages/", "message.list"),
    Route("PATCH", "/api/messages/{conversation_id}/messages/{id}/", "message.update"),
    Route("DELETE", "/api/messages/{conversation_id}/messages/{id}/", "message.delete", 204),
    Route("POST", "/api/messages/{conversation_id}/send_message/", "message.send", 201),
    Route("POST", "/api/messages/{conversation_id}/read/", "conversation.read"),
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

ROUTES = [*USERS, *ACCOUNT, *POSTS, *SEARCH, *NOTIFICATIONS, *MESSAGES, *MODERATION]
