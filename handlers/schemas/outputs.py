"""Results that are not records of storage."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UnreadCount:
    unread_count: int
