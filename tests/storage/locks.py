"""Waiting until somebody waits for a lock."""

from storage.database.pool import Database
from tests.waiting import until

WAITING = """
    SELECT count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event_type = 'Lock'
       AND query LIKE '%' || $1 || '%'"""


async def waiting(db: Database, count: int = 1, query: str = "") -> None:
    """Until so many wait, with this in their statements."""

    async def are_waiting() -> bool:
        return int(await db.fetchval(WAITING, query)) >= count

    await until(are_waiting)
