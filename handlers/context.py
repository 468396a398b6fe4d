"""What an operation works with, and for whom."""

from dataclasses import dataclass, fields
from typing import Any, Self

from handlers.caching.timeline_cache import TimelineCache
from handlers.caching.ttl_cache import TTLCache
from handlers.jobs.context import Mailer
from handlers.media.library import MediaLibrary
from handlers.rate_limits import Limits
from handlers.security.passwords import Passwords
from handlers.security.tokens import Tokens
from realtime.delivery.client_session import ClientSession
from realtime.delivery.notifier import Notifier
from realtime.ephemeral.post_watchers import PostWatchers
from realtime.ephemeral.presence import Presence
from storage.database.pool import Database
from storage.records import Trend


@dataclass(frozen=True, slots=True)
class Context:
    """What operations of one instance share. public_url is where clients reach the server."""

    public_url: str
    db: Database
    notifier: Notifier
    tokens: Tokens
    passwords: Passwords
    mailer: Mailer
    limits: Limits
    presence: Presence
    post_watchers: PostWatchers
    trends: TTLCache[list[Trend]]
    media: MediaLibrary
    timeline_cache: TimelineCache


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever asks, by a token or without, and from where."""

    address: str
    user_agent: str

    @property
    def viewer_id(self) -> int | None:
        """Whose view of the site is answered; None for nobody's in particular."""
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
        """The user."""
        return self.user_id


@dataclass(frozen=True, slots=True)
class SocketActor(Actor):
    """An actor on a live socket: who may do what only a socket can."""

    connection: ClientSession

    @classmethod
    def on(cls, connection: ClientSession, actor: Actor) -> Self:
        """Return an actor on this connection."""
        known: dict[str, Any] = {field.name: getattr(actor, field.name) for field in fields(actor)}
        return cls(**known, connection=connection)
