"""Streaming replicas of the primary: which of them are there, and how far each has come.

A position is a place in the write-ahead log (an LSN) as a number. What was committed before the
primary was asked for its position is seen by a replica that has replayed up to it. How many seconds
a replica lags is told by when the primary was at the position that it has replayed: its own clock,
and the time of the last commit, say nothing on a site where little is written.

PostgreSQL 19's WAIT FOR would spare the polling; we ask what 15 to 18 have, too.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import count
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

from storage.database.pool import Database, open_database
from storage.database.query import Query, Scalar
from storage.errors import Unavailable

LOOK_SECONDS = 0.2  # between two looks at all of them
LAG_MAX_SECONDS = 1.0  # one that is further behind is asked nothing
SILENT_SECONDS = 1.0  # nor is one of which nothing was heard for so long
SAMPLES = 300  # of the primary's position: a lag of up to a minute is told exactly
WAIT_SECONDS = 0.1  # for a replica to replay what its reader has written
WAIT_PAUSE_SECONDS = 0.01

LAGS = "it lags"

T = TypeVar("T")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ReplicaState:
    """What a server says of itself; position is None where it replays nothing."""

    system: int
    position: int | None


# After a commit this is beyond it; without a commit it may be anywhere.
PRIMARY_POSITION = Scalar(
    "SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint AS position", int
)
PRIMARY_SYSTEM = Scalar("SELECT system_identifier FROM pg_control_system()", int)
REPLICA_STATE = Query(
    """
    SELECT (SELECT system_identifier FROM pg_control_system()) AS system,
           CASE WHEN pg_is_in_recovery()
                THEN (pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::bigint END AS position""",
    ReplicaState,
)


class Replica:
    """A replica, and what is known of it."""

    def __init__(self, name: str, db: Database) -> None:
        self.name = name
        self.db = db
        self.lag: float | None = None  # in seconds; None while it is not known
        self.trouble: str | None = "nobody has looked yet"  # why it is asked nothing
        self.heard_at = float("-inf")
        self._position = 0
        self._position_of = 0  # how many connections had been opened when it was there
        self._looking: asyncio.Task[ReplicaState] | None = None

    @property
    def usable(self) -> bool:
        """Whether it may be asked now."""
        silent = asyncio.get_running_loop().time() - self.heard_at > SILENT_SECONDS
        return self.trouble is None and not silent and self.db.available

    @property
    def position(self) -> int:
        """Up to where it has replayed at least, as far as is known.

        Nothing is known of what a new connection leads to: a replica that was killed may begin
        further back than it was.
        """
        return self._position if self._position_of == self.db.opened else 0

    async def look(self) -> ReplicaState:
        """Ask how far it has come, together with all who want to know. Raises Unavailable."""
        if self._looking is None:
            self._looking = asyncio.get_running_loop().create_task(REPLICA_STATE.one(self.db))
            self._looking.add_done_callback(self._looked)
        return await asyncio.shield(self._looking)

    def _looked(self, task: "asyncio.Task[ReplicaState]") -> None:
        self._looking = None
        if task.cancelled() or task.exception() is not None:
            return
        position = task.result().position
        if position is not None:
            self._position, self._position_of = position, self.db.opened
            self.heard_at = asyncio.get_running_loop().time()

    async def reaches(self, position: int, seconds: float) -> bool:
        """Return whether it has replayed up to a position, waiting for that for so long."""
        with suppress(Unavailable, TimeoutError):
            async with asyncio.timeout(seconds):
                while self.position < position:
                    await self.look()
                    if self.position < position:
                        await asyncio.sleep(WAIT_PAUSE_SECONDS)
        return self.position >= position

    async def close(self) -> None:
        """Give up looking."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait({self._looking})


class Replicas:
    """All replicas of a primary; `run` has to run for any of them to be used."""

    def __init__(self, primary: Database, replicas: Sequence[Replica]) -> None:
        self.all = tuple(replicas)
        self._primary = primary
        self._system: int | None = None
        self._samples: deque[tuple[float, int]] = deque(maxlen=SAMPLES)
        self._turn = count()

    async def choose(self, position: int) -> Replica | None:
        """Return a replica that has replayed up to a position; None if none does so shortly.

        They take turns. One that is known to have come so far goes before one to be waited for.
        """
        usable = [replica for replica in self.all if replica.usable]
        if not usable:
            return None
        first = next(self._turn) % len(usable)
        in_turn = usable[first:] + usable[:first]
        for replica in in_turn:
            if replica.position >= position:
                return replica
        foremost = max(in_turn, key=lambda replica: replica.position)
        return foremost if await foremost.reaches(position, WAIT_SECONDS) else None

    async def ask(self, question: Callable[[Database], Awaitable[T]]) -> T:
        """Return what a replica answers, however new; else what the primary does."""
        replica = await self.choose(0)
        if replica is not None:
            with suppress(Unavailable):
                return await question(replica.db)
        return await question(self._primary)

    async def primary_position(self) -> int:
        """Return a position beyond all that has been committed. Raises Unavailable."""
        return await PRIMARY_POSITION.one(self._primary)

    async def run(self) -> None:
        """Look at all of them again and again, until cancelled."""
        while True:
            try:
                await self.look()
            except Exception:
                logger.exception("could not look at the replicas")
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Look at all of them now."""
        loop = asyncio.get_running_loop()
        now = loop.time()  # before the primary is asked: it had come no further at this moment
        # Without a primary nothing is written, and what replicas have is the newest there is.
        with suppress(Unavailable):
            if self._system is None:
                self._system = await PRIMARY_SYSTEM.one(self._primary)
            self._samples.append((now, await self.primary_position()))
        await asyncio.gather(*(self._look_at(replica) for replica in self.all))

    async def _look_at(self, replica: Replica) -> None:
        try:
            state = await asyncio.wait_for(replica.look(), SILENT_SECONDS)
        except (Unavailable, TimeoutError):
            replica.lag = None
            self._judge(replica, "it does not answer")
            return
        replica.lag = None if state.position is None else self._lag(state.position)
        if state.position is None:
            self._judge(replica, "it is no replica, or no longer")
        elif state.system != self._system:
            self._judge(replica, "it is a replica of another primary")
        elif replica.lag is None or replica.lag > LAG_MAX_SECONDS:
            self._judge(replica, LAGS)
        else:
            self._judge(replica, None)

    def _lag(self, position: int) -> float | None:
        """Return for how long the primary has been further than that; None if it never was asked.

        What lies before the first sample is at least as old as that.
        """
        if not self._samples:
            return None
        now = asyncio.get_running_loop().time()
        ahead = now
        for moment, was_at in reversed(self._samples):
            if was_at <= position:
                break
            ahead = moment
        return now - ahead

    def _judge(self, replica: Replica, trouble: str | None) -> None:
        if trouble == replica.trouble:
            return
        replica.trouble = trouble
        if trouble is None:
            logger.info("the replica %s is in use", replica.name)
        else:
            logger.warning("the replica %s is left out: %s", replica.name, trouble)

    async def close(self) -> None:
        """Give up looking."""
        for replica in self.all:
            await replica.close()


@asynccontextmanager
async def open_replicas(
    primary: Database, urls: Sequence[str], *, media_url: str
) -> AsyncIterator[Replicas]:
    """Open a pool for each replica, without connecting."""
    async with AsyncExitStack() as stack:
        replicas = [
            Replica(
                replica_name(url),
                await stack.enter_async_context(open_database(url, media_url=media_url)),
            )
            for url in urls
        ]
        opened = Replicas(primary, replicas)
        try:
            yield opened
        finally:
            await opened.close()


def replica_name(url: str) -> str:
    """Return where a URL leads, without who asks and by which password."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    place = parts.netloc.rpartition("@")[2] or ",".join(query.get("host", ["localhost"]))
    port = query.get("port")
    return f"{place}:{port[-1]}" if port else place
