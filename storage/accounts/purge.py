"""Purging what a deactivated account left, a batch a transaction.

Each batch is far from any timeout and leaves the counters of others exact. Purging twice, or at
once, does no harm.

Messages stay with their pictures, and reports, and whom others have blocked. Others' logs keep what
stands in them: an event whose subject is gone is replayed as a tombstone.
"""

import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

import asyncpg

from storage import withdrawn_notifications
from storage.accounts import bots, deactivation
from storage.database.pool import Database
from storage.database.query import Command, Query
from storage.events import log
from storage.events.types import ConversationUpdated
from storage.posts import polls, quotes
from storage.posts.deletion import DETACH_REPLIES, purge_reactions
from storage.uncounted import is_counted

BATCH = 250
POSTS = 50  # each takes its tags, versions and mentions with it
CONVERSATIONS = 5  # each is logged to up to a hundred participants

# Purges a batch, and returns whether it was a full one, so that more may be left.
Step = Callable[[asyncpg.Connection, int], Awaitable[bool]]


async def purge_little(db: Database, user_id: int) -> bool:
    """Purge all that an account left where that is little; return whether that was all.

    It ends with the first full batch: such an account is for purge_account, in a job.
    """
    for step in STEPS:
        async with db.transaction() as connection:
            if await step(connection, user_id):
                return False
    return True


async def purge_account(db: Database, user_id: int, seconds: float) -> bool:
    """Purge for about so long; return whether that was all.

    The account must have been deactivated.
    """
    until = time.monotonic() + seconds
    for step in STEPS:
        more = True
        while more:
            if time.monotonic() >= until:
                return False
            async with db.transaction() as connection:
                more = await step(connection, user_id)
    return True


async def _lock(connection: asyncpg.Connection, user_id: int, others: Iterable[int | None]) -> None:
    await log.lock(connection, {user_id, *(other for other in others if other is not None)})


@dataclass(frozen=True, slots=True)
class _Owned:
    """A row, and the user whose counters change when it goes."""

    id: int
    user_id: int


FOLLOWS_TO_PURGE = Query(
    f"""
    (SELECT id, followed_id AS user_id FROM follows WHERE follower_id = $1 LIMIT {BATCH})
    UNION ALL
    (SELECT id, follower_id FROM follows WHERE followed_id = $1 LIMIT {BATCH}) LIMIT {BATCH}""",
    _Owned,
)
PURGE_FOLLOWS = Command(f"""
    WITH gone AS (DELETE FROM follows WHERE id = ANY($1::bigint[]) RETURNING *),
    fewer AS (
        SELECT user_id, sum(following) AS following, sum(followers) AS followers
          FROM (SELECT follower_id AS user_id, 1 AS following, 0 AS followers FROM gone
                 WHERE {is_counted("follower", "gone.id")}
                UNION ALL SELECT followed_id, 0, 1 FROM gone
                 WHERE {is_counted("following", "gone.id")}) ends GROUP BY user_id)
    UPDATE profiles p SET following_count = following_count - fewer.following,
           followers_count = followers_count - fewer.followers
      FROM fewer WHERE p.user_id = fewer.user_id""")


async def _follows(connection: asyncpg.Connection, user_id: int) -> bool:
    follows = await FOLLOWS_TO_PURGE.all(connection, user_id)
    await _lock(connection, user_id, (follow.user_id for follow in follows))
    await PURGE_FOLLOWS.run(connection, [follow.id for follow in follows])
    return len(follows) == BATCH


LIKED_POSTS_TO_PURGE = Query(
    f"""
    SELECT p.id, p.author_id AS user_id FROM likes l JOIN posts p ON p.id = l.post_id
     WHERE l.user_id = $1 LIMIT {BATCH}""",
    _Owned,
)
PURGE_LIKES = Command(f"""
    WITH gone AS (
        DELETE FROM likes WHERE user_id = $1 AND post_id = ANY($2::bigint[])
        RETURNING id, post_id)
    UPDATE posts SET likes_count = likes_count - 1 FROM gone
     WHERE posts.id = gone.post_id AND {is_counted("like", "gone.id")}""")


