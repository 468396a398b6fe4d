"""Every problem that a client can be answered with: one table.

The bodies of problems, both API documents, the page that `type` leads to and docs/errors.md are
made of it. A code is stable: clients decide by it, and so it is never renamed or given another
meaning.
"""

from enum import Enum
from http import HTTPStatus

ERRORS_PATH = "/docs/errors/"  # of the page that describes the codes


class ErrorCode(Enum):
    """A problem type (RFC 9457): what went wrong, for programs, and what to do about it.

    status is that of an HTTP answer; title and description are for people, retry says when the same
    request may succeed.
    """

    status: HTTPStatus
    title: str
    description: str
    retry: str

    def __new__(
        cls, code: str, status: HTTPStatus, title: str, description: str, retry: str
    ) -> "ErrorCode":
        """Return the member whose value is the code."""
        member = object.__new__(cls)
        member._value_ = code
        member.status = status
        member.title = title
        member.description = description
        member.retry = retry
        return member

    @property
    def reference(self) -> str:
        """The `type` of its problems, as a reference (RFC 3986) without an authority."""
        return f"{ERRORS_PATH}#{self.value}"

    @property
    def is_for_now(self) -> bool:
        """Whether the same request may succeed later, as it is.

        A new socket that is told so is cut, and comes back; any other problem refuses it for good.
        """
        return self.status is HTTPStatus.TOO_MANY_REQUESTS or self.status.value >= 500

    # A table, with a line for what goes wrong, then what to read.
    # fmt: off

    # What cannot be read

    MALFORMED = (
        "malformed", HTTPStatus.BAD_REQUEST, "Malformed input",
        ("The body is not a JSON object or a form, or is not encoded as its headers say; a"
         " command's payload is not one object; the request is not HTTP, or a header is over"
         " 8 KiB."),
        "Never with this input: the client is at fault.",
    )
    BODY_TIMEOUT = (
        "body_timeout", HTTPStatus.BAD_REQUEST, "Body did not arrive in time",
        "The body must have arrived within 15 s, a form with files within 60 s.",
        "At once.",
    )
    PAYLOAD_TOO_LARGE = (
        "payload_too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Payload too large",
        "The body is over 1 MiB, a file over 16 MiB, or a form over what its parts may be.",
        "Only with less in it.",
    )
    UNSUPPORTED_MEDIA_TYPE = (
        "unsupported_media_type", HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Unsupported media type",
        ("Bodies are read as application/json, and as multipart/form-data where a file can be"
         " sent."),
        "Only as another media type.",
    )
    UNSUPPORTED_IMAGE = (
        "unsupported_image", HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Unsupported image format",
        ("The file is no JPEG, PNG, WebP, GIF or AVIF, whatever its name says; or it is a HEIC, and"
         " the server has no decoder for that."),
        "Only with another file.",
    )

    # Who asks

    TOKEN_MISSING = (
        "token_missing", HTTPStatus.UNAUTHORIZED, "Token required",
        ("The request needs an access token: the header `Authorization: Bearer TOKEN`, or"
         " `token` in the `auth` of a Socket.IO connection. Or it needs a refresh token, in"
         " its body or its cookie."),
        "With a token.",
    )
    TOKEN_INVALID = (
        "token_invalid", HTTPStatus.UNAUTHORIZED, "Token not valid",
        "This server did not sign the token, or signed it for something else.",
        "With another token: log in.",
    )
    TOKEN_EXPIRED = (
        "token_expired", HTTPStatus.UNAUTHORIZED, "Token expired",
        ("The token's time is over. A socket is closed with this code, too, unless"
         " `session.refresh` comes before."),
        "With a fresh access token; log in anew where it is the refresh token that expired.",
    )
    SESSION_ENDED = (
        "session_ended", HTTPStatus.UNAUTHORIZED, "Session ended",
        ("The session was revoked, has expired, or its account is suspended or deleted; or its"
         " refresh token was used a second time, which ends it. A socket is closed with this"
         " code, too."),
        "After logging in anew.",
    )
    WRONG_CREDENTIALS = (
        "wrong_credentials", HTTPStatus.UNAUTHORIZED, "Wrong credentials",
        "No account has this name or address with this password.",
        "With other credentials.",
    )

    SECOND_FACTOR_REQUIRED = (
        "second_factor_required", HTTPStatus.UNAUTHORIZED, "A code is needed, too",
        ("The password is right, and the account has a second factor: `code` is missing, out of"
         " the user's program or one of the recovery codes."),
        "With the code of now.",
    )

    # What is not allowed

    ACCOUNT_SUSPENDED = (
        "account_suspended", HTTPStatus.FORBIDDEN, "Account suspended",
        "An admin has suspended the account: nobody can log in to it.",
        "When an admin has restored it.",
    )
    ADMIN_REQUIRED = (
        "admin_required", HTTPStatus.FORBIDDEN, "Admin required",
        "Only admins may do this.",
        "Not as this user.",
    )
    INSUFFICIENT_SCOPE = (
        "insufficient_scope", HTTPStatus.FORBIDDEN, "Scope required",
        ("A personal access token may do only what its scopes are for; `scope` says which one it"
         " lacks. Without `scope`, no such token may do this."),
        "With a token that has the scope, or after logging in.",
    )
    CROSS_ORIGIN = (
        "cross_origin", HTTPStatus.FORBIDDEN, "Not a page of this server",
        ("The refresh token in a cookie is for pages of this server alone: `Origin` and"
         " `Sec-Fetch-Site` must say that one of them asks, by https where the server is reached"
         " so. A WebSocket is for those and for pages of CORS_ORIGINS."),
        "Never for this page; a program sends the refresh token in the body, and no `Origin`.",
    )
    BLOCKED = (
        "blocked", HTTPStatus.FORBIDDEN, "Blocked",
        ("One of the two users has blocked the other, so they can neither follow, answer, react"
         " to nor write to each other; in a direct conversation the other may also be gone."),
        "When nobody blocks anybody any more.",
    )
    NOT_AUTHOR = (
        "not_author", HTTPStatus.FORBIDDEN, "Not the author",
        "A post or message is changed and deleted only by who wrote it.",
        "Not as this user.",
    )
    ROLE_REQUIRED = (
        "role_required", HTTPStatus.FORBIDDEN, "Role in the group required",
        ("The group lets only its owner, or only its owner and admins, do this; or it would be"
         " done to somebody whose role is not below one's own."),
        "When one's role, or the setting of the group, is another.",
    )
    BANNED = (
        "banned", HTTPStatus.FORBIDDEN, "Banned from the group",
        "The group has banned the user, who cannot be added to it or join it.",
        "When an admin of the group has taken the ban back.",
    )
    NOT_ACCEPTED = (
        "not_accepted", HTTPStatus.FORBIDDEN, "Messages not accepted",
        ("Nobody may open a conversation with this user, or only whom they follow: they have set"
         " `who_may_write_to_me` so. Conversations that are there go on."),
        "When they have set it otherwise, or follow the user who asks.",
    )
    NOT_QUOTABLE = (
        "not_quotable", HTTPStatus.FORBIDDEN, "Not to be quoted",
        ("Nobody may quote this user, or only who follows them: they have set `who_may_quote_me`"
         " so. Quotes that are there stay."),
        "When they have set it otherwise, or the user who asks follows them.",
    )
    NOT_A_GROUP = (
        "not_a_group", HTTPStatus.FORBIDDEN, "Not a group",
        "A direct conversation has no title and stays between its two.",
        "Never: open a group instead.",
    )
    TOKEN_MISMATCH = (
        "token_mismatch", HTTPStatus.FORBIDDEN, "Token of another user",
        "The token in the input belongs to another user than the one who asks.",
        "With one's own token.",
    )

    # What is not there

    NOT_FOUND = (
        "not_found", HTTPStatus.NOT_FOUND, "Not found",
        ("What is asked for does not exist, is gone, or is not visible to who asks: a"
         " conversation to anybody but its participants, the post of somebody who has blocked"
         " one."),
        "Not as long as this is so.",
    )
    UNKNOWN_ROUTE = (
        "unknown_route", HTTPStatus.NOT_FOUND, "Unknown path",
        "The API has no such path.",
        "Never on this version of the server.",
    )
    UNKNOWN_COMMAND = (
        "unknown_command", HTTPStatus.NOT_FOUND, "Unknown command",
        "The Socket.IO API has no such command.",
        "Never on this version of the server.",
    )
    METHOD_NOT_ALLOWED = (
        "method_not_allowed", HTTPStatus.METHOD_NOT_ALLOWED, "Method not allowed",
        "The path exists, but not for this method; the header `Allow` lists those it does.",
        "With another method.",
    )

    UPGRADE_REQUIRED = (
        "upgrade_required", HTTPStatus.UPGRADE_REQUIRED, "WebSocket required",
        "Here is a WebSocket: the request must ask for one (`Upgrade: websocket`, RFC 6455).",
        "As a WebSocket handshake.",
    )

    # What clashes with what is there

    USERNAME_TAKEN = (
        "username_taken", HTTPStatus.CONFLICT, "Username taken",
        "Somebody has this username, perhaps with other capitals, or had it less than 30 days ago.",
        "With another username.",
    )
    EMAIL_TAKEN = (
        "email_taken", HTTPStatus.CONFLICT, "E-mail address taken",
        "An account with this e-mail address exists.",
        "With another address; or log in, or reset the password.",
    )
    CONVERSATION_FULL = (
        "conversation_full", HTTPStatus.CONFLICT, "Conversation full",
        "The group would have more participants than a group may have.",
        "When somebody has left, or with fewer to add.",
    )
    LINK_LIMIT = (
        "link_limit", HTTPStatus.CONFLICT, "Too many links",
        "The group would have more invitation links than a group may.",
        "When one of them has been revoked.",
    )
    PIN_LIMIT = (
        "pin_limit", HTTPStatus.CONFLICT, "Too many pinned messages",
        "The conversation would have more pinned messages than it may.",
        "When one of them has been unpinned.",
    )
    REACTION_LIMIT = (
        "reaction_limit", HTTPStatus.CONFLICT, "Too many reactions",
        "The message would have more different reactions, or more by this person, than it may.",
        "When one of them has been taken back.",
    )
    SECOND_FACTOR_ENABLED = (
        "second_factor_enabled", HTTPStatus.CONFLICT, "Second factor enabled",
        "Logins of the account take a code already.",
        "After `second_factor.end`.",
    )
    REQUEST_LIMIT = (
        "request_limit", HTTPStatus.CONFLICT, "Too many message requests",
        ("Somebody who has not answered yet would have more messages, or more people would have a"
         " first message within a day, than may be."),
        "When they have answered, or a day later with somebody else.",
    )
    MEDIA_LIMIT = (
        "media_limit", HTTPStatus.CONFLICT, "Too many pictures wait",
        "More pictures were sent, and not used in a post or message, than may wait for that.",
        "When some have been used, or after a day.",
    )
    MUTED_WORD_LIMIT = (
        "muted_word_limit", HTTPStatus.CONFLICT, "Too many muted words",
        "The user has muted as many words as one may.",
        "When one of them was removed, or its time is over.",
    )
    POLL_ENDED = (
        "poll_ended", HTTPStatus.CONFLICT, "Poll has ended",
        "Nobody votes in the poll any more.",
        "Never.",
    )
    ALREADY_VOTED = (
        "already_voted", HTTPStatus.CONFLICT, "Voted before",
        "The user has made another choice in the poll, and a vote is for good.",
        "Never; the same choice again is answered as it was.",
    )
    BOT_LIMIT = (
        "bot_limit", HTTPStatus.CONFLICT, "Too many bots",
        "The user would have more bots than one may.",
        "When one of them has been deleted.",
    )
    TOKEN_LIMIT = (
        "token_limit", HTTPStatus.CONFLICT, "Too many tokens",
        "The account would have more personal access tokens than one may.",
        "When one of them has been revoked, or has expired.",
    )
    WEBHOOK_LIMIT = (
        "webhook_limit", HTTPStatus.CONFLICT, "Too many webhooks",
        "The account would have more webhooks of this kind than one may.",
        "When one of them has been deleted.",
    )
    WEBHOOK_DISABLED = (
        "webhook_disabled", HTTPStatus.CONFLICT, "Webhook disabled",
        "Nothing but tests is sent to a webhook that is disabled.",
        "When it is enabled again.",
    )
    REPORT_CLOSED = (
        "report_closed", HTTPStatus.CONFLICT, "Report settled before",
        "Another admin has settled the report.",
        "Never: a report is settled once.",
    )

    # What is readable but not acceptable

    INVALID = (
        "invalid", HTTPStatus.UNPROCESSABLE_ENTITY, "Invalid input",
        ("Fields of the input are missing, unknown or not acceptable; `errors` says which and"
         " why."),
        "With other input.",
    )
    INVALID_CURSOR = (
        "invalid_cursor", HTTPStatus.UNPROCESSABLE_ENTITY, "Invalid cursor",
        "The cursor is not one that this list gave out.",
        "Without it: the list begins anew.",
    )
    INVALID_RESUME = (
        "invalid_resume", HTTPStatus.UNPROCESSABLE_ENTITY, "Invalid resume position",
        ("`since`, `epoch` or `feed_since` of a connection is not of the kind that this server"
         " gave out."),
        "Without them: the connection begins afresh.",
    )
    INVALID_IMAGE = (
        "invalid_image", HTTPStatus.UNPROCESSABLE_ENTITY, "Invalid image",
        "The image is empty or damaged, or has more pixels than are read.",
        "Only with another file.",
    )
    CONTRADICTION = (
        "contradiction", HTTPStatus.UNPROCESSABLE_ENTITY, "Contradictory input",
        ("The input says the same thing twice and differently: an id in the path and in the"
         " body, or the header Idempotency-Key and `client_id`."),
        "Never with this input: the client is at fault.",
    )
    KEY_REUSED = (
        "key_reused", HTTPStatus.UNPROCESSABLE_ENTITY, "Idempotency key reused",
        ("The Idempotency-Key, or `client_id`, was used within 24 hours for a write with other"
         " content."),
        "With a new key.",
    )
    SELF_TARGET = (
        "self_target", HTTPStatus.UNPROCESSABLE_ENTITY, "Aimed at oneself",
        ("Nobody follows, blocks or mutes themselves, has a conversation with nobody else,"
         " votes in their own poll, or suspends or restores themselves or changes whether they"
         " are an admin."),
        "Never.",
    )
    STREAM_LIMIT = (
        "stream_limit", HTTPStatus.UNPROCESSABLE_ENTITY, "Too many streams",
        "The connection, or all of the user's together, would listen to more streams than may be.",
        "After `stream.unsubscribe`.",
    )
    WATCH_LIMIT = (
        "watch_limit", HTTPStatus.UNPROCESSABLE_ENTITY, "Too many watched posts",
        "The connection would watch more posts than one may.",
        "After `post.unwatch`.",
    )
    WRONG_PASSWORD = (
        "wrong_password", HTTPStatus.UNPROCESSABLE_ENTITY, "Wrong password",
        "A change of the account needs its present password, and this is not it.",
        "With the right password.",
    )
    WRONG_CODE = (
        "wrong_code", HTTPStatus.UNPROCESSABLE_ENTITY, "Wrong code",
        ("This is not the code of now, or it was used before: each is good once, and for about a"
         " minute. Or it is none of the recovery codes that are left."),
        "With the next code.",
    )
    LINK_INVALID = (
        "link_invalid", HTTPStatus.UNPROCESSABLE_ENTITY, "Link not valid",
        "The token out of a mail was used before, is too old, or is not from this server.",
        "With the token of a newer mail.",
    )

    # Too much, or too early

    RATE_LIMITED = (
        "rate_limited", HTTPStatus.TOO_MANY_REQUESTS, "Rate limited",
        "The caller is over the limit that the headers RateLimit and RateLimit-Policy tell of.",
        "After as many seconds as Retry-After, or `retry_after` in an ack, says.",
    )
    TOO_MANY_ATTEMPTS = (
        "too_many_attempts", HTTPStatus.TOO_MANY_REQUESTS, "Too many attempts at an account",
        ("Somebody, not necessarily who asks, has tried too many passwords of this account, or"
         " had it mailed too often."),
        "After as many seconds as Retry-After, or `retry_after` in an ack, says.",
    )
    TOO_MANY_CONNECTIONS = (
        "too_many_connections", HTTPStatus.TOO_MANY_REQUESTS, "Too many connections",
        "The user has as many sockets open on this instance as one user may.",
        "When another has been closed; at the earliest after `retry_after` seconds.",
    )
    BUSY = (
        "busy", HTTPStatus.TOO_MANY_REQUESTS, "Busy",
        "Too many images or uploads are being worked on at once, whoever sent them.",
        "After as many seconds as Retry-After, or `retry_after` in an ack, says.",
    )

    # What is our fault

    INTERNAL = (
        "internal", HTTPStatus.INTERNAL_SERVER_ERROR, "Internal error",
        ("Something went wrong on the server, which has logged it. A write may or may not have"
         " happened."),
        "Later, with the same idempotency key.",
    )
    UNAVAILABLE = (
        "unavailable", HTTPStatus.SERVICE_UNAVAILABLE, "Service unavailable",
        ("The database, the store of images or every instance is away or too busy to answer in"
         " time, or too many passwords wait to be checked. A write may or may not have happened. A"
         " socket is closed with this code, too."),
        ("After as many seconds as Retry-After, or `retry_after` in an ack, says; writes with"
         " the same idempotency key."),
    )
    DRAINING = (
        "draining", HTTPStatus.SERVICE_UNAVAILABLE, "Server restarting",
        ("The instance stops and sends its sockets to others. Only `session.closing` has this"
         " code."),
        "After `reconnect_in_ms` milliseconds.",
    )
    # fmt: on
