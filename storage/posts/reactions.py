"""Likes and retweets: done once each, counted once, told to the author once."""

from dataclasses import dataclass

import asyncpg

from storage import notifications
from storage.database.columns import may_interact, visible_by_id
from storage.database.pool import Database
from storage.errors import Blocked, NotFound
from storage.events import log

AUTHOR = f"""
    SELECT p.author_id, {may_interact("$1", "p.author_id")} AS may_interact,
           {visible_by_id("$1", "u")} AS readable
      FROM posts p JOIN users u ON u.id = p.author_id WHERE p.id = $2"""


async def _author(db: Database, user_id: int, post_id: int, *, react: bool) -> int:
    """NotFound; Forbidden to react where one of the two blocks the other."""
    row = await db.fetchrow(AUTHOR, user_id, post_id)
    if row is not None and react and not row["may_interact"]:
        raise Blocked
    if row is None or not row["readable"]:
        raise NotFound("post")
    return int(row["author_id"])


LIKE = """
    WITH liked AS (
        INSERT INTO likes (user_id, post_id) SELECT $1, id FROM posts WHERE id = $2
        ON CONFLICT (user_id, post_id) DO NOTHING RETURNING post_id)
    UPDATE posts SET likes_count = likes_count + 1 FROM liked WHERE id = liked.post_id"""


async def like(db: Database, user_id: int, post_id: int) -> notifications.Notified | None:
    """The author's notification, if there is a new one."""
    author_id = await _author(db, user_id, post_id, react=True)
    async with db.transaction() as connection:
        await log.lock(connection, [author_id])
        if await connection.execute(LIKE, user_id, post_id) == "UPDATE 0":
            return None
        return await _tell(connection, author_id, "like", user_id, post_id)


UNLIKE = """
    WITH gone AS (DELETE FROM likes WHERE user_id = $1 AND post_id = $2 RETURNING post_id)
    UPDATE posts SET likes_count = likes_count - 1 FROM gone WHERE id = gone.post_id"""


async def unlike(db: Database, user_id: int, post_id: int) -> None:
    author_id = await _author(db, user_id, post_id, react=False)
    async with db.transaction() as connection:
        await log.lock(connection, [author_id])
        await connection.execute(UNLIKE, user_id, post_id)


@dataclass(frozen=True, slots=True)
class Retweeted:
    """A new retweet: its place in feeds, and the author's notification, if there is a new one."""

    entry_id: int
    notified: notifications.Notified | None


RETWEET = """
    WITH entry AS (
        INSERT INTO feed_entries (actor_id, post_id, kind)
        SELECT $1, id, 'retweet' FROM posts WHERE id = $2
        ON CONFLICT (actor_id, post_id, kind) WHERE removed_xid IS NULL DO NOTHING
        RETURNING id, post_id)
    UPDATE posts SET retweets_count = retweets_count + 1 FROM entry WHERE posts.id = entry.post_id
    RETURNING entry.id"""


async def retweet(db: Database, user_id: int, post_id: int) -> Retweeted | None:
    """None when it was so already."""
    author_id = await _author(db, user_id, post_id, react=True)
    async with db.transaction() as connection:
        await log.lock(connection, [author_id])
        entry_id = await connection.fetchval(RETWEET, user_id, post_id)
        if entry_id is None:
            return None
        notified = await _tell(connection, author_id, "retweet", user_id, post_id)
        return Retweeted(entry_id, notified)


UNRETWEET = """
    WITH gone AS (
        UPDATE feed_entries SET removed_xid = pg_current_xact_id(), removed_at = now()
         WHERE actor_id = $1 AND post_id = $2 AND kind = 'retweet' AND removed_xid IS NULL
        RETURNING post_id)
    UPDATE posts SET retweets_count = retweets_count - 1 FROM gone WHERE id = gone.post_id"""


async def unretweet(db: Database, user_id: int, post_id: int) -> None:
    author_id = await _author(db, user_id, post_id, react=False)
    async with db.transaction() as connection:
        await log.lock(connection, [author_id])
        await connection.execute(UNRETWEET, user_id, post_id)


async def _tell(
    connection: asyncpg.Connection, author_id: int, kind: str, user_id: int, post_id: int
) -> notifications.Notified | None:
    new = notifications.New(author_id, kind, user_id, post_id)
    notified = await notifications.add(connection, [new])
    return notified[0] if notified else None
