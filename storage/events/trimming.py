"""Forgetting old events: whoever asks for one is told to begin anew (`reset`).

The log has a partition for each day, which is dropped once all of it is old; before that, the
floors of those who have events in it are raised, some users at a time. What stood in the log when
it was partitioned, and what came while nobody had made a partition, is trimmed by portions. The
statements that need a partition's name are functions of the schema (0023_log_in_partitions.sql).
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from storage.database.pool import Database
from storage.database.query import Command, Query, Scalar
from storage.errors import Unavailable

DAYS_AHEAD = 3  # for which there are partitions, should housekeeping stand still
USERS = 1_000  # whose floors one statement raises
DROP_ATTEMPTS = 20  # each may wait for 0.2 s while a statement that reads the log is in its way
DROP_PAUSE_SECONDS = 0.5

ADD_PARTITIONS = Scalar("SELECT add_log_partitions($1)", int)
OLD_PARTITIONS = Scalar(
    "SELECT name FROM log_partitions WHERE until <= now() - $1::interval ORDER BY until", str
)
RAISE_FLOORS = Scalar("SELECT raise_floors($1, $2, $3)", int)
DROP_PARTITION = Scalar("SELECT drop_log_partition($1)", int)


async def trim(db: Database, keep: timedelta) -> int:
    """Forget events older than this, in whole days; return how many, about.

    Raises:
        Unavailable: PostgreSQL does not answer, or somebody keeps reading what is to go.
    """
    await ADD_PARTITIONS.one(db, DAYS_AHEAD)
    trimmed = 0
    for name in await OLD_PARTITIONS.all(db, keep):
        after: int | None = -1
        while after is not None:
            after = await RAISE_FLOORS.maybe(db, name, after, USERS)
        trimmed += await _drop(db, name)
    for undated in UNDATED:
        trimmed += await undated.trim(db, keep)
    return trimmed


async def _drop(db: Database, name: str) -> int:
    for _ in range(DROP_ATTEMPTS):
        events = await DROP_PARTITION.maybe(db, name)
        if events is not None:
            return events
        await asyncio.sleep(DROP_PAUSE_SECONDS)
    raise Unavailable(f"The partition {name} of the log is in use.")


# A partition that is older in part is walked by the blocks that it has on disk: no plan and no
# index decides how much of it one statement reads.
BLOCKS_LOOKED_AT = 2_048  # by a statement that looks for the next old event: 16 MiB
BLOCKS_TRIMMED = 16  # by one that deletes: up to some 1,500 events


@dataclass(frozen=True, slots=True)
class _Old:
    user_id: int
    seq: int


class Undated:
    """A partition of no certain day."""

    def __init__(self, name: str) -> None:
        """Make its statements."""
        self._exists = Scalar(f"SELECT to_regclass('{name}') IS NOT NULL", bool)
        self._blocks = Scalar(
            f"SELECT pg_relation_size('{name}') / current_setting('block_size')::bigint", int
        )
        between = """ctid >= format('(%s,0)', $2::bigint)::tid
           AND ctid < format('(%s,0)', $3::bigint)::tid AND at < now() - $1::interval"""
        self._next_old_block = Scalar(
            f"SELECT (ctid::text::point)[0]::bigint FROM {name} WHERE {between} LIMIT 1", int
        )
        self._raise_floors = Query(
            f"""
            WITH old AS (
                SELECT user_id, max(seq) AS seq FROM {name} WHERE {between} GROUP BY user_id)
            UPDATE user_seq s SET floor = greatest(floor, old.seq) FROM (
                SELECT s.user_id, old.seq FROM user_seq s JOIN old USING (user_id)
                 ORDER BY s.user_id FOR NO KEY UPDATE OF s) old
             WHERE s.user_id = old.user_id RETURNING s.user_id, s.floor AS seq""",
            _Old,
        )
        # An event that looks newer than one after it goes with that one.
        self._delete = Command(f"""
            DELETE FROM {name} WHERE ctid = ANY(ARRAY(
                SELECT below.ctid
                  FROM unnest($1::bigint[], $2::bigint[]) AS raised (user_id, floor)
                 CROSS JOIN LATERAL (
                    SELECT ctid FROM {name} e WHERE e.user_id = raised.user_id
                       AND e.seq <= raised.floor ORDER BY e.seq LIMIT 5000) below))""")

    async def trim(self, db: Database, keep: timedelta) -> int:
        """Delete what is older than this; return how much."""
        if not await self._exists.one(db):
            return 0
        trimmed, block, end = 0, 0, await self._blocks.one(db)
        while block < end:
            old = await self._next_old_block.maybe(db, keep, block, block + BLOCKS_LOOKED_AT)
            if old is None:
                block += BLOCKS_LOOKED_AT
                continue
            block = old + BLOCKS_TRIMMED
            async with db.transaction() as connection:
                raised = await self._raise_floors.all(connection, keep, old, block)
                trimmed += await self._delete.run(
                    connection, [one.user_id for one in raised], [one.seq for one in raised]
                )
        return trimmed


UNDATED = (Undated("events_first"), Undated("events_rest"))
