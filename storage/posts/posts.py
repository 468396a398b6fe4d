"""Posts and replies, the hashtags and mentions in them."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from storage import idempotency, moderation, notifications
from storage.database.columns import POST, is_active, live_post, may_interact, visible_by_id
from storage.database.pool import Database
from storage.database.query import Query
from storage.errors import Blocked, NotAuthor, NotFound
from storage.events import log
from storage.records import Post

ONE = Query(
    f"""
    SELECT {POST} FROM posts p JOIN users u ON u.id = p.author_id
     WHERE p.id = $2 AND {visible_by_id("$1", "u")}""",
    Post,
)


async def get(db: Database, viewer_id: int | None, post_id: int) -> Post:
    """NotFound also where the author has blocked the viewer, or is suspended."""
    if post := await ONE.maybe(db, viewer_id, post_id):
        return post
    raise NotFound("post")


LIVE = Query(
    f"SELECT {live_post(POST)} FROM posts p JOIN users u ON u.id = p.author_id WHERE p.id = $1",
    Post,
)


async def live(db: Database, post_id: int) -> Post | None:
    """As a live event carries it; None when it is gone already."""
    return await LIVE.maybe(db, post_id)


@dataclass(frozen=True, slots=True)
class Draft:
    """A post as it is asked for: hashtags and usernames in lower case, image a key in the store."""

    author_id: int
    content: str
    hashtags: Sequence[str] = ()
    usernames: Sequence[str] = ()
    reply_to: int | None = None
    image: str | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """A new post: its place in feeds, and whom it notified."""

    post_id: int
    entry_id: int
    notified: list[notifications.Notified]


PARENT = f"""
    SELECT p.author_id, {may_interact("$1", "p.author_id")} AS may_interact
      FROM posts p JOIN users u ON u.id = p.author_id WHERE p.id = $2 AND {is_active("u")}"""

NAMED = f"""
    SELECT u.id, names.place FROM unnest($2::text[]) WITH ORDINALITY AS names (name, place)
      JOIN users u ON lower(u.username) = names.name
     WHERE u.deleted_at IS NULL AND {may_interact("$1", "u.id")} ORDER BY names.place"""

INSERT = """
    WITH parent AS (
        UPDATE posts SET replies_count = replies_count + 1 WHERE id = $3 RETURNING id),
    post AS (
        INSERT INTO posts (author_id, content, reply_to, image)
        VALUES ($1, $2, (SELECT id FROM parent), $4) RETURNING id),
    entry AS (
        INSERT INTO feed_entries (actor_id, post_id, kind) SELECT $1, id, 'post' FROM post
        RETURNING id),
    counted AS (UPDATE profiles SET posts_count = posts_count + 1 WHERE user_id = $1)
    SELECT post.id AS post_id, entry.id AS entry_id FROM post, entry"""


async def create(db: Database, draft: Draft, key: idempotency.Key | None) -> Posted | None:
    """Store a post, its feed entry, and tell those it answers or names.

    None when the key has been used for this very draft: idempotency.result has the id. NotFound for
    an absent parent, Forbidden where its author and this one are apart by a block.
    """
    try:
        parent_author = await _parent_author(db, draft)
    except (NotFound, Blocked):  # perhaps only since the first try
        if key is not None and await idempotency.result(db, key) is not None:
            return None
        raise
    tags = await _hashtag_ids(db, draft.hashtags)
    named = await _named_ids(db, draft)
    async with db.transaction() as connection:
        await log.lock(connection, {draft.author_id, *named, *parent_author})
        if key is not None and not await idempotency.claim(connection, key):
            return None
        row = await connection.fetchrow(
            INSERT, draft.author_id, draft.content, draft.reply_to, draft.image
        )
        assert row is not None
        post_id = row["post_id"]
        await _link(connection, draft.author_id, post_id, tags, named)
        if key is not None:
            await idempotency.settle(connection, key, post_id)
        notices = [(user_id, "reply") for user_id in parent_author]
        notices += [(user_id, "mention") for user_id in named if user_id not in parent_author]
        notified = await notifications.add(
            connection,
            [
                notifications.New(user_id, kind, draft.author_id, post_id)
                for user_id, kind in notices
            ],
        )
        return Posted(post_id, row["entry_id"], notified)


async def _parent_author(db: Database, draft: Draft) -> set[int]:
    if draft.reply_to is None:
        return set()
    parent = await db.fetchrow(PARENT, draft.author_id, draft.reply_to)
    if parent is None:
        raise NotFound("post to reply to")
    if not parent["may_interact"]:
        raise Blocked
    return {parent["author_id"]}


async def _named_ids(db: Database, draft: Draft) -> list[int]:
    """Of the users whom a draft mentions and may mention."""
    if not draft.usernames:
        return []
    return [row["id"] for row in await db.fetch(NAMED, draft.author_id, draft.usernames)]


TAGS = "SELECT id, tag FROM hashtags WHERE tag = ANY($1::text[])"
NEW_TAGS = "INSERT INTO hashtags (tag) SELECT unnest($1::text[]) ON CONFLICT (tag) DO NOTHING"


async def _hashtag_ids(db: Database, tags: Sequence[str]) -> list[int]:
    """Of these tags, in their order; new ones are made, in a transaction of their own, so that no
    writer waits for another's post to commit."""
    if not tags:
        return []
    found = {row["tag"]: row["id"] for row in await db.fetch(TAGS, tags)}
    if missing := [tag for tag in tags if tag not in found]:
        await db.execute(NEW_TAGS, sorted(missing))
        found |= {row["tag"]: row["id"] for row in await db.fetch(TAGS, missing)}
    return [found[tag] for tag in tags]


