"""All that is kept of a user, read a batch at a time in the order it came to be."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.accounts.sessions import REVOKED
from storage.database.columns import ME, MESSAGE, NOTIFICATION, POST, Columns, user_ref
from storage.database.paging import Ranked
from storage.database.pool import Database
from storage.database.query import Query
from storage.records import Conversation, Me, Message, Notification, Post, Profile, UserRef

BATCH = 500


@dataclass(frozen=True, slots=True)
class ExportedAccount(Me):
    """The account; last_seen_at is when the last of its sockets closed."""

    email_verified_at: datetime | None
    last_seen_at: datetime | None


ACCOUNT_COLUMNS = ME.extend(
    ExportedAccount,
    email_verified_at="u.email_verified_at",
    last_seen_at="u.last_seen_at",
)
ACCOUNT = Query(
    f"""
    SELECT {ACCOUNT_COLUMNS}
      FROM users u JOIN profiles f ON f.user_id = u.id JOIN user_seq s ON s.user_id = u.id
     WHERE u.id = $1""",
    ACCOUNT_COLUMNS,
)


async def account(db: Database, user_id: int) -> ExportedAccount:
    """Return what the account itself is."""
    return await ACCOUNT.one(db, user_id)


@dataclass(frozen=True, slots=True)
class ExportedPostVersion:
    """What a post said before it was edited, and since when."""

    post_id: int
    content: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ExportedReaction:
    """A post that the user liked, retweeted or bookmarked, and when."""

    post_id: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ExportedRelationship:
    """A user whom this one follows, blocks or mutes, or is followed by, and since when."""

    user: UserRef
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ExportedSession:
    """A session; ended_at is when it was revoked, None where it was not."""

    id: int
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    user_agent: str
    address: str | None


@dataclass(frozen=True, slots=True)
class ExportedReport:
    """What the user reported; user_id is of whom, or of the author of the post or message."""

    id: int
    user_id: int | None
    post_id: int | None
    message_id: int | None
    reason: str
    status: str
    created_at: datetime
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True)
class ExportedConversation(Conversation):
    """A conversation with all its messages, the newest first."""

    messages: list[Message]


@dataclass(frozen=True, slots=True)
class Export:
    """All of a user's data, oldest first but for conversations; images are at the URLs within.

    Likes stand in the order of their posts.
    """

    exported_at: datetime
    account: ExportedAccount
    profile: Profile
    posts: list[Post]
    post_versions: list[ExportedPostVersion]
    likes: list[ExportedReaction]
    retweets: list[ExportedReaction]
    bookmarks: list[ExportedReaction]
    following: list[ExportedRelationship]
    followers: list[ExportedRelationship]
    blocks: list[ExportedRelationship]
    mutes: list[ExportedRelationship]
    notifications: list[Notification]
    sessions: list[ExportedSession]
    reports: list[ExportedReport]
    messages_in_groups_left: list[Message]
    conversations: list[ExportedConversation]


def _section(columns: Columns[Any], tables: str, rank: str) -> Query[Ranked[Any]]:
    """Select from these tables (and conditions) what is user $1's, ranked above $2."""
    ranked = Columns(Ranked[columns.record], {"rank": rank, "item": columns})  # type: ignore[name-defined]
    return Query(
        f"""
        SELECT {ranked}
          FROM {tables} AND {rank} > $2 ORDER BY {rank} LIMIT {BATCH}""",
        ranked,
    )


POST_VERSION = Columns(
    ExportedPostVersion,
    {"post_id": "v.post_id", "content": "v.content", "created_at": "v.created_at"},
)
REACTION = Columns(ExportedReaction, {"post_id": "t.post_id", "created_at": "t.created_at"})
RELATIONSHIP = Columns(ExportedRelationship, {"user": user_ref("o"), "created_at": "t.created_at"})
SESSION = Columns(
    ExportedSession,
    {
        "id": "s.id",
        "created_at": "s.created_at",
        "last_used_at": "s.rotated_at",
        "expires_at": "s.expires_at",
        "ended_at": f"CASE WHEN {REVOKED} THEN coalesce(s.revoked_at, now()) END",
        "user_agent": "s.user_agent",
        "address": "host(s.address)",
    },
)
REPORT = Columns(
    ExportedReport,
    {
        "id": "r.id",
        "user_id": "r.user_id",
        "post_id": "r.post_id",
        "message_id": "r.message_id",
        "reason": "r.reason",
        "status": "r.status",
        "created_at": "r.created_at",
        "resolved_at": "r.resolved_at",
    },
)

# The lists of an Export, by the name of its field.
SECTIONS: dict[str, Query[Ranked[Any]]] = {
    "posts": _section(
        POST, "posts p JOIN users u ON u.id = p.author_id WHERE p.author_id = $1", "p.id"
    ),
    "post_versions": _section(
        POST_VERSION,
        "post_versions v JOIN posts p ON p.id = v.post_id WHERE p.author_id = $1",
        "v.id",
    ),
    "likes": _section(REACTION, "likes t WHERE t.user_id = $1", "t.post_id"),
    "retweets": _section(
        REACTION,
        "feed_entries t WHERE t.actor_id = $1 AND t.kind = 'retweet' AND t.removed_xid IS NULL",
        "t.id",
    ),
    "bookmarks": _section(REACTION, "bookmarks t WHERE t.user_id = $1", "t.id"),
    "following": _section(
        RELATIONSHIP,
        "follows t JOIN users o ON o.id = t.followed_id WHERE t.follower_id = $1",
        "t.id",
    ),
    "followers": _section(
        RELATIONSHIP,
        "follows t JOIN users o ON o.id = t.follower_id WHERE t.followed_id = $1",
        "t.id",
    ),
    "blocks": _section(
        RELATIONSHIP,
        "blocks t JOIN users o ON o.id = t.blocked_id WHERE t.blocker_id = $1",
        "o.id",
    ),
    "mutes": _section(
        RELATIONSHIP, "mutes t JOIN users o ON o.id = t.muted_id WHERE t.muter_id = $1", "o.id"
    ),
    "notifications": _section(
        NOTIFICATION,
        "notifications n JOIN users a ON a.id = n.actor_id WHERE n.user_id = $1",
        "n.id",
    ),
    "sessions": _section(
        SESSION, "sessions s JOIN users u ON u.id = s.user_id WHERE s.user_id = $1", "s.id"
    ),
    "reports": _section(REPORT, "reports r WHERE r.reporter_id = $1", "r.id"),
    # Those too that were sent before the user left a group and was added again.
    "messages_in_groups_left": _section(
        MESSAGE,
        """messages m JOIN users s ON s.id = m.sender_id
            JOIN participants v ON v.conversation_id = m.conversation_id AND v.user_id = $1
           WHERE m.sender_id = $1 AND (v.left_at IS NOT NULL OR m.id <= v.visible_after)""",
        "m.id",
    ),
}


async def walk(db: Database, user_id: int, section: str) -> AsyncIterator[list[Any]]:
    """Yield the records of a section, a batch at a time."""
    rank = 0
    while rows := await SECTIONS[section].all(db, user_id, rank):
        yield [row.item for row in rows]
        rank = rows[-1].rank
