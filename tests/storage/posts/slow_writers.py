"""Posts by writers that are slow to commit."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeVar

from storage.database.pool import Database
from storage.posts import posts

T = TypeVar("T")


WRITES = re.compile(r"\b(INSERT INTO|UPDATE|DELETE FROM) ")


class SlowToCommit:
    """A database whose transactions, all done, wait for something before they commit.

    A statement that writes is a transaction, too.
    """

    def __init__(self, db: Database, before_commit: Callable[[], Awaitable[object]]) -> None:
        self._db = db
        self._before_commit = before_commit

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        async with self._db.transaction() as connection:
            yield connection
            await self._before_commit()

    async def fetchrow(self, sql: str, *args: object) -> Any:
        if not WRITES.search(sql):
            return await self._db.fetchrow(sql, *args)
        async with self.transaction() as connection:
            return await connection.fetchrow(sql, *args)


async def write(db: Any, author: int) -> int:
    posted = await posts.create(db, posts.PostDraft(author, "hello"), None)
    assert posted is not None
    return posted.post_id


def writing(db: Database, author: int) -> AbstractAsyncContextManager[asyncio.Task[int]]:
    """A post that has its id, and is committed at the end of the block; the task has the id."""
    return slowly(db, lambda slow: write(slow, author))


@asynccontextmanager
async def slowly(
    db: Database, act: Callable[[Any], Coroutine[Any, Any, T]]
) -> AsyncIterator[asyncio.Task[T]]:
    """What is done in a transaction before the block, and committed at its end."""
    reached, may_commit = asyncio.Event(), asyncio.Event()

    async def before_commit() -> None:
        reached.set()
        await may_commit.wait()

    task = asyncio.create_task(act(SlowToCommit(db, before_commit)))
    try:
        await asyncio.wait_for(reached.wait(), 20)
        yield task
    finally:
        may_commit.set()
        await task
