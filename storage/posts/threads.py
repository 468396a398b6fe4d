"""A post in its conversation: the way up to what it answers, and the tree of its replies."""

from storage.database.columns import POST, visible_in_lists
from storage.database.pool import Database
from storage.database.query import Query
from storage.posts import posts
from storage.records import Post, Thread

ANCESTORS_MAX = 100
REPLIES_MAX = 200

# Up from post $2 by at most $3 steps. Who is hidden from the viewer is left out; the way goes on.
ANCESTORS = Query(
    f"""
    WITH RECURSIVE above AS (
        SELECT reply_to AS id, 1 AS steps FROM posts WHERE id = $2
        UNION ALL
        SELECT p.reply_to, above.steps + 1 FROM above JOIN posts p ON p.id = above.id
         WHERE above.steps < $3)
    SELECT {POST} FROM above JOIN posts p ON p.id = above.id JOIN users u ON u.id = p.author_id
     WHERE {visible_in_lists("$1", "u")} ORDER BY above.steps DESC""",
    Post,
)


def _children(parent: str) -> str:
    """The replies to a post that the viewer may see, the oldest first; no more than all may be."""
    return f"""
        SELECT p.id FROM posts p JOIN users u ON u.id = p.author_id
         WHERE p.reply_to = {parent} AND {visible_in_lists("$1", "u")} ORDER BY p.id LIMIT $3"""


# Down from post $2, level by level until there are $3; shown in the order of the tree.
REPLIES = Query(
    f"""
    WITH RECURSIVE below AS (
        SELECT child.id, ARRAY[child.id] AS path FROM ({_children("$2")}) child
        UNION ALL
        SELECT child.id, below.path || child.id
          FROM below CROSS JOIN LATERAL ({_children("below.id")}) child),
    nearest AS MATERIALIZED (SELECT id, path FROM below LIMIT $3)
    SELECT {POST} FROM nearest JOIN posts p ON p.id = nearest.id
      JOIN users u ON u.id = p.author_id ORDER BY nearest.path""",
    Post,
)


async def get(db: Database, viewer_id: int | None, post_id: int) -> Thread:
    """The nearest ANCESTORS_MAX above, and REPLIES_MAX below: the first levels of the tree, and of
    the level that does not fit whole the oldest. NotFound as for the post.

    The replies are in depth-first order, siblings the oldest first. Whoever is hidden from the
    viewer takes the branch below along.
    """
    post = await posts.get(db, viewer_id, post_id)
    ancestors = await ANCESTORS.all(db, viewer_id, post_id, ANCESTORS_MAX)
    return Thread(ancestors, post, await REPLIES.all(db, viewer_id, post_id, REPLIES_MAX))
