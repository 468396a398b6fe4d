"""asyncpg's connection, which tells somebody whenever it begins and ends to wait for PostgreSQL."""

from collections.abc import Callable, Coroutine, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

import asyncpg

P = ParamSpec("P")
T = TypeVar("T")


class Watch(Protocol):
    """Who wants to know."""

    def began(self, connection: "Connection") -> None:
        """Note that a statement has been sent."""

    def answered(self, connection: "Connection") -> None:
        """Note that PostgreSQL has carried it out, or refused it."""

    def failed(self, connection: "Connection") -> None:
        """Note that there will be no answer: nobody waits for it any more, or it was lost."""


Method = Callable[Concatenate["Connection", P], Coroutine[Any, Any, T]]


def _watched(method: Method[P, T]) -> Method[P, T]:
    @wraps(method)
    async def run(self: "Connection", /, *args: P.args, **options: P.kwargs) -> T:
        watch = self.watch
        if watch is None:
            return await method(self, *args, **options)
        watch.began(self)
        try:
            result = await method(self, *args, **options)
        except asyncpg.PostgresError:
            if self.is_closed():  # that it ends the connection is no answer
                watch.failed(self)
            else:
                watch.answered(self)
            raise
        except BaseException:
            watch.failed(self)
            raise
        watch.answered(self)
        return result

    return run


class Connection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no types
    """A connection whose statements, BEGIN and COMMIT among them, are told to its watch."""

    watch: Watch | None = None
    interrupted = False  # PostgreSQL may still be busy with a statement that nobody waits for

    @property
    def unwrapped(self) -> "Connection":
        """This connection, asked for through a pool's proxy, which forgets it when it ends."""
        return self

    execute = _watched(asyncpg.Connection.execute)
    fetch = _watched(asyncpg.Connection.fetch)
    fetchrow = _watched(asyncpg.Connection.fetchrow)
    fetchval = _watched(asyncpg.Connection.fetchval)

    @_watched
    async def fetch_planned(self, sql: str, *args: object) -> Sequence[asyncpg.Record]:
        """Return all rows, found by a plan for these very arguments."""
        statement = await self.prepare(sql)
        rows: Sequence[asyncpg.Record] = await statement.fetch(*args)
        return rows
