"""What a new connection is sent first, and must be known of it, by one statement."""

from dataclasses import dataclass

from storage.accounts.sessions import REVOKED
from storage.database.columns import Columns
from storage.database.pool import Database
from storage.database.query import Query
from storage.database.user_columns import ME
from storage.events.log import POSITION, Position
from storage.posts.feed_entries import HORIZON
from storage.records import Me


@dataclass(frozen=True, slots=True)
class SessionSnapshot:
    """The state that a connection begins with.

    alive: the session is neither revoked nor its user suspended or gone. horizon: see
    storage.posts.feed_entries.horizon.
    """

    alive: bool
    position: Position
    horizon: int
    me: Me


SNAPSHOT = Columns(
    SessionSnapshot,
    {
        "alive": f"""u.suspended_at IS NULL AND u.deleted_at IS NULL AND EXISTS (
               SELECT FROM sessions s WHERE s.id = $2 AND NOT {REVOKED})""",
        "position": POSITION,
        "horizon": f"({HORIZON.sql})",
        "me": ME,
    },
)
SESSION_SNAPSHOT = Query(
    f"""
    SELECT {SNAPSHOT}
      FROM users u JOIN profiles f ON f.user_id = u.id JOIN user_seq s ON s.user_id = u.id
     WHERE u.id = $1""",
    SNAPSHOT,
)


async def session_snapshot(db: Database, user_id: int, session_id: int) -> SessionSnapshot | None:
    """Return the snapshot; None when the user is gone altogether."""
    return await SESSION_SNAPSHOT.maybe(db, user_id, session_id)
