"""Posts and replies: read, created and edited."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import asyncpg

from storage import idempotency, notifications, withdrawn_notifications
from storage.database.pool import Database
from storage.database.post_columns import POST, QUOTED_STATE, live_post
from storage.database.query import Command, Executor, Query, Scalar
from storage.database.visibility import NOBODY, is_active, may_interact, visible_by_id
from storage.errors import (
    Blocked,
    Forbidden,
    NotAuthor,
    NotFound,
    NothingToSee,
    UnusablePictures,
)
from storage.events import log
from storage.media import pictures
from storage.posts import entities, polls, quoting
from storage.records import Post
from storage.search_index import posts as post_words
from storage.search_index.words import tsvector
from storage.social import muted_words

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


LIVE_POST = live_post(POST).replace(quoted=QUOTED_STATE)
LIVE_POST_BY_ID = Query(
    f"""
    SELECT {LIVE_POST} FROM posts p JOIN users u ON u.id = p.author_id
     WHERE p.id = $1 AND p.author_id <> {NOBODY}""",
    LIVE_POST,
)


async def get_live(db: Database, post_id: int) -> Post | None:
    """Return a post as post.updated carries it; None when it is gone already."""
    return await LIVE_POST_BY_ID.maybe(db, post_id)


@dataclass(frozen=True, slots=True)
class PostDraft:
    """A post as it is asked for: content is empty, and not blank, where it has pictures alone.

    Hashtags are in their one spelling, usernames in lower case. media_ids are of pictures, in
    order. None of content, media_ids or sensitive, in an edit: as it is. No edit changes a poll.
    """

    author_id: int
    content: str | None
    hashtags: Sequence[str] = ()
    usernames: Sequence[str] = ()
    reply_to: int | None = None
    media_ids: Sequence[int] | None = None
    sensitive: bool | None = None
    quote_of: int | None = None
    poll: polls.PollDraft | None = None


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
    f"""
    WITH parent AS (
        UPDATE posts SET replies_count = replies_count + 1
         WHERE id = $3 AND author_id <> {NOBODY} RETURNING id),
    post AS (
        INSERT INTO posts (author_id, content, reply_to, image, sensitive)
        VALUES ($1, $2, (SELECT id FROM parent), $4, $6) RETURNING id),
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
    """Store a post with its feed entry, and notify whom it quotes, replies to and mentions.

    None when the key has been used for this very draft: idempotency.result has the id. NotFound for
    an absent parent or post to quote, Blocked where its author or this one has blocked the other,
    NotQuotable; NothingToSee, UnusablePictures.
    """
    media_ids, content = draft.media_ids or (), draft.content or ""
    if not content and not media_ids:
        raise NothingToSee
    try:
        parent_author = await _parent_author(db, draft)
        quoted_author = await _quoted_author(db, draft)
        image = await pictures.first_key(db, draft.author_id, media_ids)
    except (NotFound, Forbidden, UnusablePictures):  # perhaps only since the first try
        if key is not None and await idempotency.result(db, key) is not None:
            return None
        raise
    hashtags = await entities.hashtag_ids(db, draft.hashtags)
    mentioned = await entities.mentioned_user_ids(db, draft.author_id, draft.usernames)
    async with db.transaction() as connection:
        await log.lock(connection, {draft.author_id, *mentioned, *parent_author, *quoted_author})
        if key is not None and not await idempotency.claim(connection, key):
            return None
        inserted = await INSERT_POST.one(
            connection,
            draft.author_id,
            content,
            draft.reply_to,
            image,
            tsvector(content),
            bool(draft.sensitive),
        )
        post_id = inserted.post_id
        if draft.quote_of is not None:
            await quoting.attach(connection, post_id, draft.quote_of)
        await pictures.attach(connection, draft.author_id, "post", post_id, media_ids)
        await entities.link(connection, draft.author_id, post_id, hashtags, mentioned)
        if draft.poll is not None:
            await polls.attach(connection, post_id, draft.poll)
        if key is not None:
            await idempotency.settle(connection, key, post_id)
        # One for each, of what concerns them most.
        recipients = dict.fromkeys(mentioned, "mention") | dict.fromkeys(parent_author, "reply")
        recipients |= dict.fromkeys(quoted_author, "quote")
        hidden = await _hidden_from(connection, draft, recipients)
        notified = await notifications.add(
            connection,
            [
                notifications.NotificationDraft(user_id, kind, draft.author_id, post_id)
                for user_id, kind in recipients.items()
                if user_id not in hidden
            ],
        )
        return CreatedPost(post_id, inserted.entry_id, notified)


async def _hidden_from(
    connection: asyncpg.Connection, draft: PostDraft, user_ids: Iterable[int]
) -> set[int]:
    """Return those of these users who have muted words of the draft in their notifications."""
    asked = list(user_ids)
    if not asked:
        return set()
    texts = [draft.content or "", *(draft.poll.options if draft.poll else ())]
    return await muted_words.hiding(connection, asked, texts, draft.hashtags)


