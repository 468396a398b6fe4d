"""Ranked searches for posts, users and hashtags.

A search is ranked once: its first page finds the best RANKED_MAX, and the cursor carries the ids of
those that are still to be shown. So a walk has each of them once and in the order of its beginning,
whatever becomes of likes, followers and uses meanwhile; one that is gone or hidden by then is left
out, and makes its page shorter.
"""

from typing import TypeVar

from storage.database.name_search import (
    ALIKE_MAX,
    NAME_SIMILARITY,
    names_found,
    prefix_pattern,
)
from storage.database.paging import decode_ranked, encode
from storage.database.pool import Database
from storage.database.post_columns import POST
from storage.database.query import Query, Scalar
from storage.database.user_columns import USER
from storage.database.visibility import not_muted, visible_in_lists
from storage.records import Hashtag, Page, Post, User
from storage.search_index import names
from storage.search_index.matching import newest_matching_posts
from storage.search_index.words import asked

T = TypeVar("T")

RANKED_MAX = 300

RANKED_OF = 500  # posts: the newest that match


# By how densely they have the words asked for (0 where only words are excluded), halved with every
# 7 days of age: as logarithms, which do not underflow.
def _rank_posts(candidates: str | None) -> Scalar[int]:
    """Return the statement that ranks posts; `candidates` as for newest_matching_posts."""
    found = newest_matching_posts(
        f"{visible_in_lists('$1', 'u')} AND {not_muted('$1', 'u.id')}",
        words="$2",
        typed="$3",
        candidates=candidates,
        limit=f"{RANKED_OF}",
    )
    return Scalar(
        f"""
        {found}
        SELECT p.id FROM matching JOIN posts p ON p.id = matching.id
          LEFT JOIN post_words w ON w.post_id = p.id
         ORDER BY ln(greatest(ts_rank_cd(coalesce(w.words, p.search),
                                         (SELECT query FROM asked), 1), 1e-6))
                  - ln(2) * extract(epoch FROM now() - p.created_at)::float8 / (7 * 86400) DESC,
                  p.id DESC
         LIMIT $4""",
        int,
    )


RANK_POSTS = _rank_posts("$5")
RANK_NEWEST_POSTS = _rank_posts(None)

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
        ids = await _ranked_posts(db, viewer_id, text, limit)
    else:
        ids = decode_ranked(cursor, "posts")
    found = await POSTS_IN_ORDER.all(db, viewer_id, ids[:limit])
    return _page("posts", found, ids[limit:])


async def _ranked_posts(db: Database, viewer_id: int | None, text: str, limit: int) -> list[int]:
    sought = asked(text)
    if not sought.query:
        return []
    args = (viewer_id, sought.query, text, RANKED_MAX)
    if sought.candidates is None or sought.begins:
        ids = await RANK_NEWEST_POSTS.all(db, *args)
        if sought.candidates is None or len(ids) > limit:
            return ids
    return await RANK_POSTS.all(db, *args, sought.candidates)


# A name that is asked for exactly, then what begins so, the most followed first; then what is like
# it, the more alike (in tenths) first.
# Whom the viewer may see is asked of as many as are wanted: the others are in their order by then.
RANK_USERS = Scalar(
    f"""
    WITH {names_found(f"(SELECT count(*) < {RANKED_MAX} FROM beginning)")}
    SELECT id FROM (
        SELECT user_id AS id, n.username = $2 AS is_username, n.display_name = $2 AS is_name,
               begins, CASE WHEN NOT begins THEN round(10 * {NAME_SIMILARITY}) END AS likeness,
               (SELECT followers_count FROM profiles WHERE user_id = n.user_id) AS followers_count
          FROM n ORDER BY 2 DESC, 3 DESC, 4 DESC, 5 DESC, 6 DESC, 1 OFFSET 0) ranked
     WHERE (SELECT {visible_in_lists("$1", "users")} FROM users WHERE id = ranked.id)
     ORDER BY is_username DESC, is_name DESC, begins DESC, likeness DESC, followers_count DESC, id
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


# As values, so that no plan is made for a pattern that many names have.
HASHTAG_BEGINS = """(name LIKE (SELECT pattern FROM asked)
    OR (pending IS NOT NULL AND pending LIKE (SELECT typed FROM asked)))"""

# The 500 most alike, in the order of their use; a tag that no post has any more is none. $1 and $2
# are spelled as in the index, $3 and $4 are the tag and its pattern as they are.
RANK_HASHTAGS = Scalar(
    f"""
    WITH asked AS MATERIALIZED (SELECT $2::text AS pattern, $4::text AS typed),
    beginning AS MATERIALIZED (
        (SELECT hashtag_id, name, true AS begins FROM hashtag_names WHERE name = $1)
        UNION
        (SELECT hashtag_id, name, true FROM hashtag_names
          WHERE {HASHTAG_BEGINS} LIMIT {ALIKE_MAX})),
    compared AS MATERIALIZED (
        SELECT * FROM beginning
        UNION ALL
        (SELECT hashtag_id, name, false FROM hashtag_names
          WHERE (SELECT count(*) < 500 FROM beginning)
            AND name % $1 AND NOT {HASHTAG_BEGINS} LIMIT {ALIKE_MAX})),
    alike AS MATERIALIZED (
        SELECT hashtag_id AS id, name = $1 AS same, begins, similarity(name, $1) AS likeness
          FROM compared ORDER BY same DESC, begins DESC, likeness DESC, id LIMIT 500),
    used AS MATERIALIZED (
        SELECT alike.*, h.tag = $3 AS typed,
               (SELECT count(*) FROM post_hashtags WHERE hashtag_id = alike.id) AS uses
          FROM alike CROSS JOIN LATERAL (SELECT tag FROM hashtags WHERE id = alike.id OFFSET 0) h)
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
        ids = await RANK_HASHTAGS.all(
            db, spelled, prefix_pattern(spelled), tag, prefix_pattern(tag), RANKED_MAX
        )
    else:
        ids = decode_ranked(cursor, "hashtags")
    found = await HASHTAGS_IN_ORDER.all(db, ids[:limit])
    return _page("hashtags", found, ids[limit:])


def _page(kind: str, found: list[T], rest: list[int]) -> Page[T]:
    return Page(found, encode(kind, *rest) if rest else None)
