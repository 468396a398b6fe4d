"""What an operator is told of a database: its version, its clock, what is installed and applied."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from storage.database.pool import translate_errors
from storage.database.query import Query
from storage.migrations import files

TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class ServerState:
    """PostgreSQL's version (such as 180002), its time, and whether pg_trgm can be had."""

    version: int
    now: datetime
    has_trigrams: bool
    has_ledger: bool


@dataclass(frozen=True, slots=True)
class AppliedMigration:
    """A migration that was applied, and the hash of its file."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class DatabaseReport:
    """The server, and migrations: to be applied, edited since they were, of a later release."""

    server: ServerState
    missing: list[str]
    changed: list[str]
    unknown: list[str]


SERVER_STATE = Query(
    """
    SELECT current_setting('server_version_num')::integer AS version,
           clock_timestamp() AS now,
           EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_trgm') AS has_trigrams,
           to_regclass('migrations') IS NOT NULL AS has_ledger""",
    ServerState,
)
APPLIED_MIGRATIONS = Query("SELECT name, sha256 FROM migrations ORDER BY name", AppliedMigration)


async def examine(url: str) -> DatabaseReport:
    """Look, and change nothing. Raises Unavailable."""
    with translate_errors():
        connection = await asyncpg.connect(
            url, timeout=TIMEOUT_SECONDS, command_timeout=TIMEOUT_SECONDS
        )
        try:
            server = await SERVER_STATE.one(connection)
            rows = await APPLIED_MIGRATIONS.all(connection) if server.has_ledger else []
        finally:
            connection.terminate()
    ours = {name: hashlib.sha256(sql.encode()).hexdigest() for name, sql in files()}
    applied = {row.name: row.sha256 for row in rows}
    return DatabaseReport(
        server,
        missing=sorted(ours.keys() - applied.keys()),
        changed=sorted(
            name for name in ours.keys() & applied.keys() if ours[name] != applied[name]
        ),
        unknown=sorted(applied.keys() - ours.keys()),
    )
