"""All that is kept of a user, read a batch at a time in the order it came to be."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, make_dataclass
from datetime import datetime
from typing import Any

from storage.accounts.accounts import OWN
from storage.database.columns import MESSAGE, NOTIFICATION, POST, row, user_ref
from storage.database.pool import Database
from storage.database.query import Query
from storage.records import Me, Message, Notification, Post, UserRef

BATCH = 500


@dataclass(frozen=True, slots=True)
class ExportedAccount(Me):
    """last_seen_at: when the last of its sockets closed."""

    email_verified_at: datetime | None
    last_seen_at: datetime | None


ACCOUNT = Query(
    f"""
    SELECT {OWN}, u.email_verified_at, u.last_seen_at
      FROM users u JOIN profiles f ON f.user_id = u.id JOIN user_seq s ON s.user_id = u.id
     WHERE u.id = $1""",
    ExportedAccount,
)


async def account(db: Database, user_id: int) -> ExportedAccount:
    """Return what the account itself is."""
    return await ACCOUNT.one(db, user_id)


@dataclass(frozen=True, slots=True)
class Version:
    """What a post said before it was edited, and since when."""

    post_id: int
    content: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Mark:
    post_id: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Tie:
    user: UserRef
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Login:
    """ended_at: when it was revoked, None where it was not."""

    id: int
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    user_agent: str
    address: str | None


@dataclass(frozen=True, slots=True)
class FiledReport:
    """What the user reported; user_id is of whom, or of the author of the post or message."""

    id: int
    user_id: int | None
    post_id: int | None
    message_id: int | None
    reason: str
    status: str
    created_at: datetime
    resolved_at: datetime | None


def _section(record: type, columns: str, tables: str, rank: str) -> Query[Any]:
    """Records from these tables (and conditions) of user $1 ranked above $2."""
    ranked = make_dataclass("Ranked", [("rank", int), ("item", record)], frozen=True)
    return Query(
        f"""
        SELECT {rank} AS rank, {row(columns)} AS item
          FROM {tables} AND {rank} > $2 ORDER BY {rank} LIMIT {BATCH}""",
        ranked,
    )


def _ties(tables: str, rank: str) -> Query[Any]:
    return _section(Tie, f"{user_ref('o')}, t.created_at", tables, rank)


SECTIONS: dict[str, Query[Any]] = {
    "posts": _section(
        Post, POST, "posts p JOIN users u ON u.id = p.author_id WHERE p.author_id = $1", "p.id"
    ),
    "post_versions": _section(
        Version,
        "v.post_id, v.content, v.created_at",
        "post_versions v JOIN posts p ON p.id = v.post_id WHERE p.author_id = $1",
        "v.id",
    ),
    "likes": _section(Mark, "t.post_id, t.created_at", "likes t WHERE t.user_id = $1", "t.id"),
    "retweets": _section(
        Mark,
        "t.post_id, t.created_at",
        "feed_entries t WHERE t.actor_id = $1 AND t.kind = 'retweet' AND t.removed_xid IS NULL",
        "t.id",
    ),
    "bookmarks": _section(
        Mark, "t.post_id, t.created_at", "bookmarks t WHERE t.user_id = $1", "t.id"
    ),
    "following": _ties(
        "follows t JOIN users o ON o.id = t.followed_id WHERE t.follower_id = $1", "t.id"
    ),
    "followers": _ties(
        "follows t JOIN users o ON o.id = t.follower_id WHERE t.followed_id = $1", "t.id"
    ),
    "blocks": _ties("blocks t JOIN users o ON o.id = t.blocked_id WHERE t.blocker_id = $1", "o.id"),
    "mutes": _ties("mutes t JOIN users o ON o.id = t.muted_id WHERE t.muter_id = $1", "o.id"),
    "notifications": _section(
        Notification,
        NOTIFICATION,
        "notifications n JOIN users a ON a.id = n.actor_id WHERE n.user_id = $1",
        "n.id",
    ),
    "sessions": _section(
        Login,
        """s.id, s.created_at, s.rotated_at, s.expires_at, s.revoked_at, s.user_agent,
            host(s.address)""",
        "sessions s WHERE s.user_id = $1",
        "s.id",
    ),
    "reports": _section(
        FiledReport,
        """r.id, r.user_id, r.post_id, r.message_id, r.reason, r.status, r.created_at,
            r.resolved_at""",
        "reports r WHERE r.reporter_id = $1",
        "r.id",
    ),
    # Those too that were sent before the user left a group and was added again.
    "messages_in_groups_left": _section(
        Message,
        MESSAGE,
        """messages m JOIN users s ON s.id = m.sender_id
            JOIN participants v ON v.conversation_id = m.conversation_id AND v.user_id = $1
           WHERE m.sender_id = $1 AND (v.left_at IS NOT NULL OR m.id <= v.visible_after)""",
        "m.id",
    ),
}


async def walk(db: Database, user_id: int, section: str) -> AsyncIterator[list[Any]]:
    """The records of a section, a batch at a time."""
    rank = 0
    while rows := await SECTIONS[section].all(db, user_id, rank):
        yield [found.item for found in rows]
        rank = rows[-1].rank
