"""The names of the broker's channels."""

_STREAM = b"t:"


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


def every_post() -> bytes:
    """Return the channel of all new posts and their changes, for streams."""
    return _STREAM


def tag(hashtag: str) -> bytes:
    """Return the channel of new posts with a hashtag, and of their changes, for streams."""
    return _STREAM + hashtag.encode()


def changes_of(author_id: int) -> bytes:
    """Return the channel of changes to an author's posts, for streams; no hashtag has an @."""
    return b"%b@%d" % (_STREAM, author_id)


def subject_of(channel: bytes) -> int:
    """Return the id in a channel's name, 0 in those of streams.

    Raises ValueError for a name that is none of these.
    """
    return 0 if channel.startswith(_STREAM) else int(channel[2:])
