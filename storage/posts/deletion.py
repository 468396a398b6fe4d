"""Deleting posts: for good at once, or, where many have reacted, in portions.

A post that much hangs on is emptied and given to nobody (visibility.NOBODY), which is one row: no
list shows it and nothing can be done with it any more. A job then deletes what hangs on it, and
the post last.
"""

from dataclasses import dataclass

import asyncpg

from storage import jobs, moderation, withdrawn_notifications
from storage.database.pool import Database
from storage.database.query import Command, Query, Scalar
from storage.database.visibility import NOBODY
from storage.errors import NotFound
from storage.events import log
from storage.media import pictures
from storage.posts import posts, quotes
from storage.uncounted import is_counted
from storage.withdrawn_notifications import Withdrawn

AT_ONCE = 500  # rows that a request deletes with a post


@dataclass(frozen=True, slots=True)
class DeletedPost:
    """A post that is gone.

    actor_ids are those in whose feed entries it was: its author and who retweeted it. images are
    the keys of what it leaves in the media store.
    """

    author_id: int
    reply_to: int | None
    quote_of: int | None
    actor_ids: list[int]
    images: list[str]
    content: str
    withdrawn: list[Withdrawn]


def _some(table: str, column: str = "post_id") -> str:
    return f"(SELECT count(*) FROM (SELECT FROM {table} WHERE {column} = $1 LIMIT {AT_ONCE}) found)"


HANGS_ON_POST = Scalar(
    f"""
    SELECT {_some("likes")} + {_some("bookmarks")} + {_some("feed_entries")}
           + {_some("notifications")} + {_some("post_versions")} + {_some("posts", "reply_to")}
           + {_some("posts", "quote_of")}
           + {_some("poll_votes")}""",
    int,
)


@dataclass(frozen=True, slots=True)
class _Owned:
    id: int
    user_id: int


NOTIFICATIONS_OF_POST = Query(
    f"SELECT id, user_id FROM notifications WHERE post_id = $1 LIMIT {AT_ONCE}", _Owned
)
# A post before its replies and its quotes: deleting the one changes the other.
LOCK_POST_AND_PARENT = Command("""
    SELECT FROM posts WHERE id IN ($1, (SELECT reply_to FROM posts WHERE id = $1),
                                   (SELECT quote_of FROM posts WHERE id = $1))
     ORDER BY id FOR NO KEY UPDATE""")
COUNT_POST_DOWN = Command(f"""
    WITH parent AS (
        UPDATE posts SET replies_count = replies_count - 1
         WHERE id = $2 AND {is_counted("reply", "$3")})
    UPDATE profiles SET posts_count = posts_count - 1 WHERE user_id = $1""")
DELETE_POST = Command("DELETE FROM posts WHERE id = $1")
GIVE_POST_TO_NOBODY = Command(f"""
    WITH tags AS (DELETE FROM post_hashtags WHERE post_id = $1),
    named AS (DELETE FROM mentions WHERE post_id = $1),
    words AS (DELETE FROM post_words WHERE post_id = $1),
    pictures AS (UPDATE media SET post_id = NULL, position = NULL WHERE post_id = $1),
    pin AS (DELETE FROM pinned_posts WHERE post_id = $1)
    UPDATE posts SET author_id = {NOBODY}, content = '-', image = NULL, reply_to = NULL,
           quote_of = NULL, quote_state = NULL
     WHERE id = $1""")


async def delete(
    db: Database, user_id: int, post_id: int, *, any_author: bool = False
) -> DeletedPost:
    """Delete a post and all that refers to it; its replies and quotes stay, without it.

    NotFound; NotAuthor unless the author asks, or any_author allows it.
    """
    post = await posts.STORED_POST.maybe(db, post_id)
    if post is None or not any_author:
        post = posts.authored(post, user_id)
    at_once = await HANGS_ON_POST.one(db, post_id) < AT_ONCE
    notified: set[int] = set()
    quoted = await quotes.quoted_author(db, post_id) if post.quote_of else set()
    while True:
        locked = {post.author_id, *quoted, *notified}
        async with db.transaction() as connection:
            await log.lock(connection, locked)
            about = await NOTIFICATIONS_OF_POST.all(connection, post_id) if at_once else []
            notified = {one.user_id for one in about}
            at_once = at_once and len(about) < AT_ONCE  # they are all there are
            if notified <= locked:  # and nobody else is notified while its author is locked
                return await _delete(connection, user_id, post_id, about if at_once else None)


