"""Finding users u by name: $2 is what is looked for, $3 the pattern of names that begin with it."""

# A display name has several words, so it is enough to be like one of them.
NAME_BEGINS = (
    "(lower(u.username) LIKE lower($3::text) OR lower(u.display_name) LIKE lower($3::text))"
)
NAME_MATCHES = f"""({NAME_BEGINS} OR lower(u.username) % lower($2::text)
    OR lower($2::text) <% lower(u.display_name))"""
NAME_SIMILARITY = """greatest(similarity(lower(u.username), lower($2::text)),
    word_similarity(lower($2::text), lower(u.display_name)))"""

_ESCAPES = str.maketrans({character: f"\\{character}" for character in "\\%_"})


def prefix_pattern(text: str) -> str:
    """Return the LIKE pattern of what begins with this very text."""
    return text.translate(_ESCAPES) + "%"


def substring_pattern(text: str) -> str:
    """Return the LIKE pattern of what has this very text in it."""
    return "%" + prefix_pattern(text)
