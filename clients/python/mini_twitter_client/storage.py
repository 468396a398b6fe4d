"""Where a client keeps what must outlive it: its session, its position and its outbox."""

import asyncio
import json
import sqlite3
from pathlib import Path
from typing import Any, Protocol


class Storage(Protocol):
    """Values (what JSON holds) by key. `set` returns once the value would survive a crash."""

    async def get(self, key: str) -> Any:
        """Return the value, None where there is none."""

    async def set(self, key: str, value: Any) -> None:
        """Keep the value."""

    async def delete(self, key: str) -> None:
        """Forget the value, if there is one."""

    async def entries(self, prefix: str) -> list[tuple[str, Any]]:
        """Return all whose key begins so, in the order of their keys."""


class MemoryStorage:
    """Nowhere: what it holds is gone with the process."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    async def get(self, key: str) -> Any:
        """Return the value, None where there is none."""
        text = self._values.get(key)
        return None if text is None else json.loads(text)

    async def set(self, key: str, value: Any) -> None:
        """Keep the value."""
        self._values[key] = json.dumps(value)

    async def delete(self, key: str) -> None:
        """Forget the value, if there is one."""
        self._values.pop(key, None)

    async def entries(self, prefix: str) -> list[tuple[str, Any]]:
        """Return all whose key begins so, in the order of their keys."""
        return [
            (key, json.loads(text))
            for key, text in sorted(self._values.items())
            if key.startswith(prefix)
        ]


class SqliteStorage:
    """A file of SQLite's, which several processes may use."""

    def __init__(self, path: str | Path) -> None:
        self._path = path
        self._database: sqlite3.Connection | None = None
        self._lock = asyncio.Lock()

    async def get(self, key: str) -> Any:
        """Return the value, None where there is none."""
        rows = await self._run("SELECT key, value FROM entries WHERE key = ?", key)
        return json.loads(rows[0][1]) if rows else None

    async def set(self, key: str, value: Any) -> None:
        """Keep the value."""
        await self._run("INSERT OR REPLACE INTO entries VALUES (?, ?)", key, json.dumps(value))

    async def delete(self, key: str) -> None:
        """Forget the value, if there is one."""
        await self._run("DELETE FROM entries WHERE key = ?", key)

    async def entries(self, prefix: str) -> list[tuple[str, Any]]:
        """Return all whose key begins so, in the order of their keys."""
        rows = await self._run(
            "SELECT key, value FROM entries WHERE substr(key, 1, ?) = ? ORDER BY key",
            len(prefix),
            prefix,
        )
        return [(key, json.loads(value)) for key, value in rows]

    def close(self) -> None:
        """Close the file; it is opened again when needed."""
        if self._database is not None:
            self._database.close()
            self._database = None

    async def _run(self, sql: str, *arguments: object) -> list[tuple[str, str]]:
        async with self._lock:
            return await asyncio.to_thread(self._execute, sql, arguments)

    def _execute(self, sql: str, arguments: tuple[object, ...]) -> list[tuple[str, str]]:
        if self._database is None:
            self._database = self._open()
        with self._database:
            return self._database.execute(sql, arguments).fetchall()

    def _open(self) -> sqlite3.Connection:
        path = Path(self._path)
        path.touch(mode=0o600)
        database = sqlite3.connect(path, timeout=10, check_same_thread=False)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute(
            "CREATE TABLE IF NOT EXISTS entries (key text PRIMARY KEY, value text NOT NULL)"
        )
        return database
