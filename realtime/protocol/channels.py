"""The names of the broker's channels."""


def user(user_id: int) -> bytes:
    """Return the channel of a user's own events, and of the ends of their sessions."""
    return b"u:%d" % user_id


def author(user_id: int) -> bytes:
    """Return the channel of what a user posts and retweets."""
    return b"a:%d" % user_id


def post(post_id: int) -> bytes:
    """Return the channel of a post's changes, for those who watch it."""
    return b"p:%d" % post_id


def presence(user_id: int) -> bytes:
    """Return the channel of a user's coming and going, for those who watch it."""
    return b"s:%d" % user_id


def subject_of(channel: bytes) -> int:
    """Return the id in a channel's name. Raises ValueError for a name that is none of these."""
    return int(channel[2:])
