"""Deactivation of accounts: at once nobody sees or uses the account any more.

What it left is purged afterwards (storage/accounts/purge.py).
"""

from dataclasses import dataclass
from datetime import timedelta

import asyncpg

from storage import jobs
from storage.accounts import usernames
from storage.database.pool import Database
from storage.database.query import Command, Query
from storage.events import log

# By then whatever the account was still writing when it was deactivated has been written.
PURGE_AFTER = timedelta(seconds=5)

# What stands under its messages from now on. The address is free for others, and in a while the
# name is, too. What else is over at once, a trigger deletes (account_gone).
DEACTIVATE_USER = Command(f"""
    WITH account AS (
        SELECT username FROM users WHERE id = $1 AND password_hash = $2 AND deleted_at IS NULL),
    kept_back AS ({usernames.keep_back("SELECT username FROM account")}),
    closed AS (
        UPDATE users SET username = 'deleted_' || id, email = 'deleted_' || id || '@invalid',
               display_name = 'Deleted user', avatar = NULL, password_hash = '', is_admin = false,
               digest_mails = false, who_may_add_me = 'everybody',
               who_may_write_to_me = 'everybody', who_may_quote_me = 'everybody',
               email_verified_at = NULL, last_seen_at = NULL, owner_id = NULL,
               deleted_at = now()
         WHERE id = $1 AND password_hash = $2 AND deleted_at IS NULL RETURNING id)
    UPDATE profiles SET bio = '', location = '', website = '', banner = NULL FROM closed
     WHERE user_id = closed.id""")
DELETE_MAIL_TOKENS_OF_USER = Command("DELETE FROM mail_tokens WHERE user_id = $1")


async def deactivate_account(db: Database, user_id: int, password_hash: str) -> bool:
    """Deactivate an account, whose sessions are all over then.

    False, and nothing is done, when that is not its password hash (any more).
    """
    async with db.transaction() as connection:
        await log.lock(connection, [user_id])
        return await deactivate(connection, user_id, password_hash)


async def deactivate(connection: asyncpg.Connection, user_id: int, password_hash: str) -> bool:
    """Do so in a transaction that has locked the counter of the user."""
    if not await DEACTIVATE_USER.run(connection, user_id, password_hash):
        return False
    await DELETE_MAIL_TOKENS_OF_USER.run(connection, user_id)
    await jobs.enqueue(connection, "account.erase", {"user_id": user_id}, execute_after=PURGE_AFTER)
    return True


@dataclass(frozen=True, slots=True)
class WithdrawnPost:
    """A post that nobody sees any more, and in whose feed entries it was: some of them."""

    post_id: int
    content: str
    actor_ids: list[int]


RECENT_POSTS_OF_USER = Query(
    """
    SELECT p.id AS post_id, p.content, ARRAY(
           SELECT DISTINCT actor_id FROM feed_entries
            WHERE post_id = p.id AND removed_xid IS NULL LIMIT 20) AS actor_ids
      FROM posts p WHERE p.author_id = $1 ORDER BY p.id DESC LIMIT 100""",
    WithdrawnPost,
)


async def recent_posts(db: Database, user_id: int) -> list[WithdrawnPost]:
    """Return the account's posts that people may have on their screens now."""
    return await RECENT_POSTS_OF_USER.all(db, user_id)
