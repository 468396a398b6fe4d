"""Finding users by name, in the index of names n (user_names).

$2 is what is looked for and $3 the pattern of names that begin with it, both spelled as in the
index (storage/search_index/names.py). $4 is the pattern as typed, for names not spelled yet.
"""

# A display name has several words, so it is enough to be like one of them.
NAME_BEGINS = """(n.username LIKE $3::text OR n.display_name LIKE $3
    OR (n.pending IS NOT NULL AND lower(n.pending) LIKE lower($4::text)))"""
NAME_MATCHES = f"({NAME_BEGINS} OR n.username % $2::text OR $2 <% n.display_name)"
NAME_SIMILARITY = "greatest(similarity(n.username, $2), word_similarity($2, n.display_name))"

_ESCAPES = str.maketrans({character: f"\\{character}" for character in "\\%_"})


def prefix_pattern(text: str) -> str:
    """Return the LIKE pattern of what begins with this very text."""
    return text.translate(_ESCAPES) + "%"


def substring_pattern(text: str) -> str:
    """Return the LIKE pattern of what has this very text in it."""
    return "%" + prefix_pattern(text)