LINK_TAGS = """
    INSERT INTO post_hashtags (post_id, hashtag_id, author_id, position)
    SELECT $1, id, $2, place FROM unnest($3::bigint[]) WITH ORDINALITY AS given (id, place)"""
LINK_NAMES = """
    INSERT INTO mentions (post_id, user_id, position)
    SELECT $1, id, place FROM unnest($2::bigint[]) WITH ORDINALITY AS given (id, place)"""


async def _link(
    connection: asyncpg.Connection,
    author_id: int,
    post_id: int,
    tag_ids: list[int],
    user_ids: list[int],
) -> None:
    if tag_ids:
        await connection.execute(LINK_TAGS, post_id, author_id, tag_ids)
    if user_ids:
        await connection.execute(LINK_NAMES, post_id, user_ids)


OWN = "SELECT author_id, content, reply_to, image FROM posts WHERE id = $1"
UNLINK = """
    WITH tags AS (DELETE FROM post_hashtags WHERE post_id = $1)
    DELETE FROM mentions WHERE post_id = $1 RETURNING user_id"""
EDIT = """
    WITH version AS (
        INSERT INTO post_versions (post_id, content, created_at)
        SELECT id, content, coalesce(edited_at, created_at) FROM posts WHERE id = $1)
    UPDATE posts SET content = $2, edited_at = now() WHERE id = $1"""


async def edit(db: Database, post_id: int, draft: Draft) -> list[notifications.Notified] | None:
    """Replace the content, keeping the former version; whom the new one notifies.

    None when nothing changes. NotFound; Forbidden unless the author asks.
    """
    tags = await _hashtag_ids(db, draft.hashtags)
    named = await _named_ids(db, draft)
    async with db.transaction() as connection:
        await log.lock(connection, {draft.author_id, *named})
        post = await connection.fetchrow(OWN + " FOR UPDATE", post_id)
        _own(post, draft.author_id)
        assert post is not None
        if post["content"] == draft.content:
            return None
        await connection.execute(EDIT, post_id, draft.content)
        before = {row["user_id"] for row in await connection.fetch(UNLINK, post_id)}
        await _link(connection, draft.author_id, post_id, tags, named)
        new = [
            notifications.New(user_id, "mention", draft.author_id, post_id)
            for user_id in named
            if user_id not in before
        ]
        return await notifications.add(connection, new)


