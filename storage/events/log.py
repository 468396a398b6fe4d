"""The event log: what each user must see, numbered 1, 2, 3 ... in the order of commits.

A writing transaction locks the counters (user_seq) of all whom it concerns first, ascending by user
id, and appends last: numbers are then gapless, never reused, and no two writers can wait for each
other in a circle.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import asyncpg
import orjson

from storage.accounts import push
from storage.database.columns import Columns
from storage.database.pool import Database
from storage.database.query import Command, Executor, Query, Scalar
from storage.database.visibility import there_is
from storage.events.declaration import DurableEvent, StoredEvent
from storage.record import record


@record
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


@record
class AppendedEvent:
    """Where an event came to stand in its user's log, and the unread counts after it.

    has_push: whether the user has browsers that receive Web Push.
    """

    user_id: int
    seq: int
    at: datetime
    unread_notifications: int
    unread_messages: int
    has_push: bool


@record
class Position:
    """Where a user's log stands: it keeps what is above floor, up to seq."""

    seq: int
    floor: int
    epoch: str


# An array comes by a sub-select, so that its length says nothing to the planner: by a plan for a
# length, which looks cheaper than the one for any, a statement would be planned at each call.
LOCK_COUNTERS = Scalar(
    """
    SELECT user_id FROM user_seq WHERE user_id = ANY((SELECT $1::bigint[])::bigint[])
     ORDER BY user_id FOR NO KEY UPDATE""",
    int,
)


async def lock(connection: asyncpg.Connection, user_ids: Iterable[int]) -> set[int]:
    """Hold these users' counters until the transaction ends; return those that exist."""
    return set(await LOCK_COUNTERS.all(connection, list(user_ids)))


MARK_CHANGED = Command("""
    UPDATE user_seq SET seq = seq WHERE user_id = ANY((SELECT $1::bigint[])::bigint[])""")


async def mark_changed(connection: asyncpg.Connection, user_ids: Iterable[int]) -> None:
    """Have a statement that looks and locks in one (CHANGED) see that what it saw is out of date.

    Whoever logs something to these users does so anyway. Their counters are locked.
    """
    await MARK_CHANGED.run(connection, list(user_ids))


# What of a user's row of user_seq, s, tells that it has changed since it was seen. QUIET stays the
# same while notifications and messages come, which raise the numbers and the unread counts alike,
# and grows with all else that is logged: whom the user blocks and mutes, and has read.
CHANGED = "s.xmin"
QUIET = "s.seq - s.unread_notifications - s.unread_messages"


def taken(version: str) -> str:
    """Select the one counter that a statement writes to which looks, locks and writes in one.

    Its `target` has author_id, and `version` (one of the above) as it saw it. There is no row where
    it is another under the lock: the statement's snapshot then lacks what somebody has done, so it
    must do nothing, and be repeated in a transaction that has locked the counter before.
    """
    return f"""
        SELECT s.user_id FROM target t CROSS JOIN LATERAL (
               SELECT user_id, {version} AS version FROM user_seq s
                WHERE user_id = t.author_id FOR NO KEY UPDATE) s
         WHERE s.version = t.version"""


APPEND_EVENTS = Query(
    """
    WITH given AS (
        SELECT * FROM unnest((SELECT $1::bigint[]), (SELECT $2::text[]), (SELECT $3::bigint[]),
                             (SELECT $4::bigint[]), (SELECT $5::text[]), (SELECT $6::integer[]),
                             (SELECT $7::integer[]))
          WITH ORDINALITY
            AS g (user_id, kind, ref, actor_id, data, notifications, messages, place)),
    bumped AS (
        UPDATE user_seq s SET seq = seq + g.events,
               unread_notifications = unread_notifications + g.notifications,
               unread_messages = unread_messages + g.messages
          FROM (SELECT user_id, count(*) AS events, sum(notifications) AS notifications,
                       sum(messages) AS messages FROM given GROUP BY user_id) g
         WHERE s.user_id = g.user_id
        RETURNING s.user_id, s.seq - g.events AS before, s.unread_notifications, s.unread_messages,
                  s.has_push),
    numbered AS (
        SELECT g.*, before + row_number() OVER (PARTITION BY user_id ORDER BY place) AS seq,
               unread_notifications, unread_messages, has_push
          FROM given g JOIN bumped USING (user_id)),
    stored AS (
        INSERT INTO events (user_id, seq, kind, ref, actor_id, data)
        SELECT user_id, seq, kind, ref, actor_id, data::jsonb FROM numbered
        RETURNING user_id, seq, at)
    SELECT user_id, seq, at, unread_notifications, unread_messages, has_push
      FROM numbered JOIN stored USING (user_id, seq) ORDER BY place""",
    AppendedEvent,
)


