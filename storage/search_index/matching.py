"""Which posts a search finds, as SQL.

A post is found in the index w (post_words), or, from before there was one and not read yet, by
posts.search. Once all are read that half is not even begun: its first condition says so. It is to
go together with posts.search.

Each half has the author as users u, and takes more: a `source` to be joined and a `condition`, in
which {id} and {author_id} stand for those of the post.
"""

# Of the newest posts so many are looked through one by one. Words that are in more than a few of
# them need no more; of others the index has few enough to sort. Which of both is faster PostgreSQL
# can only guess, by how common a word is, and guesses wrong for most.
NEAR = 5000


def matching_posts(
    columns: str, condition: str, *, words: str, typed: str, limit: str, source: str = ""
) -> str:
    """Return a SELECT of the newest posts that match a search, the newest first.

    Args:
        columns: What is selected: of {id}, {words} (the tsvector of the post) and {asked} (the
            tsquery that it matches); it must have an id.
        condition: What else is so of them.
        words: The parameter with what is searched for, as words.tsquery makes it.
        typed: The parameter with what is searched for as it was typed.
        limit: How many at most.
        source: What more is joined, with JOIN.
    """
    return f"""
        ({_indexed(columns, condition, f"w.words @@ {_asked(words)}", words, limit, source)})
        UNION ALL
        ({_unread(columns, condition, typed, limit, source)})
        ORDER BY id DESC LIMIT {limit}"""


def newest_matching_posts(condition: str, *, words: str, typed: str, limit: str, below: str) -> str:
    """Return the CTEs of a statement whose `matching` has the ids of the newest posts that match.

    Args:
        condition: What else is so of them.
        words: The parameter with what is searched for, as words.tsquery makes it.
        typed: The parameter with what is searched for as it was typed.
        limit: How many at most.
        below: The parameter below which their ids are.
    """
    # ts_match_vq is what @@ calls, but no index is used for it.
    near = f"w.post_id >= (SELECT id FROM bottom) AND ts_match_vq(w.words, {_asked(words)})"
    far = f"""(SELECT count(*) < {limit} FROM near) AND w.post_id < (SELECT id FROM bottom)
           AND w.words @@ {_asked(words)}"""
    return f"""
        bottom AS MATERIALIZED (
            SELECT least({below}, (SELECT max(post_id) + 1 FROM post_words)) - {NEAR} AS id),
        near AS MATERIALIZED ({_indexed("{id} AS id", condition, near, words, limit)}),
        far AS MATERIALIZED (
            {_indexed("{id} AS id", condition, far, words, limit, order="w.post_id + 0")}),
        unread AS MATERIALIZED ({_unread("{id} AS id", condition, typed, limit)}),
        matching AS MATERIALIZED (
            SELECT id FROM near UNION ALL SELECT id FROM far UNION ALL SELECT id FROM unread
             ORDER BY id DESC LIMIT {limit})"""


def _asked(words: str) -> str:
    return f"{words}::text::tsquery"


def _indexed(
    columns: str,
    condition: str,
    match: str,
    words: str,
    limit: str,
    source: str = "",
    order: str = "w.post_id",
) -> str:
    names = {"id": "w.post_id", "author_id": "w.author_id"}
    selected = columns.format(**names, words="w.words", asked=_asked(words))
    return f"""SELECT {selected}
           FROM post_words w JOIN users u ON u.id = w.author_id {source.format(**names)}
          WHERE {match} AND {condition.format(**names)}
          ORDER BY {order} DESC LIMIT {limit}"""


def _unread(columns: str, condition: str, typed: str, limit: str, source: str = "") -> str:
    names = {"id": "p.id", "author_id": "p.author_id"}
    asked = f"websearch_to_tsquery('simple', {typed}::text)"
    return f"""SELECT {columns.format(**names, words="p.search", asked=asked)}
           FROM posts p JOIN users u ON u.id = p.author_id {source.format(**names)}
          WHERE (SELECT posts_below > 0 FROM search_backfill)
            AND p.id < (SELECT posts_below FROM search_backfill)
            AND NOT EXISTS (SELECT FROM post_words w WHERE w.post_id = p.id)
            AND p.search @@ {asked} AND {condition.format(**names)}
          ORDER BY p.id DESC LIMIT {limit}"""
