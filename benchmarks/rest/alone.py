"""The statements of requests that read, to be run by a server that does nothing else."""

from collections.abc import Sequence
from typing import Any

import asyncpg

from benchmarks.rest.requests import PEOPLE
from benchmarks.rest.size import Size
from storage.accounts import accounts
from storage.database.pool import Database, open_database
from storage.posts import posts, timeline_head

PAGE = 20


class _Noting:
    """A Database that notes the last statement, and its arguments."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.last: tuple[str, list[object]] = "", []

    async def fetch(self, sql: str, *args: object) -> Sequence[asyncpg.Record]:
        self.last = sql, list(args)
        return await self._db.fetch(sql, *args)

    async def fetchrow(self, sql: str, *args: object) -> asyncpg.Record | None:
        self.last = sql, list(args)
        return await self._db.fetchrow(sql, *args)


async def statements(
    database: asyncpg.Connection, url: str, size: Size
) -> dict[str, tuple[str, list[object]]]:
    """Return by operation the SQL that answers it for one reader, and its arguments."""
    reader = (await database.fetch(PEOPLE, size.people // 2, 1))[0]["id"]
    found: dict[str, tuple[str, list[object]]] = {}
    async with open_database(url, 1) as db:
        noting: Any = _Noting(db)
        _, head = await timeline_head.walk(db, reader, PAGE)
        if head is None:
            raise ValueError("whoever reads has an empty feed")
        await timeline_head.merge(noting, reader, PAGE, head)
        found["feed page"] = noting.last
        await posts.get(noting, reader, size.last_post)
        found["single post"] = noting.last
        await accounts.me(noting, reader)
        found["me"] = noting.last
    return found
