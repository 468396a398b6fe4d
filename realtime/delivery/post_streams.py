"""Streams of new posts: everybody's, of a hashtag, of an author, with some words.

A hint wakes, PostgreSQL is the truth, and the reconciler heals, as in feeds. A post is looked at
once, however many hints of it come, and goes to all streams of this instance that have it; where
nobody listens nothing is subscribed to and nothing is looked at. A listener is added first, then
reads what it has missed in one snapshot of PostgreSQL: what that sees comes from there, all else
live. So it is sent each post once.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import replace

import orjson
from prometheus_client import Counter, Gauge

from realtime.broker.broker import Broker
from realtime.delivery.audiences import AudienceIndex
from realtime.delivery.client_session import ClientSession
from realtime.delivery.entry_hints import EntryHint, Views, entry_hint
from realtime.delivery.offset import FeedPlace
from realtime.delivery.stream_cursor import (
    NO_EPOCH,
    Snapshot,
    StreamCursor,
    short_epoch,
    with_gap,
)
from realtime.delivery.stream_listeners import Listener, Stream
from realtime.protocol import channels, encoding
from storage.database.pool import Database
from storage.events import moment
from storage.events.declaration import StreamChangeHint
from storage.events.moment import Moment
from storage.events.session import StreamSubscribed, SubscribedStatus
from storage.events.types import PostCreated
from storage.posts import streams
from storage.posts.feed_entries import FeedEntry
from storage.posts.streams import LOOKED_AT_MAX, Missed, StreamName
from storage.search_index.percolator import Percolator

MISSED_MAX = 1_000  # posts that a listener is sent of what it has missed: the newest
BATCH = 100  # of them read at once
PACE_SECONDS = 0.02
SEARCHES_MAX = 10_000  # different ones that an instance looks for in posts
ALIKE_MAX = 1_000  # of those that are asked about the same posts
SWEPT_MAX = 1_000  # posts of which no hint came, delivered in one pass

SUBSCRIPTIONS = Gauge(
    "mini_twitter_stream_subscriptions",
    "Subscriptions of clients to streams, by kind",
    ["kind"],
    multiprocess_mode="livesum",
)
BEGUN = Counter(
    "mini_twitter_stream_subscriptions_begun_total",
    "Subscriptions to streams: fresh, resumed, or reset to refetch over REST",
    ["status"],
)
DELIVERED = Counter(
    "mini_twitter_stream_posts_delivered_total",
    "Posts sent to listeners of streams, by how they came",
    ["by"],
)
BY_HINT, BY_SWEEP, BY_RESUME = (DELIVERED.labels(by) for by in ("hint", "sweep", "resume"))


class TooManySearches(Exception):
    """This instance looks for as many searches as it may."""


class PostStreams:
    """The streams that clients of this instance listen to.

    `horizon` is the transaction below which all posts have been delivered to those who listen, 0
    while nobody does. `reads` bounds the reads of what was missed.
    """

    def __init__(
        self, db: Database, broker: Broker, audiences: AudienceIndex, reads: asyncio.Semaphore
    ) -> None:
        self.horizon = 0
        self._db = db
        self._broker = broker
        self._audiences = audiences
        self.reads = reads
        self._beginning = asyncio.Lock()
        self._epoch = ""
        self._streams: dict[StreamName, Stream] = {}
        self._searches: Percolator[StreamName] = Percolator()  # those of them that go by words
        self._delivered: dict[int, int] = {}  # entries since the horizon: id -> xid

    @property
    def active(self) -> bool:
        """Whether anybody listens."""
        return bool(self._streams)

    # Who listens

    def has_room(self, names: Iterable[StreamName]) -> bool:
        """Tell whether these may be listened to, too."""
        new = {name for name in names if name.kind == "search" and name not in self._searches}
        return not new or (
            len(self._searches) + len(new) <= SEARCHES_MAX
            and all(self._searches.most_alike(name.value) < ALIKE_MAX for name in new)
        )

    async def subscribe(
        self, session: ClientSession, name: StreamName, cursor: StreamCursor | None
    ) -> StreamSubscribed:
        """Send a client what it has missed since its cursor, then what comes.

        One that listens already begins again.

        Raises:
            Unavailable: PostgreSQL does not answer; the client does not listen.
            TooManySearches: It does not listen either.
        """
        await self._begin()
        if session.gone:
            return StreamSubscribed(str(name), "reset", 0, False, "")
        listener = self._add(session, name)
        try:
            await self._broker.subscribed()
            answer = await self._catch_up(listener, cursor)
        except BaseException:
            self._remove(listener)
            raise
        BEGUN.labels(answer.status).inc()
        return answer

    async def _begin(self) -> None:
        """Have a horizon that is no later than any snapshot in which listeners look."""
        async with self._beginning:
            if self.horizon == 0:
                now = await moment.current(self._db)
                self.horizon, self._epoch = now.horizon, short_epoch(now.epoch)

    def _add(self, session: ClientSession, name: StreamName) -> Listener:
        stream = self._streams.get(name)
        if stream is None:
            if not self.has_room([name]):
                raise TooManySearches
            stream = self._streams[name] = Stream(name)
            if name.kind == "search":
                self._searches.add(name, name.value)
            for channel in _channels(name):
                self._broker.subscribe(channel)
        listener = Listener(session, stream)
        if former := stream.listeners.get(session):
            listener.take_over(former)
        else:
            SUBSCRIPTIONS.labels(name.kind).inc()
        stream.listeners[session] = session.streams[name] = listener
        return listener

    def unsubscribe(self, session: ClientSession, name: StreamName) -> None:
        """End a client's listening; nothing where it does not listen."""
        if listener := session.streams.get(name):
            self._remove(listener)

    def unsubscribe_all(self, session: ClientSession) -> None:
        """End all listening of a client that has gone."""
        for listener in list(session.streams.values()):
            self._remove(listener)

    def _remove(self, listener: Listener) -> None:
        stream, session = listener.stream, listener.session
        if not listener.listens:
            return
        del stream.listeners[session], session.streams[stream.name]
        for frame in listener.end():
            session.send_live(frame)
        SUBSCRIPTIONS.labels(stream.name.kind).dec()
        if stream.listeners:
            return
        del self._streams[stream.name]
        self._searches.remove(stream.name)
        for channel in _channels(stream.name):
            self._broker.unsubscribe(channel)
        if not self._streams:
            self.horizon = 0
            self._delivered.clear()

    # What was missed

    async def _catch_up(self, listener: Listener, cursor: StreamCursor | None) -> StreamSubscribed:
        # By cursors that come before the answer one is told again what the answer alone says.
        status: SubscribedStatus = "fresh" if cursor is None else "reset"
        epoch = self._epoch if cursor is None else NO_EPOCH
        sent, more, now = 0, False, None
        if cursor is not None and cursor.epoch in (self._epoch, with_gap(self._epoch)):
            missed = await self._missed(listener, cursor.snapshot, cursor.seen)
            looked = Snapshot.of(missed.snapshot)
            if missed.looked_at <= LOOKED_AT_MAX and cursor.snapshot.end <= looked.end:
                more = len(missed.entry_ids) > MISSED_MAX or cursor.epoch != self._epoch
                epoch = with_gap(self._epoch) if more else self._epoch
                status, now, cursor = "resumed", looked, replace(cursor, epoch=epoch)
                sent = await self._replay(listener, cursor, now, missed.entry_ids[-MISSED_MAX:])
        if not listener.listens:  # it has gone meanwhile
            return StreamSubscribed(str(listener.stream.name), "reset", 0, False, "")
        settled = await self._settle(listener)
        listener.go_live(epoch, now or settled)
        listener.forget(self.horizon)
        cursor_now = self._live_cursor(listener.stream)
        return StreamSubscribed(str(listener.stream.name), status, sent, more, cursor_now)

    async def _missed(
        self, listener: Listener, since: Snapshot, seen: tuple[int, ...] = ()
    ) -> Missed:
        async with self.reads:
            return await streams.missed(
                self._db,
                listener.viewer_id,
                listener.stream.name,
                str(since),
                list(seen),
                MISSED_MAX + 1,
            )

    async def _settle(self, listener: Listener) -> Snapshot:
        """Have all delivered that is above the horizon; return the snapshot that sees it.

        Whoever comes back with the stream's cursor is then sent none of it again: it was before
        they listened, or they were sent it when they came.
        """
        stream = listener.stream
        missed = await self._missed(listener, Snapshot.below(self.horizon))
        if unknown := [id for id in missed.entry_ids if id not in self._delivered]:
            async with self.reads:
                found = await streams.entries(self._db, listener.viewer_id, stream.name, unknown)
            for entry in found:
                self._deliver(entry_hint(entry), BY_SWEEP)
        stream.place.advance(self.horizon)
        for id in missed.entry_ids:
            if id in self._delivered:
                stream.place.take(id, self._delivered[id])
        return Snapshot.of(missed.snapshot)

    async def _replay(
        self, listener: Listener, cursor: StreamCursor, now: Snapshot, entry_ids: list[int]
    ) -> int:
        """Send entries in the order of their transactions; return how many."""
        sent, session, name = 0, listener.session, listener.stream.name
        for start in range(0, len(entry_ids), BATCH):
            while not (session.gone or session.closing or session.has_room()):  # noqa: ASYNC110
                await asyncio.sleep(PACE_SECONDS)
            async with self.reads:
                found = await streams.entries(
                    self._db, listener.viewer_id, name, entry_ids[start : start + BATCH]
                )
            for entry in found:
                if not self._may_see(listener, entry.actor_id):
                    continue
                at = StreamCursor(cursor.epoch, cursor.snapshot.up_to(entry.xid, now), cursor.seen)
                session.send(listener.stream.frame(_tail(entry), str(at)))
                sent += 1
        BY_RESUME.inc(sent)
        return sent

    # What comes

    def entered(self, hint: EntryHint) -> None:
        """Deliver a post that a hint tells of, unless that was done."""
        self._deliver(hint, BY_HINT)

    def _deliver(self, hint: EntryHint, by: Counter) -> None:
        if not self._streams or hint.entry_id in self._delivered or hint.xid < self.horizon:
            return
        self._delivered[hint.entry_id] = hint.xid
        post = encoding.data_of(hint.tail)["post"]
        if post["retweeted_by"] is not None:
            return
        count, views = 0, Views(hint, self._audiences)
        for stream in self._with(hint.author_id, post["hashtags"], [post["content"]]):
            stream.place.take(hint.entry_id, hint.xid)
            cursor = self._live_cursor(stream)
            whole = stream.frame(hint.tail, cursor)
            for listener in stream.listeners.values():
                if self._may_see(listener, hint.author_id):
                    seen, frame = views.whole, whole
                    if views.quoted_author_id is not None:
                        seen = views.of(listener.viewer_id)
                        if seen is not views.whole:
                            frame = stream.frame(seen.tail, cursor)
                    listener.send_post(seen, frame)
                    count += 1
        by.inc(count)

    def _live_cursor(self, stream: Stream) -> str:
        stream.place.advance(self.horizon)
        snapshot = Snapshot.below(stream.place.horizon)
        return str(StreamCursor(self._epoch, snapshot, tuple(stream.place.seen)))

    def _with(
        self, author_id: int, hashtags: Iterable[str], contents: Iterable[str]
    ) -> list[Stream]:
        """Return the streams that have a post with these hashtags, or with one of these texts."""
        names = [StreamName("public"), StreamName("author", str(author_id))]
        names += [StreamName("hashtag", tag) for tag in dict.fromkeys(hashtags)]
        if self._searches:
            names += self._searches.finding(contents)
        return [self._streams[name] for name in names if name in self._streams]

    def listening(self, hint: StreamChangeHint) -> dict[ClientSession, Listener]:
        """Return who listens to a stream that has, or had, a post that has changed.

        Of a client that listens by several it is one that is still being sent what it missed, if
        there is such: the change comes behind that.
        """
        about = orjson.loads(hint.tail.partition(b"\n")[0])
        found: dict[ClientSession, Listener] = {}
        for stream in self._with(hint.author_id, about["hashtags"], about["contents"]):
            for session, listener in stream.listeners.items():
                if self._may_see(listener, hint.author_id) and (
                    session not in found or not found[session].holds
                ):
                    found[session] = listener
        return found

    def _may_see(self, listener: Listener, author_id: int) -> bool:
        viewer_id = listener.viewer_id
        return viewer_id is None or self._audiences.shows(
            viewer_id, author_id, muted=listener.stream.name.shows_muted
        )

    # What no hint came for

    async def sweep(self, now: Moment) -> int:
        """Deliver posts of which no hint came, then move the horizon up to that of this moment.

        Returns:
            How many those were.
        """
        if self.horizon == 0:
            return 0
        if self._epoch != (epoch := short_epoch(now.epoch)):
            self._begin_epoch(epoch, now.horizon)
        horizon, names = now.horizon, list(self._streams)
        found = await streams.since(
            self._db,
            self.horizon,
            list(self._delivered),
            everybody=any(name.kind in ("public", "search") for name in names),
            author_ids=[int(name.value) for name in names if name.kind == "author"],
            hashtags=[name.value for name in names if name.kind == "hashtag"],
            limit=SWEPT_MAX,
        )
        for entry in found:
            self._deliver(entry_hint(entry), BY_SWEEP)
        if len(found) == SWEPT_MAX:
            horizon = min(horizon, found[-1].xid)
        self._advance(horizon)
        return len(found)

    def _begin_epoch(self, epoch: str, horizon: int) -> None:
        """Go on from a horizon of another history: numbers of transactions are others now."""
        self._epoch, self.horizon = epoch, horizon
        self._delivered.clear()
        for stream in self._streams.values():
            stream.place = FeedPlace(horizon)
            for listener in stream.listeners.values():
                listener.snapshot = None

    def _advance(self, horizon: int) -> None:
        if not self._streams or horizon <= self.horizon:
            return
        self.horizon = horizon
        self._delivered = {id: xid for id, xid in self._delivered.items() if xid >= horizon}
        for stream in self._streams.values():
            for listener in stream.listeners.values():
                listener.forget(horizon)


def _channels(name: StreamName) -> list[bytes]:
    """Return the channels on which new posts of a stream are published, and their changes."""
    if name.kind == "hashtag":
        return [channels.tag(name.value)]
    if name.kind == "author":
        author_id = int(name.value)
        return [channels.author(author_id), channels.changes_of(author_id)]
    return [channels.every_post()]


def _tail(entry: FeedEntry) -> bytes:
    return encoding.encode_tail(entry.post.created_at, PostCreated(entry.post))
