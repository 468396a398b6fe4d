"""Usernames that accounts gave up: kept back from everybody for a while.

Whoever knew the old account by its name would else take another for it. Of the name nothing but a
hash is kept, which says that it was given up, and not by whom.
"""

from datetime import timedelta

import asyncpg

from storage.database.pool import Database
from storage.database.query import Command, Scalar
from storage.database.trimming import in_portions, trimming

KEPT_BACK = timedelta(days=30)

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


TRIM = Command(trimming("freed_usernames", "freed_at < now() - $1::interval"))


async def trim(db: Database) -> None:
    """Forget the names that anybody may have again."""
    await in_portions(db, TRIM, KEPT_BACK)
