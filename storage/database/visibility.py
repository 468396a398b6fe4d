"""Who may see and reach whom, as SQL conditions.

Each takes the SQL of a user's id, or the name of a table whose row is a user's, as its parameter
says.
"""

# The user to whom a post is given that is too much to delete at once (storage/posts/deletion.py).
# Deactivated and suspended, so that no list of any release shows what is nobody's.
NOBODY = 0


def there_is(rows: str) -> str:
    """Return the value, true or false, whether there is such a row; rows stand behind a FROM.

    It looks into an index for each row of a list. An EXISTS says the same, but PostgreSQL may read
    all rows for it once and hash them: all followers of the viewer, to tell which of ten follow.
    """
    return f"coalesce((SELECT true FROM {rows} LIMIT 1), false)"


def there_is_no(rows: str) -> str:
    """Return the condition that there is no such row, found as by there_is.

    It is nearly always so, and this form has PostgreSQL expect that (99.5 %). Of IS NULL it expects
    0.5 %, and so that a list has to be read to its end for one page.
    """
    return f"(SELECT 1 FROM {rows} LIMIT 1) IS DISTINCT FROM 1"


def not_blocked(blocker_id: str, blocked_id: str) -> str:
    """Return the condition that the first user has not blocked the second."""
    return there_is_no(f"blocks WHERE blocker_id = {blocker_id} AND blocked_id = {blocked_id}")


def may_interact(one_id: str, other_id: str) -> str:
    """Return the condition that neither of two users has blocked the other."""
    return f"({not_blocked(one_id, other_id)} AND {not_blocked(other_id, one_id)})"


def not_muted(viewer_id: str, author_id: str) -> str:
    """Return the condition that the viewer wants the author in feeds and searches."""
    return there_is_no(f"mutes WHERE muter_id = {viewer_id} AND muted_id = {author_id}")


def is_active(users: str) -> str:
    """Return the condition that an account is neither deactivated nor suspended."""
    return f"{users}.deleted_at IS NULL AND {users}.suspended_at IS NULL"


def visible_in_lists(viewer_id: str, users: str) -> str:
    """Return the condition that lists show the viewer this user, and what the user wrote.

    The account is active and neither of the two has blocked the other.
    """
    return f"{is_active(users)} AND {may_interact(viewer_id, f'{users}.id')}"


def visible_by_id(viewer_id: str, author: str) -> str:
    """Return the condition that the viewer may have a post of this author by its id.

    Unlike in lists, authors whom the viewer has blocked are shown, but not those who have blocked
    the viewer.
    """
    return f"{is_active(author)} AND {not_blocked(f'{author}.id', viewer_id)}"
