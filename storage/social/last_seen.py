"""When users were last connected."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.database.columns import may_interact
from storage.database.pool import Database
from storage.database.query import Query


@dataclass(frozen=True, slots=True)
class LastSeen:
    """may_interact: no block stands between the viewer and this user."""

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
    """Of those of these users that exist, in no order."""
    return await LAST_SEEN.all(db, viewer_id, user_ids)


SEEN = """
    UPDATE users SET last_seen_at = now() WHERE id = ANY($1::bigint[]) AND deleted_at IS NULL"""


async def seen(db: Database, user_ids: Sequence[int]) -> None:
    await db.execute(SEEN, user_ids)