async def _likes(connection: asyncpg.Connection, user_id: int) -> bool:
    posts = await LIKED_POSTS_TO_PURGE.all(connection, user_id)
    await _lock(connection, user_id, (post.user_id for post in posts))
    await PURGE_LIKES.run(connection, user_id, [post.id for post in posts])
    return len(posts) == BATCH


RETWEETED_POSTS_TO_PURGE = Query(
    f"""
    SELECT p.id, p.author_id AS user_id FROM feed_entries e JOIN posts p ON p.id = e.post_id
     WHERE e.actor_id = $1 AND e.kind = 'retweet' AND e.removed_xid IS NULL LIMIT {BATCH}""",
    _Owned,
)
# As taken back, for the walks through feeds that go on.
PURGE_RETWEETS = Command(f"""
    WITH gone AS (
        UPDATE feed_entries SET removed_xid = pg_current_xact_id(), removed_at = now()
         WHERE actor_id = $1 AND post_id = ANY($2::bigint[]) AND kind = 'retweet'
           AND removed_xid IS NULL
        RETURNING id, post_id)
    UPDATE posts SET retweets_count = retweets_count - 1 FROM gone
     WHERE posts.id = gone.post_id AND {is_counted("retweet", "gone.id")}""")


async def _retweets(connection: asyncpg.Connection, user_id: int) -> bool:
    posts = await RETWEETED_POSTS_TO_PURGE.all(connection, user_id)
    await _lock(connection, user_id, (post.user_id for post in posts))
    await PURGE_RETWEETS.run(connection, user_id, [post.id for post in posts])
    return len(posts) == BATCH


async def _votes(connection: asyncpg.Connection, user_id: int) -> bool:
    await log.lock(connection, [user_id])
    return await polls.take_back(connection, user_id, BATCH) == BATCH


CAUSED_NOTIFICATIONS_TO_PURGE = Query(
    f"SELECT id, user_id FROM notifications WHERE actor_id = $1 LIMIT {BATCH}", _Owned
)


async def _caused_notifications(connection: asyncpg.Connection, user_id: int) -> bool:
    caused = await CAUSED_NOTIFICATIONS_TO_PURGE.all(connection, user_id)
    await _lock(connection, user_id, (notification.user_id for notification in caused))
    await withdrawn_notifications.remove(connection, [notification.id for notification in caused])
    return len(caused) == BATCH


PURGE_NOTIFICATIONS = Command(f"""
    DELETE FROM notifications WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM notifications WHERE user_id = $1 LIMIT {BATCH}))""")
CLEAR_UNREAD_NOTIFICATIONS = Command("""
    UPDATE user_seq SET unread_notifications = 0 WHERE user_id = $1 AND unread_notifications > 0""")


async def _notifications(connection: asyncpg.Connection, user_id: int) -> bool:
    """Those of the account itself; with those that it caused, all about its posts are gone."""
    await log.lock(connection, [user_id])
    await CLEAR_UNREAD_NOTIFICATIONS.run(connection, user_id)
    return await PURGE_NOTIFICATIONS.run(connection, user_id) == BATCH


@dataclass(frozen=True, slots=True)
class _PostToPurge:
    id: int
    parent_author_id: int | None
    quoted_author_id: int | None


POSTS_TO_PURGE = Query(
    f"""
    SELECT p.id, parent.author_id AS parent_author_id, quoted.author_id AS quoted_author_id
      FROM posts p LEFT JOIN posts parent ON parent.id = p.reply_to
      LEFT JOIN posts quoted ON quoted.id = p.quote_of
     WHERE p.author_id = $1 ORDER BY p.id LIMIT {POSTS}""",
    _PostToPurge,
)
REPLIES_TO_DETACH = Query(
    f"""
    SELECT id, author_id AS user_id FROM posts
     WHERE reply_to = ANY($1::bigint[]) AND author_id <> $2
     LIMIT {BATCH}""",
    _Owned,
)
PURGE_REACTIONS = purge_reactions(BATCH)
PURGE_POSTS = Command(f"""
    WITH gone AS (
        DELETE FROM posts WHERE author_id = $1 AND id = ANY($2::bigint[]) RETURNING id, reply_to),
    answered AS (
        SELECT reply_to AS id, count(*) AS times FROM gone
         WHERE {is_counted("reply", "gone.id")} GROUP BY reply_to),
    parents AS (
        UPDATE posts SET replies_count = replies_count - answered.times FROM answered
         WHERE posts.id = answered.id AND posts.author_id <> $1)
    UPDATE profiles SET posts_count = posts_count - (SELECT count(*) FROM gone)
     WHERE user_id = $1""")


