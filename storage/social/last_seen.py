"""When users were last connected."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.database.pool import Database
from storage.database.query import Command, Query
from storage.database.visibility import may_interact


@dataclass(frozen=True, slots=True)
class LastSeen:
    """When a user was last connected; may_interact: neither the viewer nor they block the other."""

    user_id: int
    last_seen: datetime | None
    may_interact: bool


LAST_SEEN = Query(
    f"""
    SELECT id AS user_id, last_seen_at AS last_seen,
           {may_interact("$1", "users.id")} AS may_interact
      FROM users WHERE id = ANY($2::bigint[]) AND deleted_at IS NULL""",
    LastSeen,
)


async def last_seen(db: Database, viewer_id: int, user_ids: Sequence[int]) -> list[LastSeen]:
    """Return when those of these users that exist were last connected, in no order."""
    return await LAST_SEEN.all(db, viewer_id, user_ids)


TOUCH_LAST_SEEN = Command(
    """
    UPDATE users SET last_seen_at = now() WHERE id = ANY($1::bigint[]) AND deleted_at IS NULL"""
)


async def touch_last_seen(db: Database, user_ids: Sequence[int]) -> None:
    """Store that these users are connected now."""
    await TOUCH_LAST_SEEN.run(db, user_ids)
