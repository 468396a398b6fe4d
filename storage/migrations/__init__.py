"""Numbered SQL files, applied in order, each once, forward only."""

import hashlib
from importlib import resources

import asyncpg

LOCK = 7_304_516_220  # the advisory lock that instances starting together queue on

LEDGER = """
    CREATE TABLE IF NOT EXISTS migrations (
        name text PRIMARY KEY,
        sha256 text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
    )"""


class ChangedMigration(Exception):
    """A migration that was applied has since been edited: write a new one instead."""


async def migrate(database_url: str) -> list[str]:
    """Bring the schema up to date; return the names of what was applied now.

    Safe to call from any number of instances at once: one applies, the others wait for it. Each
    file is one transaction. Raises ChangedMigration, and what asyncpg raises.
    """
    connection = await asyncpg.connect(database_url, timeout=5)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
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
    async with connection.transaction():
        await connection.execute(sql)
        await connection.execute(
            "INSERT INTO migrations (name, sha256) VALUES ($1, $2)", name, digest
        )
    return True
