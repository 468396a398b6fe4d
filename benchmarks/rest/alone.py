"""The statements of requests that read, to be run by a server that does nothing else."""

import asyncpg

from benchmarks.rest.requests import PEOPLE
from benchmarks.rest.size import Size
from storage.accounts.accounts import ME_BY_ID
from storage.database.pool import open_database
from storage.posts import timeline_head
from storage.posts.posts import POST_BY_ID
from storage.posts.timeline_head import MERGE_TIMELINE_HEAD

PAGE = 20


async def statements(
    database: asyncpg.Connection, url: str, size: Size
) -> dict[str, tuple[str, list[object]]]:
    """Return by operation the SQL that answers it for one reader, and its arguments."""
    reader = (await database.fetch(PEOPLE, size.people // 2, 1))[0]["id"]
    async with open_database(url, 1) as db:
        _, head = await timeline_head.walk(db, reader, PAGE)
    if head is None:
        raise ValueError("whoever reads has an empty feed")
    ids = head.entry_ids[: 2 * PAGE + 1]
    kept: list[object] = [head.snapshot, head.version, f"{{{str(ids)[1:-1]}}}", ids[-1]]
    return {
        "feed page": (MERGE_TIMELINE_HEAD.sql, [reader, *kept, PAGE + 1]),
        "single post": (POST_BY_ID.sql, [reader, size.last_post]),
        "me": (ME_BY_ID.sql, [reader]),
    }
