"""Finding users by name, in the index of names n (user_names).

$2 is what is looked for and $3 the pattern of names that begin with it, both spelled as in the
index (storage/search_index/names.py). $4 is the pattern as typed, for names not spelled yet.
"""

# A display name has several words, so it is enough to be like one of them.
NAME_BEGINS = """(n.username LIKE $3::text OR n.display_name LIKE $3
    OR (n.pending IS NOT NULL AND lower(n.pending) LIKE lower($4::text)))"""
NAME_ALIKE = "(n.username % $2::text OR $2 <% n.display_name)"
NAME_SIMILARITY = "greatest(similarity(n.username, $2), word_similarity($2, n.display_name))"

# So many names are compared, of those that begin so and of those that are like it: what a search
# costs must not grow with how many people have a name. The username that is asked for is always
# among them; of others whoever was there first.
BEGINNING_MAX = 3_000
ALIKE_MAX = 2_000


def names_found(alike_if: str = "true") -> str:
    """Return the CTE n: names that begin with what is looked for, or (begins is false) are like it.

    Args:
        alike_if: The condition, on the CTE beginning, that any of the latter are wanted.
    """
    return f"""
    beginning AS MATERIALIZED (
        (SELECT n.*, true AS begins FROM user_names n WHERE n.username = $2)
        UNION
        (SELECT n.*, true FROM user_names n WHERE {NAME_BEGINS} LIMIT {BEGINNING_MAX})),
    n AS MATERIALIZED (
        SELECT * FROM beginning
        UNION ALL
        (SELECT n.*, false FROM user_names n
          WHERE {alike_if} AND {NAME_ALIKE} AND NOT {NAME_BEGINS} LIMIT {ALIKE_MAX}))"""


_ESCAPES = str.maketrans({character: f"\\{character}" for character in "\\%_"})


def prefix_pattern(text: str) -> str:
    """Return the LIKE pattern of what begins with this very text."""
    return text.translate(_ESCAPES) + "%"


def substring_pattern(text: str) -> str:
    """Return the LIKE pattern of what has this very text in it."""
    return "%" + prefix_pattern(text)
