"""Where the hints of the broker meet the clients of this instance."""

import asyncio
from collections.abc import Callable, Collection, Set
from functools import cache
from typing import Any

from prometheus_client import Counter, Gauge

from realtime import hints
from realtime.broker.broker import Broker
from realtime.delivery.audiences import AudienceIndex
from realtime.delivery.client_session import ClientSession
from realtime.delivery.entry_hints import EntryHint, Views, entry_hint
from realtime.delivery.post_streams import PostStreams
from realtime.delivery.remembered import Reached, Remembered
from realtime.delivery.user_stream import UserStream, Way
from realtime.ephemeral.post_watchers import PostWatchers
from realtime.ephemeral.presence import Presence
from realtime.ephemeral.typing import Typing
from realtime.ephemeral.watcher import Watcher
from realtime.protocol import channels, encoding
from realtime.protocol.hint_codec import SPAN
from realtime.tasks import Tasks
from storage.database.pool import Database
from storage.events.declaration import (
    BlockedByHint,
    DurableHint,
    FeedEntryHint,
    PollHint,
    PostChangeHint,
    PostCountsHint,
    PresenceHint,
    QuoteEntryHint,
    SessionEndedHint,
    StreamChangeHint,
    TypingHint,
)
from storage.events.types import (
    STREAM_CHANGES,
    TOMBSTONE,
    PostCreated,
    PostDeleted,
    RelationshipChanged,
)
from storage.posts.feed_entries import FeedEntry
from storage.records import Relationship
from storage.social import relationships

# Out of the connections to PostgreSQL that requests need, too: reads of the logs of live streams,
# of what new clients missed, so that a herd of these keeps no live user waiting, and of what those
# missed who listen to streams of posts, where nobody need log in.
READS_AT_ONCE = 4
RECOVERIES_AT_ONCE = 2
CATCH_UPS_AT_ONCE = 2
READS_MAX = 5  # of a user's relationships, while hints of changes to them come in between
REMEMBERED = 10_000  # hints of changes to posts, each of which may come by several channels
REMEMBERED_PARTS = 100  # changes that come in parts

SOCKETS = Gauge("mini_twitter_sockets", "Connected clients", multiprocess_mode="livesum")
LIVE_DELIVERED = Counter(
    "mini_twitter_live_events_delivered_total",
    "Live events sent, by name and how they came",
    ["event", "by"],
)
MALFORMED = Counter("mini_twitter_malformed_hints_total", "Hints that could not be read")


