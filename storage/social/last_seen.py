"""When users were last connected."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.database.columns import unblocked
from storage.database.pool import Database
from storage.database.query import Query


@dataclass(frozen=True, slots=True)
class LastSeen:
    """apart: by a block, so that the viewer is not to know."""

    user_id: int
    last_seen: datetime | None
    apart: bool


LAST_SEEN = Query(
    f"""
    SELECT id AS user_id, last_seen_at AS last_seen, NOT {unblocked("$1", "users.id")} AS apart
      FROM users WHERE id = ANY($2::bigint[]) AND deleted_at IS NULL""",
    LastSeen,
)


async def last_seen(db: Database, viewer_id: int, user_ids: Sequence[int]) -> list[LastSeen]:
    """Of those of these users that exist, in no order."""
    return await LAST_SEEN.all(db, viewer_id, user_ids)


SEEN = "UPDATE users SET last_seen_at = now() WHERE id = ANY($1::bigint[])"


async def seen(db: Database, user_ids: Sequence[int]) -> None:
    await db.execute(SEEN, user_ids)
