"""Erasing what a closed account left, a batch a transaction: each far from any timeout, and each
leaving the counters of others exact. Erasing twice, or at once, does no harm.

Messages stay, and reports, and whom others have blocked. Others' logs are left as they are: an
event whose subject is gone is replayed as a void.
"""

import time
from collections.abc import Awaitable, Callable, Iterable

import asyncpg

from storage.database.pool import Database
from storage.events import log
from storage.events.types import ConversationUpdated

BATCH = 500
POSTS = 100  # each takes its tags, versions and mentions with it
CONVERSATIONS = 20  # each is told to up to a hundred participants

Step = Callable[[asyncpg.Connection, int], Awaitable[int]]


async def erase(db: Database, user_id: int, seconds: float) -> bool:
    """Erase for about so long; whether that was all. The account must have been closed."""
    until = time.monotonic() + seconds
    for step in STEPS:
        while time.monotonic() < until:
            async with db.transaction() as connection:
                if not await step(connection, user_id):
                    break
        else:
            return False
    return True


async def _lock(connection: asyncpg.Connection, user_id: int, others: Iterable[int | None]) -> None:
    await log.lock(connection, {user_id, *(other for other in others if other is not None)})


FOLLOWS = f"""
    (SELECT id, followed_id AS other FROM follows WHERE follower_id = $1 LIMIT {BATCH})
    UNION ALL
    (SELECT id, follower_id FROM follows WHERE followed_id = $1 LIMIT {BATCH})"""
UNFOLLOW = """
    WITH gone AS (DELETE FROM follows WHERE id = ANY($1::bigint[]) RETURNING *),
    fewer AS (
        SELECT user_id, sum(following) AS following, sum(followers) AS followers
          FROM (SELECT follower_id AS user_id, 1 AS following, 0 AS followers FROM gone
                UNION ALL SELECT followed_id, 0, 1 FROM gone) ends GROUP BY user_id)
    UPDATE profiles p SET following_count = following_count - fewer.following,
           followers_count = followers_count - fewer.followers
      FROM fewer WHERE p.user_id = fewer.user_id"""


async def _follows(connection: asyncpg.Connection, user_id: int) -> int:
    rows = await connection.fetch(FOLLOWS, user_id)
    await _lock(connection, user_id, (row["other"] for row in rows))
    await connection.execute(UNFOLLOW, [row["id"] for row in rows])
    return len(rows)


LIKES = f"""
    SELECT p.id, p.author_id FROM likes l JOIN posts p ON p.id = l.post_id
     WHERE l.user_id = $1 LIMIT {BATCH}"""
UNLIKE = """
    WITH gone AS (
        DELETE FROM likes WHERE user_id = $1 AND post_id = ANY($2::bigint[]) RETURNING post_id)
    UPDATE posts SET likes_count = likes_count - 1 FROM gone WHERE id = gone.post_id"""


async def _likes(connection: asyncpg.Connection, user_id: int) -> int:
    rows = await connection.fetch(LIKES, user_id)
    await _lock(connection, user_id, (row["author_id"] for row in rows))
    await connection.execute(UNLIKE, user_id, [row["id"] for row in rows])
    return len(rows)


RETWEETS = f"""
    SELECT p.id, p.author_id FROM feed_entries e JOIN posts p ON p.id = e.post_id
     WHERE e.actor_id = $1 AND e.kind = 'retweet' AND e.removed_xid IS NULL LIMIT {BATCH}"""
# As taken back, for the walks through feeds that go on.
UNRETWEET = """
    WITH gone AS (
        UPDATE feed_entries SET removed_xid = pg_current_xact_id(), removed_at = now()
         WHERE actor_id = $1 AND post_id = ANY($2::bigint[]) AND kind = 'retweet'
           AND removed_xid IS NULL
        RETURNING post_id)
    UPDATE posts SET retweets_count = retweets_count - 1 FROM gone WHERE id = gone.post_id"""


async def _retweets(connection: asyncpg.Connection, user_id: int) -> int:
    rows = await connection.fetch(RETWEETS, user_id)
    await _lock(connection, user_id, (row["author_id"] for row in rows))
    await connection.execute(UNRETWEET, user_id, [row["id"] for row in rows])
    return len(rows)


NOTIFICATIONS = f"""
    (SELECT id, user_id FROM notifications WHERE actor_id = $1 LIMIT {BATCH})
    UNION ALL
    (SELECT id, user_id FROM notifications WHERE user_id = $1 LIMIT {BATCH})"""
FORGET = """
    WITH gone AS (
        DELETE FROM notifications WHERE id = ANY($1::bigint[]) RETURNING user_id, read_at)
    UPDATE user_seq s SET unread_notifications = unread_notifications - g.unread
      FROM (SELECT user_id, count(*) FILTER (WHERE read_at IS NULL) AS unread
              FROM gone GROUP BY user_id) g
     WHERE s.user_id = g.user_id AND g.unread > 0"""


async def _notifications(connection: asyncpg.Connection, user_id: int) -> int:
    """Those of the account, and those that it caused; so all about its posts are among them."""
    rows = await connection.fetch(NOTIFICATIONS, user_id)
    await _lock(connection, user_id, (row["user_id"] for row in rows))
    await connection.execute(FORGET, [row["id"] for row in rows])
    return len(rows)


