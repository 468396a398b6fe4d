"""Threads: the posts that a post replies to, and the tree of its replies."""

from storage.database.pool import Database
from storage.database.post_columns import POST
from storage.database.query import Query
from storage.database.visibility import visible_in_lists
from storage.posts import posts
from storage.records import Thread

ANCESTORS_MAX = 100
REPLIES_MAX = 200

# Up from post $2 by at most $3 steps. What is hidden from the viewer is left out, but not what is
# above it.
POST_ANCESTORS = Query(
    f"""
    WITH RECURSIVE above AS (
        SELECT reply_to AS id, 1 AS steps FROM posts WHERE id = $2
        UNION ALL
        SELECT p.reply_to, above.steps + 1 FROM above JOIN posts p ON p.id = above.id
         WHERE above.steps < $3)
    SELECT {POST} FROM above JOIN posts p ON p.id = above.id JOIN users u ON u.id = p.author_id
     WHERE {visible_in_lists("$1", "u")} ORDER BY above.steps DESC""",
    POST,
)


def _children(parent: str) -> str:
    """Select the replies to a post that the viewer may see, the oldest first, at most $3."""
    return f"""
        SELECT p.id FROM posts p JOIN users u ON u.id = p.author_id
         WHERE p.reply_to = {parent} AND {visible_in_lists("$1", "u")} ORDER BY p.id LIMIT $3"""


# Down from post $2, level by level until there are $3; shown in the order of the tree.
REPLY_TREE = Query(
    f"""
    WITH RECURSIVE below AS (
        SELECT child.id, ARRAY[child.id] AS path FROM ({_children("$2")}) child
        UNION ALL
        SELECT child.id, below.path || child.id
          FROM below CROSS JOIN LATERAL ({_children("below.id")}) child),
    nearest AS MATERIALIZED (SELECT id, path FROM below LIMIT $3)
    SELECT {POST} FROM nearest JOIN posts p ON p.id = nearest.id
      JOIN users u ON u.id = p.author_id ORDER BY nearest.path""",
    POST,
)


async def get(db: Database, viewer_id: int | None, post_id: int) -> Thread:
    """Return the nearest ANCESTORS_MAX posts above a post, and REPLIES_MAX below it.

    Below are the first levels of the tree, and the oldest replies of the level that does not fit
    whole, in depth-first order, siblings the oldest first. A reply that is hidden from the viewer
    hides the branch below it. NotFound as for the post.
    """
    post = await posts.get(db, viewer_id, post_id)
    ancestors = await POST_ANCESTORS.all(db, viewer_id, post_id, ANCESTORS_MAX)
    return Thread(ancestors, post, await REPLY_TREE.all(db, viewer_id, post_id, REPLIES_MAX))
