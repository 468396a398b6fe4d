"""Bots: accounts of programs, each of a person's. Nobody logs in to one: it has tokens alone.

A bot stops when its owner is suspended, and is deleted with the owner (migration 0068).
"""

import asyncpg

from storage.accounts import accounts, usernames
from storage.accounts.accounts import TAKEN, OpenTo
from storage.database.paging import after, page_by_id
from storage.database.pool import Database
from storage.database.query import Executor, Query, Scalar
from storage.database.user_columns import USER
from storage.errors import NotFound, TooManyBots, UsernameTaken
from storage.events import log
from storage.records import Page, User
from storage.search_index import names

BOTS_MAX = 10  # of one owner

BOTS_OF = Scalar("SELECT id FROM users WHERE owner_id = $1 AND deleted_at IS NULL ORDER BY id", int)


async def ids_of(db: Executor, owner_id: int) -> list[int]:
    """Return the ids of a user's bots."""
    return await BOTS_OF.all(db, owner_id)


# Mails go nowhere: there is no such domain, and nobody is mailed who has an owner.
CREATE_BOT = Scalar(
    """
    WITH created AS (
        INSERT INTO users (username, email, password_hash, display_name, digest_mails, owner_id,
                           who_may_add_me, who_may_write_to_me)
        SELECT $2, 'bot_' || gen_random_uuid() || '@invalid', '', $3, false, o.id, $4::text,
               CASE $4::text WHEN 'followed' THEN 'requests' ELSE 'everybody' END
          FROM users o
         WHERE o.id = $1 AND o.owner_id IS NULL AND o.deleted_at IS NULL AND o.suspended_at IS NULL
           FOR SHARE
        RETURNING id),
    profile AS (INSERT INTO profiles (user_id) SELECT id FROM created),
    counter AS (INSERT INTO user_seq (user_id) SELECT id FROM created)
    SELECT id FROM created""",
    int,
)


async def create(
    db: Database, owner_id: int, *, username: str, display_name: str, open_to: OpenTo
) -> User:
    """Create a bot of a user and return it as its owner sees it.

    Raises:
        TooManyBots: The user has as many as may be.
        UsernameTaken: Somebody has the name, or had it until a short time ago.
        NotFound: The user is gone, suspended, or a bot.
    """
    try:
        async with db.transaction() as connection:
            await log.lock(connection, [owner_id])
            if len(await ids_of(connection, owner_id)) >= BOTS_MAX:
                raise TooManyBots(BOTS_MAX)
            bot_id = await CREATE_BOT.maybe(connection, owner_id, username, display_name, open_to)
            if bot_id is None:
                raise NotFound("user")
            if await usernames.is_kept_back(connection, username):
                raise UsernameTaken()
            await names.index_users(connection, [names.Pending(bot_id, display_name)])
    except asyncpg.UniqueViolationError as error:
        raise TAKEN[str(error.constraint_name)]() from error
    return await accounts.get(db, owner_id, bot_id)


BOTS = Query(
    f"""
    SELECT {USER} FROM users u JOIN profiles f ON f.user_id = u.id
     WHERE u.owner_id = $1 AND u.id < $2 AND u.deleted_at IS NULL
     ORDER BY u.id DESC LIMIT $3""",
    USER,
)


async def newest(db: Database, owner_id: int, limit: int, cursor: str | None) -> Page[User]:
    """Return a user's bots, the newest first."""
    return page_by_id(await BOTS.all(db, owner_id, after(cursor), limit + 1), limit)


IS_OWNED = Scalar(
    """
    SELECT EXISTS (SELECT FROM users WHERE id = $2 AND owner_id = $1 AND deleted_at IS NULL)""",
    bool,
)


async def check_owner(db: Executor, owner_id: int, bot_id: int) -> None:
    """Raise NotFound unless this is a bot of the user's."""
    if not await IS_OWNED.one(db, owner_id, bot_id):
        raise NotFound("bot")
