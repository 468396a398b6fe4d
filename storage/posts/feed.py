"""Feeds: posts and retweets by some users, newest first, a post once.

A walk through pages sees the feed as it was when the walk began: its cursor carries the snapshot of
its first page, and an entry counts by whether that snapshot sees the transaction that made it or
took it back. So nothing that existed at the start repeats or is skipped, whatever happens
meanwhile. What came after a moment: storage/posts/feed_entries.py.
"""

from collections.abc import Sequence

import asyncpg

from storage.database.paging import MAX_ID, decode, encode
from storage.database.pool import Database
from storage.database.query import Query, Scalar
from storage.errors import BadCursor
from storage.posts.feed_walk import (
    HIDDEN_AUTHORS,
    HOME_FEED,
    USER_FEED,
    USER_POSTS,
    Entry,
    WalkedEntry,
    followed,
    is_shown,
)
from storage.records import Page, Post

PLACE_IN_FEED = Scalar(
    f"""
    WITH hidden AS MATERIALIZED ({HIDDEN_AUTHORS})
    SELECT coalesce(
        (SELECT max(e.id) FROM posts p JOIN feed_entries e ON e.post_id = p.id
          WHERE p.id = $2 AND e.removed_xid IS NULL
            AND {followed("e.actor_id", few="p.retweets_count < 500")}
            AND {is_shown("e.actor_id")}),
        (SELECT id FROM feed_entries
          WHERE post_id = (SELECT max(id) FROM posts WHERE id <= $2) AND kind = 'post'),
        0)""",
    int,
)


async def home(
    db: Database, user_id: int, limit: int, cursor: str | None, since_id: int | None = None
) -> Page[Post]:
    """Return what user_id, and those whom they follow, posted and retweeted.

    since_id ends the list above a post: at its place in this feed when the walk begins, which is
    that of its newest retweet, if it has any there, else its own. A post that the feed does not
    have counts by its own place, one that is gone by that of the post before it. A retweet moves a
    post up, and above nothing that is listed below it: a client that must miss nothing asks for
    what came after its last cursor (feed_entries.missed).
    """
    floor = 0
    if since_id is not None and cursor is None:
        floor = await PLACE_IN_FEED.one(db, user_id, since_id)
    return await _page(HOME_FEED, db, user_id, limit, cursor, floor)


async def by_user(
    db: Database, viewer_id: int | None, user_id: int, limit: int, cursor: str | None
) -> Page[Post]:
    """Return what one user posted and retweeted."""
    return await _page(USER_FEED, db, viewer_id, limit, cursor, 0, user_id)


async def posts_by_user(
    db: Database, viewer_id: int | None, user_id: int, limit: int, cursor: str | None
) -> Page[Post]:
    """Return what one user posted and retweeted, without replies of their own."""
    return await _page(USER_POSTS, db, viewer_id, limit, cursor, 0, user_id)


async def _page(
    walk: Query[WalkedEntry],
    db: Database,
    viewer_id: int | None,
    limit: int,
    cursor: str | None,
    floor: int,
    *more: int,
) -> Page[Post]:
    rank, snapshot, floor = _cursor(cursor) if cursor else (MAX_ID, None, floor)
    try:
        walked, _ = await _walked(walk, db, viewer_id, limit, rank, snapshot, floor, *more)
    except asyncpg.DataError as error:  # a snapshot that PostgreSQL cannot read
        raise BadCursor from error
    return page_of(walked, limit, floor)


async def top(db: Database, user_id: int, limit: int) -> tuple[list[WalkedEntry], bool]:
    """Return the newest entries of a home feed, and whether these are all.

    Of them more than `limit` are shown, unless they are all.
    """
    return await _walked(HOME_FEED, db, user_id, limit, MAX_ID, None, 0)


async def _walked(
    walk: Query[WalkedEntry],
    db: Database,
    viewer_id: int | None,
    limit: int,
    rank: int,
    snapshot: str | None,
    floor: int,
    *more: int,
) -> tuple[list[WalkedEntry], bool]:
    walked: list[WalkedEntry] = []
    shown = 0
    while True:
        found = await walk.all(db, viewer_id, rank, snapshot, limit + 1, floor, *more)
        walked += found
        shown += sum(entry.shown for entry in found)
        if len(found) <= limit:
            return walked, True
        if shown > limit:
            return walked, False
        rank, snapshot = walked[-1].rank, walked[-1].snapshot


def page_of(walked: Sequence[WalkedEntry], limit: int, floor: int = 0) -> Page[Post]:
    """Return a page of `limit` out of entries of which more are shown, or which are all."""
    return page_of_shown([entry for entry in walked if entry.shown], limit, floor)


def page_of_shown(shown: Sequence[Entry], limit: int, floor: int = 0) -> Page[Post]:
    """Return a page of `limit` out of entries that are all shown."""
    posts = [entry.post for entry in shown[:limit]]
    if len(shown) <= limit:
        return Page(posts, None)
    last = shown[limit - 1]
    return Page(posts, encode(last.rank, last.snapshot, floor))


def _cursor(cursor: str) -> tuple[int, str | None, int]:
    rank, snapshot, floor = decode(cursor, int, str, int)
    return int(rank), str(snapshot), int(floor)
