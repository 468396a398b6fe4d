"""Whether PostgreSQL answers: found out by one, remembered for all.

A circuit breaker. While PostgreSQL is known to be away nobody waits for it but one who tries to
connect, again and again. That it is away is never concluded from a slow statement alone: when one
has waited for a moment, PostgreSQL is asked by another connection and by a new one.
"""

import asyncio
import logging
from asyncio import FIRST_COMPLETED
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from weakref import WeakSet

import asyncpg

from storage.database.connection import Connection
from storage.database.connection_pool import ConnectionPool

DOUBT_SECONDS = 0.25  # without an answer, for a statement and for a new connection
IDLE_SECONDS = 0.15  # what a connection at hand gets to answer before a new one is tried, too
VERDICT_SECONDS = 0.45  # what both get from then on
CONFIRM_SECONDS = (0, 0.15, 0.35)  # before each look at what PostgreSQL does for a connection
SLICE_SECONDS = 0.05
TICKS = 4
CONNECT_SECONDS = 3.0
ATTEMPT_SECONDS = 0.25  # after which the next attempt to reconnect begins; one may take longer
PAUSE_SECONDS = 0.15  # between two attempts
CROWDED_PAUSE_SECONDS = 1.0  # the same while the connections that there are do work

# Which of these backends are busy with a statement, rather than waiting for one. Behind a pooler
# they have other numbers there, and so has the one that asks.
BUSY = """
    SELECT pg_backend_pid(), array(
        SELECT pid FROM pg_stat_activity
         WHERE pid = ANY($1::int[]) AND state = 'active'
           AND wait_event IS DISTINCT FROM 'ClientRead')"""

T = TypeVar("T")

logger = logging.getLogger(__name__)

FAILURES = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


class NotConnected(ConnectionError):
    """No connection could be made."""


