"""Finding users u by name: $2 is what is looked for, $3 the pattern of names that begin with it."""

# A display name has several words, so it is enough to be like one of them.
BEGINS = "(lower(u.username) LIKE lower($3::text) OR lower(u.display_name) LIKE lower($3::text))"
MATCHES = f"""({BEGINS} OR lower(u.username) % lower($2::text)
    OR lower($2::text) <% lower(u.display_name))"""
LIKENESS = """greatest(similarity(lower(u.username), lower($2::text)),
    word_similarity(lower($2::text), lower(u.display_name)))"""

SPECIAL = str.maketrans({character: f"\\{character}" for character in "\\%_"})


def beginning(text: str) -> str:
    """The LIKE pattern of what begins with this very text."""
    return text.translate(SPECIAL) + "%"


def containing(text: str) -> str:
    """The LIKE pattern of what has this very text in it."""
    return "%" + beginning(text)
