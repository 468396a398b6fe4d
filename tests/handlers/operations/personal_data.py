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
        purge={"id": "messages stay, and need a sender"},
        exported={
            "id": "account.id",
            "username": "account.username",
            "email": "account.email",
            "display_name": "account.display_name",
            "avatar": "account.avatar",
            "is_admin": "account.is_admin",
            "digest_mails": "account.digest_mails",
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
        },
        wiped={
            "username": "deleted_{id}",
            "email": "deleted_{id}@invalid",
            "password_hash": "",
            "display_name": "Deleted user",
            "avatar": None,
            "is_admin": False,
            "digest_mails": False,
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
            "followers_count": "profile.followers_count",
            "following_count": "profile.following_count",
            "posts_count": "profile.posts_count",
        },
        wiped={
            "bio": "",
            "location": "",
            "website": "",
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
        withheld={"generation": "tells which refresh token is good"},
    ),
    "mail_tokens": Table(
        purge={"user_id": GONE},
        withheld=dict.fromkeys(
            ("hash", "purpose", "email", "created_at", "expires_at", "used_at"),
            "a secret that was mailed to the account's own address",
        ),
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
        },
        withheld={
            "seq": "numbers events",
            "floor": "numbers events",
            "notifications_read_up_to": "exported is whether each was read",
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
        exported={"key": "posts[].image"},
        withheld=dict.fromkeys(
            ("content_type", "width", "height", "bytes", "created_at"), "stands in the image itself"
        ),
        own="owner_id = $1 AND key IN (SELECT image FROM posts)",
    ),
    "posts": Table(
        purge={"author_id": GONE},
        exported=each(
            "posts", "id", "content", "image", "reply_to", "likes_count", "retweets_count",
            "replies_count", "created_at", "edited_at", author_id="author.id",
        ),
        withheld={"search": "an index of content"},
    ),
    "post_versions": Table(
        purge={"post_id": GONE},
        exported=each("post_versions", "post_id", "content", "created_at"),
        withheld={"id": ROW},
        conditions={"post_id": "post_id IN (SELECT id FROM posts WHERE author_id = $1)"},
    ),
    "post_words": Table(
        purge={"post_id": GONE, "author_id": GONE},
        withheld=dict.fromkeys(("words", "pending"), INDEXED),
        conditions={"post_id": "post_id IN (SELECT id FROM posts WHERE author_id = $1)"},
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
    "bookmarks": Table(
        purge={"user_id": GONE},
        exported=each("bookmarks", "post_id", "created_at"),
        withheld={"id": ROW},
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
        exported=each("notifications", "id", "kind", "post_id", "created_at", actor_id="actor.id"),
        withheld={"read_at": "exported is whether it was read"},
    ),
    "conversations": Table(
        purge={
            "creator_id": "a conversation belongs to all who are in it",
            "direct_key": "two users have one direct conversation",
        },
        exported=each("conversations", "id", "kind", "title", "created_at", "updated_at"),
        withheld=dict.fromkeys(("created_rank", "rank"), "orders the list"),
        own="""id IN (SELECT conversation_id FROM participants
                       WHERE user_id = $1 AND left_at IS NULL)""",
        conditions={"direct_key": "$1::bigint::text = ANY(string_to_array(direct_key, ':'))"},
    ),
    "participants": Table(
        purge={"user_id": "who sent messages stays their sender"},
        exported={
            **each("conversations", conversation_id="id"),
            **each("conversations", "unread_count"),
        },
        withheld={
            "joined_at": "orders the participants",
            "left_at": "of groups left, one's own messages are exported",
            "visible_after": "which messages one may see, and those are exported",
            "last_read_id": COUNTED,
        },
        own="user_id = $1 AND left_at IS NULL",
    ),
    "messages": Table(
        purge={"sender_id": "those who received them keep them"},
        exported={
            column: f"{path}, messages_in_groups_left[].{path.rpartition('[].')[2]}"
            for column, path in each(
                "conversations[].messages", "id", "conversation_id", "content", "client_id",
                "created_at", "edited_at", sender_id="sender.id",
            ).items()
        },
        withheld={"deleted_at": "exported is whether it was deleted"},
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
        withheld=dict.fromkeys(("content", "conversation_id"), "a copy of what others wrote"),
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
    "uncounted": "numbers of rows of suspended accounts, which can neither ask nor be deleted",
    "migrations": "of the schema",
    "freed_usernames": "hashes of names, which say that somebody gave one up, for 30 days",
    "jobs": "a job names a user, or an address that wants a new password, until it is done",
    "job_schedules": "of the clock",
}
