"""What an operation works with, and for whom."""

from dataclasses import dataclass

from handlers.passwords import Passwords
from handlers.tokens import Tokens
from realtime.limits import Limits
from realtime.publisher import Publisher
from storage.pool import Database


@dataclass(frozen=True, slots=True)
class Context:
    db: Database
    publisher: Publisher
    tokens: Tokens
    passwords: Passwords
    limits: Limits


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever asks, by a token or without."""

    address: str
    user_agent: str

    @property
    def viewer_id(self) -> int | None:
        return None


@dataclass(frozen=True, slots=True)
class Actor(Visitor):
    """A user, by a live session; expires_at is the access token's, in seconds of the Unix epoch."""

    user_id: int
    session_id: int
    is_admin: bool
    expires_at: float

    @property
    def viewer_id(self) -> int | None:
        return self.user_id