class Hub:
    """The connected users of an instance, and whatever reaches them.

    It keeps a stream for each user who has a client here, subscribes to the channels that these
    users need, and delivers what is published there.
    """

    def __init__(
        self,
        db: Database,
        broker: Broker,
        tasks: Tasks,
        audiences: AudienceIndex,
        presence: Presence,
        watchers: PostWatchers,
    ) -> None:
        self.recoveries = asyncio.Semaphore(RECOVERIES_AT_ONCE)
        self.post_streams = PostStreams(db, broker, audiences, asyncio.Semaphore(CATCH_UPS_AT_ONCE))
        self.streams: dict[int, UserStream] = {}
        self.audiences = audiences
        # Users of whom the reconciler has yet to see that what is known of them here is what is
        # stored: whose clients went live, or whose relationships were read, since it looked.
        self.unsettled = audiences.unsettled
        # The feed cursor that every post.created carries: all that was entered by transactions
        # before it has been delivered here, or was there before its reader connected.
        self.feed_horizon = 0
        self._broker = broker
        self._db = db
        self._tasks = tasks
        self._presence = presence
        self._watchers = watchers
        self._typing = Typing()
        self._reads = asyncio.Semaphore(READS_AT_ONCE)
        self._entries: dict[int, int] = {}  # feed entries delivered lately: id -> xid
        self._changes = Remembered(REMEMBERED)  # hints of changes to posts
        self._parts = Reached(REMEMBERED_PARTS)
        # By the type of a hint, with the id in its channel and its name.
        self._handlers: dict[type[Any], Callable[[int, str, Any], None]] = {
            DurableHint: self._on_durable,
            TypingHint: self._on_typing,
            SessionEndedHint: self._on_session_ended,
            BlockedByHint: self._on_blocked_by,
            FeedEntryHint: self._on_feed_entry,
            QuoteEntryHint: self._on_feed_entry,
            PostChangeHint: self._on_post_change,
            StreamChangeHint: self._on_stream_change,
            PostCountsHint: lambda post_id, _, __: watchers.counts_changed(post_id),
            PollHint: lambda post_id, _, __: watchers.poll_changed(post_id),
            PresenceHint: lambda user_id, _, hint: presence.changed(user_id, online=hint.online),
        }
        audiences.on_apart = self._on_apart
        broker.on_message = self.on_hint

    # Clients

    def add(self, session: ClientSession) -> UserStream:
        """Subscribe to the channel of this client's user from now on; return the user's stream."""
        user_id = session.user_id
        stream = self.streams.get(user_id)
        if stream is None:
            stream = UserStream(user_id, self._db, self._tasks, self._on_event, self._reads)
            self.streams[user_id] = stream
            self._broker.subscribe(channels.user(user_id))
            self._presence.user_connected(user_id)
        stream.add(session)
        SOCKETS.inc()
        return stream

    def remove(self, session: ClientSession) -> None:
        """Undo add, and what the client watches. Does nothing for one that is not there."""
        stream = self.streams.get(session.user_id)
        if stream is None or session not in stream.sessions:
            return
        stream.remove(session)
        session.release()
        self._presence.unwatch(session)
        self._watchers.unwatch_all(session)
        self.post_streams.unsubscribe_all(session)
        SOCKETS.dec()
        if not stream.sessions:
            del self.streams[session.user_id]
            self.audiences.remove(session.user_id)
            self._broker.unsubscribe(channels.user(session.user_id))
            self._presence.user_disconnected(session.user_id)

    def sessions(self) -> list[ClientSession]:
        """Return all clients of this instance."""
        return [session for stream in self.streams.values() for session in stream.sessions]

    def end_session(self, user_id: int, session_id: int) -> None:
        """Close the clients of a session that is over.

        0 stands for all of the user's, a negative id for all but that one.
        """
        stream = self.streams.get(user_id)
        for session in stream.sessions if stream else ():
            if (
                session_id == session.session_id
                or session_id <= 0 != session_id + session.session_id
            ):
                session.close("session_ended", "The session has ended.", None)

    # Whom a user listens to

    async def subscribe_to_authors(self, stream: UserStream) -> None:
        """Subscribe to those whom the user follows, unless it is done; wait for the broker."""
        if not self.audiences.knows(stream.user_id):
            await self.read_subscriptions(stream)
        await self._broker.subscribed()

    async def refresh_subscriptions(self, stream: UserStream) -> None:
        """Apply what the log says about whom the user listens to.

        Events may have passed by while the first client, which is live now, was brought up to date.
        """
        while stream.head is not None and stream.applied_seq < stream.head:
            await self.read_subscriptions(stream)

    async def read_subscriptions(self, stream: UserStream) -> None:
        """Read whom the user listens to, and who is kept apart from the user.

        Raises:
            Unavailable: PostgreSQL does not answer.
        """
        for _ in range(READS_MAX):
            hints_before = stream.relation_hints
            async with self.recoveries:
                sets = await relationships.relationship_sets(self._db, stream.user_id)
            if stream.relation_hints == hints_before:
                break  # else what was read may be older than what a hint has told meanwhile
        if self.streams.get(stream.user_id) is stream and stream.applied_seq <= sets.seq:
            self.audiences.replace(stream, sets)
            stream.applied_seq = sets.seq

    def _on_event(self, stream: UserStream, name: str, tail: bytes) -> None:
        """Apply an event on its way to its user that this instance acts on itself."""
        if name == RelationshipChanged.name:
            self.audiences.change(stream.user_id, _relationship(tail))

    # Hints

    def on_hint(self, channel: bytes, payload: bytes) -> None:
        """Deliver what a hint is about. One that cannot be read is counted and dropped."""
        try:
            name, hint = hints.decode(payload)
            subject_id = channels.subject_of(channel)
        except (KeyError, ValueError):
            if not payload.startswith(SPAN):  # for those who record spans
                MALFORMED.inc()
        else:
            self._handlers[type(hint)](subject_id, name, hint)

    def _on_durable(self, user_id: int, name: str, hint: DurableHint) -> None:
        stream = self.streams.get(user_id)
        if stream is None:
            return
        tail = hint.tail
        if name == RelationshipChanged.name and hint.seq > stream.applied_seq:
            stream.relation_hints += 1
            self.audiences.hide_at_once(user_id, _relationship(tail))
        if self.audiences.is_blocked(user_id, hint.actor_id):
            name, tail = TOMBSTONE, encoding.tombstone(tail)
        stream.on_hint(hint.seq, name, tail)

    def _on_typing(self, user_id: int, _: str, hint: TypingHint) -> None:
        stream = self.streams.get(user_id)
        if stream is not None and not self.audiences.is_blocked(user_id, hint.user_id):
            self._typing.changed(stream, hint.conversation_id, hint.user_id, active=hint.active)

    def _on_session_ended(self, user_id: int, _: str, hint: SessionEndedHint) -> None:
        self.end_session(user_id, hint.session_id)

    def _on_blocked_by(self, user_id: int, _: str, hint: BlockedByHint) -> None:
        stream = self.streams.get(user_id)
        if stream is not None:
            stream.relation_hints += 1
            self.audiences.set_blocked_by(user_id, hint.user_id, blocked=hint.blocked)

    def _on_apart(self, stream: UserStream, other_id: int, apart: bool) -> None:
        """End, or begin again, what a user's clients are sent of another and no log has."""
        if apart:
            self._presence.kept_apart(stream, other_id)
            self._typing.keep_apart(stream, other_id)
        else:
            self._presence.apart_no_longer(stream, other_id)

    def _on_post_change(self, _: int, name: str, hint: PostChangeHint) -> None:
        key = (hint.hint_id, hint.actor_ids[0] if hint.actor_ids else 0)
        if not self._changes.add(key):
            return  # it came by another of the channels that it was published on
        audience = self.audiences.of(hint.actor_ids, hint.author_id)
        sessions: set[Watcher] = {session for stream in audience for session in stream.sessions}
        sessions |= self._watchers.of(hint.post_id, hint.author_id)
        # Of parts, or to those who listen to streams, too: whom another has reached knows already.
        if hint.hint_id < 0 or self.post_streams.active:
            sessions = self._parts.not_reached(hint.hint_id, sessions)
        frame = encoding.live_event(name, hint.tail)
        _send_live([sessions], live_delivered(name, "hint"), frame)
        if name == PostDeleted.name:
            self._watchers.deleted(hint.post_id)

    def _on_stream_change(self, _: int, name: str, hint: StreamChangeHint) -> None:
        if not (self.post_streams.active and self._changes.add(("stream", hint.hint_id))):
            return
        event = STREAM_CHANGES[name]
        frame = encoding.live_event(event, hint.tail.partition(b"\n")[2])
        listening = self.post_streams.listening(hint)
        new = self._parts.not_reached(hint.hint_id, {*listening})
        live = [session for session in new if not listening[session].hold(frame)]
        _send_live([live], live_delivered(event, "hint"), frame)

    def _on_feed_entry(self, _: int, name: str, hint: EntryHint) -> None:
        self._deliver(hint, "hint")
        self.post_streams.entered(hint)

    # The feed

    def deliver_entry(self, entry: FeedEntry) -> None:
        """Deliver a feed entry that was found in the database, unless its hint came before."""
        self._deliver(entry_hint(entry), "sweep")

    def _deliver(self, entry: EntryHint, by: Way) -> None:
        if entry.entry_id in self._entries:
            return
        self._entries[entry.entry_id] = entry.xid
        audience = self.audiences.of((entry.actor_id,), entry.author_id)
        if audience:
            self._send_entry(entry, audience, live_delivered(PostCreated.name, by))

    def _send_entry(self, entry: EntryHint, audience: Set[UserStream], counter: Counter) -> None:
        for seen, streams in Views(entry, self.audiences).among(audience):
            frame = encoding.feed_event(PostCreated.name, seen.tail, self.feed_horizon)
            _send_live([stream.sessions for stream in streams], counter, frame, seen)

    def deliver_late(self, entry: FeedEntry, streams: set[UserStream]) -> None:
        """Deliver an entry to users who were not known to listen when others were sent it."""
        hint = entry_hint(entry)
        if hint.entry_id not in self._entries:
            return  # it is delivered to all
        audience = self.audiences.of((hint.actor_id,), hint.author_id) & streams
        self._send_entry(hint, audience, live_delivered(PostCreated.name, "sweep"))

    def delivered_entries(self) -> list[int]:
        """Return the feed entries that were delivered lately: all since the horizon."""
        return list(self._entries)

    def begin_horizon(self, horizon: int) -> None:
        """Set the horizon, unless there is one: nobody has been here who knows less."""
        if self.feed_horizon == 0:
            self.feed_horizon = horizon

    def advance_horizon(self, horizon: int) -> None:
        """Set the horizon: all entries of transactions before this one have been delivered.

        Those between the former horizon and this one stay known for a while: their hints may be
        late.
        """
        former, self.feed_horizon = self.feed_horizon, horizon
        self._entries = {id: xid for id, xid in self._entries.items() if xid >= former}


def _send_live(
    groups: Collection[Collection[Watcher]],
    counter: Counter,
    frame: bytes,
    entry: FeedEntryHint | None = None,
) -> None:
    for sessions in groups:
        for session in sessions:
            session.send_live(frame, entry)
    counter.inc(sum(map(len, groups)))


@cache
def live_delivered(event: str, by: Way) -> Counter:
    """Return the counter of live events with these labels."""
    return LIVE_DELIVERED.labels(event, by)


def _relationship(tail: bytes) -> Relationship:
    """Read the tail of a `relationship.changed`."""
    return Relationship(**encoding.data_of(tail))
