"""Hashtags and mentions in the content of posts."""

import re

# Not within a word, a URL's fragment or an entity; Unicode word characters, not digits alone.
HASHTAG = re.compile(r"(?<![\w/&#])#(\w*[^\W\d_]\w*)")
# A username stands on its own: `a@b.com` names nobody, and `@name_x` is not `@name`.
MENTION = re.compile(r"(?<![\w@/.])@([A-Za-z0-9_]{3,30})(?![\w@])")

MENTIONS_MAX = 50  # a post fits more, but nobody means to call so many


def hashtags(content: str) -> list[str]:
    """In lower case, without repeats, in the order of their first use."""
    return list(dict.fromkeys(tag.lower() for tag in HASHTAG.findall(content)))


def mentioned(content: str) -> list[str]:
    """Usernames in lower case, without repeats, in the order of their first use."""
    return list(dict.fromkeys(name.lower() for name in MENTION.findall(content)))[:MENTIONS_MAX]
