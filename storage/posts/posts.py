"""Posts and replies: read, created, edited and deleted."""

from collections.abc import Sequence
from dataclasses import dataclass

from storage import idempotency, moderation, notifications
from storage.database.columns import POST, live_post
from storage.database.pool import Database
from storage.database.query import Command, Query, Scalar
from storage.database.visibility import is_active, may_interact, visible_by_id
from storage.errors import Blocked, NotAuthor, NotFound
from storage.events import log
from storage.posts import entities
from storage.records import Post
from storage.search_index import posts as post_words
from storage.search_index.words import tsvector
from storage.uncounted import is_counted

POST_BY_ID = Query(
    f"""
    SELECT {POST} FROM posts p JOIN users u ON u.id = p.author_id
     WHERE p.id = $2 AND {visible_by_id("$1", "u")}""",
    POST,
)


async def get(db: Database, viewer_id: int | None, post_id: int) -> Post:
    """Return a post.

    NotFound also where the author has blocked the viewer, or is suspended.
    """
    if post := await POST_BY_ID.maybe(db, viewer_id, post_id):
        return post
    raise NotFound("post")


LIVE_POST = live_post(POST)
LIVE_POST_BY_ID = Query(
    f"SELECT {LIVE_POST} FROM posts p JOIN users u ON u.id = p.author_id WHERE p.id = $1",
    LIVE_POST,
)


async def get_live(db: Database, post_id: int) -> Post | None:
    """Return a post as a live event carries it; None when it is gone already."""
    return await LIVE_POST_BY_ID.maybe(db, post_id)


@dataclass(frozen=True, slots=True)
class PostDraft:
    """A post as it is asked for: hashtags and usernames in lower case, image a key in the store."""

    author_id: int
    content: str
    hashtags: Sequence[str] = ()
    usernames: Sequence[str] = ()
    reply_to: int | None = None
    image: str | None = None


@dataclass(frozen=True, slots=True)
class CreatedPost:
    """A new post: its feed entry, and whom it notified."""

    post_id: int
    entry_id: int
    notified: list[notifications.Notified]


@dataclass(frozen=True, slots=True)
class _Parent:
    author_id: int
    may_interact: bool


PARENT_POST = Query(
    f"""
    SELECT p.author_id, {may_interact("$1", "p.author_id")} AS may_interact
      FROM posts p JOIN users u ON u.id = p.author_id WHERE p.id = $2 AND {is_active("u")}""",
    _Parent,
)


@dataclass(frozen=True, slots=True)
class _Inserted:
    post_id: int
    entry_id: int


INSERT_POST = Query(
    """
    WITH parent AS (
        UPDATE posts SET replies_count = replies_count + 1 WHERE id = $3 RETURNING id),
    post AS (
        INSERT INTO posts (author_id, content, reply_to, image)
        VALUES ($1, $2, (SELECT id FROM parent), $4) RETURNING id),
    entry AS (
        INSERT INTO feed_entries (actor_id, post_id, kind) SELECT $1, id, 'post' FROM post
        RETURNING id),
    indexed AS (
        INSERT INTO post_words (post_id, author_id, words)
        SELECT id, $1, $5::text::tsvector FROM post),
    counted AS (UPDATE profiles SET posts_count = posts_count + 1 WHERE user_id = $1)
    SELECT post.id AS post_id, entry.id AS entry_id FROM post, entry""",
    _Inserted,
)


async def create(db: Database, draft: PostDraft, key: idempotency.Key | None) -> CreatedPost | None:
    """Store a post with its feed entry, and notify whom it replies to and mentions.

    None when the key has been used for this very draft: idempotency.result has the id. NotFound for
    an absent parent, Blocked where its author or this one has blocked the other.
    """
    try:
        parent_author = await _parent_author(db, draft)
    except (NotFound, Blocked):  # perhaps only since the first try
        if key is not None and await idempotency.result(db, key) is not None:
            return None
        raise
    hashtags = await entities.hashtag_ids(db, draft.hashtags)
    mentioned = await entities.mentioned_user_ids(db, draft.author_id, draft.usernames)
    async with db.transaction() as connection:
        await log.lock(connection, {draft.author_id, *mentioned, *parent_author})
        if key is not None and not await idempotency.claim(connection, key):
            return None
        inserted = await INSERT_POST.one(
            connection,
            draft.author_id,
            draft.content,
            draft.reply_to,
            draft.image,
            tsvector(draft.content),
        )
        post_id = inserted.post_id
        await entities.link(connection, draft.author_id, post_id, hashtags, mentioned)
        if key is not None:
            await idempotency.settle(connection, key, post_id)
        recipients = [(user_id, "reply") for user_id in parent_author]
        recipients += [
            (user_id, "mention") for user_id in mentioned if user_id not in parent_author
        ]
        notified = await notifications.add(
            connection,
            [
                notifications.NotificationDraft(user_id, kind, draft.author_id, post_id)
                for user_id, kind in recipients
            ],
        )
        return CreatedPost(post_id, inserted.entry_id, notified)


async def _parent_author(db: Database, draft: PostDraft) -> set[int]:
    if draft.reply_to is None:
        return set()
    parent = await PARENT_POST.maybe(db, draft.author_id, draft.reply_to)
    if parent is None:
        raise NotFound("post to reply to")
    if not parent.may_interact:
        raise Blocked
    return {parent.author_id}


@dataclass(frozen=True, slots=True)
class _StoredPost:
    author_id: int
    content: str
    reply_to: int | None
    image: str | None


