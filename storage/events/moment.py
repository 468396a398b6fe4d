"""Whether anything has been committed since one looked last: one cheap question for all tables."""

from dataclasses import dataclass

from storage.database.query import Executor, Query
from storage.events.log import EPOCH
from storage.posts.feed_entries import HORIZON


@dataclass(frozen=True, slots=True)
class Moment:
    """Which transactions a statement sees.

    A statement sees what was committed by transactions below the end of its snapshot that are not
    among those that the snapshot lists as running. So where two snapshots are equal, the same has
    been committed: a transaction that ends in between, whenever it began and however late it
    commits, either leaves the list or moves the end. In another epoch the same numbers are others.

    `horizon` is the transaction below which all have ended (storage.posts.feed_entries.horizon).
    """

    snapshot: str
    horizon: int
    epoch: str


MOMENT = Query(
    f"""
    SELECT pg_current_snapshot()::text AS snapshot, ({HORIZON.sql}) AS horizon, {EPOCH} AS epoch""",
    Moment,
)


async def current(db: Executor) -> Moment:
    """Return the present moment. Equal ones have the same in every table."""
    return await MOMENT.one(db)