def _own(post: asyncpg.Record | None, author_id: int) -> None:
    if post is None:
        raise NotFound("post")
    if post["author_id"] != author_id:
        raise NotAuthor("Only its author may change a post.")


@dataclass(frozen=True, slots=True)
class Deleted:
    """A post that is gone, in whose feeds it was (its author's and those of who retweeted it), and
    the key of the image that it leaves in the store."""

    author_id: int
    reply_to: int | None
    actor_ids: list[int]
    image: str | None


NOTIFIED = "SELECT DISTINCT user_id FROM notifications WHERE post_id = $1 AND read_at IS NULL"
FORGET = """
    WITH gone AS (DELETE FROM notifications WHERE post_id = $1 RETURNING user_id, read_at)
    UPDATE user_seq s SET unread_notifications = unread_notifications - g.unread
      FROM (SELECT user_id, count(*) FILTER (WHERE read_at IS NULL) AS unread
              FROM gone GROUP BY user_id) g
     WHERE s.user_id = g.user_id AND g.unread > 0"""
ACTORS = """
    SELECT DISTINCT actor_id FROM feed_entries WHERE post_id = $1 AND removed_xid IS NULL"""
# A post before its replies: deleting the one changes the other.
FAMILY = """
    SELECT FROM posts WHERE id IN ($1, (SELECT reply_to FROM posts WHERE id = $1))
     ORDER BY id FOR NO KEY UPDATE"""
DELETE = """
    WITH gone AS (DELETE FROM posts WHERE id = $1 RETURNING author_id, reply_to),
    parent AS (
        UPDATE posts SET replies_count = replies_count - 1 FROM gone WHERE posts.id = gone.reply_to)
    UPDATE profiles SET posts_count = posts_count - 1 FROM gone WHERE user_id = gone.author_id"""


async def delete(db: Database, user_id: int, post_id: int, *, any_author: bool = False) -> Deleted:
    """Remove a post and all that hangs on it; replies stay, answering nothing.

    NotFound; Forbidden unless the author asks, or any_author allows it.
    """
    post = await db.fetchrow(OWN, post_id)
    if post is None or not any_author:
        _own(post, user_id)
    assert post is not None
    async with db.transaction() as connection:
        notified = [row["user_id"] for row in await connection.fetch(NOTIFIED, post_id)]
        await log.lock(connection, {post["author_id"], *notified})
        actors = [row["actor_id"] for row in await connection.fetch(ACTORS, post_id)]
        await connection.execute(FAMILY, post_id)
        await connection.execute(FORGET, post_id)
        if await connection.execute(DELETE, post_id) == "UPDATE 0":
            raise NotFound("post")
        if post["author_id"] != user_id:
            detail = {"author_id": post["author_id"], "content": post["content"]}
            await moderation.record(connection, user_id, "delete", "post", post_id, detail)
        return Deleted(post["author_id"], post["reply_to"], actors, post["image"])


async def actors(db: Database, post_id: int) -> list[int]:
    """In whose feed entries the post is: its author and those who retweeted it."""
    return [row["actor_id"] for row in await db.fetch(ACTORS, post_id)]


@dataclass(frozen=True, slots=True)
class Counts:
    post_id: int
    likes_count: int
    retweets_count: int
    replies_count: int


COUNTS = Query(
    """
    SELECT id AS post_id, likes_count, retweets_count, replies_count
      FROM posts WHERE id = ANY($1::bigint[])""",
    Counts,
)


async def counts(db: Database, post_ids: Sequence[int]) -> list[Counts]:
    """Of those of these posts that exist, in no order."""
    return await COUNTS.all(db, post_ids)
