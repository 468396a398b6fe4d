"""A client that asked for Socket.IO's connection state recovery."""

from collections.abc import Callable
from dataclasses import dataclass, field

from realtime.delivery.client_session import ClientSession
from realtime.delivery.offset import FeedPlace, Offset
from realtime.protocol import encoding
from storage.events.declaration import FeedEntryHint
from storage.events.types import PostCreated
from storage.posts.feed_entries import FeedEntry


@dataclass(slots=True, eq=False)
class RecoverableSession(ClientSession):
    """A client that is sent an offset behind each event that takes it further.

    `feed_horizon` returns the hub's: a live client has been sent all entries before it. `place`
    says which the client has been sent in all.
    """

    feed_horizon: Callable[[], int] = field(kw_only=True)
    epoch: str = ""
    place: FeedPlace = field(default_factory=lambda: FeedPlace(0))

    def send_ready(self, frame: bytes) -> None:
        """Send session.ready, with the offset that the client begins with."""
        self._send_with_offset(frame)
        self._ready.set()

    def send_event(self, seq: int, frame: bytes) -> None:
        """Send event number seq, unless it was sent before."""
        if seq > self.seq:
            self.seq = seq
            self._send_with_offset(frame)

    def send_live(self, frame: bytes, entry: FeedEntryHint | None = None) -> None:
        """Send a live event, or a feed entry once: at once, or when the client is up to date."""
        if self.pending is None:
            self._send_live_now(frame, entry)
        else:
            ClientSession.send_live(self, frame, entry)

    def send_missed(self, entry: FeedEntry, horizon: int) -> None:
        """Send a feed entry that was missed, behind those of earlier transactions.

        All of transactions before `horizon` have ended; later ones may still add entries.
        """
        if self.place.take(entry.entry_id, entry.xid):
            self.place.advance(min(entry.xid, horizon))
            tail = encoding.encode_tail(entry.post.created_at, PostCreated(entry.post))
            frame = encoding.feed_event(PostCreated.name, tail, self.place.horizon)
            self._send_with_offset(frame)

    def go_live(self) -> None:
        """Send what was held back; from here on live events are sent as they come."""
        # Until the last of them is sent, no offset may say that all before the hub's horizon were.
        for frame, entry in self.pending or ():
            self._send_live_now(frame, entry)
        self.pending = None

    def _send_live_now(self, frame: bytes, entry: FeedEntryHint | None) -> None:
        if entry is None:
            self.send(frame)
        elif self.place.take(entry.entry_id, entry.xid):
            self._send_with_offset(frame)

    def _send_with_offset(self, frame: bytes) -> None:
        if self.pending is None:
            self.place.advance(self.feed_horizon())
        offset = Offset(self.user_id, self.seq, self.place.horizon, self.epoch, self.place.seen)
        self.send(encoding.with_offset(frame, str(offset)))