async def append(
    connection: asyncpg.Connection, entries: Sequence[EventDraft]
) -> list[AppendedEvent]:
    """Append to the logs of users whose counters are locked; return where each came to stand."""
    if not entries:
        return []
    appended = await APPEND_EVENTS.all(
        connection,
        [entry.user_id for entry in entries],
        [entry.event.name for entry in entries],
        [entry.ref for entry in entries],
        [entry.actor_id for entry in entries],
        [None if entry.data is None else orjson.dumps(entry.data).decode() for entry in entries],
        [entry.unread_notifications for entry in entries],
        [entry.unread_messages for entry in entries],
    )
    pushed = [
        push.Pushable(event.user_id, event.seq)
        for entry, event in zip(entries, appended, strict=True)
        if event.has_push and entry.event.is_pushed and entry.actor_id != event.user_id
    ]
    await push.enqueue(connection, pushed)
    return appended


# It changes whenever numbers may be given out again: after a restore or a failover that lost
# commits, and in another database. The checkpoint knows of a new timeline only when it is done,
# minutes after a promotion; the end of recovery names it until then (as pg_rewind looks at both).
EPOCH = """(
            SELECT format('%s:%s:%s', system_identifier,
                          greatest(timeline_id, min_recovery_end_timeline), oid)
              FROM pg_control_system(), pg_control_checkpoint(), pg_control_recovery(), pg_database
             WHERE datname = current_database())"""

# The Position of user_seq s.
POSITION = Columns(
    Position,
    {
        "seq": "s.seq",
        "floor": "s.floor",
        "epoch": EPOCH,
    },
)

# An AppendedEvent, where `numbered` has the row of user_seq, `logged` that of events.
APPENDED = Columns(
    AppendedEvent,
    {
        "user_id": "numbered.user_id",
        "seq": "numbered.seq",
        "at": "logged.at",
        "unread_notifications": "numbered.unread_notifications",
        "unread_messages": "numbered.unread_messages",
        "has_push": "numbered.has_push",
    },
)

READ_EVENTS = Query(
    f"""
    SELECT seq, kind, ref, actor_id, data, at,
           {there_is("blocks WHERE blocker_id = $1 AND blocked_id = actor_id")} AS hidden
      FROM events WHERE user_id = $1 AND seq > $2 ORDER BY seq LIMIT $3""",
    StoredEvent,
)


async def read(db: Executor, user_id: int, after: int, limit: int) -> list[StoredEvent]:
    """Return the user's events numbered after + 1 onwards, at most `limit`."""
    return await READ_EVENTS.all(db, user_id, after, limit)


@record
class _Latest:
    ref: int
    seq: int


LATEST_OF_KIND = Query(
    """
    SELECT ref, max(seq) AS seq FROM events
     WHERE user_id = $1 AND seq >= $3 AND kind = $2 AND ref = ANY($4::bigint[]) GROUP BY ref""",
    _Latest,
)


async def latest(
    db: Executor, user_id: int, kind: str, since: int, refs: Sequence[int]
) -> dict[int, int]:
    """Return the number of the last event of a kind about each of these, from a number on."""
    rows = await LATEST_OF_KIND.all(db, user_id, kind, since, refs)
    return {row.ref: row.seq for row in rows}


@record
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
