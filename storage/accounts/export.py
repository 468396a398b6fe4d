"""All that is kept of a user, read a batch at a time in the order it came to be."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from storage.accounts.sessions import REVOKED
from storage.database.columns import Columns, field_types
from storage.database.message_columns import MESSAGE
from storage.database.notification_columns import NOTIFICATION
from storage.database.paging import Ranked
from storage.database.pool import Database
from storage.database.post_columns import POST
from storage.database.query import Query
from storage.database.user_columns import ME, media, media_of_ids, user_ref
from storage.record import record
from storage.records import (
    Conversation,
    Me,
    Media,
    Message,
    MutedWord,
    Notification,
    Post,
    Profile,
    UserRef,
)
from storage.social.muted_words import MUTED_WORD
from storage.webhooks.incoming import INCOMING, IncomingWebhook
from storage.webhooks.webhooks import WEBHOOK, Webhook

BATCH = 500


@record
class FormerUsername:
    """What the account was called before, in lower case; for 30 days it leads to the account."""

    username: str
    given_up_at: datetime


@record
class ExportedAccount(Me):
    """The account; last_seen_at is when the last of its sockets closed."""

    email_verified_at: datetime | None
    last_seen_at: datetime | None
    former_usernames: list[FormerUsername]


FORMER_USERNAME = Columns(
    FormerUsername, {"username": "n.username", "given_up_at": "n.given_up_at"}
)
ACCOUNT_COLUMNS = ME.extend(
    ExportedAccount,
    email_verified_at="u.email_verified_at",
    last_seen_at="u.last_seen_at",
    former_usernames=FORMER_USERNAME.within("""ARRAY(
        SELECT {} FROM former_usernames n WHERE n.user_id = u.id ORDER BY n.given_up_at)"""),
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


@record
class ExportedPostVersion:
    """What a post said before it was edited, and since when."""

    post_id: int
    content: str
    media: list[Media]
    created_at: datetime


@record
class ExportedReaction:
    """A post that the user liked, retweeted or bookmarked, and when."""

    post_id: int
    created_at: datetime


@record
class ExportedMessageReaction:
    """A message that the user reacted to, how, and when."""

    message_id: int
    emoji: str
    created_at: datetime


@record
class ExportedVote:
    """What the user chose in the poll of a post, by places from 0 on, and when."""

    post_id: int
    choices: list[int]
    created_at: datetime


@record
class ExportedRelationship:
    """A user whom this one follows, blocks or mutes, or is followed by, and since when."""

    user: UserRef
    created_at: datetime


@record
class ExportedSession:
    """A session; ended_at is when it was revoked, None where it was not."""

    id: int
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    user_agent: str
    address: str | None


@record
class ExportedBot:
    """A bot of the user's."""

    user: UserRef
    created_at: datetime


@record
class ExportedToken:
    """A personal access token, without what it is; last_used_at is up to an hour behind."""

    id: int
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    ended_at: datetime | None


@record
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


@record
class ExportedConversation(Conversation):
    """A conversation with all its messages, the newest first."""

    messages: list[Message]


@record
class ExportedInvitation:
    """A group that somebody wants the user back in; inviter None: that the user asks to join."""

    conversation_id: int
    inviter: UserRef | None
    created_at: datetime


@record
class ExportedGroupLink:
    """A link into a group, by the user, without the token that lets people in."""

    id: int
    conversation_id: int
    name: str
    needs_approval: bool
    max_uses: int | None
    uses: int
    expires_at: datetime | None
    created_at: datetime


