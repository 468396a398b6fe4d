"""Every operation, by name: importing them registers them."""

from handlers.operation import REGISTRY
from handlers.operations import (
    accounts,
    bookmarks,
    closing,
    conversations,
    export,
    live,
    mails,
    messages,
    notifications,
    passwords,
    post_lists,
    posts,
    profiles,
    relations,
    search,
    sessions,
    trends,
)

__all__ = [
    "REGISTRY",
    "accounts",
    "bookmarks",
    "closing",
    "conversations",
    "export",
    "live",
    "mails",
    "messages",
    "notifications",
    "passwords",
    "post_lists",
    "posts",
    "profiles",
    "relations",
    "search",
    "sessions",
    "trends",
]
