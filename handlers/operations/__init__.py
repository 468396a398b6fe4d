"""Every operation, by name: importing them registers them."""

from handlers.operation import REGISTRY
from handlers.operations import (
    accounts,
    conversations,
    live,
    messages,
    notifications,
    posts,
    profiles,
    relations,
)

__all__ = [
    "REGISTRY",
    "accounts",
    "conversations",
    "live",
    "messages",
    "notifications",
    "posts",
    "profiles",
    "relations",
]
