"""The worker's own connection: it listens for new jobs, and takes all statements to the queue."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg

from storage.database.connecting import connect
from storage.database.pool import translate_errors
from storage.errors import Unavailable
from storage.jobs.queue import CHANNEL

CONNECT_SECONDS = 3.0
COMMAND_SECONDS = 3.0
SETTINGS = {
    "application_name": "mini-twitter jobs",
    "statement_timeout": "2000",
    "idle_in_transaction_session_timeout": "5000",
}


class QueueConnection:
    """One connection whose every failure is an Unavailable, and which is never made anew.

    So whoever could ask it something has missed no notification since it was opened.
    """

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def fetch(self, sql: str, /, *args: object) -> Sequence[asyncpg.Record]:
        """Return the rows of a statement."""
        with self._usable():
            rows: Sequence[asyncpg.Record] = await self._connection.fetch(sql, *args)
            return rows

    async def fetchrow(self, sql: str, /, *args: object) -> asyncpg.Record | None:
        """Return the first row of a statement, if any."""
        with self._usable():
            return await self._connection.fetchrow(sql, *args)

    async def fetchval(self, sql: str, /, *args: object) -> Any:
        """Return the first column of the first row of a statement, if any."""
        with self._usable():
            return await self._connection.fetchval(sql, *args)

    async def execute(self, sql: str, /, *args: object) -> str:
        """Run a statement and return its command tag."""
        with self._usable():
            status: str = await self._connection.execute(sql, *args)
            return status

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """Commit at the end, or roll back what raised."""
        with self._usable():
            async with self._connection.transaction():
                yield

    @contextmanager
    def _usable(self) -> Iterator[None]:
        if self._connection.is_closed():
            raise Unavailable("The connection to PostgreSQL has ended.")
        with translate_errors():
            yield


@asynccontextmanager
async def open_queue(url: str, on_change: Callable[[], None]) -> AsyncIterator[QueueConnection]:
    """Connect, listen, and call `on_change` when there may be something to claim.

    It is also called when the connection ends. What comes after this has returned is heard of.
    """
    with translate_errors():
        connection = await connect(
            url, SETTINGS, timeout=CONNECT_SECONDS, command_timeout=COMMAND_SECONDS
        )
    try:
        connection.add_termination_listener(lambda _: on_change())
        with translate_errors():
            await connection.add_listener(CHANNEL, lambda *_: on_change())
        yield QueueConnection(connection)
    finally:
        connection.terminate()
