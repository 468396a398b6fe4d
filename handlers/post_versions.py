"""What a post was and is, for those who listen to streams that have it."""

from handlers.text.entities import hashtags
from realtime.delivery.notifier import Versions


def versions(*contents: str) -> Versions:
    """Return the versions of a post by their contents."""
    return Versions([tag for content in contents for tag in hashtags(content)], list(contents))