STORED_POST = Query(
    "SELECT author_id, content, reply_to, image FROM posts WHERE id = $1", _StoredPost
)
LOCK_STORED_POST = Query(f"{STORED_POST.sql} FOR UPDATE", _StoredPost)
EDIT_POST = Command("""
    WITH version AS (
        INSERT INTO post_versions (post_id, content, created_at)
        SELECT id, content, coalesce(edited_at, created_at) FROM posts WHERE id = $1)
    UPDATE posts SET content = $2, edited_at = now() WHERE id = $1""")


async def edit(db: Database, post_id: int, draft: PostDraft) -> list[notifications.Notified] | None:
    """Replace the content, keeping the former version; return whom the new one notifies.

    None when nothing changes. NotFound; NotAuthor unless the author asks.
    """
    hashtags = await entities.hashtag_ids(db, draft.hashtags)
    mentioned = await entities.mentioned_user_ids(db, draft.author_id, draft.usernames)
    async with db.transaction() as connection:
        await log.lock(connection, {draft.author_id, *mentioned})
        post = _authored(await LOCK_STORED_POST.maybe(connection, post_id), draft.author_id)
        if post.content == draft.content:
            return None
        await EDIT_POST.run(connection, post_id, draft.content)
        await post_words.index(connection, post_id, draft.author_id, draft.content)
        mentioned_before = await entities.unlink(connection, post_id)
        await entities.link(connection, draft.author_id, post_id, hashtags, mentioned)
        drafts = [
            notifications.NotificationDraft(user_id, "mention", draft.author_id, post_id)
            for user_id in mentioned
            if user_id not in mentioned_before
        ]
        return await notifications.add(connection, drafts)


def _authored(post: _StoredPost | None, author_id: int) -> _StoredPost:
    """Return the post. NotFound; NotAuthor unless it is by this author."""
    if post is None:
        raise NotFound("post")
    if post.author_id != author_id:
        raise NotAuthor("Only its author may change a post.")
    return post


@dataclass(frozen=True, slots=True)
class DeletedPost:
    """A post that is gone.

    actor_ids are those in whose feed entries it was: its author and who retweeted it. image is the
    key of what it leaves in the media store.
    """

    author_id: int
    reply_to: int | None
    actor_ids: list[int]
    image: str | None


UNREAD_RECIPIENTS_OF_POST = Scalar(
    "SELECT DISTINCT user_id FROM notifications WHERE post_id = $1 AND read_at IS NULL", int
)
DELETE_NOTIFICATIONS_OF_POST = Command("""
    WITH gone AS (DELETE FROM notifications WHERE post_id = $1 RETURNING user_id, read_at)
    UPDATE user_seq s SET unread_notifications = unread_notifications - g.unread
      FROM (SELECT user_id, count(*) FILTER (WHERE read_at IS NULL) AS unread
              FROM gone GROUP BY user_id) g
     WHERE s.user_id = g.user_id AND g.unread > 0""")
ACTORS_OF_POST = Scalar(
    """
    SELECT DISTINCT actor_id FROM feed_entries WHERE post_id = $1 AND removed_xid IS NULL""",
    int,
)
# A post before its replies: deleting the one changes the other.
LOCK_POST_AND_PARENT = Command("""
    SELECT FROM posts WHERE id IN ($1, (SELECT reply_to FROM posts WHERE id = $1))
     ORDER BY id FOR NO KEY UPDATE""")
DELETE_POST = Command(f"""
    WITH gone AS (DELETE FROM posts WHERE id = $1 RETURNING id, author_id, reply_to),
    parent AS (
        UPDATE posts SET replies_count = replies_count - 1 FROM gone
         WHERE posts.id = gone.reply_to AND {is_counted("reply", "gone.id")})
    UPDATE profiles SET posts_count = posts_count - 1 FROM gone WHERE user_id = gone.author_id""")


async def delete(
    db: Database, user_id: int, post_id: int, *, any_author: bool = False
) -> DeletedPost:
    """Delete a post and all that refers to it; its replies stay, replying to nothing.

    NotFound; NotAuthor unless the author asks, or any_author allows it.
    """
    post = await STORED_POST.maybe(db, post_id)
    if post is None or not any_author:
        post = _authored(post, user_id)
    async with db.transaction() as connection:
        unread_by = await UNREAD_RECIPIENTS_OF_POST.all(connection, post_id)
        await log.lock(connection, {post.author_id, *unread_by})
        actor_ids = await ACTORS_OF_POST.all(connection, post_id)
        await LOCK_POST_AND_PARENT.run(connection, post_id)
        await DELETE_NOTIFICATIONS_OF_POST.run(connection, post_id)
        if not await DELETE_POST.run(connection, post_id):
            raise NotFound("post")
        if post.author_id != user_id:
            detail = {"author_id": post.author_id, "content": post.content}
            await moderation.append_audit_entry(
                connection, user_id, "delete", "post", post_id, detail
            )
        return DeletedPost(post.author_id, post.reply_to, actor_ids, post.image)


async def actors(db: Database, post_id: int) -> list[int]:
    """Return in whose feed entries a post is: its author and those who retweeted it."""
    return await ACTORS_OF_POST.all(db, post_id)


@dataclass(frozen=True, slots=True)
class Counts:
    """How often a post was liked, retweeted and replied to."""

    post_id: int
    likes_count: int
    retweets_count: int
    replies_count: int


POST_COUNTS = Query(
    """
    SELECT id AS post_id, likes_count, retweets_count, replies_count
      FROM posts WHERE id = ANY($1::bigint[])""",
    Counts,
)


async def counts(db: Database, post_ids: Sequence[int]) -> list[Counts]:
    """Return the counts of those of these posts that exist, in no order."""
    return await POST_COUNTS.all(db, post_ids)
