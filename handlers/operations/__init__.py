"""Every operation, by name: importing them registers them."""

from handlers.operation import REGISTRY
from handlers.operations import (
    accounts,
    conversations,
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
    "messages",
    "notifications",
    "posts",
    "profiles",
    "relations",
]
