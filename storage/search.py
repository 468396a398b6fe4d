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
from storage.search_index import names
from storage.search_index.matching import matching_posts
from storage.search_index.words import tsquery

T = TypeVar("T")

RANKED_MAX = 300

# Of the newest 2,000 posts that match, by how densely they have the words asked for (0 where only
# words are excluded), halved with every 7 days of age: as logarithms, which do not underflow.
RANK_POSTS = Scalar(
    f"""
    WITH matching AS MATERIALIZED (
        {
        matching_posts(
            "{id} AS id, {words} AS words, {asked} AS asked",
            f"{visible_in_lists('$1', 'u')} AND {not_muted('$1', 'u.id')}",
            words="$2",
            typed="$3",
            limit="2000",
        )
    })
    SELECT p.id FROM matching JOIN posts p ON p.id = matching.id
     ORDER BY ln(greatest(ts_rank_cd(words, asked, 1), 1e-6))
              - ln(2) * extract(epoch FROM now() - p.created_at)::float8 / (7 * 86400) DESC,
              p.id DESC
     LIMIT $4""",
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
        ids = await RANK_POSTS.planned(db, viewer_id, tsquery(text), text, RANKED_MAX)
    else:
        ids = decode_ranked(cursor, "posts")
    found = await POSTS_IN_ORDER.all(db, viewer_id, ids[:limit])
    return _page("posts", found, ids[limit:])


# A name that is asked for exactly, then what begins so, the most followed first; then what is like
# it, the more alike (in tenths) first.
RANK_USERS = Scalar(
    f"""
    SELECT u.id FROM user_names n JOIN users u ON u.id = n.user_id
      JOIN profiles f ON f.user_id = u.id
     WHERE {NAME_MATCHES} AND {visible_in_lists("$1", "u")}
     ORDER BY n.username = $2 DESC,
              n.display_name = $2 DESC,
              {NAME_BEGINS} DESC,
              CASE WHEN NOT {NAME_BEGINS} THEN round(10 * {NAME_SIMILARITY}) END DESC,
              f.followers_count DESC, u.id
     LIMIT $5""",
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
        spelled = names.spell(name)
        ids = await RANK_USERS.planned(
            db, viewer_id, spelled, prefix_pattern(spelled), prefix_pattern(name), RANKED_MAX
        )
    else:
        ids = decode_ranked(cursor, "users")
    found = await USERS_IN_ORDER.all(db, viewer_id, ids[:limit])
    return _page("users", found, ids[limit:])


HASHTAG_BEGINS = "(name LIKE $2 OR (pending IS NOT NULL AND pending LIKE $4))"

# The 500 most alike, in the order of their use; a tag that no post has any more is none. $1 and $2
# are spelled as in the index, $3 and $4 are the tag and its pattern as they are.
RANK_HASHTAGS = Scalar(
    f"""
    WITH alike AS MATERIALIZED (
        SELECT hashtag_id AS id, name = $1 AS same, {HASHTAG_BEGINS} AS begins,
               similarity(name, $1) AS likeness
          FROM hashtag_names WHERE {HASHTAG_BEGINS} OR name % $1
         ORDER BY same DESC, begins DESC, likeness DESC, id LIMIT 500),
    used AS MATERIALIZED (
        SELECT alike.*, h.tag = $3 AS typed,
               (SELECT count(*) FROM post_hashtags WHERE hashtag_id = alike.id) AS uses
          FROM alike JOIN hashtags h ON h.id = alike.id)
    SELECT id FROM used WHERE uses > 0
     ORDER BY typed DESC, same DESC, begins DESC,
              CASE WHEN NOT begins THEN round(10 * likeness) END DESC, uses DESC, id
     LIMIT $5""",
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
        spelled = names.spell(tag)
        ids = await RANK_HASHTAGS.planned(
            db, spelled, prefix_pattern(spelled), tag, prefix_pattern(tag), RANKED_MAX
        )
    else:
        ids = decode_ranked(cursor, "hashtags")
    found = await HASHTAGS_IN_ORDER.all(db, ids[:limit])
    return _page("hashtags", found, ids[limit:])


def _page(kind: str, found: list[T], rest: list[int]) -> Page[T]:
    return Page(found, encode(kind, *rest) if rest else None)
