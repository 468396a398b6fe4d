"""Bringing a new client up to date, and then live, without a gap between the two."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from prometheus_client import Counter

from realtime.delivery.client_session import ClientSession
from realtime.delivery.hub import Hub
from realtime.delivery.user_stream import BATCH, UserStream, delivered
from realtime.protocol import encoding
from storage.accounts import session_snapshot
from storage.database.pool import Database
from storage.events import log, replay
from storage.events.session import Feed, Resume, SessionReady
from storage.posts import feed_entries
from storage.records import Post

RESUMES = Counter(
    "mini_twitter_resumes_total",
    "Clients that connected: fresh, resumed, or reset to refetch over REST",
    ["status"],
)

FEED_MAX = 100  # posts in session.ready
PACE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class ResumeRequest:
    """Up to where a client has come before; None where it knows nothing of that.

    since: the number of its last event. epoch: that of the log, as session.ready had it.
    feed_since: the newest feed cursor that it saw.
    """

    since: int | None = None
    epoch: str | None = None
    feed_since: int | None = None


class InvalidResume(ValueError):
    """A field of the auth object is of the wrong type, or not from us; `field` names it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def parse_resume(auth: dict[str, Any]) -> ResumeRequest:
    """Return what the auth object of a connect asks for. Raises InvalidResume."""
    since, epoch, feed_since = auth.get("since"), auth.get("epoch"), auth.get("feed_since")
    if since is not None and (type(since) is not int or not 0 <= since < 2**63):
        raise InvalidResume("since", "Not a seq.")
    if epoch is not None and not isinstance(epoch, str):
        raise InvalidResume("epoch", "Not a string.")
    if feed_since is None:
        return ResumeRequest(since, epoch)
    if not isinstance(feed_since, str) or not feed_since.isdecimal() or len(feed_since) > 18:
        raise InvalidResume("feed_since", "Not a feed cursor.")
    return ResumeRequest(since, epoch, int(feed_since))


async def recover(
    hub: Hub, db: Database, stream: UserStream, session: ClientSession, asked: ResumeRequest
) -> None:
    """Send session.ready and what was missed; then the client, which has been added, is live.

    The order matters: subscribe first, read then. What is committed in between comes by its hint,
    from the log, or by both, and a client is sent each number once.

    Raises:
        Unavailable: PostgreSQL does not answer.
    """
    await hub.subscribe_to_authors(stream)
    # The hint of its end may have come between the look at its token and our subscription.
    async with hub.recoveries:
        snapshot = await session_snapshot.session_snapshot(db, session.user_id, session.session_id)
    if snapshot is None or not snapshot.alive:
        hub.end_session(session.user_id, session.session_id)
        return
    position = snapshot.position
    resume = _resume(position, asked)
    RESUMES.labels(resume.status).inc()
    posts: list[Post] = []
    more = False
    if asked.feed_since is not None:
        async with hub.recoveries:
            posts, more = await feed_entries.missed(db, session.user_id, asked.feed_since, FEED_MAX)
    session.seq = position.seq - resume.missed
    ready = SessionReady(
        user=snapshot.me,
        session_id=session.session_id,
        seq=position.seq,
        epoch=position.epoch,
        expires_at=datetime.fromtimestamp(session.expires_at, UTC),
        resume=resume,
        feed=Feed(posts, more, str(snapshot.horizon)),
    )
    session.send(encoding.event_of_now(ready.name, ready))
    session.keep_until(session.expires_at)
    if resume.missed or not stream.go_live(session):
        await _replay(hub, db, stream, session)
    await hub.refresh_subscriptions(stream)


def _resume(position: log.Position, asked: ResumeRequest) -> Resume:
    if asked.since is None:
        return Resume("fresh", 0)
    known = asked.epoch in (None, position.epoch) and position.floor <= asked.since <= position.seq
    return Resume("resumed", position.seq - asked.since) if known else Resume("reset", 0)


async def _replay(hub: Hub, db: Database, stream: UserStream, session: ClientSession) -> None:
    while not session.closing and session in stream.sessions:
        if not session.has_room():
            await asyncio.sleep(PACE_SECONDS)
            continue
        async with hub.recoveries:
            events = await replay.read(db, session.user_id, session.seq, BATCH)
        for event in events:
            tail = encoding.encode_tail(event.at, event.data)
            session.send_event(event.seq, encoding.durable_event(event.name, event.seq, tail))
            delivered(event.name, "resume").inc()
        if len(events) < BATCH and stream.go_live(session):
            return
