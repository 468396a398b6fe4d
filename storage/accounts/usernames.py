"""Usernames that accounts gave up: kept back from everybody else for a while.

Whoever knew the old account by its name would else take another for it. Of the name of a deleted
account nothing but a hash is kept, which says that it was given up, and not by whom. An account
that goes on under another name is still found by the old one meanwhile, and may take it back.
"""

from datetime import timedelta

import asyncpg

from storage.database.pool import Database
from storage.database.query import Command, Scalar
from storage.database.trimming import in_portions, trimming
from storage.errors import RenamedTooOften, UsernameTaken
from storage.events import log

KEPT_BACK = timedelta(days=30)
FORMER_MAX = 3  # names that are kept back for one account

HASH = "sha256(convert_to(lower({}), 'UTF8'))"


def keep_back(names: str) -> str:
    """Return the statement that keeps back what a query gives: one column, `username`."""
    return f"""
        INSERT INTO freed_usernames (hash) SELECT {HASH.format("username")} FROM ({names}) given
        ON CONFLICT (hash) DO UPDATE SET freed_at = now()"""


IS_KEPT_BACK = Scalar(
    f"""
    SELECT EXISTS (SELECT FROM freed_usernames
                    WHERE hash = {HASH.format("$1::text")} AND freed_at > now() - $2::interval)""",
    bool,
)


async def is_kept_back(connection: asyncpg.Connection, username: str) -> bool:
    """Return whether somebody gave this name up so short a time ago that nobody is given it."""
    return await IS_KEPT_BACK.one(connection, username, KEPT_BACK)


SECONDS_UNTIL_RENAMED = Scalar(
    f"""
    SELECT ceil(extract(epoch FROM given_up_at + $2::interval - now()))::integer
      FROM former_usernames WHERE user_id = $1 AND given_up_at > now() - $2::interval
     ORDER BY given_up_at DESC OFFSET {FORMER_MAX} LIMIT 1""",
    int,
)
TAKE_BACK = Command(f"""
    WITH mine AS (
        DELETE FROM former_usernames WHERE username = lower($2) AND user_id = $1 RETURNING username)
    DELETE FROM freed_usernames WHERE hash IN (SELECT {HASH.format("username")} FROM mine)""")
GIVE_UP = Command(f"""
    WITH given AS MATERIALIZED (
        SELECT username FROM users WHERE id = $1 AND lower(username) <> lower($2)),
    kept_back AS ({keep_back("SELECT username FROM given")})
    INSERT INTO former_usernames (username, user_id) SELECT lower(username), $1 FROM given
    ON CONFLICT (username) DO UPDATE SET user_id = excluded.user_id, given_up_at = now()""")
RENAME = Command("UPDATE users SET username = $2 WHERE id = $1 AND deleted_at IS NULL")


async def rename(db: Database, user_id: int, username: str) -> None:
    """Call an account otherwise; the name before leads to it for 30 days.

    Raises:
        UsernameTaken: Somebody has it, whatever the case, or had it until a short time ago.
        RenamedTooOften: Too many names are kept back for this account already.
    """
    try:
        async with db.transaction() as connection:
            await log.lock(connection, [user_id])
            await TAKE_BACK.run(connection, user_id, username)
            await GIVE_UP.run(connection, user_id, username)
            seconds = await SECONDS_UNTIL_RENAMED.maybe(connection, user_id, KEPT_BACK)
            if seconds is not None:
                raise RenamedTooOften(seconds)
            await RENAME.run(connection, user_id, username)
            # After it, as it has waited for whoever was just giving the name up.
            if await is_kept_back(connection, username):
                raise UsernameTaken()
    except asyncpg.UniqueViolationError as error:
        raise UsernameTaken() from error


USER_ID_BY_USERNAME = Scalar(
    """
    SELECT coalesce(
        (SELECT id FROM users WHERE lower(username) = lower($1)),
        (SELECT user_id FROM former_usernames
          WHERE username = lower($1) AND given_up_at > now() - $2::interval))""",
    int,
)


async def user_id(db: Database, username: str) -> int | None:
    """Return who has this name, in capitals or not, or had it lately; None for nobody."""
    return await USER_ID_BY_USERNAME.maybe(db, username, KEPT_BACK)


TRIM_FORMER = Command(trimming("former_usernames", "given_up_at < now() - $1::interval"))
TRIM = Command(trimming("freed_usernames", "freed_at < now() - $1::interval"))


async def trim(db: Database) -> int:
    """Forget the names that anybody may have again; return how many."""
    await in_portions(db, TRIM_FORMER, KEPT_BACK)
    return await in_portions(db, TRIM, KEPT_BACK)
