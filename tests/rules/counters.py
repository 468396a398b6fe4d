"""Every counter that is stored, beside what it counts, counted anew."""

from storage.database.pool import Database

ACTIVE = "SELECT id FROM users WHERE suspended_at IS NULL AND deleted_at IS NULL"

# The rows of users $1 whose stored counters are not what is counted.
WRONG = {
    "profiles": f"""
        SELECT user_id, followers_count, following_count, posts_count FROM profiles
         WHERE user_id = ANY($1::bigint[]) AND (followers_count, following_count, posts_count) <> (
           (SELECT count(*) FROM follows WHERE followed_id = user_id AND follower_id IN ({ACTIVE})),
           (SELECT count(*) FROM follows WHERE follower_id = user_id AND followed_id IN ({ACTIVE})),
           (SELECT count(*) FROM posts WHERE author_id = user_id))""",
    "posts": f"""
        SELECT id, likes_count, retweets_count FROM posts p
         WHERE author_id = ANY($1::bigint[]) AND (likes_count, retweets_count) <> (
           (SELECT count(*) FROM likes WHERE post_id = p.id AND user_id IN ({ACTIVE})),
           (SELECT count(*) FROM feed_entries WHERE post_id = p.id AND kind = 'retweet'
               AND removed_xid IS NULL AND actor_id IN ({ACTIVE})))""",
    "unread messages": """
        SELECT user_id, unread_messages FROM user_seq s
         WHERE user_id = ANY($1::bigint[]) AND unread_messages <> (
           SELECT coalesce(sum(unread_count), 0) FROM participants
            WHERE user_id = s.user_id AND left_at IS NULL)""",
    "unread notifications": """
        SELECT s.user_id, s.unread_notifications FROM user_seq s
         WHERE s.user_id = ANY($1::bigint[]) AND s.unread_notifications <> (
           SELECT count(*) FROM notifications n WHERE n.user_id = s.user_id AND n.read_at IS NULL
              AND n.id > s.notifications_read_up_to)""",
    "numbers of the log": """
        SELECT user_id, seq FROM user_seq s WHERE user_id = ANY($1::bigint[]) AND seq - floor <> (
           SELECT count(*) FROM events WHERE user_id = s.user_id)""",
}


async def wrong(db: Database, user_ids: list[int]) -> dict[str, list[tuple[object, ...]]]:
    """By what: the rows that are not right; nothing where all are."""
    found = {what: await db.fetch(sql, user_ids) for what, sql in WRONG.items()}
    return {what: [tuple(row) for row in rows] for what, rows in found.items() if rows}
