"""Connections that are open: what nobody uses waits for the next who does, the last used first.

asyncpg's own pool takes 50 us for each statement, for tasks, timers and proxies; this takes one.
Who is next to have one, and how many may (turns.py), is not decided here, nor when there is no use
in connecting (breaker.py).

Behind PgBouncer it needs pool_mode = session (connecting.py).
"""

import asyncio
import random
from collections.abc import Awaitable, Callable

from storage.database.connection import Connection

IDLE_SECONDS = 300.0  # after which a connection that nobody has used is closed
AGE_SECONDS = 3600.0  # after which one is replaced: a backend's memory grows with what it has seen
AGE_SPREAD = 0.2  # so that those that were opened together do not end together


class ConnectionPool:
    """The connections of a Database.

    Args:
        connect: Makes a connection.
        on_given_back: Called when one that was lent is there again.
    """

    def __init__(
        self, connect: Callable[[], Awaitable[Connection]], on_given_back: Callable[[], None]
    ) -> None:
        self.closed = False
        self.opened = 0  # since the beginning
        self.lent = 0  # of the idle ones, which count as in use meanwhile
        self._connect = connect
        self._on_given_back = on_given_back
        self._replace_at: dict[Connection, float] = {}  # of all that are open
        self._idle: list[tuple[Connection, float]] = []  # and since when, the longest idle first
        self._retiring: asyncio.TimerHandle | None = None

    @property
    def size(self) -> int:
        """How many are open."""
        return len(self._replace_at)

    @property
    def idle(self) -> int:
        """How many of them nobody uses."""
        return len(self._idle)

    def take(self) -> Connection | None:
        """Return an idle connection; None if there is none."""
        while self._idle:
            connection, _ = self._idle.pop()
            if not connection.is_closed():
                return connection
            self._end(connection)
        return None

    async def open(self) -> Connection:
        """Return a new connection. Raises what connecting does."""
        connection = await self._connect()
        if self.closed or connection.is_closed():
            connection.terminate()
            raise ConnectionError("The connection ended as soon as it was made.")
        self.opened += 1
        age = AGE_SECONDS * random.uniform(1 - AGE_SPREAD, 1 + AGE_SPREAD)
        self._replace_at[connection] = asyncio.get_running_loop().time() + age
        connection.add_termination_listener(self._forget)
        return connection

    def put(self, connection: Connection) -> None:
        """Keep a connection for the next, unless it has ended or is old."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        if connection.is_closed() or now > self._replace_at[connection]:
            self._end(connection)
            return
        self._idle.append((connection, now))
        if self._retiring is None:
            self._retiring = loop.call_later(IDLE_SECONDS, self._retire)

    def lend(self) -> Connection | None:
        """Return an idle connection, beside whoever has a turn, until it is given back."""
        connection = self.take()
        if connection is not None:
            self.lent += 1
        return connection

    def give_back(self, connection: Connection) -> None:
        """End a loan."""
        self.lent -= 1
        self.put(connection)
        self._on_given_back()

    def terminate_idle(self) -> None:
        """End the connections that nobody uses."""
        for connection, _ in list(self._idle):
            self._end(connection)

    def close(self) -> None:
        """End all connections, also those in use, and keep no new ones."""
        self.closed = True
        if self._retiring is not None:
            self._retiring.cancel()
        for connection in list(self._replace_at):
            self._end(connection)

    def _retire(self) -> None:
        """End those that were idle for long, and look again when the next will have been."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        for connection, since in list(self._idle):
            if since + IDLE_SECONDS > now:
                break
            self._end(connection)
        self._retiring = None
        if self._idle:
            self._retiring = loop.call_at(self._idle[0][1] + IDLE_SECONDS, self._retire)

    def _end(self, connection: Connection) -> None:
        connection.terminate()  # also where it is closed: a protocol that failed has not cleaned up
        self._forget(connection)

    def _forget(self, connection: Connection) -> None:
        """Drop one that has ended, whoever ended it: nobody is given it any more."""
        if self._replace_at.pop(connection, None) is not None:
            self._idle = [idle for idle in self._idle if idle[0] is not connection]
            connection.forget_statements()
