"""Bookmarks: posts that a user keeps, for nobody else to see."""

from dataclasses import dataclass

from storage.database.columns import POST, row, visible_in_lists
from storage.database.paging import after, cut
from storage.database.pool import Database
from storage.database.query import Query
from storage.records import Page, Post

# A post that is being deleted is passed over, instead of failing the foreign key.
ADD = """
    INSERT INTO bookmarks (user_id, post_id) SELECT $1, id FROM posts WHERE id = $2 FOR KEY SHARE
    ON CONFLICT (user_id, post_id) DO NOTHING"""
REMOVE = "DELETE FROM bookmarks WHERE user_id = $1 AND post_id = $2"


async def add(db: Database, user_id: int, post_id: int) -> None:
    await db.execute(ADD, user_id, post_id)


async def remove(db: Database, user_id: int, post_id: int) -> None:
    await db.execute(REMOVE, user_id, post_id)


@dataclass(frozen=True, slots=True)
class Ranked:
    rank: int
    post: Post


NEWEST = Query(
    f"""
    SELECT b.id AS rank, {row(POST)} AS post
      FROM bookmarks b JOIN posts p ON p.id = b.post_id JOIN users u ON u.id = p.author_id
     WHERE b.user_id = $1 AND b.id < $2 AND {visible_in_lists("$1", "u")}
     ORDER BY b.id DESC LIMIT $3""",
    Ranked,
)


async def newest(db: Database, user_id: int, limit: int, cursor: str | None) -> Page[Post]:
    """The newest bookmark first, whatever the age of its post."""
    rows = await NEWEST.all(db, user_id, after(cursor), limit + 1)
    return cut(rows, limit, lambda row: row.post, lambda row: row.rank)
