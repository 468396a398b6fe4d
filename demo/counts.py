"""Notifications and stored counts, derived from the rows of a community."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

ANALYZE = """ANALYZE users, profiles, user_seq, follows, posts, feed_entries, likes, bookmarks,
    hashtags, post_hashtags, mentions, conversations, participants, messages, notifications"""

# $1 are the users, $2 when each of them last looked.
NOTIFY = """
    INSERT INTO notifications (user_id, kind, actor_id, post_id, created_at, read_at)
    SELECT n.user_id, n.kind, n.actor_id, n.post_id, n.at,
           CASE WHEN n.at <= looked.at THEN looked.at END
      FROM (SELECT followed_id AS user_id, 'follow' AS kind, follower_id AS actor_id,
                   NULL::bigint AS post_id, created_at AS at FROM follows
            UNION ALL
            SELECT p.author_id, 'like', l.user_id, p.id, l.created_at
              FROM likes l JOIN posts p ON p.id = l.post_id
            UNION ALL
            SELECT p.author_id, 'retweet', e.actor_id, p.id, e.created_at
              FROM feed_entries e JOIN posts p ON p.id = e.post_id WHERE e.kind = 'retweet'
            UNION ALL
            SELECT parent.author_id, 'reply', p.author_id, p.id, p.created_at
              FROM posts p JOIN posts parent ON parent.id = p.reply_to
            UNION ALL
            SELECT m.user_id, 'mention', p.author_id, p.id, p.created_at
              FROM mentions m JOIN posts p ON p.id = m.post_id
              LEFT JOIN posts parent ON parent.id = p.reply_to
             WHERE parent.author_id IS DISTINCT FROM m.user_id) n
      JOIN unnest($1::bigint[], $2::timestamptz[]) AS looked (user_id, at)
        ON looked.user_id = n.user_id
     WHERE n.user_id <> n.actor_id ORDER BY n.at"""

# Of these users, and of their posts and conversations; $1 are the users.
COUNTS = (
    """
    WITH own AS (SELECT id FROM posts WHERE author_id = ANY($1)),
    liked AS (SELECT post_id, count(*) AS n FROM likes GROUP BY post_id),
    retweeted AS (
        SELECT post_id, count(*) AS n FROM feed_entries
         WHERE kind = 'retweet' AND removed_xid IS NULL GROUP BY post_id),
    answered AS (
        SELECT reply_to AS post_id, count(*) AS n FROM posts
         WHERE reply_to IS NOT NULL GROUP BY reply_to)
    UPDATE posts p SET likes_count = coalesce(liked.n, 0),
           retweets_count = coalesce(retweeted.n, 0), replies_count = coalesce(answered.n, 0)
      FROM own LEFT JOIN liked ON liked.post_id = own.id
      LEFT JOIN retweeted ON retweeted.post_id = own.id
      LEFT JOIN answered ON answered.post_id = own.id
     WHERE p.id = own.id""",
    """
    UPDATE profiles f SET
           followers_count = (SELECT count(*) FROM follows WHERE followed_id = f.user_id),
           following_count = (SELECT count(*) FROM follows WHERE follower_id = f.user_id),
           posts_count = (SELECT count(*) FROM posts WHERE author_id = f.user_id)
     WHERE f.user_id = ANY($1)""",
    """
    UPDATE participants v SET unread_count = (
           SELECT count(*) FROM messages m
            WHERE m.conversation_id = v.conversation_id AND m.id > v.last_read_id
              AND m.sender_id <> v.user_id)
     WHERE v.user_id = ANY($1)""",
    """
    UPDATE user_seq s SET
           unread_notifications = (SELECT count(*) FROM notifications n
                                    WHERE n.user_id = s.user_id AND n.read_at IS NULL),
           unread_messages = (SELECT coalesce(sum(v.unread_count), 0) FROM participants v
                               WHERE v.user_id = s.user_id AND v.left_at IS NULL)
     WHERE s.user_id = ANY($1)""",
)


async def update_counts(
    connection: asyncpg.Connection, people: Sequence[int], looked_at: Sequence[datetime]
) -> None:
    """Notify and count for people nobody else has to do with, in the transaction that loads them.

    Args:
        connection: in that transaction.
        people: ids of users.
        looked_at: up to when each of them has read their notifications.
    """
    await connection.execute(ANALYZE)
    await connection.execute(NOTIFY, people, looked_at)
    for statement in COUNTS:
        await connection.execute(statement, people)
