"""Where what the broker hears meets the connections of this instance."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Collection

import orjson
from prometheus_client import Counter, Gauge

from realtime.broker.broker import Broker
from realtime.delivery.audiences import AudienceIndex
from realtime.delivery.client_session import ClientSession
from realtime.delivery.user_stream import UserStream
from realtime.ephemeral.post_watchers import PostWatchers
from realtime.ephemeral.presence import Presence
from realtime.ephemeral.typing import Typing
from realtime.protocol import encoding
from realtime.tasks import Tasks
from storage.database.pool import Database
from storage.events.types import RelationshipChanged
from storage.posts.feed import FeedEntry as Entry
from storage.social import relationships
from storage.social.relationships import Relationship

READS_AT_ONCE = 4  # of users' logs, out of the connections that requests need too
REMEMBERED = 10_000  # rings of live events, each of which may come by several channels

CONNECTIONS = Gauge("mini_twitter_sockets", "Connected clients", multiprocess_mode="livesum")
LIVE_DELIVERED = Counter("mini_twitter_live_events_delivered_total", "Live events sent")
MALFORMED = Counter("mini_twitter_malformed_hints_total", "Doorbells that made no sense")


class Hub:
    def __init__(
        self,
        db: Database,
        broker: Broker,
        tasks: Tasks,
        presence: Presence,
        watch: PostWatchers,
    ) -> None:
        self.streams: dict[int, UserStream] = {}
        self.audiences = AudienceIndex(broker)
        self.broker = broker
        self._db = db
        self._tasks = tasks
        self._presence = presence
        self._watch = watch
        self._typing = Typing()
        self._reading = asyncio.Semaphore(READS_AT_ONCE)
        # The feed cursor that every post.created carries: all that was entered by transactions
        # before it has been delivered here, or was there before its reader connected.
        self.feed_horizon = 0
        self._entered: dict[int, int] = {}  # feed entries delivered lately: id -> xid
        self._rung: OrderedDict[int, None] = OrderedDict()
        self._heard: dict[bytes, Callable[[int, list[bytes]], None]] = {
            b"u": self._hear_user,
            b"a": lambda _, ring: self._hear_posts(ring),
            b"p": self._hear_post,
            b"s": presence.hear,
        }
        self._unnumbered: dict[str, Callable[[UserStream, list[int]], None]] = {
            "session.ended": self._hear_session_ended,
            "blocked_by": self._hear_blocked_by,
            "typing": self._hear_typing,
        }
        broker.on_message = self.hear

    # Connections

    def enter(self, connection: ClientSession) -> UserStream:
        """Have the broker listen for this connection's user from now on."""
        line = self.streams.get(connection.user_id)
        if line is None:
            user_id = connection.user_id
            line = UserStream(
                user_id,
                self._db,
                self._tasks,
                lambda name, data: self._note(user_id, name, data),
                self._reading,
            )
            self.streams[user_id] = line
            self.broker.subscribe(encoding.user_channel(user_id))
            self._presence.came(user_id)
        line.enter(connection)
        CONNECTIONS.inc()
        return line

    def exit(self, connection: ClientSession) -> None:
        line = self.streams.get(connection.user_id)
        if line is None or connection not in line.connections:
            return
        line.leave(connection)
        connection.release()
        self._presence.forget(connection)
        self._watch.forget(connection)
        CONNECTIONS.dec()
        if not line.connections:
            del self.streams[connection.user_id]
            self.audiences.forget(connection.user_id)
            self.broker.unsubscribe(encoding.user_channel(connection.user_id))
            self._presence.went(connection.user_id)

    def connections(self) -> list[ClientSession]:
        return [connection for line in self.streams.values() for connection in line.connections]

    async def listen_to_authors(self, line: UserStream) -> None:
        """Listen to those whom the user follows, unless it is done; wait for Redis to confirm."""
        if not self.audiences.knows(line.user_id):
            await self._learn(line)
        await self.broker.subscribed()

    async def refresh_subscriptions(self, line: UserStream) -> None:
        """Catch up with what the log says about whom the user listens to: events may have passed
        by while the connection was brought up to date that is now live, as the first."""
        while line.head is not None and line.applied_seq < line.head:
            await self._learn(line)

    async def _learn(self, line: UserStream) -> None:
        circle = await relationships.relationship_sets(self._db, line.user_id)
        if self.streams.get(line.user_id) is line and line.applied_seq <= circle.seq:
            self.audiences.learn(line, circle)
            line.applied_seq = circle.seq

    # What is heard

    def hear(self, channel: bytes, payload: bytes) -> None:
        """One ring. It is not told from where; what makes no sense is counted and left."""
        try:
            self._heard[channel[:1]](int(channel[2:]), payload.split(b" ", 1))
        except (KeyError, ValueError, IndexError):
            MALFORMED.inc()

    def _hear_user(self, user_id: int, ring: list[bytes]) -> None:
        line = self.streams.get(user_id)
        if line is None:
            return
        name = ring[0].decode()
        heard = self._unnumbered.get(name)
        if heard is not None:
            heard(line, [int(field) for field in ring[1].split()])
            return
        seq, actor_id, rest = ring[1].split(b" ", 2)
        if name == RelationshipChanged.name:
            self.audiences.hide_at_once(user_id, _relationship(rest))
        if self.audiences.is_blocked(user_id, int(actor_id)):
            name, rest = "void", encoding.tombstone(rest)
        line.ring(int(seq), name, rest)

    def _hear_session_ended(self, line: UserStream, fields: list[int]) -> None:
        self.end_session(line.user_id, fields[0])

    def _hear_blocked_by(self, line: UserStream, fields: list[int]) -> None:
        self.audiences.keep_apart(line.user_id, fields[0], apart=bool(fields[1]))

    def _hear_typing(self, line: UserStream, fields: list[int]) -> None:
        conversation_id, typist_id, active = fields
        if not self.audiences.is_blocked(line.user_id, typist_id):
            self._typing.hear(line, conversation_id, typist_id, active=bool(active))

    def _note(self, user_id: int, name: str, data: object) -> None:
        """An event on its way to its user that this instance must heed itself."""
        if name == RelationshipChanged.name:
            changed = _relationship(data) if isinstance(data, bytes) else data
            assert isinstance(changed, Relationship)
            self.audiences.change(user_id, changed)

    def _hear_post(self, post_id: int, ring: list[bytes]) -> None:
        if ring[0] == b"post.counts":
            self._watch.counts_changed(post_id)
        else:
            self._hear_posts(ring)

    def _hear_posts(self, ring: list[bytes]) -> None:
        name, fields = ring
        if name == b"post.created":
            entry_id, xid, actor_id, author, rest = fields.split(b" ", 4)
            self._enter_feeds(int(entry_id), int(xid), int(actor_id), int(author), rest)
            return
        ring_id, post_id, author, count, fields = fields.split(b" ", 4)
        *actors, rest = fields.split(b" ", int(count))
        if int(ring_id) in self._rung:
            return  # heard by another of the channels that it was rung on
        self._rung[int(ring_id)] = None
        if len(self._rung) > REMEMBERED:
            self._rung.popitem(last=False)
        lines = self.audiences.audience([int(actor) for actor in actors], int(author))
        connections = {connection for line in lines for connection in line.connections}
        connections |= {
            connection
            for connection in self._watch.watchers(int(post_id))
            if self.audiences.sees(connection.user_id, int(author))
        }
        _send_live([connections], encoding.event(name, b"null", rest))

    def enter_feeds(self, entry: Entry) -> None:
        """Deliver a feed entry that was found in the database, unless its ring was heard."""
        rest = encoding.encode_tail(entry.post.created_at, {"post": entry.post})
        self._enter_feeds(entry.entry_id, entry.xid, entry.actor_id, entry.post.author.id, rest)

    def _enter_feeds(
        self, entry_id: int, xid: int, actor_id: int, author_id: int, rest: bytes
    ) -> None:
        if entry_id in self._entered:
            return
        self._entered[entry_id] = xid
        cursor = b"%d" % self.feed_horizon
        frame = encoding.event(b"post.created", b"null", encoding.with_cursor(rest, cursor))
        lines = self.audiences.audience([actor_id], author_id)
        _send_live([line.connections for line in lines], frame)

    def entered(self) -> list[int]:
        """The feed entries that were delivered lately: all since the horizon."""
        return list(self._entered)

    def advance(self, horizon: int) -> None:
        """All entries of transactions before this one have been delivered.

        Those between the former horizon and this one stay known for a while: their rings may be
        late.
        """
        former, self.feed_horizon = self.feed_horizon, horizon
        self._entered = {id: xid for id, xid in self._entered.items() if xid >= former}

    def end_session(self, user_id: int, session_id: int) -> None:
        """Close the connections of a session that is over; 0 stands for all of the user's."""
        line = self.streams.get(user_id)
        for connection in line.connections if line else ():
            if session_id in (0, connection.session_id):
                connection.close("session_ended", "The session has ended.", None)


def _send_live(groups: Collection[Collection[ClientSession]], frame: bytes) -> None:
    for connections in groups:
        for connection in connections:
            connection.send_live(frame)
    LIVE_DELIVERED.inc(sum(map(len, groups)))


def _relationship(rest: bytes) -> Relationship:
    """What the rest of a `relationship.changed` says."""
    return Relationship(**orjson.loads(b"{" + rest[:-1])["data"])
