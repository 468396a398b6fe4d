"""Bookmarks: posts that a user keeps, for nobody else to see."""

from storage.database.columns import Columns
from storage.database.paging import Ranked, after, page_by_rank
from storage.database.pool import Database
from storage.database.post_columns import POST
from storage.database.query import Command, Query
from storage.database.visibility import visible_in_lists
from storage.records import Page, Post

# A post that is being deleted is passed over, instead of failing the foreign key.
ADD_BOOKMARK = Command("""
    INSERT INTO bookmarks (user_id, post_id) SELECT $1, id FROM posts WHERE id = $2 FOR KEY SHARE
    ON CONFLICT (user_id, post_id) DO NOTHING""")
REMOVE_BOOKMARK = Command("DELETE FROM bookmarks WHERE user_id = $1 AND post_id = $2")


async def add(db: Database, user_id: int, post_id: int) -> None:
    """Bookmark a post; nothing happens where it is bookmarked already, or absent."""
    await ADD_BOOKMARK.run(db, user_id, post_id)


async def remove(db: Database, user_id: int, post_id: int) -> None:
    """Remove a bookmark, if it is there."""
    await REMOVE_BOOKMARK.run(db, user_id, post_id)


BOOKMARKED = Columns(Ranked[Post], {"rank": "b.id", "item": POST})
BOOKMARKS = Query(
    f"""
    SELECT {BOOKMARKED}
      FROM bookmarks b JOIN posts p ON p.id = b.post_id JOIN users u ON u.id = p.author_id
     WHERE b.user_id = $1 AND b.id < $2 AND {visible_in_lists("$1", "u")}
     ORDER BY b.id DESC LIMIT $3""",
    BOOKMARKED,
)


async def newest(db: Database, user_id: int, limit: int, cursor: str | None) -> Page[Post]:
    """Return bookmarked posts, the newest bookmark first, whatever the age of its post."""
    return page_by_rank(await BOOKMARKS.all(db, user_id, after(cursor), limit + 1), limit)
