"""PostgreSQL connections: bounded in number, in waiting and in running time."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any

import asyncpg

from storage.database.columns import MEDIA_URL
from storage.errors import Unavailable

# For a turn when many ask at once: a burst of some hundred writes is not an outage. Also what a
# release may take, so that a black-holed link does not hold a handler.
ACQUIRE_SECONDS = 3.0
COMMAND_SECONDS = 3.0

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
    """A pool of connections: every failure to reach PostgreSQL is raised as Unavailable."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        """Hold a connection for several statements; Unavailable when none is free in time."""
        with translate_errors():
            async with self._pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
                yield connection

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
            statement = await connection.prepare(sql)
            rows: Sequence[asyncpg.Record] = await statement.fetch(*args)
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
    pool = await asyncpg.create_pool(
        url,
        min_size=0,
        max_size=size,
        connect=partial(_connect, SETTINGS | {MEDIA_URL: media_url}),
        reset=_skip_reset,
        command_timeout=COMMAND_SECONDS,
        timeout=COMMAND_SECONDS,
    )
    try:
        yield Database(pool)
    finally:
        # What still runs after a drain has had its time.
        pool.terminate()


async def _connect(settings: dict[str, str], *args: Any, **kwargs: Any) -> asyncpg.Connection:
    try:
        connection = await asyncpg.connect(
            *args, **kwargs, server_settings=settings | TRANSACTION_TIMEOUT
        )
    except asyncpg.UndefinedObjectError:  # PostgreSQL 15 or 16
        connection = await asyncpg.connect(*args, **kwargs, server_settings=settings)
    # asyncpg looks types up by the columns of a result. An array of records within a record is not
    # found that way: it must have been seen once.
    try:
        await connection.fetchval("SELECT ARRAY[ROW(1)]")
    except BaseException:  # cancelled, too: the pool does not know of it yet and cannot close it
        connection.terminate()
        raise
    return connection


async def _skip_reset(connection: asyncpg.Connection) -> None:
    """Nothing here changes a session, so a released connection needs no RESET round trip."""


@contextmanager
def translate_errors() -> Iterator[None]:
    """Raise Unavailable in place of what asyncpg raises when PostgreSQL does not answer."""
    try:
        yield
    except UNAVAILABLE as error:
        raise Unavailable(f"PostgreSQL does not answer ({type(error).__name__}).") from error
