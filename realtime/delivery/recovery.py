"""Bringing a new connection up to date, and then live, without a gap between the two."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from realtime.delivery.client_session import ClientSession
from realtime.delivery.hub import Hub
from realtime.delivery.user_stream import BATCH, UserStream
from realtime.protocol import encoding
from storage.accounts import session_snapshot
from storage.database.pool import Database
from storage.events import log, replay
from storage.events.types import Feed, Resume, SessionReady
from storage.posts import feed
from storage.records import Post

FEED_MAX = 100  # posts in session.ready
PACE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class ResumeRequest:
    """What a client remembers of its last connection: None where it remembers nothing."""

    since: int | None = None
    epoch: str | None = None
    feed_since: int | None = None


class InvalidResume(ValueError):
    """Of the wrong type, or not from us; field names it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def parse_resume(auth: dict[str, Any]) -> ResumeRequest:
    """What the auth object of a connect says. BadMemory when it makes no sense."""
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
    hub: Hub, db: Database, line: UserStream, connection: ClientSession, memory: ResumeRequest
) -> None:
    """Send session.ready and what was missed; then the connection, which has entered, is live.

    The order matters: listen first, read then. What is committed in between is heard, read, or
    both, and a connection takes each number once. Raises Unavailable.
    """
    await hub.listen_to_authors(line)
    # Its end may have been rung for between the look at its token and our listening.
    arrival = await session_snapshot.session_snapshot(db, connection.user_id, connection.session_id)
    if arrival is None or not arrival.alive:
        hub.end_session(connection.user_id, connection.session_id)
        return
    position = arrival.position
    resume = _resume(position, memory)
    posts: list[Post] = []
    more = False
    if memory.feed_since is not None:
        posts, more = await feed.missed(db, connection.user_id, memory.feed_since, FEED_MAX)
    connection.seq = position.seq - resume.missed
    ready = SessionReady(
        user=arrival.me,
        session_id=connection.session_id,
        seq=position.seq,
        epoch=position.epoch,
        expires_at=datetime.fromtimestamp(connection.expires_at, UTC),
        resume=resume,
        feed=Feed(posts, more, str(arrival.horizon)),
    )
    connection.send(encoding.live(ready.name, ready))
    connection.keep_until(connection.expires_at)
    if resume.missed or not line.join(connection):
        await _replay(db, line, connection)
    await hub.refresh_subscriptions(line)


def _resume(position: log.Position, memory: ResumeRequest) -> Resume:
    if memory.since is None:
        return Resume("fresh", 0)
    known = (
        memory.epoch in (None, position.epoch) and position.floor <= memory.since <= position.seq
    )
    return Resume("resumed", position.seq - memory.since) if known else Resume("reset", 0)


async def _replay(db: Database, line: UserStream, connection: ClientSession) -> None:
    while not connection.closing and connection in line.connections:
        if not connection.has_room():
            await asyncio.sleep(PACE_SECONDS)
            continue
        events = await replay.read(db, connection.user_id, connection.seq, BATCH)
        for event in events:
            frame = encoding.durable(event.name, event.seq, event.at, event.data)
            connection.send_event(event.seq, frame)
        if len(events) < BATCH and line.join(connection):
            return
