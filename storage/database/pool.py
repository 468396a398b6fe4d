"""PostgreSQL connections: bounded in number, in waiting and in running time."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Self

import asyncpg

from storage.database.breaker import CircuitBreaker, NotConnected
from storage.database.columns import MEDIA_URL
from storage.database.connection import Connection
from storage.database.turns import Turns
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
        self._pool: asyncpg.Pool[asyncpg.Record] = asyncpg.create_pool(
            url,
            min_size=0,
            max_size=size,
            connect=self._connect,
            connection_class=Connection,
            reset=_skip_reset,
            # By itself it would close a connection after so many statements, within the turn of
            # somebody who then has to wait for it.
            max_queries=sys.maxsize,
        )
        self._breaker.pool = self._pool
        self._releases: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        """Open it, without connecting."""
        await self._pool
        return self

    async def __aexit__(self, *error: object) -> None:
        """Close it: what still runs after a drain has had its time."""
        self._pool.terminate()
        await self._breaker.close()
        if self._releases:
            await asyncio.wait(self._releases)

    @property
    def available(self) -> bool:
        """Whether PostgreSQL answers, as far as is known."""
        return self._breaker.away is None

    @property
    def in_use(self) -> int:
        """How many of its `size` connections are in somebody's hands."""
        return self._turns.taken

    @property
    def waiting(self) -> int:
        """How many callers wait for one."""
        return self._turns.waiting

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        """Hold a connection for several statements; Unavailable when none is free in time."""
        with translate_errors():
            connection = await self._acquire()
            held = connection.unwrapped
            try:
                yield connection
            finally:
                await self._release(connection, held)

    async def _acquire(self) -> Any:
        async with asyncio.timeout(ACQUIRE_SECONDS):
            while True:
                if not self.available:
                    raise _away()
                await self._turns.take()
                try:
                    return await self._pool.acquire()
                except BaseException as error:
                    self._turns.give_back()
                    if not isinstance(error, NotConnected):
                        raise
                await self._breaker.examined()
                await asyncio.sleep(RETRY_SECONDS)

    async def _release(self, connection: Any, held: Connection) -> None:
        if held.interrupted:
            # PostgreSQL is asked to stop, and to confirm it: nobody need wait for that.
            release = asyncio.get_running_loop().create_task(self._release_late(connection, held))
            self._releases.add(release)
            release.add_done_callback(self._releases.discard)
            return
        try:
            await self._pool.release(connection)
        finally:
            self._turns.give_back()

    async def _release_late(self, connection: Any, held: Connection) -> None:
        try:
            await self._pool.release(connection, timeout=RELEASE_SECONDS)
            held.interrupted = False
        except Exception:  # noqa: BLE001 - asyncpg has ended the connection
            held.terminate()
        finally:
            self._turns.give_back()

    def _usable(self) -> int:
        return self.size if self._breaker.takes_no_more is None else self._pool.get_size()

    def _reachability_changed(self) -> None:
        if self.available:
            self._turns.admit()
        else:
            self._turns.refuse_waiting(_away)

    async def _connect(self, *args: Any, **kwargs: Any) -> Connection:
        return await self._breaker.connect()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[asyncpg.Connection]:
        """Hold a connection in a transaction: committed at the end, rolled back by an exception."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    async def fetch(self, sql: str, *args: object) -> Sequence[asyncpg.Record]:
        """Return all rows."""
        async with self.connection() as connection:
            rows: Sequence[asyncpg.Record] = await connection.fetch(sql, *args)
            return rows

    async def fetch_planned(self, sql: str, *args: object) -> Sequence[asyncpg.Record]:
        """Return all rows, found by a plan for these very arguments.

        For a statement whose best plan depends on its arguments, as that of a search does on how
        common a word is. After a few calls `fetch` goes by one plan for all arguments; this never
        does. It takes another round trip.
        """
        async with self.connection() as connection:
            rows: Sequence[asyncpg.Record] = await connection.fetch_planned(sql, *args)
            return rows

    async def fetchrow(self, sql: str, *args: object) -> asyncpg.Record | None:
        """Return the first row."""
        async with self.connection() as connection:
            return await connection.fetchrow(sql, *args)

    async def fetchval(self, sql: str, *args: object) -> Any:
        """Return the first value of the first row."""
        async with self.connection() as connection:
            return await connection.fetchval(sql, *args)

    async def execute(self, sql: str, *args: object) -> str:
        """Return the command tag, such as "UPDATE 2"."""
        async with self.connection() as connection:
            status: str = await connection.execute(sql, *args)
            return status


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
    options = {
        "connection_class": Connection,
        "timeout": seconds,
        "command_timeout": COMMAND_SECONDS,
    }
    try:
        connection = await asyncpg.connect(
            url, **options, server_settings=settings | TRANSACTION_TIMEOUT
        )
    except asyncpg.UndefinedObjectError:  # PostgreSQL 15 or 16
        connection = await asyncpg.connect(url, **options, server_settings=settings)
    # asyncpg looks types up by the columns of a result. An array of records within a record is not
    # found that way: it must have been seen once.
    try:
        await connection.fetchval("SELECT ARRAY[ROW(1)]")
    except BaseException:  # cancelled, too: the pool does not know of it yet and cannot close it
        connection.terminate()
        raise
    found: Connection = connection
    return found


async def _skip_reset(connection: asyncpg.Connection) -> None:
    """Nothing here changes a session, so a released connection needs no RESET round trip."""


def _away() -> Unavailable:
    return Unavailable("PostgreSQL does not answer.")


@contextmanager
def translate_errors() -> Iterator[None]:
    """Raise Unavailable in place of what asyncpg raises when PostgreSQL does not answer."""
    try:
        yield
    except UNAVAILABLE as error:
        raise Unavailable(f"PostgreSQL does not answer ({type(error).__name__}).") from error
