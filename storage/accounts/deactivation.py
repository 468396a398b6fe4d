"""Closing an account: at once nobody sees or uses it any more; what it left is erased afterwards
(storage/accounts/purge.py)."""

from dataclasses import dataclass
from datetime import timedelta

from storage import jobs
from storage.database.pool import Database
from storage.database.query import Query
from storage.events import log

# By then whatever the account was still writing when it was closed has been written.
ERASE_AFTER = timedelta(seconds=5)

# What stands under its messages from now on. Name and address are free for others.
CLOSE = """
    WITH closed AS (
        UPDATE users SET username = 'deleted_' || id, email = 'deleted_' || id || '@invalid',
               display_name = 'Deleted user', avatar = NULL, password_hash = '', is_admin = false,
               digest_mails = false, email_verified_at = NULL, last_seen_at = NULL,
               deleted_at = now()
         WHERE id = $1 AND password_hash = $2 AND deleted_at IS NULL RETURNING id)
    UPDATE profiles SET bio = '', location = '', website = '' FROM closed
     WHERE user_id = closed.id"""
SESSIONS = "DELETE FROM sessions WHERE user_id = $1 RETURNING id"
LINKS = "DELETE FROM mail_tokens WHERE user_id = $1"


async def close(db: Database, user_id: int, password_hash: str) -> list[int] | None:
    """The account's sessions, which are over now; None when that is not its password (any more)."""
    async with db.transaction() as connection:
        await log.lock(connection, [user_id])
        if await connection.execute(CLOSE, user_id, password_hash) == "UPDATE 0":
            return None
        await connection.execute(LINKS, user_id)
        await jobs.enqueue(
            connection, "account.erase", {"user_id": user_id}, execute_after=ERASE_AFTER
        )
        return [row["id"] for row in await connection.fetch(SESSIONS, user_id)]


@dataclass(frozen=True, slots=True)
class Gone:
    """A post that nobody sees any more, and in whose feed entries it was."""

    post_id: int
    actor_ids: list[int]


RECENT = Query(
    """
    SELECT p.id AS post_id, ARRAY(
           SELECT DISTINCT actor_id FROM feed_entries
            WHERE post_id = p.id AND removed_xid IS NULL LIMIT 1000) AS actor_ids
      FROM posts p WHERE p.author_id = $1 ORDER BY p.id DESC LIMIT 100""",
    Gone,
)


async def recent_posts(db: Database, user_id: int) -> list[Gone]:
    """Those that people may have before them now."""
    return await RECENT.all(db, user_id)
