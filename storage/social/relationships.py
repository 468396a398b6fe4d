"""Who follows whom, and how two users stand to each other."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import asyncpg

from storage import jobs, notifications
from storage.database.columns import Columns
from storage.database.paging import Ranked, after, page_by_rank
from storage.database.pool import Database
from storage.database.query import Command, Executor, Query, Scalar
from storage.database.user_columns import USER, standing
from storage.database.visibility import may_interact, visible_in_lists
from storage.errors import Blocked, NotFound
from storage.events import log
from storage.events.types import RelationshipChanged
from storage.messaging.read_receipts import ReadReceipt
from storage.records import Page, Relationship, User
from storage.uncounted import is_counted
from storage.withdrawn_notifications import Withdrawn, unfollowed


@dataclass(frozen=True, slots=True)
class RelationshipChange:
    """How user_id now stands to another, and the event that was logged to user_id.

    Besides: the notification that the other has received, those that are gone with it, and the
    conversations in which less is unread.
    """

    user_id: int
    relationship: Relationship
    logged: log.AppendedEvent
    notified: notifications.Notified | None = None
    withdrawn: list[Withdrawn] = field(default_factory=list)
    receipts: list[ReadReceipt] = field(default_factory=list)


STANDING = Columns(Relationship, {"user_id": "o.id"} | standing("$1", "o.id"))
RELATIONSHIPS = Query(
    f"""
    SELECT {STANDING} FROM unnest((SELECT $2::bigint[])) WITH ORDINALITY AS o (id, place)
      JOIN users ON users.id = o.id AND users.deleted_at IS NULL ORDER BY o.place""",
    STANDING,
)


async def relationships(db: Executor, user_id: int, other_ids: Sequence[int]) -> list[Relationship]:
    """Return how user_id stands to each of the others who are there, in their order."""
    return await RELATIONSHIPS.all(db, user_id, other_ids)


@dataclass(frozen=True, slots=True)
class _Looked:
    """How a user stands to another, and whether neither of the two has blocked the other."""

    relationship: Relationship
    may_interact: bool


LOOKED = Columns(
    _Looked,
    {
        "relationship": Columns(Relationship, {"user_id": "users.id"} | standing("$1", "users.id")),
        "may_interact": may_interact("$1", "users.id"),
    },
)
LOOK = Query(f"SELECT {LOOKED} FROM users WHERE id = $2 AND deleted_at IS NULL", LOOKED)

# Whoever is suspended is not among those whom others follow.
INSERT_FOLLOW = Command("""
    WITH followed AS (
        INSERT INTO follows (follower_id, followed_id) VALUES ($1, $2)
        ON CONFLICT ON CONSTRAINT follows_pair DO NOTHING RETURNING id),
    marked AS (
        INSERT INTO uncounted (kind, id, user_id)
        SELECT 'follower', followed.id, u.id FROM followed JOIN users u ON u.id = $2
         WHERE u.suspended_at IS NOT NULL RETURNING id)
    UPDATE profiles SET following_count = following_count
             + (user_id = $1 AND NOT EXISTS (SELECT FROM marked))::integer,
           followers_count = followers_count + (user_id = $2)::integer
      FROM followed WHERE user_id IN ($1, $2)""")


async def follow(db: Database, follower_id: int, followed_id: int) -> RelationshipChange | None:
    """Follow a user; None when it was so already.

    NotFound; Blocked where one of the two has blocked the other.
    """
    async with db.transaction() as connection:
        await log.lock(connection, (follower_id, followed_id))
        looked = await LOOK.maybe(connection, follower_id, followed_id)
        if looked is None:
            raise NotFound("user")
        if not looked.may_interact:
            raise Blocked
        if not await INSERT_FOLLOW.run(connection, follower_id, followed_id):
            return None
        draft = notifications.NotificationDraft(followed_id, "follow", follower_id, None)
        notified, (logged,) = await notifications.add_and_log(
            connection, [draft], [_changed(follower_id, followed_id)]
        )
        for new in notified:
            await jobs.enqueue(
                connection,
                "email.follow",
                {"notification_id": new.notification.id},
                dedupe_key=f"email.follow:{new.notification.id}",
            )
        relationship = replace(looked.relationship, is_following=True)
        return RelationshipChange(
            follower_id, relationship, logged, notified[0] if notified else None
        )


DELETE_FOLLOW = Command(f"""
    WITH gone AS (
        DELETE FROM follows WHERE follower_id = $1 AND followed_id = $2 RETURNING id)
    UPDATE profiles SET following_count = following_count
             - (user_id = $1 AND {is_counted("follower", "gone.id")})::integer,
           followers_count = followers_count
             - (user_id = $2 AND {is_counted("following", "gone.id")})::integer
      FROM gone WHERE user_id IN ($1, $2)""")


async def unfollow(db: Database, follower_id: int, followed_id: int) -> RelationshipChange | None:
    """Unfollow a user, whose notification of it goes if it is unread; None when it was so."""
    async with db.transaction() as connection:
        await log.lock(connection, (follower_id, followed_id))
        if not await DELETE_FOLLOW.run(connection, follower_id, followed_id):
            return None
        change = await log_change(connection, follower_id, followed_id)
        return replace(change, withdrawn=await unfollowed(connection, followed_id, follower_id))


async def log_change(
    connection: asyncpg.Connection, user_id: int, other_id: int
) -> RelationshipChange:
    """Log to user_id, whose counter is locked, that the relationship to another has changed.

    NotFound: One of the two has deleted the account, whose erasure ends all its relationships.
    """
    (logged,) = await log.append(connection, [_changed(user_id, other_id)])
    found = await relationships(connection, user_id, [other_id])
    if not found:
        raise NotFound("user")
    return RelationshipChange(user_id, found[0], logged)


def _changed(user_id: int, other_id: int) -> log.EventDraft:
    return log.EventDraft(user_id, RelationshipChanged, actor_id=user_id, ref=other_id)


RELATED_USER = Columns(Ranked[User], {"rank": "l.id", "item": USER})
FOLLOWERS = Query(
    f"""
    SELECT {RELATED_USER}
      FROM follows l JOIN users u ON u.id = l.follower_id JOIN profiles f ON f.user_id = u.id
     WHERE l.followed_id = $2 AND l.id < $3 AND {visible_in_lists("$1", "u")}
     ORDER BY l.id DESC LIMIT $4""",
    RELATED_USER,
)

FOLLOWING = Query(
    f"""
    SELECT {RELATED_USER}
      FROM follows l JOIN users u ON u.id = l.followed_id JOIN profiles f ON f.user_id = u.id
     WHERE l.follower_id = $2 AND l.id < $3 AND {visible_in_lists("$1", "u")}
     ORDER BY l.id DESC LIMIT $4""",
    RELATED_USER,
)


async def followers(
    db: Database, viewer_id: int | None, user_id: int, limit: int, cursor: str | None
) -> Page[User]:
    """Return a user's followers, the newest first."""
    rows = await FOLLOWERS.all(db, viewer_id, user_id, after(cursor), limit + 1)
    return page_by_rank(rows, limit)


