"""PostgreSQL connections: bounded in number, in waiting and in running time."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Self

import asyncpg

from storage import tracing
from storage.database.breaker import CircuitBreaker, NotConnected
from storage.database.connecting import connect
from storage.database.connection import Answer, Connection, first_row, first_value, tag
from storage.database.connection_pool import ConnectionPool
from storage.database.turns import Turns
from storage.database.user_columns import MEDIA_URL
from storage.errors import Unavailable

# For a turn when many ask at once: a burst of some hundred writes is not an outage.
ACQUIRE_SECONDS = 3.0
COMMAND_SECONDS = 3.0
RETRY_SECONDS = 0.01
RELEASE_SECONDS = 3.0  # what PostgreSQL gets to confirm that a statement was cancelled

SETTINGS = {
    "application_name": "mini-twitter",
    "statement_timeout": "2000",
    "idle_in_transaction_session_timeout": "5000",
    "mini_twitter.writes_words": "on",  # a trigger writes for those who do not (post_words)
    "jit": "off",  # every statement is short: compiling one costs more than running it
}
# Bounds how far the feed's recovery horizon can fall behind; PostgreSQL knows it since 17.
TRANSACTION_TIMEOUT = {"transaction_timeout": "8000"}

UNAVAILABLE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # its connection was ended while nobody used it
    asyncpg.OperatorInterventionError,  # shutting down, starting up, cancelled by a timeout
    asyncpg.InsufficientResourcesError,  # too many connections
    asyncpg.TransactionTimeoutError,
    asyncpg.DeadlockDetectedError,  # with a migration: nothing was done
)


class Database:
    """A pool of connections: every failure to reach PostgreSQL is raised as Unavailable.

    Nobody waits for a PostgreSQL that is known to be away.
    """

    def __init__(self, url: str, size: int, settings: dict[str, str]) -> None:
        """Make a pool that is not open yet: see open_database."""
        self.size = size
        self._breaker = CircuitBreaker(
            lambda seconds: _connect(url, seconds, settings), self._reachability_changed
        )
        self._turns = Turns(self._usable)
        self._pool = ConnectionPool(self._breaker.connect, self._turns.admit)
        self._breaker.pool = self._pool
        self._releases: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        """Open it, without connecting."""
        return self

    async def __aexit__(self, *error: object) -> None:
        """Close it: what still runs after a drain has had its time."""
        self._pool.close()
        await self._breaker.close()
        if self._releases:
            await asyncio.wait(self._releases)

    @property
    def available(self) -> bool:
        """Whether PostgreSQL answers, as far as is known."""
        return self._breaker.away is None

    @property
    def opened(self) -> int:
        """How many connections it has opened: changes where a server has been replaced."""
        return self._pool.opened

    @property
    def in_use(self) -> int:
        """How many of its `size` connections are in somebody's hands."""
        return self._turns.taken

    @property
    def waiting(self) -> int:
        """How many callers wait for one."""
        return self._turns.waiting

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Hold a connection for several statements; Unavailable when none is free in time."""
        with translate_errors():
            connection = self._take() or await self._acquire()
            try:
                yield connection
            finally:
                self._release(connection)

    def _take(self) -> Connection | None:
        """Return an idle connection, unless somebody waits for it or PostgreSQL is away."""
        if self._breaker.away is not None or not self._turns.take_now():
            return None
        connection = self._pool.take()
        if connection is None:
            self._turns.give_back()
        return connection

    async def _acquire(self) -> Connection:
        async with asyncio.timeout(ACQUIRE_SECONDS):
            while True:
                if not self.available or self._pool.closed:
                    raise _away()
                await self._turns.take()
                try:
                    return self._pool.take() or await self._pool.open()
                except BaseException as error:
                    self._turns.give_back()
                    if not isinstance(error, NotConnected):
                        raise
                await self._breaker.examined()
                await asyncio.sleep(RETRY_SECONDS)

    def _release(self, connection: Connection) -> None:
        if connection.is_closed() or not connection.is_unsettled:
            self._pool.put(connection)
            self._turns.give_back()
            return
        # PostgreSQL is asked to stop, and to confirm it: nobody need wait for that.
        release = asyncio.get_running_loop().create_task(self._release_late(connection))
        self._releases.add(release)
        release.add_done_callback(self._releases.discard)

    async def _release_late(self, connection: Connection) -> None:
        try:
            await connection.settle(RELEASE_SECONDS)
        except BaseException as error:
            connection.terminate()  # whatever it is, this is of no more use
            if not isinstance(error, Exception):
                raise
        finally:
            self._pool.put(connection)
            self._turns.give_back()

    def _usable(self) -> int:
        size = self.size if self._breaker.takes_no_more is None else self._pool.size
        return size - self._pool.lent

    def _reachability_changed(self) -> None:
        if self.available:
            self._turns.admit()
        else:
            self._turns.refuse_waiting(_away)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Hold a connection in a transaction: committed at the end, rolled back by an exception."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    async def fetch(self, sql: str, *args: object) -> Sequence[asyncpg.Record]:
        """Return all rows."""
        return (await self._run(sql, args))[0]

    async def fetch_planned(self, sql: str, *args: object) -> Sequence[asyncpg.Record]:
        """Return all rows, found by a plan for these very arguments.

        For a statement whose best plan depends on its arguments, as that of a search does on how
        common a word is. After a few calls `fetch` goes by one plan for all arguments; this never
        does. It takes another round trip.
        """
        async with self.connection() as connection:
            return await connection.fetch_planned(sql, *args)

    async def fetchrow(self, sql: str, *args: object) -> asyncpg.Record | None:
        """Return the first row."""
        return first_row(await self._run(sql, args, 1))

    async def fetchval(self, sql: str, *args: object) -> Any:
        """Return the first value of the first row."""
        return first_value(await self._run(sql, args, 1))

    async def execute(self, sql: str, *args: object) -> str:
        """Return the command tag, such as "UPDATE 2"."""
        if args:
            return tag(await self._run(sql, args))
        async with self.connection() as connection:
            return await connection.execute(sql)

    async def _run(self, sql: str, args: Sequence[object], limit: int = 0) -> Answer:
        """Do what `connection` does for one statement, at a tenth of the cost."""
        try:
            connection = self._take() or await self._acquire()
            try:
                return await connection.answer(sql, args, limit)
            finally:
                self._release(connection)
        except UNAVAILABLE as error:
            raise _unavailable(error) from error


@asynccontextmanager
async def open_database(
    url: str, size: int = 10, *, media_url: str = "/media/"
) -> AsyncIterator[Database]:
    """Open a pool of up to `size` connections.

    They are made as they are wanted, so PostgreSQL may be away now. The addresses of images in
    records begin with media_url.
    """
    database = Database(url, size, SETTINGS | {MEDIA_URL: media_url})
    async with database:
        yield database


async def _connect(url: str, seconds: float, settings: dict[str, str]) -> Connection:
    options: dict[str, Any] = {
        "connection_class": _connection_class(),
        "timeout": seconds,
        "command_timeout": COMMAND_SECONDS,
    }
    try:
        connection = await connect(url, settings | TRANSACTION_TIMEOUT, **options)
    except asyncpg.UndefinedObjectError:  # PostgreSQL 15 or 16
        connection = await connect(url, settings, **options)
    # asyncpg looks types up by the columns of a result. An array within a record is not found that
    # way: its type must have been seen once.
    try:
        await connection.fetchval("SELECT ARRAY[ROW(1)], '{}'::bigint[], '{}'::text[]")
    except BaseException:  # cancelled, too: the pool does not know of it yet and cannot close it
        connection.terminate()
        raise
    found: Connection = connection
    return found


def _connection_class() -> type[Connection]:
    if not tracing.is_recorded():
        return Connection
    from storage.database.spans import RecordedConnection

    return RecordedConnection


def _away() -> Unavailable:
    return Unavailable("PostgreSQL does not answer.")


@contextmanager
def translate_errors() -> Iterator[None]:
    """Raise Unavailable in place of what asyncpg raises when PostgreSQL does not answer."""
    try:
        yield
    except UNAVAILABLE as error:
        raise _unavailable(error) from error


def _unavailable(error: Exception) -> Unavailable:
    return Unavailable(f"PostgreSQL does not answer ({type(error).__name__}).")
