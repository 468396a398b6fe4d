"""Numbered SQL files, applied in order, each once, forward only.

A file is one transaction, unless its first line says otherwise: then each statement is one of its
own, as for indexes that are made while others write, and may be run again from the first.
"""

import asyncio
import hashlib
from importlib import resources

import asyncpg

from storage.database.advisory_locks import AdvisoryLock

DEADLOCKS_MAX = 10  # of one file, which then fails
LOCK_SECONDS = 0.1  # between two tries: one that waits within PostgreSQL holds up CONCURRENTLY
OUTSIDE = "-- outside a transaction\n"

TRY_LOCK = "SELECT pg_try_advisory_lock($1)"
LEDGER = """
    CREATE TABLE IF NOT EXISTS migrations (
        name text PRIMARY KEY,
        sha256 text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
    )"""


class ChangedMigration(Exception):
    """A migration that was applied has since been edited: write a new one instead."""


RECORD = "INSERT INTO migrations (name, sha256) VALUES ($1, $2)"


async def migrate(database_url: str) -> list[str]:
    """Bring the schema up to date; return the names of what was applied now.

    Safe to call from any number of instances at once: one applies, the others wait for it. Raises
    ChangedMigration, and what asyncpg raises.
    """
    connection = await asyncpg.connect(database_url, timeout=5)
    try:
        while not await connection.fetchval(TRY_LOCK, AdvisoryLock.MIGRATIONS):  # noqa: ASYNC110
            await asyncio.sleep(LOCK_SECONDS)
        await connection.execute(LEDGER)
        return [name for name, sql in files() if await _apply(connection, name, sql)]
    finally:
        await connection.close()


def files() -> list[tuple[str, str]]:
    """(name, SQL) of every migration, in order."""
    folder = resources.files(__name__)
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [(name, (folder / name).read_text(encoding="utf-8")) for name in names]


async def _apply(connection: asyncpg.Connection, name: str, sql: str) -> bool:
    digest = hashlib.sha256(sql.encode()).hexdigest()
    known = await connection.fetchval("SELECT sha256 FROM migrations WHERE name = $1", name)
    if known is not None:
        if known != digest:
            raise ChangedMigration(name)
        return False
    for more in reversed(range(DEADLOCKS_MAX)):
        try:
            await _run(connection, sql, name, digest)
            break
        except asyncpg.DeadlockDetectedError:  # with the release that serves meanwhile
            if not more:
                raise
    return True


async def _run(connection: asyncpg.Connection, sql: str, name: str, digest: str) -> None:
    """Run a file, and record it. One that failed may be run again."""
    if sql.startswith(OUTSIDE):
        for statement in filter(str.strip, sql.split(";\n")):
            await connection.execute(statement)
        await connection.execute(RECORD, name, digest)
    else:
        async with connection.transaction():
            await connection.execute(sql)
            await connection.execute(RECORD, name, digest)
