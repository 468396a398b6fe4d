"""The events of a socket's own session, which never leave its instance."""

from datetime import datetime
from typing import ClassVar, Literal

from storage.events.declaration import Audience, LiveEvent
from storage.record import record
from storage.records import Me, Post
from storage.scopes import EVERY_TOKEN, Scope

# Why the server closes a socket: codes of handlers.error_codes.
ClosingCode = Literal["token_expired", "session_ended", "unavailable", "draining"]


@record
class Resume:
    """fresh: no `since` given; resumed: the missed events follow; reset: refetch over REST."""

    status: Literal["fresh", "resumed", "reset"]
    missed: int


@record
class Feed:
    """Posts newer than feed_since, oldest first; more: there are further ones over REST."""

    posts: list[Post]
    more: bool
    cursor: str


@record
class SessionReady(LiveEvent):
    """The first event of every socket. expires_at is when its token does, None where never.

    user has nothing that not everybody sees for a personal access token without account:read.
    """

    name: ClassVar[str] = "session.ready"
    scope: ClassVar[Scope | None] = EVERY_TOKEN
    audience: ClassVar[Audience] = Audience.SOCKET
    user: Me
    session_id: int
    seq: int
    epoch: str
    expires_at: datetime | None
    resume: Resume
    feed: Feed


@record
class SessionExpiring(LiveEvent):
    """The token of this socket ends in so many seconds: session.refresh brings a new one."""

    name: ClassVar[str] = "session.expiring"
    scope: ClassVar[Scope | None] = EVERY_TOKEN
    audience: ClassVar[Audience] = Audience.SOCKET
    in_s: int


@record
class SessionClosing(LiveEvent):
    """The last event of a socket that the server closes; reconnect_in_ms is None for "do not"."""

    name: ClassVar[str] = "session.closing"
    scope: ClassVar[Scope | None] = EVERY_TOKEN
    audience: ClassVar[Audience] = Audience.SOCKET
    code: ClosingCode
    reason: str
    reconnect_in_ms: int | None


SubscribedStatus = Literal["fresh", "resumed", "reset"]


@record
class StreamSubscribed:
    """What a client listens to from now on.

    status: fresh, no cursor was given; resumed, `missed` posts have been sent, the newest of more
    where `more` says so; reset, too much came since the cursor, or it is of another database:
    refetch over REST. cursor is for when it comes back.
    """

    stream: str
    status: SubscribedStatus
    missed: int
    more: bool
    cursor: str