async def _posts(connection: asyncpg.Connection, user_id: int) -> bool:
    """Delete posts, once few enough replies to them, quotes and reactions are left to go with them.

    The replies stay, replying to nothing, and the quotes of others.
    """
    posts = await POSTS_TO_PURGE.all(connection, user_id)
    ids = [post.id for post in posts]
    replies = await REPLIES_TO_DETACH.all(connection, ids, user_id)
    quoting = await quotes.some_of(connection, ids)
    authors = [post.parent_author_id for post in posts] + [reply.user_id for reply in replies]
    authors += [post.quoted_author_id for post in posts] + [quote.user_id for quote in quoting]
    await _lock(connection, user_id, authors)
    await DETACH_REPLIES.run(connection, [reply.id for reply in replies], ids)
    await quotes.detach(connection, quoting, ids)
    deleted = [await statement.run(connection, ids) for statement in PURGE_REACTIONS]
    if max(len(replies), *deleted) == BATCH or len(quoting) == quotes.DETACHED:
        return True
    if any(post.quoted_author_id for post in posts):
        await quotes.count_down(connection, ids)
    await PURGE_POSTS.run(connection, user_id, ids)
    return len(posts) == POSTS


@dataclass(frozen=True, slots=True)
class _Participation:
    conversation_id: int
    others: list[int]


CONVERSATIONS_TO_LEAVE = Query(
    f"""
    SELECT conversation_id, ARRAY(
        SELECT o.user_id FROM participants o WHERE o.conversation_id = v.conversation_id
           AND o.left_at IS NULL AND NOT o.is_request AND o.user_id <> $1) AS others
      FROM participants v WHERE v.user_id = $1 AND v.left_at IS NULL LIMIT {CONVERSATIONS}""",
    _Participation,
)
LEAVE_CONVERSATIONS = Command("""
    WITH gone AS (
        UPDATE participants v SET left_at = now(), unread_count = 0 FROM participants before
         WHERE v.user_id = $1 AND v.conversation_id = ANY($2::bigint[]) AND v.left_at IS NULL
           AND before.user_id = $1 AND before.conversation_id = v.conversation_id
        RETURNING before.unread_count),
    touched AS (UPDATE conversations SET updated_at = now() WHERE id = ANY($2::bigint[]))
    UPDATE user_seq SET unread_messages = unread_messages - (
           SELECT coalesce(sum(unread_count), 0) FROM gone) WHERE user_id = $1""")


@dataclass(frozen=True, slots=True)
class _Remaining:
    conversation_id: int
    user_id: int


REMAINING_PARTICIPANTS = Query(
    """
    SELECT conversation_id, user_id FROM participants
     WHERE conversation_id = ANY($1::bigint[]) AND user_id = ANY($2::bigint[])
       AND left_at IS NULL AND NOT is_request AND user_id <> $3""",
    _Remaining,
)


async def _conversations(connection: asyncpg.Connection, user_id: int) -> bool:
    """Leave them, and log that to the others: instances find it in the logs."""
    left = await CONVERSATIONS_TO_LEAVE.all(connection, user_id)
    others = {other for participation in left for other in participation.others}
    await _lock(connection, user_id, others)
    ids = [participation.conversation_id for participation in left]
    await LEAVE_CONVERSATIONS.run(connection, user_id, ids)
    remaining = await REMAINING_PARTICIPANTS.all(connection, ids, list(others), user_id)
    await log.append(
        connection,
        [
            log.EventDraft(other.user_id, ConversationUpdated, user_id, other.conversation_id)
            for other in remaining
        ],
    )
    return len(left) == CONVERSATIONS


