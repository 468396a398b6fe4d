"""The event log: what each user must see, numbered 1, 2, 3 ... in the order of commits.

A writing transaction locks the counters (user_seq) of all whom it concerns first, ascending by user
id, and appends last: numbers are then gapless, never reused, and no two writers can wait for each
other in a circle.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import orjson

from storage.database.columns import Columns
from storage.database.pool import Database
from storage.database.query import Command, Executor, Query, Scalar
from storage.events.declaration import DurableEvent, StoredEvent


@dataclass(frozen=True, slots=True)
class EventDraft:
    """An event to append to a user's log.

    `ref` is the id of its subject, `data` what a replay could not find out from the tables. The
    unread fields are added to the user's counters.
    """

    user_id: int
    event: type[DurableEvent]
    actor_id: int
    ref: int | None = None
    data: dict[str, Any] | None = None
    unread_notifications: int = 0
    unread_messages: int = 0


@dataclass(frozen=True, slots=True)
class AppendedEvent:
    """Where an event came to stand in its user's log, and the unread counts after it."""

    user_id: int
    seq: int
    at: datetime
    unread_notifications: int
    unread_messages: int


@dataclass(frozen=True, slots=True)
class Position:
    """Where a user's log stands: it keeps what is above floor, up to seq."""

    seq: int
    floor: int
    epoch: str


LOCK_COUNTERS = Scalar(
    """
    SELECT user_id FROM user_seq WHERE user_id = ANY($1::bigint[])
     ORDER BY user_id FOR NO KEY UPDATE""",
    int,
)


async def lock(connection: asyncpg.Connection, user_ids: Iterable[int]) -> set[int]:
    """Hold these users' counters until the transaction ends; return those that exist."""
    return set(await LOCK_COUNTERS.all(connection, list(user_ids)))


APPEND_EVENTS = Query(
    """
    WITH given AS (
        SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::text[],
                             $6::integer[], $7::integer[])
          WITH ORDINALITY
            AS g (user_id, kind, ref, actor_id, data, notifications, messages, place)),
    bumped AS (
        UPDATE user_seq s SET seq = seq + g.events,
               unread_notifications = unread_notifications + g.notifications,
               unread_messages = unread_messages + g.messages
          FROM (SELECT user_id, count(*) AS events, sum(notifications) AS notifications,
                       sum(messages) AS messages FROM given GROUP BY user_id) g
         WHERE s.user_id = g.user_id
        RETURNING s.user_id, s.seq - g.events AS before, s.unread_notifications, s.unread_messages),
    numbered AS (
        SELECT g.*, before + row_number() OVER (PARTITION BY user_id ORDER BY place) AS seq,
               unread_notifications, unread_messages
          FROM given g JOIN bumped USING (user_id)),
    stored AS (
        INSERT INTO events (user_id, seq, kind, ref, actor_id, data)
        SELECT user_id, seq, kind, ref, actor_id, data::jsonb FROM numbered
        RETURNING user_id, seq, at)
    SELECT user_id, seq, at, unread_notifications, unread_messages
      FROM numbered JOIN stored USING (user_id, seq) ORDER BY place""",
    AppendedEvent,
)


async def append(
    connection: asyncpg.Connection, entries: Sequence[EventDraft]
) -> list[AppendedEvent]:
    """Append to the logs of users whose counters are locked; return where each came to stand."""
    if not entries:
        return []
    return await APPEND_EVENTS.all(
        connection,
        [entry.user_id for entry in entries],
        [entry.event.name for entry in entries],
        [entry.ref for entry in entries],
        [entry.actor_id for entry in entries],
        [None if entry.data is None else orjson.dumps(entry.data).decode() for entry in entries],
        [entry.unread_notifications for entry in entries],
        [entry.unread_messages for entry in entries],
    )