PARENTS = f"""
    SELECT p.id, parent.author_id FROM posts p LEFT JOIN posts parent ON parent.id = p.reply_to
     WHERE p.author_id = $1 ORDER BY p.id LIMIT {POSTS}"""
REPLIES = f"""
    SELECT id, author_id FROM posts WHERE reply_to = ANY($1::bigint[]) AND author_id <> $2
     LIMIT {BATCH}"""
ANSWER_NOTHING = """
    UPDATE posts SET reply_to = NULL
     WHERE id = ANY($1::bigint[]) AND reply_to = ANY($2::bigint[])"""
REACTIONS = [
    f"""DELETE FROM {table} WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM {table} WHERE post_id = ANY($1::bigint[]) LIMIT {BATCH}))"""
    for table in ("likes", "bookmarks", "feed_entries")
]
DELETE = """
    WITH gone AS (
        DELETE FROM posts WHERE author_id = $1 AND id = ANY($2::bigint[]) RETURNING id, reply_to),
    answered AS (SELECT reply_to AS id, count(*) AS times FROM gone GROUP BY reply_to),
    parents AS (
        UPDATE posts SET replies_count = replies_count - answered.times FROM answered
         WHERE posts.id = answered.id AND posts.author_id <> $1)
    UPDATE profiles SET posts_count = posts_count - (SELECT count(*) FROM gone)
     WHERE user_id = $1"""


async def _posts(connection: asyncpg.Connection, user_id: int) -> int:
    """Some posts, once there are few enough replies to them (which stay, answering nothing) and
    reactions left to go with them."""
    rows = await connection.fetch(PARENTS, user_id)
    ids = [row["id"] for row in rows]
    replies = await connection.fetch(REPLIES, ids, user_id)
    await _lock(connection, user_id, (row["author_id"] for row in (*rows, *replies)))
    await connection.execute(ANSWER_NOTHING, [row["id"] for row in replies], ids)
    gone = [_count(await connection.execute(sql, ids)) for sql in REACTIONS]
    if max(len(replies), *gone) < BATCH:
        await connection.execute(DELETE, user_id, ids)
    return len(rows)


SEATS = f"""
    SELECT conversation_id, ARRAY(
        SELECT o.user_id FROM participants o WHERE o.conversation_id = v.conversation_id
           AND o.left_at IS NULL AND o.user_id <> $1) AS others
      FROM participants v WHERE v.user_id = $1 AND v.left_at IS NULL LIMIT {CONVERSATIONS}"""
LEAVE = """
    WITH gone AS (
        UPDATE participants v SET left_at = now(), unread_count = 0 FROM participants before
         WHERE v.user_id = $1 AND v.conversation_id = ANY($2::bigint[]) AND v.left_at IS NULL
           AND before.user_id = $1 AND before.conversation_id = v.conversation_id
        RETURNING before.unread_count),
    touched AS (UPDATE conversations SET updated_at = now() WHERE id = ANY($2::bigint[]))
    UPDATE user_seq SET unread_messages = unread_messages - (
           SELECT coalesce(sum(unread_count), 0) FROM gone) WHERE user_id = $1"""
STILL = """
    SELECT conversation_id, user_id FROM participants
     WHERE conversation_id = ANY($1::bigint[]) AND user_id = ANY($2::bigint[])
       AND left_at IS NULL AND user_id <> $3"""


async def _conversations(connection: asyncpg.Connection, user_id: int) -> int:
    """Leave them, which the others are told: instances find it in the logs."""
    rows = await connection.fetch(SEATS, user_id)
    others = {other for row in rows for other in row["others"]}
    await _lock(connection, user_id, others)
    ids = [row["conversation_id"] for row in rows]
    await connection.execute(LEAVE, user_id, ids)
    told = await connection.fetch(STILL, ids, list(others), user_id)
    await log.append(
        connection,
        [
            log.EventDraft(row["user_id"], ConversationUpdated, user_id, row["conversation_id"])
            for row in told
        ],
    )
    return len(rows)


def _rows(sql: str) -> Step:
    """A step that deletes rows which no counter counts."""

    async def delete(connection: asyncpg.Connection, user_id: int) -> int:
        await log.lock(connection, [user_id])
        return _count(await connection.execute(sql, user_id))

    return delete


def _count(status: str) -> int:
    """Of the rows that a statement says it has changed."""
    return int(status.rpartition(" ")[2])


def _of(table: str, key: str) -> Step:
    return _rows(f"""
        DELETE FROM {table} WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM {table} WHERE {key} = $1 LIMIT {BATCH}))""")


STEPS: list[Step] = [
    _conversations,
    _follows,
    _notifications,
    _posts,
    _likes,
    _retweets,
    _of("mentions", "user_id"),
    _of("bookmarks", "user_id"),
    _of("blocks", "blocker_id"),
    _of("mutes", "muter_id"),
    _of("mutes", "muted_id"),
    _of("idempotency_keys", "user_id"),
    _of("mails", "user_id"),
    _of("mail_tokens", "user_id"),
    _of("sessions", "user_id"),
    _rows("UPDATE user_seq SET floor = seq WHERE user_id = $1 AND floor < seq"),
    _of("events", "user_id"),
]
