"""A crowd that has done something to one user or post, put into the tables as they would be."""

from collections.abc import Awaitable, Callable

from storage import jobs
from storage.database.pool import Database
from tests.waiting import until

CROWD = """
    WITH crowd AS (
        INSERT INTO users (username, email, password_hash, display_name)
        SELECT 'crowd_' || n, 'crowd_' || n || '@example.org', '', 'x'
          FROM generate_series(1, $1::integer) n RETURNING id),
    counters AS (INSERT INTO user_seq (user_id) SELECT id FROM crowd),
    profiles AS (INSERT INTO profiles (user_id) SELECT id FROM crowd)
    SELECT id FROM crowd ORDER BY id"""
LIKE = """
    WITH liked AS (
        INSERT INTO likes (user_id, post_id) SELECT id, $1 FROM unnest($2::bigint[]) id),
    told AS (
        INSERT INTO notifications (user_id, kind, actor_id, post_id)
        SELECT p.author_id, 'like', fan, $1 FROM posts p, unnest($2::bigint[]) fan WHERE p.id = $1),
    counted AS (
        UPDATE user_seq SET unread_notifications = unread_notifications + cardinality($2::bigint[])
         WHERE user_id = (SELECT author_id FROM posts WHERE id = $1))
    UPDATE posts SET likes_count = likes_count + cardinality($2::bigint[]) WHERE id = $1"""
REPLY = """
    WITH replies AS (
        INSERT INTO posts (author_id, content, reply_to)
        SELECT id, 'reply', $1 FROM unnest($2::bigint[]) id RETURNING id, author_id),
    entries AS (
        INSERT INTO feed_entries (actor_id, post_id, kind)
        SELECT author_id, id, 'post' FROM replies),
    counted AS (
        UPDATE profiles SET posts_count = posts_count + 1 WHERE user_id = ANY($2::bigint[]))
    UPDATE posts SET replies_count = replies_count + cardinality($2::bigint[]) WHERE id = $1"""
RETWEET = """
    WITH entries AS (
        INSERT INTO feed_entries (actor_id, post_id, kind)
        SELECT id, $1, 'retweet' FROM unnest($2::bigint[]) id)
    UPDATE posts SET retweets_count = retweets_count + cardinality($2::bigint[]) WHERE id = $1"""
FOLLOW = """
    WITH follows AS (
        INSERT INTO follows (follower_id, followed_id) SELECT id, $1 FROM unnest($2::bigint[]) id),
    following AS (
        UPDATE profiles SET following_count = following_count + 1
         WHERE user_id = ANY($2::bigint[]))
    UPDATE profiles SET followers_count = followers_count + cardinality($2::bigint[])
     WHERE user_id = $1"""


async def crowd(db: Database, count: int) -> list[int]:
    """The ids of so many new users."""
    return [row["id"] for row in await db.fetch(CROWD, count)]


async def like(db: Database, post_id: int, crowd: list[int]) -> None:
    """All of them, each with a notification that is unread."""
    await db.execute(LIKE, post_id, crowd)


async def reply(db: Database, post_id: int, crowd: list[int]) -> None:
    await db.execute(REPLY, post_id, crowd)


async def retweet(db: Database, post_id: int, crowd: list[int]) -> None:
    await db.execute(RETWEET, post_id, crowd)


async def follow(db: Database, user_id: int, crowd: list[int]) -> None:
    await db.execute(FOLLOW, user_id, crowd)


async def no_jobs_left(db: Database, seconds: float = 30.0) -> None:
    """Wait until all that was queued is done."""
    await until(_none(db), seconds)


def _none(db: Database) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        counts = await jobs.counts(db)
        assert counts.held == 0
        return counts.queued == 0

    return check