# The Position of user_seq s. The epoch changes whenever numbers may be given out again: after a
# restore or a failover that lost commits, and in another database.
POSITION = Columns(
    Position,
    {
        "seq": "s.seq",
        "floor": "s.floor",
        "epoch": """(
            SELECT format('%s:%s:%s', system_identifier, timeline_id, oid)
              FROM pg_control_system(), pg_control_checkpoint(), pg_database
             WHERE datname = current_database())""",
    },
)


READ_EVENTS = Query(
    """
    SELECT seq, kind, ref, actor_id, data, at,
           EXISTS (SELECT FROM blocks WHERE blocker_id = $1 AND blocked_id = actor_id) AS hidden
      FROM events WHERE user_id = $1 AND seq > $2 ORDER BY seq LIMIT $3""",
    StoredEvent,
)


async def read(db: Executor, user_id: int, after: int, limit: int) -> list[StoredEvent]:
    """Return the user's events numbered after + 1 onwards, at most `limit`."""
    return await READ_EVENTS.all(db, user_id, after, limit)


@dataclass(frozen=True, slots=True)
class _Seq:
    user_id: int
    seq: int


LOGS_AHEAD = Query(
    """
    SELECT s.user_id, s.seq FROM unnest($1::bigint[], $2::bigint[]) AS seen (user_id, seq)
      JOIN user_seq s ON s.user_id = seen.user_id WHERE s.seq > seen.seq""",
    _Seq,
)


async def ahead(db: Database, seen: dict[int, int]) -> dict[int, int]:
    """Of users and the last seq seen of each: those whose log has gone on, and how far."""
    rows = await LOGS_AHEAD.all(db, list(seen), list(seen.values()))
    return {row.user_id: row.seq for row in rows}


# The log is walked by the blocks that it has on disk: no plan and no index decides how much of it
# one statement reads.
BLOCKS_LOOKED_AT = 2_048  # by a statement that looks for the next old event: 16 MiB
BLOCKS_TRIMMED = 16  # by one that deletes: up to some 1,500 events

BLOCKS_OF_LOG = Scalar(
    "SELECT pg_relation_size('events') / current_setting('block_size')::bigint", int
)
NEXT_OLD_BLOCK = Scalar(
    """
    SELECT (ctid::text::point)[0]::bigint FROM events
     WHERE ctid >= format('(%s,0)', $2::bigint)::tid AND ctid < format('(%s,0)', $3::bigint)::tid
       AND at < now() - $1::interval
     LIMIT 1""",
    int,
)
TRIM_OLD_EVENTS = Command("""
    WITH old AS (
        SELECT user_id, max(seq) AS seq FROM events
         WHERE ctid >= format('(%s,0)', $2::bigint)::tid
           AND ctid < format('(%s,0)', $3::bigint)::tid AND at < now() - $1::interval
         GROUP BY user_id),
    raised AS (
        UPDATE user_seq s SET floor = greatest(floor, old.seq) FROM (
            SELECT s.user_id, old.seq FROM user_seq s JOIN old USING (user_id)
             ORDER BY s.user_id FOR NO KEY UPDATE OF s) old
         WHERE s.user_id = old.user_id RETURNING s.user_id, s.floor)
    DELETE FROM events WHERE ctid = ANY(ARRAY(
        SELECT below.ctid FROM raised CROSS JOIN LATERAL (
            SELECT ctid FROM events e WHERE e.user_id = raised.user_id AND e.seq <= raised.floor
             ORDER BY e.seq LIMIT 5000) below))""")


async def trim(db: Database, keep: timedelta) -> int:
    """Forget events older than this; return how many. Who asks for one gets a reset."""
    trimmed, block, end = 0, 0, await BLOCKS_OF_LOG.one(db)
    while block < end:
        old = await NEXT_OLD_BLOCK.maybe(db, keep, block, block + BLOCKS_LOOKED_AT)
        if old is None:
            block += BLOCKS_LOOKED_AT
        else:
            block = old + BLOCKS_TRIMMED
            trimmed += await TRIM_OLD_EVENTS.run(db, keep, old, block)
    return trimmed
