"""Who follows whom, and how two users stand to each other."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import asyncpg

from storage import jobs, notifications
from storage.database.columns import USER, may_interact, row, visible_in_lists
from storage.database.paging import after, cut
from storage.database.pool import Database
from storage.database.query import Executor, Query
from storage.errors import Blocked, NotFound
from storage.events import log
from storage.events.types import RelationshipChanged
from storage.records import Page, Relationship, User


@dataclass(frozen=True, slots=True)
class Changed:
    """How user_id now stands to another, and what was written into the logs."""

    user_id: int
    relationship: Relationship
    logged: log.AppendedEvent
    notified: notifications.Notified | None = None


RELATIONSHIPS = Query(
    """
    SELECT o.id AS user_id,
           EXISTS (SELECT FROM follows
                    WHERE follower_id = $1 AND followed_id = o.id) AS is_following,
           EXISTS (SELECT FROM follows
                    WHERE follower_id = o.id AND followed_id = $1) AS is_followed_by,
           EXISTS (SELECT FROM blocks WHERE blocker_id = $1 AND blocked_id = o.id) AS blocked,
           EXISTS (SELECT FROM mutes WHERE muter_id = $1 AND muted_id = o.id) AS muted
      FROM unnest($2::bigint[]) WITH ORDINALITY AS o (id, place)
      JOIN users ON users.id = o.id AND users.deleted_at IS NULL ORDER BY o.place""",
    Relationship,
)


async def relationships(db: Executor, user_id: int, other_ids: Sequence[int]) -> list[Relationship]:
    """How user_id stands to each of the others who are there, in their order."""
    return await RELATIONSHIPS.all(db, user_id, other_ids)


BETWEEN = f"SELECT {may_interact('$1', '$2')} FROM users WHERE id = $2 AND deleted_at IS NULL"

FOLLOW = """
    WITH followed AS (
        INSERT INTO follows (follower_id, followed_id) VALUES ($1, $2)
        ON CONFLICT ON CONSTRAINT follows_pair DO NOTHING RETURNING id)
    UPDATE profiles SET following_count = following_count + (user_id = $1)::integer,
           followers_count = followers_count + (user_id = $2)::integer
      FROM followed WHERE user_id IN ($1, $2)"""


async def follow(db: Database, follower_id: int, followed_id: int) -> Changed | None:
    """None when it was so already. NotFound, or Forbidden when one of the two blocks the other."""
    async with db.transaction() as connection:
        await log.lock(connection, (follower_id, followed_id))
        apart = await connection.fetchval(BETWEEN, follower_id, followed_id)
        if apart is None:
            raise NotFound("user")
        if not apart:
            raise Blocked
        if await connection.execute(FOLLOW, follower_id, followed_id) == "UPDATE 0":
            return None
        notified = await notifications.add(
            connection, [notifications.New(followed_id, "follow", follower_id, None)]
        )
        for notice in notified:
            await jobs.enqueue(
                connection,
                "email.follow",
                {"notification_id": notice.notification.id},
                dedupe_key=f"email.follow:{followed_id}:{follower_id}",
            )
        told = await changed(connection, follower_id, followed_id)
        return replace(told, notified=notified[0] if notified else None)


UNFOLLOW = """
    WITH gone AS (
        DELETE FROM follows WHERE follower_id = $1 AND followed_id = $2 RETURNING id)
    UPDATE profiles SET following_count = following_count - (user_id = $1)::integer,
           followers_count = followers_count - (user_id = $2)::integer
      FROM gone WHERE user_id IN ($1, $2)"""


async def unfollow(db: Database, follower_id: int, followed_id: int) -> Changed | None:
    """None when it was so already."""
    async with db.transaction() as connection:
        await log.lock(connection, (follower_id, followed_id))
        if await connection.execute(UNFOLLOW, follower_id, followed_id) == "UPDATE 0":
            return None
        return await changed(connection, follower_id, followed_id)


async def changed(
    connection: asyncpg.Connection, user_id: int, other_id: int, unread_notifications: int = 0
) -> Changed:
    """Log, to the user whose counter is locked, that the relationship to another has changed."""
    entry = log.EventDraft(
        user_id=user_id,
        event=RelationshipChanged,
        actor_id=user_id,
        ref=other_id,
        unread_notifications=unread_notifications,
    )
    (logged,) = await log.append(connection, [entry])
    (relationship,) = await relationships(connection, user_id, [other_id])
    return Changed(user_id, relationship, logged)


@dataclass(frozen=True, slots=True)
class Ranked:
    rank: int
    user: User


FOLLOWERS = Query(
    f"""
    SELECT l.id AS rank, {row(USER)} AS user
      FROM follows l JOIN users u ON u.id = l.follower_id JOIN profiles f ON f.user_id = u.id
     WHERE l.followed_id = $2 AND l.id < $3 AND {visible_in_lists("$1", "u")}
     ORDER BY l.id DESC LIMIT $4""",
    Ranked,
)

FOLLOWING = Query(
    f"""
    SELECT l.id AS rank, {row(USER)} AS user
      FROM follows l JOIN users u ON u.id = l.followed_id JOIN profiles f ON f.user_id = u.id
     WHERE l.follower_id = $2 AND l.id < $3 AND {visible_in_lists("$1", "u")}
     ORDER BY l.id DESC LIMIT $4""",
    Ranked,
)


async def followers(
    db: Database, viewer_id: int | None, user_id: int, limit: int, cursor: str | None
) -> Page[User]:
    rows = await FOLLOWERS.all(db, viewer_id, user_id, after(cursor), limit + 1)
    return cut(rows, limit, lambda row: row.user, lambda row: row.rank)


async def following(
    db: Database, viewer_id: int | None, user_id: int, limit: int, cursor: str | None
) -> Page[User]:
    rows = await FOLLOWING.all(db, viewer_id, user_id, after(cursor), limit + 1)
    return cut(rows, limit, lambda row: row.user, lambda row: row.rank)


@dataclass(frozen=True, slots=True)
class RelationshipSets:
    """Whom a user follows, and who is kept from whom: what live delivery goes by. It tells of all
    in the user's log up to seq."""

    seq: int
    followed: list[int]
    blocked: list[int]
    blocked_by: list[int]
    muted: list[int]


CIRCLE = Query(
    """
    SELECT (SELECT seq FROM user_seq WHERE user_id = $1) AS seq,
           ARRAY(SELECT followed_id FROM follows WHERE follower_id = $1) AS followed,
           ARRAY(SELECT blocked_id FROM blocks WHERE blocker_id = $1) AS blocked,
           ARRAY(SELECT blocker_id FROM blocks WHERE blocked_id = $1) AS blocked_by,
           ARRAY(SELECT muted_id FROM mutes WHERE muter_id = $1) AS muted""",
    RelationshipSets,
)


async def relationship_sets(db: Executor, user_id: int) -> RelationshipSets:
    return await CIRCLE.one(db, user_id)
