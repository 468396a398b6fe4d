"""Results that are not records of storage."""

from dataclasses import dataclass
from datetime import datetime

from storage.records import Trend


@dataclass(frozen=True, slots=True)
class UnreadCount:
    unread_count: int


@dataclass(frozen=True, slots=True)
class ExpiresAt:
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class MailSettings:
    digest_mails: bool


@dataclass(frozen=True, slots=True)
class Trends:
    results: list[Trend]
