"""Results that are not records of storage."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Self

from storage.accounts.personal_tokens import PersonalToken
from storage.record import record
from storage.records import Trend
from storage.webhooks.incoming import IncomingWebhook
from storage.webhooks.webhooks import Webhook


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
class SecondFactorStatus:
    """Whether logins take a code, too, and how many recovery codes are still good."""

    enabled: bool
    recovery_codes_left: int


@dataclass(frozen=True, slots=True)
class SecondFactorSecret:
    """What a program makes codes of: to type, as a link, and that as a QR code, an SVG image."""

    secret: str
    uri: str
    qr_code: str


@dataclass(frozen=True, slots=True)
class RecoveryCodes:
    """Codes that are each good once in place of one of the program's; they are not shown again."""

    codes: list[str]


@dataclass(frozen=True, slots=True)
class PushStatus:
    """Whether this session receives Web Push, and the key to subscribe its browser with."""

    public_key: str
    subscribed: bool


@record
class NewWebhook(Webhook):
    """A webhook, and the secret that its deliveries are signed with: it is not shown again."""

    secret: str


@record
class NewIncomingWebhook(IncomingWebhook):
    """An incoming webhook, and the URL that it is: it is not shown again."""

    url: str


@dataclass(frozen=True, slots=True)
class Trends:
    """Trending hashtags, the strongest first."""

    results: list[Trend]


@record
class NewPersonalToken(PersonalToken):
    """A token that was just made: token is shown this once."""

    token: str

    @classmethod
    def of(cls, kept: PersonalToken, token: str) -> Self:
        """Return what is kept of a token, and the token."""
        known: dict[str, Any] = {field.name: getattr(kept, field.name) for field in fields(kept)}
        return cls(**known, token=token)
