"""Which posts a search finds, the newest first: as much as is wanted, for a bounded cost.

It looks from the newest posts back, window by window. Of a window the index (post_words_spans)
gives the posts that have the lexemes that a match must have, its *candidates*. Where these are few
the next window is four times as wide, so the words of few posts, or of none, are looked for in few
windows, and the words of many in narrow ones. No more candidates than CANDIDATES_MAX or so are
looked at: what then is left is for the next page. How common words are, PostgreSQL need not guess:
there is one plan for all.

A post is found in the index w (post_words), or, from before there was one and not read yet, by
posts.search. Once all are read that half is not even begun: its first condition says so. It is to
go together with posts.search.
"""

from dataclasses import dataclass

from storage.database.columns import Columns
from storage.database.visibility import there_is_no

FIRST = 512  # posts of the first window
WIDEST = 2**25
MANY = 256  # candidates of a window after which the next is no wider
CANDIDATES_MAX = 5_000
AMONG_MAX = 2_000  # posts of an author, or with a hashtag, each of which has to be fetched

# A post is in one span of each of these: (bits of its id, tag). A window is of at most some 64.
SPANS = ((9, 0), (15, 1), (21, 2))
SPANS_OF_POST = "ARRAY[w.post_id >> 9 << 2, w.post_id >> 15 << 2 | 1, w.post_id >> 21 << 2 | 2]"
BITS, TAG = (
    f"CASE WHEN s.width <= {64 << SPANS[0][0]} THEN {SPANS[0][at]} "
    f"WHEN s.width <= {64 << SPANS[1][0]} THEN {SPANS[1][at]} ELSE {SPANS[2][at]} END"
    for at in (0, 1)
)


@dataclass(frozen=True, slots=True)
class Matching:
    """The ids of posts that match, the newest first, and the id down to which all were looked at.

    Where there are as many as were asked for, `down_to` says nothing.
    """

    ids: list[int]
    down_to: int


MATCHING = Columns(
    Matching,
    {
        "ids": "ARRAY(SELECT id FROM matching ORDER BY id DESC)",
        "down_to": "(SELECT min(low) FROM searched)",
    },
)


def newest_matching_posts(
    condition: str,
    *,
    words: str,
    typed: str,
    candidates: str | None,
    limit: str,
    below: str = "NULL",
) -> str:
    """Return WITH and the CTEs of a statement whose `matching` has the newest posts that match.

    MATCHING can be selected, too.

    Args:
        condition: What else is so of them, of their authors, users u.
        words: The parameter with what is searched for, as words.asked makes it.
        typed: The parameter with what is searched for as it was typed.
        candidates: The parameter with the candidates, as words.asked makes it; None: all posts.
        limit: How many at most.
        below: The parameter below which their ids are.
    """
    having = "" if candidates is None else "w.words @@ (SELECT candidates FROM asked) AND"
    return f"""
        WITH RECURSIVE asked AS MATERIALIZED (
            SELECT {words}::text::tsquery AS query,
                   {candidates or "NULL"}::text::tsquery AS candidates),
        searched AS (
            SELECT ARRAY[]::bigint[] AS ids, 0::bigint AS found, 0::bigint AS looked_at,
                   {FIRST}::bigint AS width, least({below}::bigint, (
                       SELECT coalesce(max(post_id) + 1, 0) FROM post_words)) AS low
            UNION ALL
            SELECT new.ids, s.found + new.found, s.looked_at + new.candidates,
                   CASE WHEN new.candidates > {MANY} THEN s.width
                        ELSE least(4 * s.width, {WIDEST}) END, bound.low
              FROM searched s
              CROSS JOIN LATERAL (SELECT {BITS} AS bits, {TAG} AS tag) span
              CROSS JOIN LATERAL (
                   SELECT greatest(s.low - s.width, 0) >> span.bits << span.bits AS low) bound
              CROSS JOIN LATERAL (
                   SELECT array_agg(id) FILTER (WHERE matches) AS ids,
                          count(*) FILTER (WHERE matches) AS found, count(*) AS candidates
                     FROM (
                       SELECT w.post_id AS id,
                              ts_match_vq(w.words, (SELECT query FROM asked)) AND (
                                  SELECT {condition} FROM users u WHERE u.id = w.author_id)
                              AS matches
                         FROM post_words w
                        WHERE {having} {SPANS_OF_POST} && ARRAY(
                                  SELECT number << 2 | span.tag FROM generate_series(
                                      bound.low >> span.bits, (s.low - 1) >> span.bits) AS number)
                          AND w.post_id + 0 < s.low OFFSET 0) looked_at) new
             WHERE s.found < {limit} AND s.looked_at < {CANDIDATES_MAX} AND s.low > 0),
        unread AS MATERIALIZED ({_unread(condition, typed, limit, below)}),
        matching AS MATERIALIZED (
            SELECT id FROM (
                SELECT unnest(ids) AS id FROM searched
                UNION ALL
                SELECT id FROM unread WHERE id >= (SELECT min(low) FROM searched)) found
             ORDER BY id DESC LIMIT {limit})"""


def matching_posts_among(posts: str, condition: str, *, words: str, typed: str, limit: str) -> str:
    """Return the same, of these posts: a SELECT of `id` in descending order, all looked at.

    Args:
        posts: How they are found, without a LIMIT: there is one, of AMONG_MAX.
        condition: What else is so of them, of their authors, users u.
        words: The parameter with what is searched for, as words.asked makes it.
        typed: The parameter with what is searched for as it was typed.
        limit: How many at most.
    """
    return f"""
        WITH asked AS MATERIALIZED (
            SELECT {words}::text::tsquery AS query,
                   websearch_to_tsquery('simple', {typed}::text) AS typed),
        looked_at AS MATERIALIZED ({posts} LIMIT {AMONG_MAX}),
        searched AS MATERIALIZED (
            SELECT CASE WHEN count(*) < {AMONG_MAX} THEN 0 ELSE min(id) END AS low
              FROM looked_at),
        found AS MATERIALIZED (
            SELECT w.post_id AS id, w.author_id
              FROM looked_at l JOIN post_words w ON w.post_id = l.id
             WHERE ts_match_vq(w.words, (SELECT query FROM asked))
            UNION ALL
            SELECT p.id, p.author_id FROM looked_at l JOIN posts p ON p.id = l.id
             WHERE (SELECT posts_below > 0 FROM search_backfill)
               AND {there_is_no("post_words w WHERE w.post_id = p.id")}
               AND ts_match_vq(p.search, (SELECT typed FROM asked))),
        matching AS MATERIALIZED (
            SELECT f.id FROM found f JOIN users u ON u.id = f.author_id
             WHERE {condition} ORDER BY f.id DESC LIMIT {limit})"""


def _unread(condition: str, typed: str, limit: str, below: str) -> str:
    return f"""
            SELECT p.id FROM posts p JOIN users u ON u.id = p.author_id
             WHERE (SELECT posts_below > 0 FROM search_backfill)
               AND p.id + 0 < (SELECT least({below}::bigint, posts_below) FROM search_backfill)
               AND {there_is_no("post_words w WHERE w.post_id = p.id")}
               AND p.search @@ websearch_to_tsquery('simple', {typed}::text) AND {condition}
             ORDER BY p.id + 0 DESC LIMIT {limit}"""
