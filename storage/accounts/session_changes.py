"""Whose sessions are to be looked up again: what has changed since one looked last.

Triggers write a row for each user, in the transaction in which a session of theirs ends or what it
may do changes. A row belongs to those that one snapshot does not see and a later one does, however
long its transaction took.
"""

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime

from storage.database.columns import Columns
from storage.database.pool import Database
from storage.database.query import Command, Query
from storage.database.trimming import in_portions, trimming
from storage.events.log import EPOCH

CHANGES_MAX = 10_000  # rows that one look reads; where there are more, it may be anybody


@dataclass(frozen=True, slots=True)
class Moment:
    """When one looked: a snapshot of a server, and its time."""

    snapshot: str
    server: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Changes:
    """Whose sessions have changed since a moment, and the moment up to which.

    is_whole: it is these and no others.
    """

    until: Moment
    is_whole: bool
    user_ids: list[int]


# A snapshot says nothing of another server's transactions, or of the same one's after it has lost
# some: a server that is started or promoted is another one.
SERVER = f"concat(extract(epoch FROM pg_postmaster_start_time()), ':', {EPOCH})"
CHANGES = Columns(
    Changes,
    {
        "until": Columns(
            Moment,
            {"snapshot": "pg_current_snapshot()::text", "server": "known.server", "at": "now()"},
        ),
        "is_whole": f"known.is_kept AND (SELECT count(*) <= {CHANGES_MAX} FROM changed)",
        "user_ids": f"ARRAY(SELECT DISTINCT user_id FROM changed LIMIT {CHANGES_MAX})",
    },
)
SESSION_CHANGES = Query(
    f"""
    WITH known AS MATERIALIZED (
        SELECT snapshot, server, coalesce(
               $2::text = server AND $3::timestamptz > now() - interval '1 hour'
               AND pg_snapshot_xmax(snapshot) <= pg_snapshot_xmax(pg_current_snapshot()), false)
               AS is_kept
          FROM (SELECT $1::text::pg_snapshot AS snapshot, {SERVER} AS server OFFSET 0) given),
    changed AS MATERIALIZED (
        SELECT c.user_id FROM known CROSS JOIN LATERAL (
               SELECT user_id FROM session_changes
                WHERE is_kept AND xid >= pg_snapshot_xmin(snapshot)
                  AND NOT pg_visible_in_snapshot(xid, snapshot)
                LIMIT {CHANGES_MAX} + 1) c)
    SELECT {CHANGES} FROM known""",
    CHANGES,
)
TRIM_CHANGES = Command(trimming("session_changes", "at < now() - interval '1 day'"))


async def since(db: Database, former: Moment | None) -> tuple[Moment, Set[int] | None]:
    """Return what to pass the next time, and whose sessions have changed since `former`.

    None in place of these where it may be anybody's: nobody has looked before, or not for an hour,
    or at another server, or more have changed than are read. Sessions that are looked up after this
    are as of this or later.
    """
    given = (None, None, None) if former is None else (former.snapshot, former.server, former.at)
    found = await SESSION_CHANGES.one(db, *given)
    return found.until, set(found.user_ids) if found.is_whole else None


class ChangesReader:
    """Reads whose sessions have changed, time after time."""

    def __init__(self) -> None:
        self._read_to: Moment | None = None

    async def read(self, db: Database) -> Set[int] | None:
        """Return whose have changed since the last time; None where it may be anybody's (since)."""
        former, self._read_to = self._read_to, None  # should it fail, it may be anybody's next time
        self._read_to, changed = await since(db, former)
        return changed


async def trim(db: Database) -> int:
    """Delete the changes of more than a day ago; return how many."""
    return await in_portions(db, TRIM_CHANGES)
