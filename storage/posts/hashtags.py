"""Giving the hashtags that are stored another spelling, a portion a transaction."""

from collections.abc import Callable
from dataclasses import dataclass

from storage.database.pool import Database
from storage.database.query import Query, Scalar
from storage.posts import entities

TAGS = 1000  # looked at in one statement
POSTS = 500  # moved in one


@dataclass(frozen=True, slots=True)
class StoredTag:
    """A hashtag as it is stored."""

    id: int
    tag: str


TAGS_AFTER = Query(
    f"SELECT id, tag FROM hashtags WHERE id > $1 ORDER BY id LIMIT {TAGS}", StoredTag
)

# Posts first, as everybody locks them before what hangs on them.
MOVE_POSTS = Scalar(
    f"""
    WITH portion AS MATERIALIZED (
        SELECT p.id FROM post_hashtags t JOIN posts p ON p.id = t.post_id
         WHERE t.hashtag_id = $1 ORDER BY p.id LIMIT {POSTS} FOR KEY SHARE OF p),
    moved AS (
        DELETE FROM post_hashtags t USING portion p WHERE t.hashtag_id = $1 AND t.post_id = p.id
        RETURNING t.post_id, t.author_id, t.position, t.created_at),
    put AS (
        INSERT INTO post_hashtags (post_id, hashtag_id, author_id, position, created_at)
        SELECT post_id, $2, author_id, position, created_at FROM moved ON CONFLICT DO NOTHING)
    SELECT count(*) FROM moved""",
    int,
)


async def refold(db: Database, fold: Callable[[str], str], goes_on: Callable[[], bool]) -> bool:
    """Give each hashtag the spelling that `fold` returns; return whether that was all.

    Posts of a tag that has another spelling now go over to that one, which may have posts already.
    The emptied tag stays: an instance of an earlier release may be about to use it. It stops unless
    `goes_on`, and may be begun anew: what is done is only looked at.
    """
    last = 0
    while tags := await TAGS_AFTER.all(db, last):
        for stored in tags:
            folded = fold(stored.tag)
            if folded and folded != stored.tag and not await _move(db, stored.id, folded, goes_on):
                return False
        last = tags[-1].id
    return True


async def _move(db: Database, from_id: int, to: str, goes_on: Callable[[], bool]) -> bool:
    [to_id] = await entities.hashtag_ids(db, [to])
    while goes_on():
        if not await MOVE_POSTS.one(db, from_id, to_id):
            return True
    return False