@record
class Export:
    """All of a user's data, oldest first but for conversations; images are at the URLs within.

    Likes and votes stand in the order of their posts.
    """

    exported_at: datetime
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
    {
        "post_id": "v.post_id",
        "content": "v.content",
        "media": media_of_ids("v.media_ids"),
        "created_at": "v.created_at",
    },
)
REACTION = Columns(ExportedReaction, {"post_id": "t.post_id", "created_at": "t.created_at"})
MESSAGE_REACTION = Columns(
    ExportedMessageReaction, {name: f"t.{name}" for name in field_types(ExportedMessageReaction)}
)
VOTE = Columns(
    ExportedVote,
    {"post_id": "t.post_id", "choices": "t.choices", "created_at": "t.created_at"},
)
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
PERSONAL_TOKEN = Columns(
    ExportedToken,
    {
        "id": "p.session_id",
        "name": "p.name",
        "scopes": "p.scopes",
        "created_at": "p.created_at",
        "expires_at": "p.expires_at",
        "last_used_at": "p.last_used_at",
        "ended_at": SESSION.expressions["ended_at"],
    },
)
BOT = Columns(ExportedBot, {"user": user_ref("b"), "created_at": "b.created_at"})
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

INVITATION = Columns(
    ExportedInvitation,
    {
        "conversation_id": "k.conversation_id",
        "inviter": user_ref("i").within("(SELECT {} FROM users i WHERE i.id = k.inviter_id)"),
        "created_at": "k.created_at",
    },
)
GROUP_LINK = Columns(
    ExportedGroupLink,
    {name: f"l.{name}" for name in field_types(ExportedGroupLink)},
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
    "votes": _section(VOTE, "poll_votes t WHERE t.user_id = $1", "t.post_id"),
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
    "muted_words": _section(MUTED_WORD, "muted_words w WHERE w.user_id = $1", "w.id"),
    "notifications": _section(
        NOTIFICATION,
        "notifications n JOIN users a ON a.id = n.actor_id WHERE n.user_id = $1",
        "n.id",
    ),
    "sessions": _section(
        SESSION,
        "sessions s JOIN users u ON u.id = s.user_id WHERE s.user_id = $1 AND NOT s.is_token",
        "s.id",
    ),
    "personal_tokens": _section(
        PERSONAL_TOKEN,
        """personal_tokens p JOIN sessions s ON s.id = p.session_id
            JOIN users u ON u.id = p.user_id WHERE p.user_id = $1""",
        "p.session_id",
    ),
    "bots": _section(BOT, "users b WHERE b.owner_id = $1 AND b.deleted_at IS NULL", "b.id"),
    "reports": _section(REPORT, "reports r WHERE r.reporter_id = $1", "r.id"),
    # Those too that were sent before the user left a group and was added again.
    "messages_in_groups_left": _section(
        MESSAGE,
        """messages m JOIN users s ON s.id = m.sender_id
            JOIN participants v ON v.conversation_id = m.conversation_id AND v.user_id = $1
           WHERE m.sender_id = $1 AND (v.left_at IS NOT NULL OR m.id <= v.visible_after)""",
        "m.id",
    ),
    "message_reactions": _section(
        MESSAGE_REACTION, "message_reactions t WHERE t.user_id = $1", "t.id"
    ),
    # What posts and messages show is with them.
    "waiting_media": _section(
        media("m"),
        """media m WHERE m.owner_id = $1 AND m.uploaded_at IS NOT NULL
            AND m.post_id IS NULL AND m.message_id IS NULL""",
        "m.id",
    ),
    "group_invitations": _section(INVITATION, "group_candidates k WHERE k.user_id = $1", "k.id"),
    "group_links": _section(GROUP_LINK, "group_links l WHERE l.creator_id = $1", "l.id"),
    "incoming_webhooks": _section(INCOMING, "incoming_webhooks i WHERE i.user_id = $1", "i.id"),
    "webhooks": _section(WEBHOOK, "webhooks w WHERE w.user_id = $1", "w.id"),
}


async def walk(db: Database, user_id: int, section: str) -> AsyncIterator[list[Any]]:
    """Yield the records of a section, a batch at a time."""
    rank = 0
    while rows := await SECTIONS[section].all(db, user_id, rank):
        yield [row.item for row in rows]
        rank = rows[-1].rank
