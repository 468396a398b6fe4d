"""The events of a socket's own session, which never leave its instance."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from storage.events.declaration import Audience, LiveEvent
from storage.records import Me, Post

# Why the server closes a socket: codes of handlers.error_codes.
ClosingCode = Literal["token_expired", "session_ended", "unavailable", "draining"]


@dataclass(frozen=True, slots=True)
class Resume:
    """fresh: no `since` given; resumed: the missed events follow; reset: refetch over REST."""

    status: Literal["fresh", "resumed", "reset"]
    missed: int


@dataclass(frozen=True, slots=True)
class Feed:
    """Posts newer than feed_since, oldest first; more: there are further ones over REST."""

    posts: list[Post]
    more: bool
    cursor: str


@dataclass(frozen=True, slots=True)
class SessionReady(LiveEvent):
    """The first event of every socket. expires_at is when its token does."""

    name: ClassVar[str] = "session.ready"
    audience: ClassVar[Audience] = Audience.SOCKET
    user: Me
    session_id: int
    seq: int
    epoch: str
    expires_at: datetime
    resume: Resume
    feed: Feed


@dataclass(frozen=True, slots=True)
class SessionExpiring(LiveEvent):
    """The token of this socket ends in so many seconds: session.refresh brings a new one."""

    name: ClassVar[str] = "session.expiring"
    audience: ClassVar[Audience] = Audience.SOCKET
    in_s: int


@dataclass(frozen=True, slots=True)
class SessionClosing(LiveEvent):
    """The last event of a socket that the server closes; reconnect_in_ms is None for "do not"."""

    name: ClassVar[str] = "session.closing"
    audience: ClassVar[Audience] = Audience.SOCKET
    code: ClosingCode
    reason: str
    reconnect_in_ms: int | None
