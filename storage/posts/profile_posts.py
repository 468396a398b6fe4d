"""Posts of one user by what they are: replies, with an image, liked. The user's feed: feed.py."""

from storage.database.columns import Columns
from storage.database.paging import Ranked, after, page_by_id, page_by_rank
from storage.database.pool import Database
from storage.database.post_columns import POST
from storage.database.query import Query
from storage.database.visibility import visible_in_lists
from storage.records import Page, Post


def _written(condition: str) -> Query[Post]:
    """Select posts by $4 below $2 for which this is so."""
    return Query(
        f"""
        SELECT {POST} FROM posts p JOIN users u ON u.id = p.author_id
         WHERE p.author_id = $4 AND p.id < $2 AND {condition} AND {visible_in_lists("$1", "u")}
         ORDER BY p.id DESC LIMIT $3""",
        POST,
    )


REPLIES_BY_USER = _written("p.reply_to IS NOT NULL")
IMAGES_BY_USER = _written("p.image IS NOT NULL")

LIKED_POST = Columns(Ranked[Post], {"rank": "l.id", "item": POST})
# Nothing of somebody whom lists do not show, as their other posts.
LIKED_BY_USER = Query(
    f"""
    SELECT {LIKED_POST}
      FROM likes l JOIN posts p ON p.id = l.post_id JOIN users u ON u.id = p.author_id
      JOIN users liker ON liker.id = l.user_id
     WHERE l.user_id = $4 AND l.id < $2 AND {visible_in_lists("$1", "u")}
       AND {visible_in_lists("$1", "liker")}
     ORDER BY l.id DESC LIMIT $3""",
    LIKED_POST,
)


async def replies(
    db: Database, viewer_id: int | None, user_id: int, limit: int, cursor: str | None
) -> Page[Post]:
    """Return what a user answered, the newest first."""
    rows = await REPLIES_BY_USER.all(db, viewer_id, after(cursor), limit + 1, user_id)
    return page_by_id(rows, limit)


async def media(
    db: Database, viewer_id: int | None, user_id: int, limit: int, cursor: str | None
) -> Page[Post]:
    """Return a user's posts that have an image, the newest first."""
    rows = await IMAGES_BY_USER.all(db, viewer_id, after(cursor), limit + 1, user_id)
    return page_by_id(rows, limit)


async def likes(
    db: Database, viewer_id: int | None, user_id: int, limit: int, cursor: str | None
) -> Page[Post]:
    """Return what a user likes, by the latest like."""
    rows = await LIKED_BY_USER.all(db, viewer_id, after(cursor), limit + 1, user_id)
    return page_by_rank(rows, limit)
