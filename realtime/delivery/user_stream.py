"""A user's event log as this instance delivers it: each event once to each client, in order.

Hints arrive late, early, or not at all. One that is next is delivered at once; one that is ahead
waits a moment for those between, which are then read from the log.
"""

import asyncio
from collections.abc import Callable
from functools import cache
from typing import Literal

from prometheus_client import Counter

from realtime.delivery.client_session import ClientSession
from realtime.protocol import encoding
from realtime.tasks import Tasks
from storage.database.pool import Database
from storage.errors import Unavailable
from storage.events import replay

HELD_SECONDS = 0.03  # how long hints may overtake one another before the log is read
HELD_MAX = 1000  # of a user; beyond it the log is read anyway
BATCH = 200  # events read at once

DELIVERED = Counter(
    "mini_twitter_events_delivered_total",
    "Durable events sent, by name and how they came",
    ["event", "by"],
)

Way = Literal["hint", "log", "sweep", "resume"]


@cache
def delivered(event: str, by: Way) -> Counter:
    """Return the counter with these labels: looking it up takes longer than counting."""
    return DELIVERED.labels(event, by)


# Called with every event on its way to the user: the stream, the event's name and its tail.
EventListener = Callable[["UserStream", str, bytes], None]


class UserStream:
    """The stream of one user, to all of the user's clients on this instance.

    `head` is the number of the last event that the live clients were sent, None while there are
    none. `sessions` are all clients, `live` those that are up to date. They are few, and a fan-out
    goes through thousands of streams: tuples spare it two looks at memory in three.

    `applied_seq` is the number of the last event up to which the listener knows of all, also from
    elsewhere: it is not called with these, nor with what clients are brought up to date with.
    `relation_hints` counts those about whom the user blocks or is blocked by.
    """

    __slots__ = (
        "_db",
        "_held",
        "_listener",
        "_read_due",
        "_reading",
        "_reads",
        "_tasks",
        "applied_seq",
        "head",
        "live",
        "relation_hints",
        "sessions",
        "user_id",
    )

    def __init__(
        self,
        user_id: int,
        db: Database,
        tasks: Tasks,
        listener: EventListener,
        reads: asyncio.Semaphore,
    ) -> None:
        # Streams share `reads`: after an outage thousands want to read the log at once.
        self.user_id = user_id
        self.sessions: tuple[ClientSession, ...] = ()
        self.live: tuple[ClientSession, ...] = ()
        self.head: int | None = None
        self.applied_seq = 0
        self.relation_hints = 0
        self._db = db
        self._tasks = tasks
        self._listener = listener
        self._reads = reads
        self._held: dict[int, tuple[str, bytes]] = {}
        self._reading: asyncio.Task[None] | None = None
        self._read_due: asyncio.TimerHandle | None = None

    def on_hint(self, seq: int, name: str, tail: bytes) -> None:
        """Deliver event number seq when it is its turn; one that was delivered is dropped."""
        if self.head is not None and seq <= self.head:
            return
        if len(self._held) < HELD_MAX:
            self._held[seq] = (name, tail)
        self._deliver_held()
        self._expect_missing()

    def read_log(self, by: Way = "log") -> asyncio.Task[None] | None:
        """Read and deliver what the log has above `head`. None when nobody is live.

        `by` is what had it read: a hint that came without those before it, or the reconciler.
        """
        if self._reading is None and self.head is not None:
            self._reading = self._tasks.start(self._read_log(by))
        return self._reading

    def add(self, session: ClientSession) -> None:
        """Add a client, which is to be brought up to date and to go live then."""
        self.sessions = (*self.sessions, session)

    def go_live(self, session: ClientSession) -> bool:
        """Send the client what comes from now on, if it was sent all that the live ones were.

        Returns:
            Whether it is live; else it must read on.
        """
        if session not in self.sessions:
            return False  # it has gone meanwhile
        if self.head is not None and session.seq < self.head:
            return False
        self.live = (*self.live, session)
        if self.head is None:
            self.head = session.seq
        session.go_live()
        self._deliver_held()
        self._expect_missing()
        return True

    def remove(self, session: ClientSession) -> None:
        """Send nothing to this client any more."""
        self.sessions = tuple(one for one in self.sessions if one is not session)
        self.live = tuple(one for one in self.live if one is not session)
        if not self.live:
            self.head = None
            if not self.sessions:
                self._held.clear()

    def _expect_missing(self) -> None:
        """Read the log when the events before those held do not come in a moment."""
        if self._held and self.head is not None and self._read_due is None:
            loop = asyncio.get_running_loop()
            self._read_due = loop.call_later(HELD_SECONDS, self._read_missing)

    def _read_missing(self) -> None:
        self._read_due = None
        if self._reading is not None:
            self._expect_missing()  # it may read what was there before them
        elif self._held:
            self.read_log()

    async def _read_log(self, by: Way) -> None:
        try:
            while (head := self.head) is not None:
                async with self._reads:
                    events = await replay.read(self._db, self.user_id, head, BATCH)
                for event in events:
                    if self.head is not None and event.seq == self.head + 1:
                        tail = encoding.encode_tail(event.at, event.data)
                        self._deliver(event.seq, event.name, tail, by)
                self._deliver_held()
                if len(events) < BATCH:
                    break
        except Unavailable:
            pass  # the reconciler comes back to it
        finally:
            self._reading = None

    def _deliver_held(self) -> None:
        while self.head is not None and (held := self._held.pop(self.head + 1, None)):
            self._deliver(self.head + 1, *held, "hint")
        if self.head is not None and self._held:
            self._held = {seq: held for seq, held in self._held.items() if seq > self.head}

    def _deliver(self, seq: int, name: str, tail: bytes, by: Way) -> None:
        if seq > self.applied_seq:
            self._listener(self, name, tail)
        frame = encoding.durable_event(name, seq, tail)
        self.head = seq
        if self.applied_seq == seq - 1:
            self.applied_seq = seq
        for session in self.live:
            session.send_event(seq, frame)
        delivered(name, by).inc(len(self.live))
