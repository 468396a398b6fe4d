"""What export and purge do with every table and column that refers to a user: reviewed here.

A new table or column belongs in TABLES or, when it says nothing of anybody, in IMPERSONAL;
test_personal_data.py fails until it is there, and holds export and purge to what stands here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

GONE = ""  # no row refers to the user after the purge; else the reason why rows still do


@dataclass(frozen=True, slots=True)
class Table:
    """How a table's rows refer to a user, and what becomes of them.

    purge: GONE or the reason why they stay, by the column that refers to a user.
    exported: where the file has the values of a column, such as `posts[].content`.
    withheld: why it does not have them, by column.
    own: which rows are exported, as a condition on user $1; by default those of the first column.
    conditions: how a column refers to user $1, where it does not by holding the id alone.
    wiped: what a column of a row that stays holds after the purge.
    """

    purge: Mapping[str, str]
    exported: Mapping[str, str] = field(default_factory=dict)
    withheld: Mapping[str, str] = field(default_factory=dict)
    own: str = ""
    conditions: Mapping[str, str] = field(default_factory=dict)
    wiped: Mapping[str, object] = field(default_factory=dict)

    @property
    def columns(self) -> set[str]:
        return {*self.purge, *self.exported, *self.withheld}

    @property
    def rows(self) -> str:
        return self.own or self.condition(next(iter(self.purge)))

    def condition(self, column: str) -> str:
        return self.conditions.get(column, f"{column} = $1")


def each(section: str, *columns: str, **renamed: str) -> dict[str, str]:
    """Columns that every item of a list in the file has, under their own name or another."""
    named = dict.fromkeys(columns) | renamed
    return {column: f"{section}[].{name or column}" for column, name in named.items()}


COUNTED = "made of other rows, which are exported"
OWN = "it is the user's own id, which is account.id"
ROW = "numbers the row, and means nothing outside of the database"
MODERATORS = "what moderators do is not the account's to know"
TWICE = "keeps a write from being done twice, for a day at most"

INDEXED = "the index of search: made of what is exported"

TABLES: dict[str, Table] = {
    "users": Table(
        purge={"id": "messages stay, and need a sender", "owner_id": GONE},
        exported={
            "id": "account.id",
            "username": "account.username",
            "email": "account.email",
            "pending_email": "account.pending_email",
            "display_name": "account.display_name",
            "avatar": "account.avatar",
            "is_admin": "account.is_admin",
            "digest_mails": "account.digest_mails",
            "who_may_add_me": "account.who_may_add_me",
            "who_may_write_to_me": "account.who_may_write_to_me",
            "who_may_quote_me": "account.who_may_quote_me",
            "email_verified_at": "account.email_verified_at",
            "last_seen_at": "account.last_seen_at",
            "created_at": "account.created_at",
        },
        withheld={
            "password_hash": "a secret",
            "suspended_at": "an account that is suspended cannot ask",
            "deleted_at": "an account that is deleted cannot ask",
            "sessions_ended_up_to": "exported is which sessions have ended",
            "session_kept": "exported is which sessions have ended",
            "read_receipts_after": "exported is account.send_read_receipts",
        },
        wiped={
            "username": "deleted_{id}",
            "email": "deleted_{id}@invalid",
            "pending_email": None,
            "password_hash": "",
            "display_name": "Deleted user",
            "avatar": None,
            "is_admin": False,
            "digest_mails": False,
            "who_may_add_me": "everybody",
            "who_may_write_to_me": "everybody",
            "who_may_quote_me": "everybody",
            "email_verified_at": None,
            "last_seen_at": None,
        },
    ),
    "profiles": Table(
        purge={"user_id": "one for each row of users"},
        exported={
            "bio": "profile.bio",
            "location": "profile.location",
            "website": "profile.website",
            "banner": "profile.banner",
            "followers_count": "profile.followers_count",
            "following_count": "profile.following_count",
            "posts_count": "profile.posts_count",
        },
        wiped={
            "bio": "",
            "location": "",
            "website": "",
            "banner": None,
            "followers_count": 0,
            "following_count": 0,
            "posts_count": 0,
        },
    ),
    "sessions": Table(
        purge={"user_id": GONE},
        exported=each(
            "sessions", "id", "created_at", "expires_at", "user_agent", "address",
            rotated_at="last_used_at", revoked_at="ended_at",
        ),
        withheld={
            "generation": "tells which refresh token is good",
            "is_token": "those of personal access tokens are exported as what they are of",
        },
        own="user_id = $1 AND NOT is_token",
    ),
    "personal_tokens": Table(
        purge={"user_id": GONE},
        exported=each(
            "personal_tokens", "name", "scopes", "created_at", "expires_at", "last_used_at",
            session_id="id",
        ),
        withheld=dict.fromkeys(("hash", "hint"), "a secret that was shown to the user once"),
    ),
    "push_subscriptions": Table(
        purge={"user_id": GONE},
        withheld=dict.fromkeys(
            ("session_id", "endpoint", "p256dh", "auth", "created_at"),
            "a secret between this server and the browser of a session, which is exported",
        ),
    ),
    "webhooks": Table(
        purge={"user_id": GONE},
        exported=each(
            "webhooks", "id", "name", "url", "disabled_at", "disabled_because", "failing_since",
            "last_success_at", "created_at", "previous_secret_until",
        ),
        withheld={
            "events": "exported, as a list",
            "secret": "a secret that was shown to the user once",
            "previous_secret": "a secret that was shown to the user once",
            "since": "numbers events",
            "failures": "how often it failed in a row: exported is since when",
            "paused_until": "when the next attempt is due",
        },
    ),
    "incoming_webhooks": Table(
        purge={"user_id": GONE},
        exported=each(
            "incoming_webhooks", "id", "name", "conversation_id", "last_used_at", "created_at"
        ),
        withheld={"token_hash": "a secret that was shown to the user once"},
    ),
    "webhook_deliveries": Table(
        purge={"webhook_id": GONE},
        withheld=dict.fromkeys(
            (
                "id", "message_id", "event", "seq", "at", "status", "attempts", "queued_at",
                "next_attempt_at", "attempted_at", "response_status", "error", "duration_ms",
            ),
            "how sending what is exported went: webhook.deliveries tells it",
        ),
        conditions={"webhook_id": "webhook_id IN (SELECT id FROM webhooks WHERE user_id = $1)"},
    ),
    "mail_tokens": Table(
        purge={"user_id": GONE},
        withheld=dict.fromkeys(
            ("hash", "purpose", "email", "created_at", "expires_at", "used_at"),
            "a secret that was mailed to the account's own address",
        ),
    ),
    "second_factors": Table(
        purge={"user_id": GONE},
        withheld={
            "secret": "a secret that the user's program has",
            "confirmed_at": "second_factor.get tells it",
            "last_step": "keeps a code from being used twice",
        },
    ),
    "recovery_codes": Table(
        purge={"user_id": GONE},
        withheld=dict.fromkeys(("hash", "used_at"), "a secret that was shown to the user once"),
    ),
    "former_usernames": Table(
        purge={"user_id": GONE},
        exported=each("account.former_usernames", "username", "given_up_at"),
    ),
    "mails": Table(
        purge={"user_id": GONE},
        withheld=dict.fromkeys(
            ("kind", "cause", "created_at"), "keeps a mail from going out twice; it was received"
        ),
    ),
    "user_seq": Table(
        purge={"user_id": "one for each row of users"},
        exported={
            "unread_notifications": "account.unread_notifications",
            "unread_messages": "account.unread_messages",
            "has_muted_words": "account.has_muted_words",
        },
        withheld={
            "seq": "numbers events",
            "floor": "numbers events",
            "notifications_read_up_to": "exported is whether each was read",
            "has_push": "whether one of the sessions receives Web Push",
            "webhooks_read_up_to": "numbers events",
        },
        wiped={"unread_notifications": 0, "unread_messages": 0},
    ),
    "events": Table(
        purge={
            "user_id": GONE,
            "actor_id": "others' logs keep their numbers; what is gone is replayed as void",
        },
        withheld=dict.fromkeys(
            ("seq", "kind", "ref", "data", "at"), "refers to what is exported itself"
        ),
    ),
    "feed_versions": Table(
        purge={"user_id": "a counter that says nothing"},
        withheld={"version": "tells whether a cached page is still good"},
    ),
    "follows": Table(
        purge={"follower_id": GONE, "followed_id": GONE},
        exported={
            **each("following", followed_id="user.id"),
            **each("following", "created_at"),
        },
        withheld={"id": ROW},
    ),
    "blocks": Table(
        purge={"blocker_id": GONE, "blocked_id": "whom others block is theirs"},
        exported=each("blocks", "created_at", blocked_id="user.id"),
    ),
    "mutes": Table(
        purge={"muter_id": GONE, "muted_id": GONE},
        exported=each("mutes", "created_at", muted_id="user.id"),
    ),
    "media": Table(
        purge={"owner_id": GONE},
        exported={
            "key": "posts[].image",
            **each("posts[].media", "id", "alt", "width", "height", "thumbhash", "animated"),
        },
        withheld={
            **dict.fromkeys(("content_type", "bytes", "created_at"), "stands in the image itself"),
            **dict.fromkeys(("post_id", "message_id", "position"), "it is exported where it is"),
            "uploaded_at": "until when it may be used",
            "is_reported": MODERATORS,
        },
        own="owner_id = $1 AND key IN (SELECT image FROM posts)",
    ),
    "posts": Table(
        purge={"author_id": GONE},
        exported=each(
            "posts", "id", "content", "image", "reply_to", "likes_count", "retweets_count",
            "replies_count", "created_at", "edited_at", "sensitive", "quotes_count",
            author_id="author.id",
        ),
        withheld={
            "search": "an index of content",
            **dict.fromkeys(("quote_of", "quote_state"), "exported is what is quoted"),
            "has_poll": "exported is the poll",
        },
    ),
    "post_versions": Table(
        purge={"post_id": GONE},
        exported=each("post_versions", "post_id", "content", "created_at"),
        withheld={"id": ROW, "media_ids": "exported are the pictures themselves"},
        conditions={"post_id": "post_id IN (SELECT id FROM posts WHERE author_id = $1)"},
    ),
    "post_words": Table(
        purge={"post_id": GONE, "author_id": GONE},
        withheld=dict.fromkeys(("words", "pending"), INDEXED),
        conditions={"post_id": "post_id IN (SELECT id FROM posts WHERE author_id = $1)"},
    ),
    "message_words": Table(
        purge={
            "message_id": "goes with the message, which those who received it keep",
            "sender_id": "those who received the message keep it",
        },
        withheld=dict.fromkeys(("conversation_id", "words", "pending"), INDEXED),
        conditions={"message_id": "message_id IN (SELECT id FROM messages WHERE sender_id = $1)"},
    ),
    "user_names": Table(
        purge={"user_id": "one for each row of users"},
        withheld=dict.fromkeys(("username", "display_name", "pending"), INDEXED),
        wiped={"username": "deleted_{id}", "display_name": "deleted user", "pending": None},
    ),
    "likes": Table(
        purge={"user_id": GONE},
        exported=each("likes", "post_id", "created_at"),
        withheld={"id": ROW},
    ),
    "muted_words": Table(
        purge={"user_id": GONE},
        exported=each(
            "muted_words", "id", "text", "contexts", "action", "created_at", "expires_at", "tag"
        ),
    ),
    "polls": Table(
        purge={"post_id": GONE},
        exported={
            name: f"posts[].poll.{name}" for name in ("multiple", "hide_totals", "ends_at")
        },
        withheld={
            "options": "exported one by one, with their counts",
            "told_up_to": "up to which voter the end has been told",
        },
        conditions={"post_id": "post_id IN (SELECT id FROM posts WHERE author_id = $1)"},
    ),
    "poll_votes": Table(
        purge={"user_id": GONE},
        exported=each("votes", "post_id", "choices", "created_at"),
        withheld={"id": ROW},
    ),
    "poll_tallies": Table(
        purge={"post_id": GONE},
        withheld=dict.fromkeys(
            ("shard", "voters", "votes_0", "votes_1", "votes_2", "votes_3"),
            "parts of what the poll counts, which is exported",
        ),
        conditions={"post_id": "post_id IN (SELECT id FROM posts WHERE author_id = $1)"},
    ),
    "bookmarks": Table(
        purge={"user_id": GONE},
        exported=each("bookmarks", "post_id", "created_at"),
        withheld={"id": ROW},
    ),
    "pinned_posts": Table(
        purge={"user_id": GONE},
        exported={"post_id": "profile.pinned_post_id"},
        withheld={"created_at": "only which one it is matters"},
    ),
    "feed_entries": Table(
        purge={"actor_id": "retweets are marked as taken back until no walk can ask for them"},
        exported=each("retweets", "post_id", "created_at"),
        withheld={
            "id": ROW,
            "kind": "of the user's own posts the posts themselves are exported",
            "xid": "orders walks through feeds",
            "removed_xid": "what was taken back is not the user's retweet any more",
            "removed_at": "what was taken back is not the user's retweet any more",
        },
        own="actor_id = $1 AND kind = 'retweet' AND removed_xid IS NULL",
    ),
    "post_hashtags": Table(
        purge={"author_id": GONE},
        withheld=dict.fromkeys(
            ("post_id", "hashtag_id", "position", "created_at"), "found in the content of posts"
        ),
    ),
    "mentions": Table(
        purge={"user_id": GONE},
        withheld=dict.fromkeys(
            ("post_id", "position"), "found in posts of others; the notification is exported"
        ),
    ),
    "notifications": Table(
        purge={"user_id": GONE, "actor_id": GONE},
        exported=each(
            "notifications", "id", "kind", "post_id", "message_id", "created_at",
            actor_id="actor.id",
        ),
        withheld={"read_at": "exported is whether it was read"},
    ),
    "conversations": Table(
        purge={
            "creator_id": "a conversation belongs to all who are in it",
            "direct_key": "two users have one direct conversation",
        },
        exported=each(
            "conversations", "id", "kind", "title", "who_may_add", "who_may_rename", "who_may_pin",
            "created_at", "updated_at",
        ),
        withheld={
            **dict.fromkeys(("created_rank", "rank"), "orders the list"),
            "has_pins": "exported is how many there are",
        },
        own="""id IN (SELECT conversation_id FROM participants
                       WHERE user_id = $1 AND left_at IS NULL)""",
        conditions={"direct_key": "$1::bigint::text = ANY(string_to_array(direct_key, ':'))"},
    ),
    "participants": Table(
        purge={"user_id": "who sent messages stays their sender"},
        exported={
            **each("conversations", conversation_id="id"),
            **each("conversations", "unread_count", "is_request"),
        },
        withheld={
            "joined_at": "orders the participants",
            "role": "exported is who owns a group, and its admins",
            "left_at": "of groups left, one's own messages are exported",
            "visible_after": "which messages one may see, and those are exported",
            "last_read_id": COUNTED,
        },
        own="user_id = $1 AND left_at IS NULL",
    ),
    "group_candidates": Table(
        purge={"user_id": GONE, "inviter_id": GONE},
        exported=each(
            "group_invitations", "conversation_id", "created_at", inviter_id="inviter.id"
        ),
        withheld={"id": ROW, "link_id": "by which link the user asked, its admins are told"},
        own="user_id = $1 AND inviter_id IS NOT NULL",
    ),
    "group_links": Table(
        purge={"creator_id": GONE},
        exported=each(
            "group_links", "id", "conversation_id", "name", "needs_approval", "max_uses", "uses",
            "expires_at", "created_at",
        ),
        withheld={"token": "lets anybody in who has it"},
    ),
    "group_bans": Table(
        purge={"user_id": GONE},
        withheld=dict.fromkeys(
            ("conversation_id", "created_at"), "whom a group keeps out is that group's"
        ),
    ),
    "messages": Table(
        purge={"sender_id": "those who received them keep them"},
        exported={
            column: f"{path}, messages_in_groups_left[].{path.rpartition('[].')[2]}"
            for column, path in each(
                "conversations[].messages", "id", "conversation_id", "content", "client_id",
                "created_at", "edited_at", "image", sender_id="sender.id",
            ).items()
        },
        withheld={
            "deleted_at": "exported is whether it was deleted",
            "has_reactions": "exported are the reactions",
            "reply_to_id": "exported is what it answers, where the user may see that",
        },
    ),
    "message_pins": Table(
        purge={"user_id": GONE},
        withheld={
            "id": ROW,
            **dict.fromkeys(
                ("conversation_id", "message_id", "created_at"),
                "what is pinned is the conversation's, where pin.list has it",
            ),
        },
    ),
    "message_reactions": Table(
        purge={"user_id": GONE},
        exported=each("message_reactions", "message_id", "emoji", "created_at"),
        withheld={"id": ROW},
    ),
    "idempotency_keys": Table(
        purge={"user_id": GONE},
        withheld=dict.fromkeys(("scope", "key", "body_hash", "result_id", "created_at"), TWICE),
    ),
    "reports": Table(
        purge={
            "reporter_id": "what was reported stays for moderators",
            "user_id": "what was reported stays for moderators",
            "resolved_by": MODERATORS,
        },
        exported=each(
            "reports", "id", "user_id", "post_id", "message_id", "reason", "status", "created_at",
            "resolved_at",
        ),
        withheld=dict.fromkeys(
            ("content", "conversation_id", "media_ids", "media_alts"), "a copy of what others wrote"
        ),
    ),
    "audit_log": Table(
        purge={"admin_id": MODERATORS, "target_id": MODERATORS},
        withheld=dict.fromkeys(
            ("id", "action", "target_kind", "detail", "created_at"), MODERATORS
        ),
        conditions={"target_id": "target_kind = 'user' AND target_id = $1"},
    ),
}  # fmt: skip

IMPERSONAL: dict[str, str] = {
    "hashtags": "words; one that no post has is not found",
    "hashtag_names": "the same, as search finds them",
    "search_backfill": "how far the index of search is",
    "message_index": "how far that of messages is",
    "uncounted": "numbers of rows of suspended accounts, which can neither ask nor be deleted",
    "migrations": "of the schema",
    "freed_usernames": "hashes of names, which say that somebody gave one up, for 30 days",
    "jobs": "a job names a user, or an address that wants a new password, until it is done",
    "job_schedules": "of the clock",
    "reactions_to_tell": "which messages have reactions that nobody was told of, for seconds",
    "housekeeping_steps": "what came of the clock's jobs",
    "log_partitions": "names of partitions of events",
    "session_changes": "numbers of accounts whose sessions are to be looked up again, for a day",
}
