"""Ranked searches for posts, users and hashtags.

A search is ranked once: its first page finds the best RANKED_MAX, and the cursor carries the ids of
those that are still to be shown. So a walk has each of them once and in the order of its beginning,
whatever becomes of likes, followers and uses meanwhile; one that is gone or hidden by then is left
out, and makes its page shorter.
"""

from typing import TypeVar

from storage.database.columns import POST, USER
from storage.database.name_search import (
    NAME_BEGINS,
    NAME_MATCHES,
    NAME_SIMILARITY,
    prefix_pattern,
)
from storage.database.paging import decode_ranked, encode
from storage.database.pool import Database
from storage.database.query import Query, Scalar
from storage.database.visibility import not_muted, visible_in_lists
from storage.records import Hashtag, Page, Post, User

T = TypeVar("T")

RANKED_MAX = 300

# Of the newest 2,000 posts that match, by how densely they have the words asked for (0 where only
# words are excluded), halved with every 7 days of age: as logarithms, which do not underflow.
RANK_POSTS = Scalar(
    f"""
    WITH matching AS MATERIALIZED (
        SELECT p.id, p.search, p.created_at FROM posts p JOIN users u ON u.id = p.author_id
         WHERE p.search @@ websearch_to_tsquery('simple', $2::text)
           AND {visible_in_lists("$1", "u")} AND {not_muted("$1", "u.id")}
         ORDER BY p.id DESC LIMIT 2000)
    SELECT id FROM matching
     ORDER BY ln(greatest(ts_rank_cd(search, websearch_to_tsquery('simple', $2::text), 1), 1e-6))
              - ln(2) * extract(epoch FROM now() - created_at)::float8 / (7 * 86400) DESC, id DESC
     LIMIT $3""",
    int,
)

POSTS_IN_ORDER = Query(
    f"""
    SELECT {POST} FROM unnest($2::bigint[]) WITH ORDINALITY AS ranked (id, place)
      JOIN posts p ON p.id = ranked.id JOIN users u ON u.id = p.author_id
     WHERE {visible_in_lists("$1", "u")} AND {not_muted("$1", "u.id")} ORDER BY ranked.place""",
    POST,
)


async def posts(
    db: Database, viewer_id: int | None, text: str, limit: int, cursor: str | None
) -> Page[Post]:
    """Find posts by their words, the newer rather than the older.

    Those by authors whom the viewer has muted are left out.
    """
    if cursor is None:
        ids = await RANK_POSTS.planned(db, viewer_id, text, RANKED_MAX)
    else:
        ids = decode_ranked(cursor, "posts")
    found = await POSTS_IN_ORDER.all(db, viewer_id, ids[:limit])
    return _page("posts", found, ids[limit:])


# A name that is asked for exactly, then what begins so, the most followed first; then what is like
# it, the more alike (in tenths) first.
RANK_USERS = Scalar(
    f"""
    SELECT u.id FROM users u JOIN profiles f ON f.user_id = u.id
     WHERE {NAME_MATCHES} AND {visible_in_lists("$1", "u")}
     ORDER BY lower(u.username) = lower($2::text) DESC,
              lower(u.display_name) = lower($2::text) DESC,
              {NAME_BEGINS} DESC,
              CASE WHEN NOT {NAME_BEGINS} THEN round(10 * {NAME_SIMILARITY}) END DESC,
              f.followers_count DESC, u.id
     LIMIT $4""",
    int,
)

USERS_IN_ORDER = Query(
    f"""
    SELECT {USER} FROM unnest($2::bigint[]) WITH ORDINALITY AS ranked (id, place)
      JOIN users u ON u.id = ranked.id JOIN profiles f ON f.user_id = u.id
     WHERE {visible_in_lists("$1", "u")} ORDER BY ranked.place""",
    USER,
)


async def users(
    db: Database, viewer_id: int | None, name: str, limit: int, cursor: str | None
) -> Page[User]:
    """Find users by username and display name.

    The muted are among them, since there is no other way to find them.
    """
    if cursor is None:
        ids = await RANK_USERS.planned(db, viewer_id, name, prefix_pattern(name), RANKED_MAX)
    else:
        ids = decode_ranked(cursor, "users")
    found = await USERS_IN_ORDER.all(db, viewer_id, ids[:limit])
    return _page("users", found, ids[limit:])


# The 500 most alike, in the order of their use; a tag that no post has any more is none.
RANK_HASHTAGS = Scalar(
    """
    WITH alike AS MATERIALIZED (
        SELECT id, tag = $1 AS same, tag LIKE $2 AS begins, similarity(tag, $1) AS likeness
          FROM hashtags WHERE tag LIKE $2 OR tag % $1
         ORDER BY same DESC, begins DESC, likeness DESC, id LIMIT 500),
    used AS MATERIALIZED (
        SELECT *, (SELECT count(*) FROM post_hashtags WHERE hashtag_id = alike.id) AS uses
          FROM alike)
    SELECT id FROM used WHERE uses > 0
     ORDER BY same DESC, begins DESC, CASE WHEN NOT begins THEN round(10 * likeness) END DESC,
              uses DESC, id
     LIMIT $3""",
    int,
)

HASHTAGS_IN_ORDER = Query(
    """
    SELECT h.tag, (SELECT count(*) FROM post_hashtags WHERE hashtag_id = h.id) AS posts_count
      FROM unnest($1::bigint[]) WITH ORDINALITY AS ranked (id, place)
      JOIN hashtags h ON h.id = ranked.id ORDER BY ranked.place""",
    Hashtag,
)


async def hashtags(db: Database, tag: str, limit: int, cursor: str | None) -> Page[Hashtag]:
    """Find hashtags that are or begin like this one (its one spelling), or are similar."""
    if cursor is None:
        ids = await RANK_HASHTAGS.planned(db, tag, prefix_pattern(tag), RANKED_MAX)
    else:
        ids = decode_ranked(cursor, "hashtags")
    found = await HASHTAGS_IN_ORDER.all(db, ids[:limit])
    return _page("hashtags", found, ids[limit:])


def _page(kind: str, found: list[T], rest: list[int]) -> Page[T]:
    return Page(found, encode(kind, *rest) if rest else None)
