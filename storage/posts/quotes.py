"""Quotes of a post: listed, withdrawn by the quoted author, and what is left of a deleted post.

How they are made: storage/posts/quoting.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from storage import withdrawn_notifications
from storage.database.paging import after, page_by_id
from storage.database.pool import Database
from storage.database.post_columns import POST
from storage.database.query import Command, Executor, Query
from storage.database.visibility import NOBODY, visible_in_lists
from storage.errors import NotAuthor
from storage.events import log
from storage.posts import posts
from storage.records import Page, Post
from storage.uncounted import is_counted
from storage.withdrawn_notifications import Withdrawn

QUOTES = Query(
    f"""
    SELECT {POST} FROM posts p JOIN users u ON u.id = p.author_id
     WHERE p.quote_of = $2 AND p.id < $3 AND p.quote_state = 'accepted'
       AND {visible_in_lists("$1", "u")}
     ORDER BY p.id DESC LIMIT $4""",
    POST,
)


async def newest(
    db: Database, viewer_id: int | None, post_id: int, limit: int, cursor: str | None
) -> Page[Post]:
    """Return the posts that quote a post, the newest first. NotFound as for the post."""
    await posts.get(db, viewer_id, post_id)
    return page_by_id(await QUOTES.all(db, viewer_id, post_id, after(cursor), limit + 1), limit)


@dataclass(frozen=True, slots=True)
class _Quote:
    author_id: int
    quoted_id: int
    quoted_author_id: int


STORED_QUOTE = Query(
    f"""
    SELECT p.author_id, q.id AS quoted_id, q.author_id AS quoted_author_id
      FROM posts p JOIN posts q ON q.id = p.quote_of
     WHERE p.id = $1 AND p.author_id <> {NOBODY}""",
    _Quote,
)
# The posts in the order of their ids, as whoever deletes one locks them.
LOCK_QUOTE = Command("""
    SELECT FROM posts WHERE id IN ($1, $2) ORDER BY id FOR NO KEY UPDATE""")
REVOKE_QUOTE = Command(f"""
    WITH revoked AS (
        UPDATE posts SET quote_state = 'revoked'
         WHERE id = $1 AND quote_of = $2 AND quote_state = 'accepted' RETURNING id),
    counted AS (
        UPDATE posts SET quotes_count = quotes_count - 1
         WHERE id = $2 AND EXISTS (SELECT FROM revoked) AND {is_counted("quote", "$1")})
    SELECT FROM revoked""")


@dataclass(frozen=True, slots=True)
class Revoked:
    """A quote that shows nothing any more: by whom it is, of what, and in whose feed entries."""

    author_id: int
    quoted_id: int
    actor_ids: list[int]
    withdrawn: list[Withdrawn]


async def revoke(db: Database, user_id: int, post_id: int) -> Revoked | None:
    """Withdraw the user's post from a post that quotes it, whoever has blocked whom since.

    None where that was done before. NotFound; NotAuthor where it quotes no post of the user's.
    """
    quote = await STORED_QUOTE.maybe(db, post_id)
    if quote is None or quote.quoted_author_id != user_id:
        await posts.get(db, user_id, post_id)
        raise NotAuthor("Only the author of a post may withdraw it from a quote.")
    async with db.transaction() as connection:
        await log.lock(connection, {user_id, quote.author_id})
        await LOCK_QUOTE.run(connection, post_id, quote.quoted_id)
        if not await REVOKE_QUOTE.run(connection, post_id, quote.quoted_id):
            return None
        withdrawn = await withdrawn_notifications.undone(
            connection, [user_id], "quote", quote.author_id, post_id
        )
        actor_ids = await posts.actors(connection, post_id)
        return Revoked(quote.author_id, quote.quoted_id, actor_ids, withdrawn)


async def quoted_author(db: Executor, post_id: int) -> set[int]:
    """Return whose post a post quotes, by itself; nobody where that is gone."""
    quote = await STORED_QUOTE.maybe(db, post_id)
    return set() if quote is None else {quote.quoted_author_id}


# For posts about to be deleted: what they quote is quoted less often.
COUNT_QUOTES_DOWN = Command(f"""
    UPDATE posts q SET quotes_count = quotes_count - fewer.times
      FROM (SELECT quote_of, count(*) AS times FROM posts
             WHERE id = ANY($1::bigint[]) AND quote_state = 'accepted'
               AND {is_counted("quote", "posts.id")} GROUP BY quote_of) fewer
     WHERE q.id = fewer.quote_of""")


async def count_down(connection: asyncpg.Connection, post_ids: Sequence[int]) -> None:
    """Count these posts out of what they quote, whose authors' counters are locked."""
    await COUNT_QUOTES_DOWN.run(connection, post_ids)


DETACHED = 100  # in a portion: each is written anew, with its indexes


@dataclass(frozen=True, slots=True)
class Owned:
    """A quote, and whose it is."""

    id: int
    user_id: int


QUOTES_OF_POSTS = Query(
    f"""
    SELECT id, author_id AS user_id FROM posts WHERE quote_of = ANY($1::bigint[])
     LIMIT {DETACHED}""",
    Owned,
)
DETACH_QUOTES = Command("""
    UPDATE posts SET quote_of = NULL
     WHERE id = ANY($1::bigint[]) AND quote_of = ANY($2::bigint[])""")


async def some_of(connection: asyncpg.Connection, post_ids: Sequence[int]) -> list[Owned]:
    """Return quotes of these posts, DETACHED of them where there are more."""
    return await QUOTES_OF_POSTS.all(connection, post_ids)


async def detach(
    connection: asyncpg.Connection, quotes: Sequence[Owned], post_ids: Sequence[int]
) -> None:
    """Have these quotes show what they quoted as deleted; their authors' counters are locked."""
    if quotes:
        await DETACH_QUOTES.run(connection, [quote.id for quote in quotes], post_ids)
