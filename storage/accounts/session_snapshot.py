"""What a new connection is told first, and must be known of it, by one statement."""

from dataclasses import dataclass

from storage.accounts.accounts import OWN
from storage.database.columns import row
from storage.database.pool import Database
from storage.database.query import Query
from storage.events.log import POSITION, Position
from storage.posts.feed import HORIZON
from storage.records import Me


@dataclass(frozen=True, slots=True)
class SessionSnapshot:
    """alive: the session is. horizon: see storage.posts.feed.horizon."""

    alive: bool
    position: Position
    horizon: int
    me: Me


SNAPSHOT = Query(
    f"""
    SELECT u.suspended_at IS NULL AND u.deleted_at IS NULL AND EXISTS (
               SELECT FROM sessions WHERE id = $2 AND revoked_at IS NULL) AS alive,
           {row(POSITION)} AS position, ({HORIZON}) AS horizon, {row(OWN)} AS me
      FROM users u JOIN profiles f ON f.user_id = u.id JOIN user_seq s ON s.user_id = u.id
     WHERE u.id = $1""",
    SessionSnapshot,
)


async def session_snapshot(db: Database, user_id: int, session_id: int) -> SessionSnapshot | None:
    """None when the user is gone altogether."""
    return await SNAPSHOT.maybe(db, user_id, session_id)
