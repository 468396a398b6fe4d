"""Who listens to a stream, and what each is still to be sent."""

from typing import TYPE_CHECKING

import orjson

from realtime.delivery.offset import FeedPlace
from realtime.delivery.stream_cursor import SEEN_MAX, Snapshot, StreamCursor
from realtime.protocol import encoding
from storage.events.declaration import FeedEntryHint
from storage.events.types import StreamPost
from storage.posts.streams import StreamName

if TYPE_CHECKING:
    from realtime.delivery.client_session import ClientSession

NO_USER = 0  # whose session it is where nobody has logged in


class Stream:
    """A stream that somebody here listens to; `place` is which entries were delivered live."""

    __slots__ = ("_json", "listeners", "name", "place")

    def __init__(self, name: StreamName) -> None:
        self.name = name
        self.listeners: dict[ClientSession, Listener] = {}
        self.place = FeedPlace(0)
        self._json = orjson.dumps(str(name))

    def frame(self, tail: bytes, cursor: str) -> bytes:
        """Return the frame of a new post, one for all who listen."""
        return encoding.stream_event(StreamPost.name, tail, self._json, cursor)


class Listener:
    """A client that listens to a stream.

    While it is being sent what it has missed, what comes is held back. `snapshot` is that in which
    it looked: what this sees was sent from there, or was there before it listened. None once all
    that comes is newer.
    """

    __slots__ = ("_held", "_held_bytes", "session", "snapshot", "stream")

    def __init__(self, session: "ClientSession", stream: Stream) -> None:
        self.session = session
        self.stream = stream
        self.snapshot: Snapshot | None = None
        # Frames of changes, and of posts what follows the name, with their hints.
        self._held: list[tuple[bytes, FeedEntryHint | None]] | None = []
        self._held_bytes = 0

    @property
    def viewer_id(self) -> int | None:
        """Who listens; None for somebody who has not logged in."""
        return None if self.session.user_id == NO_USER else self.session.user_id

    @property
    def listens(self) -> bool:
        """Whether it has not ended."""
        return self.stream.listeners.get(self.session) is self

    def send_post(self, hint: FeedEntryHint, frame: bytes) -> None:
        """Send a post, when it is its turn."""
        if self._held is not None:
            self._hold(hint.tail, hint)
        elif not self._has_seen(hint.xid):
            self.session.send(frame)

    def _has_seen(self, xid: int) -> bool:
        return self.snapshot is not None and self.snapshot.sees(xid)

    @property
    def holds(self) -> bool:
        """Whether what comes is held back."""
        return self._held is not None

    def hold(self, frame: bytes) -> bool:
        """Hold a change of a post back, if it is not its turn yet; return whether it is held."""
        if self._held is None:
            return False
        self._hold(frame, None)
        return True

    def _hold(self, data: bytes, post: FeedEntryHint | None) -> None:
        if self._held is not None:
            self._held.append((data, post))
            self._held_bytes += len(data)
            transport = self.session.transport
            if self._held_bytes > transport.waiting_bytes_max:
                transport.overflow()

    def go_live(self, epoch: str, snapshot: Snapshot) -> None:
        """Send what was held back and this snapshot does not see; then all as it comes.

        With each post goes a cursor of this listener's own, of this epoch: those of the stream do
        not say that it has been sent what it had missed.
        """
        held, self._held = self._held, None
        self.snapshot = snapshot
        seen: list[int] = []
        for data, post in held or ():
            if post is None:
                self.session.send_live(data)
            elif not self._has_seen(post.xid):
                seen.append(post.entry_id)
                cursor = StreamCursor(epoch, snapshot, tuple(seen[:SEEN_MAX]))
                self.session.send(self.stream.frame(data, str(cursor)))

    def take_over(self, former: "Listener") -> None:
        """Hold the changes that the one before held: the client is told of each once."""
        for frame in former.end():
            self.hold(frame)

    def end(self) -> list[bytes]:
        """Hold nothing back any more; return the changes of posts that were to be sent yet.

        Nobody else tells the client of them, who may follow the author.
        """
        held, self._held = self._held, None
        return [frame for frame, post in held or () if post is None]

    def forget(self, horizon: int) -> None:
        """Let go of a snapshot whose transactions have all been delivered."""
        if self.snapshot is not None and self.snapshot.end <= horizon:
            self.snapshot = None
