"""Results that are not records of storage."""

from dataclasses import dataclass
from datetime import datetime

from storage.records import Trend


@dataclass(frozen=True, slots=True)
class UnreadCount:
    """How many are unread."""

    unread_count: int


@dataclass(frozen=True, slots=True)
class ExpiresAt:
    """When the access token of a socket ends."""

    expires_at: datetime


@dataclass(frozen=True, slots=True)
class MailSettings:
    """Which mails a user gets."""

    digest_mails: bool


@dataclass(frozen=True, slots=True)
class Trends:
    """Trending hashtags, the strongest first."""

    results: list[Trend]