async def following(
    db: Database, viewer_id: int | None, user_id: int, limit: int, cursor: str | None
) -> Page[User]:
    """Return whom a user follows, the newest first."""
    rows = await FOLLOWING.all(db, viewer_id, user_id, after(cursor), limit + 1)
    return page_by_rank(rows, limit)


@dataclass(frozen=True, slots=True)
class RelationshipSets:
    """Whom a user follows, blocks, mutes and is blocked by: what live delivery filters by.

    All events of the user's log up to seq are applied in it. version is a number that grows with
    each change of it: unlike the log, also with blocks by others.
    """

    seq: int
    version: int
    followed: list[int]
    blocked: list[int]
    blocked_by: list[int]
    muted: list[int]


RELATIONSHIP_SETS = Query(
    """
    SELECT (SELECT seq FROM user_seq WHERE user_id = $1) AS seq,
           coalesce((SELECT version FROM feed_versions WHERE user_id = $1), 0) AS version,
           ARRAY(SELECT followed_id FROM follows WHERE follower_id = $1) AS followed,
           ARRAY(SELECT blocked_id FROM blocks WHERE blocker_id = $1) AS blocked,
           ARRAY(SELECT blocker_id FROM blocks WHERE blocked_id = $1) AS blocked_by,
           ARRAY(SELECT muted_id FROM mutes WHERE muter_id = $1) AS muted""",
    RelationshipSets,
)


async def relationship_sets(db: Executor, user_id: int) -> RelationshipSets:
    """Return a user's relationships, as of the position of the log that they are read at."""
    return await RELATIONSHIP_SETS.one(db, user_id)


CHANGED_RELATIONSHIPS = Scalar(
    """
    SELECT seen.user_id FROM unnest($1::bigint[], $2::bigint[]) AS seen (user_id, version)
      LEFT JOIN feed_versions v ON v.user_id = seen.user_id
     WHERE seen.version IS DISTINCT FROM coalesce(v.version, 0)""",
    int,
)


async def changed(db: Database, seen: dict[int, int | None]) -> list[int]:
    """Of users and the version of each one's RelationshipSets: return who has others by now."""
    return await CHANGED_RELATIONSHIPS.all(db, list(seen), list(seen.values()))