def _run(statement: Command) -> Step:
    """Return a step that changes rows which no counter counts."""

    async def run(connection: asyncpg.Connection, user_id: int) -> bool:
        await log.lock(connection, [user_id])
        return await statement.run(connection, user_id) == BATCH

    return run


def _delete(table: str, key: str) -> Step:
    return _run(
        Command(f"""
        DELETE FROM {table} WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM {table} WHERE {key} = $1 LIMIT {BATCH}))""")
    )


# By their numbers: a place (ctid) in one partition of the log is also one in each of the others.
PURGE_EVENTS = Command(f"""
    DELETE FROM events WHERE user_id = $1 AND seq <= (
        SELECT max(seq) FROM (
            SELECT seq FROM events WHERE user_id = $1 ORDER BY seq LIMIT {BATCH}) first)""")

# Nobody is asked any more: who writes is told that they are gone.
END_REQUESTS = Command(f"""
    UPDATE participants SET is_request = false
     WHERE user_id = $1 AND conversation_id = ANY(ARRAY(
           SELECT conversation_id FROM participants
            WHERE user_id = $1 AND is_request LIMIT {BATCH}))""")

# What is in a message or a report stays where that is; all else is removed with its owner.
DISOWN_PICTURES = Command(f"""
    UPDATE media SET owner_id = NULL WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM media
         WHERE owner_id = $1 AND (message_id IS NOT NULL OR is_reported) LIMIT {BATCH}))""")

# What is pinned is the conversation's.
DISOWN_PINS = Command(f"""
    UPDATE message_pins SET user_id = NULL WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM message_pins WHERE user_id = $1 LIMIT {BATCH}))""")

# Participants are told of the reactions that are left by an instance that sweeps.
PURGE_MESSAGE_REACTIONS = Command(f"""
    WITH gone AS (
        DELETE FROM message_reactions WHERE id = ANY(ARRAY(
            SELECT id FROM message_reactions WHERE user_id = $1 ORDER BY id LIMIT {BATCH}))
        RETURNING message_id),
    to_tell AS (
        INSERT INTO reactions_to_tell (message_id) SELECT DISTINCT message_id FROM gone ORDER BY 1
        ON CONFLICT (message_id) DO UPDATE SET since = reactions_to_tell.since)
    SELECT FROM gone""")


async def _bots(connection: asyncpg.Connection, user_id: int) -> bool:
    """Deactivate the bots of the account, which has stopped them: each is then purged like it."""
    bot_ids = await bots.ids_of(connection, user_id)
    await _lock(connection, user_id, bot_ids)
    for bot_id in bot_ids:
        await deactivation.deactivate(connection, bot_id, "")
    return False


STEPS: list[Step] = [
    _bots,
    _run(END_REQUESTS),
    _conversations,
    _delete("group_candidates", "user_id"),
    _delete("group_candidates", "inviter_id"),
    _delete("group_links", "creator_id"),
    _delete("group_bans", "user_id"),
    _follows,
    _caused_notifications,
    _notifications,
    _posts,
    _likes,
    _retweets,
    _run(PURGE_MESSAGE_REACTIONS),
    _run(DISOWN_PINS),
    _votes,
    _run(DISOWN_PICTURES),
    _delete("mentions", "user_id"),
    _delete("bookmarks", "user_id"),
    _delete("pinned_posts", "user_id"),
    _delete("blocks", "blocker_id"),
    _delete("muted_words", "user_id"),
    _delete("mutes", "muter_id"),
    _delete("mutes", "muted_id"),
    _delete("idempotency_keys", "user_id"),
    _delete("mails", "user_id"),
    _delete("mail_tokens", "user_id"),
    _delete("personal_tokens", "user_id"),
    _delete("webhooks", "user_id"),
    _delete("incoming_webhooks", "user_id"),
    _delete("sessions", "user_id"),
    _run(Command("UPDATE user_seq SET floor = seq WHERE user_id = $1 AND floor < seq")),
    _run(PURGE_EVENTS),
]
