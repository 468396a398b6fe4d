"""Whose sessions are to be looked up again: what has changed since one looked last.

Triggers write a row for each user, in the transaction in which a session of theirs ends or what it
may do changes. A row belongs to those that one snapshot does not see and a later one does, however
long its transaction took.
"""

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime

from storage.database.pool import Database
from storage.database.query import Command, Query
from storage.database.trimming import in_portions, trimming
from storage.events.log import EPOCH


@dataclass(frozen=True, slots=True)
class Changes:
    """Whose sessions have changed up to a moment: a snapshot, the time, and the log's epoch.

    is_whole: what was there when one looked last is still kept, so it is these and no others.
    """

    snapshot: str
    epoch: str
    at: datetime
    is_whole: bool
    user_ids: list[int]


SESSION_CHANGES = Query(
    f"""
    SELECT pg_current_snapshot()::text AS snapshot, {EPOCH} AS epoch, now() AS at,
           coalesce($2::timestamptz > now() - interval '1 hour', false) AS is_whole,
           ARRAY(SELECT DISTINCT user_id FROM session_changes
                  WHERE xid >= pg_snapshot_xmin($1::text::pg_snapshot)
                    AND NOT pg_visible_in_snapshot(xid, $1::text::pg_snapshot)) AS user_ids""",
    Changes,
)
TRIM_CHANGES = Command(trimming("session_changes", "at < now() - interval '1 day'"))


async def since(db: Database, former: Changes | None) -> tuple[Changes, Set[int] | None]:
    """Return what to pass the next time, and whose sessions have changed since `former`.

    None in place of these where it may be anybody's: nobody has looked before, or not for an hour,
    or in another epoch. Sessions that are looked up after this are as of this or later.
    """
    if former is None:
        return await SESSION_CHANGES.one(db, None, None), None
    now = await SESSION_CHANGES.one(db, former.snapshot, former.at)
    if now.epoch != former.epoch or not now.is_whole:
        return now, None
    return now, set(now.user_ids)


async def trim(db: Database) -> int:
    """Delete the changes of more than a day ago; return how many."""
    return await in_portions(db, TRIM_CHANGES)
