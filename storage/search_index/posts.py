"""The words of posts in the index: written with the post, or read afterwards in portions."""

import asyncio
from collections.abc import Sequence

from storage.database.pool import Database
from storage.database.query import Command, Executor, Query
from storage.search_index.names import Pending
from storage.search_index.words import tsvector

PORTION = 100  # a transaction: its locks keep nobody waiting for longer than some 0.1 s
READ_AT_ONCE = 10  # posts, which takes 2 ms; then others have a turn

INDEX_POST = Command("""
    INSERT INTO post_words (post_id, author_id, words) VALUES ($1, $2, $3::text::tsvector)
    ON CONFLICT (post_id) DO UPDATE SET words = excluded.words, pending = NULL""")


async def index(db: Executor, post_id: int, author_id: int, content: str) -> None:
    """Write the words of a post that was changed, in the transaction of the change."""
    await INDEX_POST.run(db, post_id, author_id, tsvector(content))


PENDING_POSTS = Query(
    """
    SELECT post_id AS id, pending AS text FROM post_words
     WHERE pending IS NOT NULL ORDER BY post_id DESC LIMIT $1""",
    Pending,
)
# Only where the text is still that: whoever edits the post meanwhile has the last word.
INDEX_PENDING = Command("""
    UPDATE post_words w SET words = given.words::tsvector, pending = NULL
      FROM unnest($1::bigint[], $2::text[], $3::text[]) AS given (id, text, words)
     WHERE w.post_id = given.id AND w.pending = given.text""")


async def index_pending(db: Database) -> int:
    """Index a portion of the posts that a writer left unread; return how many those were."""
    posts = await PENDING_POSTS.all(db, PORTION)
    if posts:
        await INDEX_PENDING.run(db, *await _columns(posts))
    return len(posts)


OLD_POSTS = Query(
    """
    SELECT id, content AS text FROM posts
     WHERE id < (SELECT posts_below FROM search_backfill) ORDER BY id DESC LIMIT $1""",
    Pending,
)
# Posts are locked before rows of the index, as by those who edit and delete them. An edit since the
# text was read has left its own row, or is about to.
INDEX_OLD = Command("""
    WITH kept AS MATERIALIZED (
        SELECT id, author_id, content FROM posts
         WHERE id = ANY($1::bigint[]) ORDER BY id FOR KEY SHARE)
    INSERT INTO post_words (post_id, author_id, words)
    SELECT kept.id, kept.author_id, given.words::tsvector
      FROM kept JOIN unnest($1, $2::text[], $3::text[]) AS given (id, text, words)
        ON given.id = kept.id AND given.text = kept.content
    ON CONFLICT (post_id) DO NOTHING""")
LOWER_BACKFILL = Command(
    "UPDATE search_backfill SET posts_below = $1::bigint WHERE posts_below > $1"
)


async def index_old(db: Database) -> int:
    """Index a portion of the posts from before there was an index; return how many those were.

    The newest come first. Where it stopped is stored: whoever calls it goes on from there.
    """
    posts = await OLD_POSTS.all(db, PORTION)
    if not posts:
        await LOWER_BACKFILL.run(db, 0)
        return 0
    columns = await _columns(posts)
    async with db.transaction() as connection:
        await INDEX_OLD.run(connection, *columns)
        await LOWER_BACKFILL.run(connection, posts[-1].id)
    return len(posts)


async def _columns(posts: Sequence[Pending]) -> tuple[list[int], list[str], list[str]]:
    """Return ids, texts and words; the words are cut a few posts at a time."""
    read: list[str] = []
    for at in range(0, len(posts), READ_AT_ONCE):
        read += [tsvector(post.text) for post in posts[at : at + READ_AT_ONCE]]
        await asyncio.sleep(0)
    return [post.id for post in posts], [post.text for post in posts], read
