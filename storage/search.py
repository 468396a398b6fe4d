"""Ranked searches for posts, users and hashtags.

A search is ranked once: its first page finds the best RANKED_MAX, and the cursor carries those that
are still to be shown. So a walk has each of them once and in the order of its beginning, whatever
becomes of likes, followers and uses meanwhile; one that is gone or hidden by then is left out, and
makes its page shorter.
"""

from typing import TypeVar

from storage.database.columns import POST, USER, not_muted, visible_in_lists
from storage.database.name_search import BEGINS, LIKENESS, MATCHES, beginning
from storage.database.paging import decode_ranked, encode
from storage.database.pool import Database
from storage.database.query import Query
from storage.records import Hashtag, Page, Post, User

T = TypeVar("T")

RANKED_MAX = 300

# Of the newest 2,000 posts that match, by how densely they have the words asked for (0 where only
# words are excluded), halved with every 7 days of age: as logarithms, which do not underflow.
RANK_POSTS = f"""
    WITH matching AS MATERIALIZED (
        SELECT p.id, p.search, p.created_at FROM posts p JOIN users u ON u.id = p.author_id
         WHERE p.search @@ websearch_to_tsquery('simple', $2::text)
           AND {visible_in_lists("$1", "u")} AND {not_muted("$1", "u.id")}
         ORDER BY p.id DESC LIMIT 2000)
    SELECT id FROM matching
     ORDER BY ln(greatest(ts_rank_cd(search, websearch_to_tsquery('simple', $2::text), 1), 1e-6))
              - ln(2) * extract(epoch FROM now() - created_at)::float8 / (7 * 86400) DESC, id DESC
     LIMIT $3"""

SOME_POSTS = Query(
    f"""
    SELECT {POST} FROM unnest($2::bigint[]) WITH ORDINALITY AS ranked (id, place)
      JOIN posts p ON p.id = ranked.id JOIN users u ON u.id = p.author_id
     WHERE {visible_in_lists("$1", "u")} AND {not_muted("$1", "u.id")} ORDER BY ranked.place""",
    Post,
)


async def posts(
    db: Database, viewer_id: int | None, text: str, limit: int, cursor: str | None
) -> Page[Post]:
    """By their words, the newer rather than the older; not by those whom the viewer has muted."""
    if cursor is None:
        ids = await _ids(db, RANK_POSTS, viewer_id, text, RANKED_MAX)
    else:
        ids = decode_ranked(cursor, "posts")
    found = await SOME_POSTS.all(db, viewer_id, ids[:limit])
    return _page("posts", found, ids[limit:])


# A name that is asked for exactly, then what begins so, the most followed first; then what is like
# it, the more alike (in tenths) first.
RANK_USERS = f"""
    SELECT u.id FROM users u JOIN profiles f ON f.user_id = u.id
     WHERE {MATCHES} AND {visible_in_lists("$1", "u")}
     ORDER BY lower(u.username) = lower($2::text) DESC,
              lower(u.display_name) = lower($2::text) DESC,
              {BEGINS} DESC, CASE WHEN NOT {BEGINS} THEN round(10 * {LIKENESS}) END DESC,
              f.followers_count DESC, u.id
     LIMIT $4"""

SOME_USERS = Query(
    f"""
    SELECT {USER} FROM unnest($2::bigint[]) WITH ORDINALITY AS ranked (id, place)
      JOIN users u ON u.id = ranked.id JOIN profiles f ON f.user_id = u.id
     WHERE {visible_in_lists("$1", "u")} ORDER BY ranked.place""",
    User,
)


async def users(
    db: Database, viewer_id: int | None, name: str, limit: int, cursor: str | None
) -> Page[User]:
    """By username and display name; the muted too, since there is no other way to find them."""
    if cursor is None:
        ids = await _ids(db, RANK_USERS, viewer_id, name, beginning(name), RANKED_MAX)
    else:
        ids = decode_ranked(cursor, "users")
    found = await SOME_USERS.all(db, viewer_id, ids[:limit])
    return _page("users", found, ids[limit:])


# The 500 most alike, in the order of their use; a tag that no post has any more is none.
RANK_HASHTAGS = """
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
     LIMIT $3"""

SOME_HASHTAGS = Query(
    """
    SELECT h.tag, (SELECT count(*) FROM post_hashtags WHERE hashtag_id = h.id) AS posts_count
      FROM unnest($1::bigint[]) WITH ORDINALITY AS ranked (id, place)
      JOIN hashtags h ON h.id = ranked.id ORDER BY ranked.place""",
    Hashtag,
)


async def hashtags(db: Database, tag: str, limit: int, cursor: str | None) -> Page[Hashtag]:
    """tag in lower case, without its #."""
    if cursor is None:
        ids = await _ids(db, RANK_HASHTAGS, tag, beginning(tag), RANKED_MAX)
    else:
        ids = decode_ranked(cursor, "hashtags")
    found = await SOME_HASHTAGS.all(db, ids[:limit])
    return _page("hashtags", found, ids[limit:])


async def _ids(db: Database, sql: str, *args: object) -> list[int]:
    return [row["id"] for row in await db.fetch_planned(sql, *args)]


def _page(kind: str, found: list[T], rest: list[int]) -> Page[T]:
    return Page(found, encode(kind, *rest) if rest else None)
