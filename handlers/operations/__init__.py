"""Every operation, by name: importing them registers them."""

from handlers.operation import REGISTRY
from handlers.operations import (
    accounts,
    bookmarks,
    conversations,
    live,
    messages,
    notifications,
    post_lists,
    posts,
    profiles,
    relations,
)

__all__ = [
    "REGISTRY",
    "accounts",
    "bookmarks",
    "conversations",
    "live",
    "messages",
    "notifications",
    "post_lists",
    "posts",
    "profiles",
    "relations",
]
