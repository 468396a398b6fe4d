"""Which posts a search finds, as SQL."""

# A post is found in the index, or, from before there was one and not read yet, by posts.search.
# Once all are read the second half is not even begun: its first condition says so. It is to go
# together with posts.search.
FOUND = "w.words @@ {words}::text::tsquery"
FOUND_UNREAD = """(SELECT posts_below > 0 FROM search_backfill)
           AND p.id < (SELECT posts_below FROM search_backfill)
           AND NOT EXISTS (SELECT FROM post_words w WHERE w.post_id = p.id)
           AND p.search @@ websearch_to_tsquery('simple', {typed}::text)"""


def matching_posts(
    columns: str, condition: str, *, words: str, typed: str, limit: str, source: str = "posts p"
) -> str:
    """Return a SELECT of the newest posts p, by users u, that match a search.

    Args:
        columns: What is selected; {words} is the tsvector of the post and {asked} the tsquery that
            it matches. It must have p.id.
        condition: What else is so of them.
        words: The parameter with what is searched for, as words.tsquery makes it.
        typed: The parameter with what is searched for as it was typed.
        limit: How many at most.
        source: Posts p, perhaps joined with more.
    """
    indexed = columns.format(words="w.words", asked=f"{words}::text::tsquery")
    unread = columns.format(
        words="p.search", asked=f"websearch_to_tsquery('simple', {typed}::text)"
    )
    return f"""
        (SELECT {indexed}
           FROM post_words w JOIN {source} ON p.id = w.post_id JOIN users u ON u.id = p.author_id
          WHERE {FOUND.format(words=words)} AND {condition}
          ORDER BY w.post_id DESC LIMIT {limit})
        UNION ALL
        (SELECT {unread} FROM {source} JOIN users u ON u.id = p.author_id
          WHERE {FOUND_UNREAD.format(typed=typed)} AND {condition}
          ORDER BY p.id DESC LIMIT {limit})
        ORDER BY id DESC LIMIT {limit}"""
