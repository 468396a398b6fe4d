"""What an operation works with, and for whom."""

from dataclasses import fields
from typing import Any, Self

from handlers.caching.timeline_cache import TimelineCache
from handlers.caching.ttl_cache import TTLCache
from handlers.jobs.context import Mailer
from handlers.media.library import MediaLibrary
from handlers.rate_limits import Limits
from handlers.reaction_news import ReactionNews
from handlers.replica_reads import ReplicaReads
from handlers.security.passwords import Passwords
from handlers.security.tokens import Tokens
from realtime.delivery.client_session import ClientSession
from realtime.delivery.notifier import Notifier
from realtime.delivery.stream_host import StreamHost
from realtime.ephemeral.post_watchers import PostWatchers
from realtime.ephemeral.presence import Presence
from storage.accounts.accounts import OpenTo
from storage.database.pool import Database
from storage.record import record
from storage.records import Trend
from storage.scopes import Scope


@record
class Context:
    """What operations of one instance share.

    public_url is where clients reach the server, open_to who reaches new accounts at once,
    push_public_key what browsers subscribe with, replica_reads is None where there are no replicas,
    http_webhooks whether webhooks may have addresses without TLS.
    """

    public_url: str
    open_to: OpenTo
    db: Database
    notifier: Notifier
    tokens: Tokens
    passwords: Passwords
    mailer: Mailer
    limits: Limits
    presence: Presence
    post_watchers: PostWatchers
    streams: StreamHost
    reaction_news: ReactionNews
    trends: TTLCache[list[Trend]]
    media: MediaLibrary
    timeline_cache: TimelineCache
    push_public_key: str
    http_webhooks: bool
    replica_reads: ReplicaReads | None


@record
class Visitor:
    """Whoever asks, by a token or without, and from where."""

    address: str
    user_agent: str

    @property
    def viewer_id(self) -> int | None:
        """Whose view of the site is answered; None for nobody's in particular."""
        return None

    @property
    def limited_as(self) -> int | None:
        """Whose rate limits are spent from; None for those of the address."""
        return None

    @property
    def token_id(self) -> int | None:
        """The id of the personal access token that was shown; None for another, or for none."""
        return None


@record
class Grant:
    """What a personal access token stands for: its id, which is its session's, and its scopes."""

    token_id: int
    scopes: frozenset[Scope]


@record
class Actor(Visitor):
    """A user, by a live session; expires_at is the access token's, in seconds of the Unix epoch.

    grant is that of a personal access token, None for who has logged in. owner_id is whose bot it
    is, None for a person.
    """

    user_id: int
    session_id: int
    is_admin: bool
    expires_at: float
    grant: Grant | None
    owner_id: int | None

    @property
    def viewer_id(self) -> int | None:
        """The user."""
        return self.user_id

    @property
    def limited_as(self) -> int | None:
        """The user; of a bot its owner, so that nobody has more by having bots."""
        return self.user_id if self.owner_id is None else self.owner_id

    @property
    def token_id(self) -> int | None:
        """The id of the personal access token that was shown; None for another."""
        return None if self.grant is None else self.grant.token_id

    @property
    def scopes(self) -> frozenset[Scope] | None:
        """What the token is for; None where it is for all."""
        return None if self.grant is None else self.grant.scopes

    def may(self, scope: Scope) -> bool:
        """Tell whether the token is for this."""
        return self.grant is None or scope in self.grant.scopes


@record
class SocketActor(Actor):
    """An actor on a live socket: who may do what only a socket can."""

    connection: ClientSession

    @classmethod
    def on(cls, connection: ClientSession, actor: Actor) -> Self:
        """Return an actor on this connection."""
        known: dict[str, Any] = {field.name: getattr(actor, field.name) for field in fields(actor)}
        return cls(**known, connection=connection)
