"""Bringing a new client up to date, and then live, without a gap between the two."""

import asyncio
import math
import random
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

from prometheus_client import Counter

from realtime.delivery.client_session import ClientSession
from realtime.delivery.hub import Hub, live_delivered
from realtime.delivery.offset import FeedPlace, Offset
from realtime.delivery.recoverable_session import RecoverableSession
from realtime.delivery.resume_request import ResumeRequest, lost
from realtime.delivery.user_stream import BATCH, UserStream, delivered
from realtime.protocol import encoding
from storage.accounts import session_snapshot
from storage.accounts.session_snapshot import SessionSnapshot
from storage.database.pool import Database
from storage.events import log, replay
from storage.events.session import Feed, Resume, SessionReady
from storage.events.types import PostCreated
from storage.posts import feed_entries
from storage.posts.feed_entries import FeedEntry
from storage.records import without_account
from storage.scopes import Scope

FEED_MAX = 100  # posts in session.ready, and those that a recovered client may have missed
FEED_GROWTH = 900  # of the latter, until they are sent
GROWN_MS = 1000  # within which to come back when they were even more
PACE_SECONDS = 0.02

RESUMES = Counter(
    "mini_twitter_resumes_total",
    "Clients that connected: fresh, resumed, or reset to refetch over REST",
    ["status"],
)


class Whose(Protocol):
    """Whose client it is."""

    @property
    def user_id(self) -> int:
        """The user."""

    @property
    def session_id(self) -> int:
        """Of the login."""

    @property
    def scopes(self) -> frozenset[Scope] | None:
        """What the token is for; None for all."""


async def decide(hub: Hub, db: Database, whose: Whose, asked: ResumeRequest) -> ResumeRequest:
    """Return the request as it is granted: lost where not all can be sent that was missed.

    This is what a client is told with its CONNECT, before it is sent anything.

    Raises:
        Unavailable: PostgreSQL does not answer.
    """
    if asked.offset is None:
        return asked
    kept = asked.offset.user_id == whose.user_id
    if kept:
        async with hub.recoveries:
            kept = await _can_recover(db, whose, asked.offset)
    return asked if kept else lost()


async def _can_recover(db: Database, whose: Whose, offset: Offset) -> bool:
    snapshot = await session_snapshot.session_snapshot(db, whose.user_id, whose.session_id)
    if snapshot is None or not _is_kept(snapshot.position, offset.seq, offset.epoch):
        return False
    if whose.scopes is not None and Scope.POSTS_READ not in whose.scopes:
        return True  # of posts nothing is missed
    return len(await _missed_entries(db, offset, FEED_MAX + 1)) <= FEED_MAX


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
    hub.begin_horizon(snapshot.horizon)
    resume = _resume(snapshot.position, asked)
    entries: list[FeedEntry] = []
    feed = Feed([], asked.lost, str(snapshot.horizon))
    if not session.may(Scope.POSTS_READ):
        asked = replace(asked, feed_since=None)
    if asked.offset is not None:
        if session.may(Scope.POSTS_READ):
            async with hub.recoveries:
                entries = await _missed_entries(db, asked.offset, FEED_MAX + FEED_GROWTH + 1)
        if resume.status != "resumed" or len(entries) > FEED_MAX + FEED_GROWTH:
            # It was told that it misses nothing, so it must not stay.
            reason = "Too much was missed meanwhile."
            session.close("unavailable", reason, random.randrange(GROWN_MS))
            return
        feed = Feed([], False, str(asked.offset.horizon))
    elif asked.feed_since is not None:
        async with hub.recoveries:
            posts, more = await feed_entries.missed(db, session.user_id, asked.feed_since, FEED_MAX)
        feed = Feed(posts, more, str(snapshot.horizon))
    session.seq = snapshot.position.seq - resume.missed
    session.feed_from = snapshot.horizon
    if isinstance(session, RecoverableSession):
        session.epoch = snapshot.position.epoch
        session.place = _place(snapshot, asked.offset)
    _send_ready(session, snapshot, resume, feed)
    session.keep_until(session.expires_at)
    if isinstance(session, RecoverableSession):
        await _send_missed(hub, stream, session, entries, snapshot.horizon)
    if resume.missed or not stream.go_live(session):
        await _replay(hub, db, stream, session)
    # The reconciler may have looked between our look at the log and the moment it went live.
    hub.unsettled.add(session.user_id)
    await hub.refresh_subscriptions(stream)


def _resume(position: log.Position, asked: ResumeRequest) -> Resume:
    since, epoch = asked.since, asked.epoch
    if asked.offset is not None:
        since, epoch = asked.offset.seq, asked.offset.epoch
    if since is None:
        return Resume("reset" if asked.lost else "fresh", 0)
    kept = _is_kept(position, since, epoch)
    return Resume("resumed", position.seq - since) if kept else Resume("reset", 0)


def _is_kept(position: log.Position, since: int, epoch: str | None) -> bool:
    """Tell whether the log has all after number `since`, and of this epoch, where one is given."""
    return epoch in (None, position.epoch) and position.floor <= since <= position.seq


def _place(snapshot: SessionSnapshot, offset: Offset | None) -> FeedPlace:
    return FeedPlace(snapshot.horizon) if offset is None else FeedPlace(offset.horizon, offset.seen)


async def _missed_entries(db: Database, offset: Offset, limit: int) -> list[FeedEntry]:
    return await feed_entries.again(db, offset.user_id, offset.horizon, list(offset.seen), limit)


def _send_ready(
    session: ClientSession, snapshot: SessionSnapshot, resume: Resume, feed: Feed
) -> None:
    ends = session.expires_at
    ready = SessionReady(
        user=snapshot.me if session.may(Scope.ACCOUNT_READ) else without_account(snapshot.me),
        session_id=session.session_id,
        seq=snapshot.position.seq,
        epoch=snapshot.position.epoch,
        expires_at=None if ends == math.inf else datetime.fromtimestamp(ends, UTC),
        resume=resume,
        feed=feed,
    )
    RESUMES.labels(resume.status).inc()
    session.send_ready(encoding.event_of_now(ready.name, ready))


async def _send_missed(
    hub: Hub,
    stream: UserStream,
    session: RecoverableSession,
    entries: list[FeedEntry],
    horizon: int,
) -> None:
    for entry in entries:
        if not await _has_room(stream, session):
            return
        actors = entry.actor_id, entry.post.author.id
        if not any(hub.audiences.apart(session.user_id, actor) for actor in actors):
            session.send_missed(entry, horizon)
            live_delivered(PostCreated.name, "resume").inc()
    session.place.advance(horizon)


async def _has_room(stream: UserStream, session: ClientSession) -> bool:
    """Wait until a replay may go on; return False when the client has gone."""
    while not session.closing and session in stream.sessions:
        if session.has_room():
            return True
        await asyncio.sleep(PACE_SECONDS)
    return False


async def _replay(hub: Hub, db: Database, stream: UserStream, session: ClientSession) -> None:
    while await _has_room(stream, session):
        async with hub.recoveries:
            events = await replay.read(db, session.user_id, session.seq, BATCH)
        for event in events:
            tail = encoding.encode_tail(event.at, event.data)
            session.send_event(event.seq, encoding.durable_event(event.name, event.seq, tail))
            delivered(event.name, "resume").inc()
        if len(events) < BATCH and stream.go_live(session):
            return
