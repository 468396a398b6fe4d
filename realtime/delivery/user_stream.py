"""A user's log as this instance delivers it: each event once to each connection, in order.

Doorbells arrive late, early, or not at all. One that is next is delivered at once; one that is
ahead waits a moment for those between, which are then read from the log.
"""

import asyncio
from collections.abc import Callable

from prometheus_client import Counter

from realtime.delivery.client_session import ClientSession
from realtime.protocol import encoding
from realtime.tasks import Tasks
from storage.database.pool import Database
from storage.errors import Unavailable
from storage.events import replay

HELD_SECONDS = 0.03  # how long doorbells may overtake one another before the log is read
HELD_MAX = 1000  # of a user; beyond it the log is read anyway
BATCH = 200  # events read at once

DELIVERED = Counter(
    "mini_twitter_events_delivered_total", "Durable events sent, by how they came", ["by"]
)
RUNG = DELIVERED.labels("doorbell")
READ = DELIVERED.labels("log")

# Told of every event on its way to the user: (name, data as bytes of JSON or as read from the log).
EventListener = Callable[[str, object], None]


class UserStream:
    """head is the last event that the live connections were sent, None while there are none.

    connections are all of them, live only those that are up to date. They are few, and a fan-out
    goes through thousands of lines: tuples spare it two looks at memory in three.

    heeded is the last one up to which the listener knows of all, be it from elsewhere: it is not
    told of what connections are brought up to date with.
    """

    __slots__ = (
        "_db",
        "_fill_due",
        "_filling",
        "_held",
        "_listener",
        "_reading",
        "_tasks",
        "applied_seq",
        "connections",
        "head",
        "live",
        "user_id",
    )

    def __init__(
        self,
        user_id: int,
        db: Database,
        tasks: Tasks,
        listener: EventListener,
        reading: asyncio.Semaphore,
    ) -> None:
        """Lines share `reading`: after an outage thousands want to read the log at once."""
        self.user_id = user_id
        self.connections: tuple[ClientSession, ...] = ()
        self.live: tuple[ClientSession, ...] = ()
        self.head: int | None = None
        self.applied_seq = 0
        self._db = db
        self._tasks = tasks
        self._listener = listener
        self._reading = reading
        self._held: dict[int, tuple[str, bytes]] = {}
        self._filling: asyncio.Task[None] | None = None
        self._fill_due: asyncio.TimerHandle | None = None

    def ring(self, seq: int, name: str, rest: bytes) -> None:
        """A doorbell that carries event number seq."""
        if self.head is not None and seq <= self.head:
            return
        if len(self._held) < HELD_MAX:
            self._held[seq] = (name, rest)
        self._deliver_held()
        self._await_those_between()

    def fill(self) -> asyncio.Task[None] | None:
        """The log is ahead of us: read it. None when nobody is live."""
        if self._filling is None and self.head is not None:
            self._filling = self._tasks.start(self._fill())
        return self._filling

    def join(self, connection: ClientSession) -> bool:
        """Make a connection live, if it has been sent all that the live ones have."""
        if connection not in self.connections:
            return False  # it has gone meanwhile
        if self.head is not None and connection.seq < self.head:
            return False
        self.live = (*self.live, connection)
        if self.head is None:
            self.head = connection.seq
        connection.catch_up()
        self._deliver_held()
        self._await_those_between()
        return True

    def enter(self, connection: ClientSession) -> None:
        """It is to be brought up to date, and to join then."""
        self.connections = (*self.connections, connection)

    def leave(self, connection: ClientSession) -> None:
        self.connections = tuple(one for one in self.connections if one is not connection)
        self.live = tuple(one for one in self.live if one is not connection)
        if not self.live:
            self.head = None
            if not self.connections:
                self._held.clear()

    def _await_those_between(self) -> None:
        if self._held and self.head is not None and self._fill_due is None:
            loop = asyncio.get_running_loop()
            self._fill_due = loop.call_later(HELD_SECONDS, self._fill_gap)

    def _fill_gap(self) -> None:
        self._fill_due = None
        if self._held:
            self.fill()

    async def _fill(self) -> None:
        try:
            while (head := self.head) is not None:
                async with self._reading:
                    events = await replay.read(self._db, self.user_id, head, BATCH)
                for event in events:
                    if self.head is not None and event.seq == self.head + 1:
                        self._listener(event.name, event.data)
                        frame = encoding.durable(event.name, event.seq, event.at, event.data)
                        self._deliver(event.seq, frame, READ)
                self._deliver_held()
                if len(events) < BATCH:
                    break
        except Unavailable:
            pass  # the sweep comes back to it
        finally:
            self._filling = None

    def _deliver_held(self) -> None:
        while self.head is not None and (held := self._held.pop(self.head + 1, None)):
            name, rest = held
            self._listener(name, rest)
            seq = self.head + 1
            self._deliver(seq, encoding.event(name.encode(), b"%d" % seq, rest), RUNG)
        if self.head is not None and self._held:
            self._held = {seq: held for seq, held in self._held.items() if seq > self.head}

    def _deliver(self, seq: int, frame: bytes, by: Counter) -> None:
        self.head = seq
        if self.applied_seq == seq - 1:
            self.applied_seq = seq
        for connection in self.live:
            connection.send_event(seq, frame)
        by.inc(len(self.live))