async def _parent_author(db: Database, draft: PostDraft) -> set[int]:
    if draft.reply_to is None:
        return set()
    parent = await PARENT_POST.maybe(db, draft.author_id, draft.reply_to)
    if parent is None:
        raise NotFound("post to reply to")
    if not parent.may_interact:
        raise Blocked
    return {parent.author_id}


async def _quoted_author(db: Database, draft: PostDraft) -> set[int]:
    if draft.quote_of is None:
        return set()
    return {await quoting.author_to_quote(db, draft.author_id, draft.quote_of)}


@dataclass(frozen=True, slots=True)
class StoredPost:
    """What editing and deleting a post depend on."""

    author_id: int
    content: str
    reply_to: int | None
    image: str | None
    sensitive: bool
    quote_of: int | None


STORED_POST = Query(
    f"""
    SELECT author_id, content, reply_to, image, sensitive, quote_of FROM posts
     WHERE id = $1 AND author_id <> {NOBODY}""",
    StoredPost,
)
LOCK_STORED_POST = Query(f"{STORED_POST.sql} FOR NO KEY UPDATE", StoredPost)
EDIT_POST = Command("""
    WITH version AS (
        INSERT INTO post_versions (post_id, content, created_at, media_ids)
        SELECT id, content, coalesce(edited_at, created_at), nullif($3, '{}'::bigint[])
          FROM posts WHERE id = $1)
    UPDATE posts SET content = $2, edited_at = now(), image = $4 WHERE id = $1""")
MARK_SENSITIVE = Command("UPDATE posts SET sensitive = $2 WHERE id = $1")


@dataclass(frozen=True, slots=True)
class EditedPost:
    """What was there before an edit, and whose notifications came and went with it.

    `withdrawn` are unread ones of a mention that it has taken back.
    """

    former_content: str
    notified: list[notifications.Notified]
    withdrawn: list[withdrawn_notifications.Withdrawn]


async def edit(db: Database, post_id: int, draft: PostDraft) -> EditedPost | None:
    """Replace the content and the pictures, neither where it is None, keeping the former version.

    None when nothing changes. NotFound; NotAuthor unless the author asks; NothingToSee,
    UnusablePictures.
    """
    hashtags = await entities.hashtag_ids(db, draft.hashtags)
    mentioned = await entities.mentioned_user_ids(db, draft.author_id, draft.usernames)
    before = await entities.mentioned_in(db, post_id)
    while True:
        locked = {draft.author_id, *mentioned, *before}
        async with db.transaction() as connection:
            await log.lock(connection, locked)
            before = await entities.mentioned_in(connection, post_id)
            if before <= locked:  # else another edit came in between
                return await _edit(connection, post_id, draft, hashtags, mentioned)


async def _edit(
    connection: asyncpg.Connection,
    post_id: int,
    draft: PostDraft,
    hashtags: list[int],
    mentioned: list[int],
) -> EditedPost | None:
    post = authored(await LOCK_STORED_POST.maybe(connection, post_id), draft.author_id)
    before = await pictures.shown(connection, "post", post_id) if post.image else []
    media_ids = before if draft.media_ids is None else list(draft.media_ids)
    content = post.content if draft.content is None else draft.content
    if not content and not media_ids:
        raise NothingToSee
    marks = draft.sensitive not in (None, post.sensitive)
    if marks:
        await MARK_SENSITIVE.run(connection, post_id, draft.sensitive)
    if post.content == content and media_ids == before:
        return EditedPost(post.content, [], []) if marks else None
    image = post.image
    if media_ids != before:
        image = await pictures.replace(
            connection, draft.author_id, "post", post_id, media_ids, before
        )
    await EDIT_POST.run(connection, post_id, content, before, image)
    if draft.content is None:  # and so whom and what it names
        return EditedPost(post.content, [], [])
    await post_words.index(connection, post_id, draft.author_id, content)
    named = await entities.unlink(connection, post_id)
    await entities.link(connection, draft.author_id, post_id, hashtags, mentioned)
    withdrawn = await withdrawn_notifications.undone(
        connection, named - set(mentioned), "mention", draft.author_id, post_id
    )
    new = [user_id for user_id in mentioned if user_id not in named]
    hidden = await _hidden_from(connection, draft, new)
    drafts = [
        notifications.NotificationDraft(user_id, "mention", draft.author_id, post_id)
        for user_id in new
        if user_id not in hidden
    ]
    return EditedPost(post.content, await notifications.add(connection, drafts), withdrawn)


def authored(post: StoredPost | None, author_id: int) -> StoredPost:
    """Return the post. NotFound; NotAuthor unless it is by this author."""
    if post is None:
        raise NotFound("post")
    if post.author_id != author_id:
        raise NotAuthor("Only its author may change a post.")
    return post


ACTORS_OF_POST = Scalar(
    """
    SELECT DISTINCT actor_id FROM feed_entries WHERE post_id = $1 AND removed_xid IS NULL""",
    int,
)


async def actors(db: Executor, post_id: int) -> list[int]:
    """Return in whose feed entries a post is: its author and those who retweeted it."""
    return await ACTORS_OF_POST.all(db, post_id)