class CircuitBreaker:
    """The `Watch` of all connections of a pool.

    Args:
        open_connection: Makes a connection within so many seconds.
        on_change: Called whenever `away` or `takes_no_more` have changed.
    """

    def __init__(
        self,
        open_connection: Callable[[float], Awaitable[Connection]],
        on_change: Callable[[], None],
    ) -> None:
        self.away: str | None = None  # why, while PostgreSQL does not answer at all
        self.takes_no_more: str | None = None  # why, while no new connection can be made
        self.pool: ConnectionPool  # which connects by our `connect`: to be set before that
        self._open = open_connection
        self._on_change = on_change
        # What is waited for, and since when: a statement on a connection, or a connection that is
        # being made until this deadline. The longest first.
        self._waiting: dict[Connection | asyncio.Timeout, float] = {}
        self._answers = 0
        self._connections: WeakSet[Connection] = WeakSet()  # all, whoever they were made for
        self._openings: set[asyncio.Task[Any]] = set()
        self._closed = False
        self._connect_seconds: deque[float] = deque(maxlen=5)  # what the last ones took
        self._timer: asyncio.TimerHandle | None = None
        self._doubts_new = False
        self._examining: asyncio.Task[None] | None = None
        self._reconnecting: asyncio.Task[None] | None = None

    async def connect(self) -> Connection:
        """Make a connection for the pool. Raises NotConnected."""
        if self.takes_no_more is not None:
            raise NotConnected(self.takes_no_more)
        try:
            async with asyncio.timeout(CONNECT_SECONDS) as deadline:  # a verdict moves it forward
                self._note(deadline)
                try:
                    connection = await self._open_unless_given_up()
                finally:
                    self._waiting.pop(deadline, None)
        except FAILURES as error:
            self._doubts_new = True
            self.examine()
            raise NotConnected(_reason(error)) from error
        connection.watch = self
        return connection

    async def close(self) -> None:
        """End what is under way; the pool has been closed."""
        if self._timer is not None:
            self._timer.cancel()
        self._closed = True
        for task in (self._examining, self._reconnecting, *self._openings):
            if task is not None:
                await _cancel(task)
        # One that was made while the pool was closed, or for somebody who had just given up.
        for connection in list(self._connections):
            connection.terminate()

    # What the connections tell

    def began(self, connection: Connection) -> None:
        """Note that a statement has been sent."""
        self._note(connection)

    def answered(self, connection: Connection) -> None:
        """Note that PostgreSQL has carried it out, or refused it."""
        self._waiting.pop(connection, None)
        self._answers += 1

    def failed(self, connection: Connection) -> None:
        """Note that there will be no answer."""
        self._waiting.pop(connection, None)
        if connection.is_closed():
            self.examine()
        else:
            connection.interrupted = True

    def _note(self, waiting: Connection | asyncio.Timeout) -> None:
        loop = asyncio.get_running_loop()
        self._waiting[waiting] = loop.time()
        if self._timer is None:
            self._timer = loop.call_later(DOUBT_SECONDS, self._look)

    def _look(self) -> None:
        """Examine when somebody has waited for long; else look again when that may be so."""
        self._timer = None
        if not self._waiting:
            return
        loop = asyncio.get_running_loop()
        left = next(iter(self._waiting.values())) + DOUBT_SECONDS - loop.time()
        if left > 0:
            self._timer = loop.call_later(left, self._look)
        else:
            self.examine()

    # Finding out

    def examine(self) -> None:
        """Find out whether PostgreSQL answers, unless that is under way, or it is known to be away.

        See `away` and `takes_no_more` for the outcome.
        """
        if self._examining is None and self.away is None and not self.pool.closed:
            self._examining = asyncio.get_running_loop().create_task(self._examine())
            self._examining.add_done_callback(self._examined)

    async def examined(self) -> None:
        """Wait for the outcome, if it is being found out."""
        if self._examining is not None:
            await asyncio.wait({self._examining})

    def _examined(self, task: "asyncio.Task[None]") -> None:
        self._examining = None
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("could not find out whether PostgreSQL answers", exc_info=error)
        if self._timer is None and self._waiting:
            self._timer = asyncio.get_running_loop().call_later(DOUBT_SECONDS, self._look)

    async def _examine(self) -> None:
        answers = self._answers
        doubts_new, self._doubts_new = self._doubts_new, False
        doubts_new |= any(isinstance(one, asyncio.Timeout) for one in self._overdue(DOUBT_SECONDS))
        async with self._idle_connection() as idle, _running(_ask(idle, [])) as asking:
            await _until(asking.done, asking, IDLE_SECONDS)
            if idle is not None and _succeeded(asking) and not doubts_new:
                await self._end_silent(idle)
            elif self.takes_no_more is None:
                await self._examine_new(answers)
            else:
                await _until(
                    lambda: self._answers > answers or not self.pool.size,
                    *(asking, VERDICT_SECONDS),
                )
                if self._answers == answers:
                    self._go_away(self.takes_no_more)

    async def _examine_new(self, answers: int) -> None:
        async with _running(self._open_timed()) as opening:

            def settled() -> bool:
                others_may_answer = self._answers == answers and self.pool.size > 0
                return opening.done() and (_succeeded(opening) or not others_may_answer)

            try:
                await _until(settled, opening, self._patience(VERDICT_SECONDS))
                if _succeeded(opening):
                    await self._end_silent(opening.result())
                elif self._answers > answers:
                    self._share(_failure(opening))
                else:
                    self._go_away(_failure(opening))
            finally:
                opening.add_done_callback(_discard)

    @asynccontextmanager
    async def _idle_connection(self) -> AsyncIterator[Connection | None]:
        """Hold a connection of the pool that nobody uses; None if there is none."""
        connection = self.pool.lend()
        try:
            yield connection
        finally:
            if connection is not None:
                self.pool.give_back(connection)

    async def _end_silent(self, asker: Any) -> None:
        """End the connections on which a statement, or its answer, was lost.

        PostgreSQL, which answers on this one, says of these that it has nothing to do for them.
        """
        overdue = self._overdue(IDLE_SECONDS)
        silent = [one for one in overdue if isinstance(one, Connection)]
        # An answer may just be on its way, or a backend that was starved only now be woken up.
        for pause in CONFIRM_SECONDS:
            if not silent:
                return
            await asyncio.sleep(pause)
            busy = await _ask(asker, [one.get_server_pid() for one in silent])
            silent = [
                one
                for one in silent
                if self._waiting.get(one) == overdue[one] and one.get_server_pid() not in busy
            ]
        for one in silent:
            one.terminate()
        # The others that went the same way would each be found out by somebody who waits.
        self.pool.terminate_idle()

    def _overdue(self, seconds: float) -> "dict[Connection | asyncio.Timeout, float]":
        """Return what has been waited for longer than that, and since when."""
        latest = asyncio.get_running_loop().time() - seconds
        return {one: since for one, since in self._waiting.items() if since <= latest}

    # What follows

    def _share(self, reason: str) -> None:
        """Have all make do with the connections that there are."""
        self.takes_no_more = reason
        logger.warning("PostgreSQL takes no more connections: %s", reason)
        self._give_up_connecting()

    def _go_away(self, reason: str) -> None:
        """Have nobody wait any longer."""
        self.away = self.takes_no_more = reason
        logger.warning("PostgreSQL is away: %s", reason)
        for connection in list(self._connections):
            connection.terminate()
        self._give_up_connecting()

    def _give_up_connecting(self) -> None:
        now = asyncio.get_running_loop().time()
        for deadline in list(self._waiting):
            if isinstance(deadline, asyncio.Timeout) and not deadline.expired():
                deadline.reschedule(now)
        self._on_change()
        if self._reconnecting is None or self._reconnecting.done():
            self._reconnecting = asyncio.get_running_loop().create_task(self._reconnect())

    async def _reconnect(self) -> None:
        """Try to connect until that works.

        An attempt that gets no answer is soon followed by another one, as what is sent into a black
        hole is not sent again for a while. The oldest goes on beside it: connecting may take longer
        than it used to.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        attempts: list[asyncio.Task[bool]] = []
        try:
            while True:
                attempts.append(loop.create_task(self._can_connect()))
                seconds = self._patience(ATTEMPT_SECONDS)
                done, _ = await asyncio.wait(attempts, timeout=seconds, return_when=FIRST_COMPLETED)
                if any(task.result() for task in done):
                    break
                attempts = [task for task in attempts if task not in done]
                for attempt in attempts[1:]:
                    await _cancel(attempt)
                del attempts[1:]
                if self.away is None and self.takes_no_more is not None and not self.pool.size:
                    self._go_away(self.takes_no_more)  # what all shared has ended, while idle
                await asyncio.sleep(CROWDED_PAUSE_SECONDS if self.away is None else PAUSE_SECONDS)
        finally:
            for attempt in attempts:
                await _cancel(attempt)
        self.away = self.takes_no_more = None
        logger.warning("PostgreSQL takes connections again, after %.1f s", loop.time() - began)
        self._on_change()

    async def _can_connect(self) -> bool:
        try:
            connection = await self._open_timed()
        except FAILURES:
            return False
        connection.terminate()
        return True

    async def _open_unless_given_up(self) -> Connection:
        opening = asyncio.get_running_loop().create_task(self._open_timed())
        try:
            await asyncio.wait({opening})
            return opening.result()  # with no tick in between, in which it could be given up
        except BaseException:
            opening.add_done_callback(_discard)
            await _cancel(opening)
            raise

    async def _open_timed(self) -> Connection:
        loop = asyncio.get_running_loop()
        began = loop.time()
        task = asyncio.current_task()
        assert task is not None
        self._openings.add(task)
        try:
            connection = await self._open(CONNECT_SECONDS)
        finally:
            self._openings.discard(task)
        self._connections.add(connection)
        if self._closed:
            connection.terminate()
        self._connect_seconds.append(loop.time() - began)
        return connection

    def _patience(self, seconds: float) -> float:
        """Return how long to wait for a connection: longer where it always takes longer."""
        usual = min(self._connect_seconds, default=0.0)
        return min(max(seconds, 2 * usual), CONNECT_SECONDS)


async def _ask(connection: Any, pids: Collection[int]) -> Collection[int]:
    """Return which of these backends are busy; all, where that cannot be known."""
    if connection is None:
        return pids
    try:
        asked, busy = await connection.fetchrow(BUSY, pids)
    except asyncio.CancelledError:
        connection.terminate()  # instead of having PostgreSQL told that nobody waits any more
        raise
    return pids if asked != connection.get_server_pid() else busy


@asynccontextmanager
async def _running(work: Coroutine[Any, Any, T]) -> "AsyncIterator[asyncio.Task[T]]":
    """Run a task for the time of the block."""
    task = asyncio.get_running_loop().create_task(work)
    try:
        yield task
    finally:
        await _cancel(task)


async def _cancel(task: "asyncio.Task[Any]") -> None:
    """Cancel a task, and wait for its end; whatever it fails with is of no interest any more.

    Not in the very tick in which a TCP connection was made: asyncpg is about to wait for what it
    will never look at then, and the event loop complains of an exception that nobody retrieved.
    """
    for _ in range(TICKS):
        if not task.done():
            await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()


async def _until(settled: Callable[[], bool], task: "asyncio.Task[Any]", seconds: float) -> None:
    """Wait until it is settled, perhaps by the task, or for so long.

    Counted in short waits instead of by the clock: after a stall of our own loop the answers are
    still unread, and a clock would blame PostgreSQL for it.
    """
    for _ in range(round(seconds / SLICE_SECONDS)):
        if settled():
            return
        if task.done():
            await asyncio.sleep(SLICE_SECONDS)
        else:
            await asyncio.wait({task}, timeout=SLICE_SECONDS)


def _discard(opening: "asyncio.Task[Connection]") -> None:
    if _succeeded(opening):
        opening.result().terminate()


def _succeeded(task: "asyncio.Task[Any]") -> bool:
    return task.done() and not task.cancelled() and task.exception() is None


def _failure(task: "asyncio.Task[Any]") -> str:
    error = task.exception() if task.done() and not task.cancelled() else None
    return "no answer in time" if error is None else _reason(error)


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
