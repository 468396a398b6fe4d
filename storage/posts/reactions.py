"""Likes and retweets: each is done once, counted once, and notified to the author once."""

from dataclasses import dataclass

import asyncpg

from storage import notifications
from storage.database.pool import Database
from storage.database.query import Command, Query, Scalar
from storage.database.visibility import may_interact, visible_by_id
from storage.errors import Blocked, NotFound
from storage.events import log
from storage.uncounted import is_counted
from storage.withdrawn_notifications import Withdrawn, undone


@dataclass(frozen=True, slots=True)
class _Author:
    author_id: int
    may_interact: bool
    visible: bool


AUTHOR_TO_REACT_TO = Query(
    f"""
    SELECT p.author_id, {may_interact("$1", "p.author_id")} AS may_interact,
           {visible_by_id("$1", "u")} AS visible
      FROM posts p JOIN users u ON u.id = p.author_id WHERE p.id = $2""",
    _Author,
)


async def _author(db: Database, user_id: int, post_id: int, *, react: bool) -> int:
    """NotFound; Blocked, to react, where one of the two blocks the other."""
    author = await AUTHOR_TO_REACT_TO.maybe(db, user_id, post_id)
    if author is not None and react and not author.may_interact:
        raise Blocked
    if author is None or not author.visible:
        raise NotFound("post")
    return author.author_id


LIKE = Command("""
    WITH liked AS (
        INSERT INTO likes (user_id, post_id)
        SELECT $1, id FROM posts WHERE id = $2 AND author_id = $3
        ON CONFLICT (user_id, post_id) DO NOTHING RETURNING post_id)
    UPDATE posts SET likes_count = likes_count + 1 FROM liked WHERE id = liked.post_id""")


async def like(db: Database, user_id: int, post_id: int) -> notifications.Notified | None:
    """Like a post; return the author's notification, if there is a new one.

    NotFound; Blocked where one of the two has blocked the other.
    """
    author_id = await _author(db, user_id, post_id, react=True)
    async with db.transaction() as connection:
        await log.lock(connection, [author_id])
        if not await LIKE.run(connection, user_id, post_id, author_id):
            return None
        return await _notify(connection, author_id, "like", user_id, post_id)


UNLIKE = Command(f"""
    WITH gone AS (DELETE FROM likes WHERE user_id = $1 AND post_id = $2 RETURNING id, post_id)
    UPDATE posts SET likes_count = likes_count - 1 FROM gone
     WHERE posts.id = gone.post_id AND {is_counted("like", "gone.id")}""")


async def unlike(db: Database, user_id: int, post_id: int) -> list[Withdrawn]:
    """Take a like back, if there is one, and its notification, if that is unread. NotFound."""
    author_id = await _author(db, user_id, post_id, react=False)
    async with db.transaction() as connection:
        await log.lock(connection, [author_id])
        if not await UNLIKE.run(connection, user_id, post_id):
            return []
        return await undone(connection, [author_id], "like", user_id, post_id)


@dataclass(frozen=True, slots=True)
class Retweeted:
    """A new retweet: its feed entry, and the author's notification, if there is a new one."""

    entry_id: int
    notified: notifications.Notified | None


RETWEET = Scalar(
    """
    WITH entry AS (
        INSERT INTO feed_entries (actor_id, post_id, kind)
        SELECT $1, id, 'retweet' FROM posts WHERE id = $2 AND author_id = $3
        ON CONFLICT (actor_id, post_id, kind) WHERE removed_xid IS NULL DO NOTHING
        RETURNING id, post_id)
    UPDATE posts SET retweets_count = retweets_count + 1 FROM entry WHERE posts.id = entry.post_id
    RETURNING entry.id""",
    int,
)


async def retweet(db: Database, user_id: int, post_id: int) -> Retweeted | None:
    """Retweet a post; None when it was so already.

    NotFound; Blocked where one of the two has blocked the other.
    """
    author_id = await _author(db, user_id, post_id, react=True)
    async with db.transaction() as connection:
        await log.lock(connection, [author_id])
        entry_id = await RETWEET.maybe(connection, user_id, post_id, author_id)
        if entry_id is None:
            return None
        notified = await _notify(connection, author_id, "retweet", user_id, post_id)
        return Retweeted(entry_id, notified)


UNRETWEET = Command(f"""
    WITH gone AS (
        UPDATE feed_entries SET removed_xid = pg_current_xact_id(), removed_at = now()
         WHERE actor_id = $1 AND post_id = $2 AND kind = 'retweet' AND removed_xid IS NULL
        RETURNING id, post_id)
    UPDATE posts SET retweets_count = retweets_count - 1 FROM gone
     WHERE posts.id = gone.post_id AND {is_counted("retweet", "gone.id")}""")


async def unretweet(db: Database, user_id: int, post_id: int) -> list[Withdrawn]:
    """Take a retweet back, if there is one, and its notification, if that is unread. NotFound."""
    author_id = await _author(db, user_id, post_id, react=False)
    async with db.transaction() as connection:
        await log.lock(connection, [author_id])
        if not await UNRETWEET.run(connection, user_id, post_id):
            return []
        return await undone(connection, [author_id], "retweet", user_id, post_id)


async def _notify(
    connection: asyncpg.Connection, author_id: int, kind: str, user_id: int, post_id: int
) -> notifications.Notified | None:
    draft = notifications.NotificationDraft(author_id, kind, user_id, post_id)
    notified = await notifications.add(connection, [draft])
    return notified[0] if notified else None
