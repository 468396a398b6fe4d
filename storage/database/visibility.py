"""Who may see and reach whom, as SQL conditions.

Each takes the SQL of a user's id, or the name of a table whose row is a user's, as its parameter
says.
"""

# The user to whom a post is given that is too much to delete at once (storage/posts/deletion.py).
# Deactivated and suspended, so that no list of any release shows what is nobody's.
NOBODY = 0


def not_blocked(blocker_id: str, blocked_id: str) -> str:
    """Return the condition that the first user has not blocked the second."""
    return f"""NOT EXISTS (SELECT FROM blocks
        WHERE blocker_id = {blocker_id} AND blocked_id = {blocked_id})"""


def may_interact(one_id: str, other_id: str) -> str:
    """Return the condition that neither of two users has blocked the other."""
    return f"""NOT EXISTS (SELECT FROM blocks
        WHERE (blocker_id = {one_id} AND blocked_id = {other_id})
           OR (blocker_id = {other_id} AND blocked_id = {one_id}))"""


def not_muted(viewer_id: str, author_id: str) -> str:
    """Return the condition that the viewer wants the author in feeds and searches."""
    return f"""NOT EXISTS (SELECT FROM mutes
        WHERE muter_id = {viewer_id} AND muted_id = {author_id})"""


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
