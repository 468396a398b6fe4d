"""The one post of one's own that one has pinned: one's profile shows it first."""

from storage.database.pool import Database
from storage.database.post_columns import POST
from storage.database.query import Command, Query
from storage.database.visibility import visible_in_lists
from storage.records import Page, Post

# One that is being deleted, or is somebody else's, is passed over.
PIN_POST = Command("""
    INSERT INTO pinned_posts (user_id, post_id)
    SELECT $1, id FROM posts WHERE id = $2 AND author_id = $1 FOR KEY SHARE
    ON CONFLICT (user_id) DO UPDATE SET post_id = excluded.post_id, created_at = now()
     WHERE pinned_posts.post_id <> excluded.post_id""")
UNPIN_POST = Command("DELETE FROM pinned_posts WHERE user_id = $1 AND post_id = $2")


async def pin(db: Database, user_id: int, post_id: int) -> None:
    """Pin a post of the user's in place of any other; nothing happens where it is gone."""
    await PIN_POST.run(db, user_id, post_id)


async def unpin(db: Database, user_id: int, post_id: int) -> None:
    """Pin a post no longer, if it is pinned."""
    await UNPIN_POST.run(db, user_id, post_id)


PINNED_POSTS = Query(
    f"""
    SELECT {POST}
      FROM pinned_posts n JOIN posts p ON p.id = n.post_id JOIN users u ON u.id = p.author_id
     WHERE n.user_id = $2 AND p.author_id = $2 AND {visible_in_lists("$1", "u")}""",
    POST,
)


async def pinned(
    db: Database, viewer_id: int | None, user_id: int, limit: int, cursor: str | None
) -> Page[Post]:
    """Return the post that a user has pinned, in a page of its own; an empty one for none."""
    found = [] if cursor else await PINNED_POSTS.all(db, viewer_id, user_id)
    return Page(found[:limit], None)
