"""How often posts were liked, retweeted, replied to and quoted: for who watches them."""

from collections.abc import Sequence
from dataclasses import dataclass

from storage.database.columns import Columns
from storage.database.pool import Database
from storage.database.post_columns import POST_POLL
from storage.database.query import Query, any_of
from storage.database.visibility import is_active, visible_by_id
from storage.record import record
from storage.records import Poll


@record
class Counts:
    """How often a post was liked, retweeted, replied to and quoted, and how its poll stands."""

    post_id: int
    likes_count: int
    retweets_count: int
    replies_count: int
    quotes_count: int
    poll: Poll | None


COUNTS = Columns(
    Counts,
    {
        "post_id": "p.id",
        "likes_count": "p.likes_count",
        "retweets_count": "p.retweets_count",
        "replies_count": "p.replies_count",
        "quotes_count": "p.quotes_count",
        "poll": POST_POLL,
    },
)
VISIBLE_COUNTS = Query(
    f"""
    SELECT {COUNTS}
      FROM posts p JOIN users u ON u.id = p.author_id
     WHERE p.id = {any_of("$2")} AND {visible_by_id("$1", "u")}""",
    COUNTS,
)


async def visible_to(db: Database, viewer_id: int, post_ids: Sequence[int]) -> list[Counts]:
    """Return the counts of those of these posts that the viewer may have by id, in no order."""
    return await VISIBLE_COUNTS.all(db, viewer_id, post_ids)


@dataclass(frozen=True, slots=True)
class AuthoredCounts:
    """The counts of a post by this author."""

    author_id: int
    post_id: int
    likes_count: int
    retweets_count: int
    replies_count: int
    quotes_count: int


LIVE_COUNTS = Query(
    f"""
    SELECT p.author_id, p.id AS post_id, p.likes_count, p.retweets_count, p.replies_count,
           p.quotes_count
      FROM posts p JOIN users u ON u.id = p.author_id
     WHERE p.id = ANY($1::bigint[]) AND {is_active("u")}""",
    AuthoredCounts,
)


async def live(db: Database, post_ids: Sequence[int]) -> list[AuthoredCounts]:
    """Return the counts of those of these posts that are there and whose authors are active."""
    return await LIVE_COUNTS.all(db, post_ids)