async def _delete(
    connection: asyncpg.Connection, user_id: int, post_id: int, about: list[_Owned] | None
) -> DeletedPost:
    """Delete it with these notifications about it; None: it is given to nobody, for a job."""
    await LOCK_POST_AND_PARENT.run(connection, post_id)
    post = await posts.STORED_POST.maybe(connection, post_id)
    if post is None:
        raise NotFound("post")
    actor_ids = await posts.actors(connection, post_id)
    images = await pictures.keys_of(connection, "post", post_id)
    withdrawn: list[Withdrawn] = []
    if post.quote_of is not None:
        await quotes.count_down(connection, [post_id])
    if about is None:
        await GIVE_POST_TO_NOBODY.run(connection, post_id)
        await _enqueue_purge(connection, post_id, post.author_id)
    else:
        withdrawn = await withdrawn_notifications.remove(connection, [one.id for one in about])
        await DELETE_POST.run(connection, post_id)
    await COUNT_POST_DOWN.run(connection, post.author_id, post.reply_to, post_id)
    if post.author_id != user_id:
        detail = {"author_id": post.author_id, "content": post.content}
        await moderation.append_audit_entry(connection, user_id, "delete", "post", post_id, detail)
    return DeletedPost(
        post.author_id,
        post.reply_to,
        post.quote_of,
        actor_ids,
        images,
        post.content,
        withdrawn,
    )


async def _enqueue_purge(connection: asyncpg.Connection, post_id: int, author_id: int) -> None:
    payload = {"post_id": post_id, "author_id": author_id}
    await jobs.enqueue(connection, "post.purge", payload, dedupe_key=f"post.purge:{post_id}")


REPLIES_DETACHED = 100  # in a portion: each is written anew, with its indexes
REPLIES_TO_POST = Query(
    f"SELECT id, author_id AS user_id FROM posts WHERE reply_to = $1 LIMIT {REPLIES_DETACHED}",
    _Owned,
)
DETACH_REPLIES = Command("""
    UPDATE posts SET reply_to = NULL
     WHERE id = ANY($1::bigint[]) AND reply_to = ANY($2::bigint[])""")


def purge_reactions(limit: int) -> list[Command]:
    """Return the statements that delete what hangs on posts, up to so many rows of each table."""
    return [
        Command(f"""
            DELETE FROM {table} WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM {table} WHERE post_id = ANY($1::bigint[]) LIMIT {limit}))""")
        for table in ("likes", "bookmarks", "feed_entries", "post_versions", "poll_votes")
    ]


PURGE_REACTIONS = purge_reactions(AT_ONCE)
DELETE_NOBODYS_POST = Command(f"DELETE FROM posts WHERE id = $1 AND author_id = {NOBODY}")


async def purge_portion(db: Database, post_id: int, author_id: int) -> bool:
    """Delete some of what hangs on a post that was given to nobody; return whether that was all.

    author_id is whose it was. The users concerned are locked for as long as one portion takes.
    """
    async with db.transaction() as connection:
        about = await NOTIFICATIONS_OF_POST.all(connection, post_id)
        replies = await REPLIES_TO_POST.all(connection, post_id)
        quoting = await quotes.some_of(connection, [post_id])
        concerned = {author_id, *(one.user_id for one in (*about, *replies))}
        await log.lock(connection, concerned | {quote.user_id for quote in quoting})
        await withdrawn_notifications.remove(connection, [one.id for one in about])
        await DETACH_REPLIES.run(connection, [reply.id for reply in replies], [post_id])
        await quotes.detach(connection, quoting, [post_id])
        gone = [await statement.run(connection, [post_id]) for statement in PURGE_REACTIONS]
        if max(len(about), *gone) == AT_ONCE or len(replies) == REPLIES_DETACHED:
            return False
        if len(quoting) == quotes.DETACHED:
            return False
        await DELETE_NOBODYS_POST.run(connection, post_id)
        return True


POSTS_OF_NOBODY = Scalar(f"SELECT id FROM posts WHERE author_id = {NOBODY} LIMIT 100", int)


async def resume(db: Database) -> int:
    """Enqueue the purge of posts that were given to nobody and whose job failed for good.

    Returns:
        How many such posts there are.
    """
    async with db.transaction() as connection:
        posts = await POSTS_OF_NOBODY.all(connection)
        for post_id in posts:
            await _enqueue_purge(connection, post_id, NOBODY)
    return len(posts)
