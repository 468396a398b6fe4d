"""Idempotency keys: a retry within a day returns the first result."""

from dataclasses import dataclass
from typing import Literal

import asyncpg

from storage.database.pool import Database
from storage.database.query import Command, Executor, Query
from storage.database.trimming import in_portions, trimming
from storage.errors import KeyReused


@dataclass(frozen=True, slots=True)
class Key:
    """What a client calls a write, and a hash of the body it sent with it."""

    user_id: int
    scope: Literal["post", "message"]
    key: str
    body_hash: bytes


@dataclass(frozen=True, slots=True)
class _Used:
    body_hash: bytes
    result_id: int


USED_KEY = Query(
    """
    SELECT body_hash, result_id FROM idempotency_keys
     WHERE user_id = $1 AND scope = $2 AND key = $3 AND created_at > now() - interval '1 day'""",
    _Used,
)


async def result(db: Executor, key: Key) -> int | None:
    """Return the id that the key led to; None for one that is free.

    Raises:
        KeyReused: The key was used with another body.
    """
    used = await USED_KEY.maybe(db, key.user_id, key.scope, key.key)
    if used is None:
        return None
    if used.body_hash != key.body_hash:
        raise KeyReused("This idempotency key was used with another body.")
    return used.result_id


CLAIM_KEY = Command("""
    INSERT INTO idempotency_keys (user_id, scope, key, body_hash, result_id)
    VALUES ($1, $2, $3, $4, 0)
    ON CONFLICT (user_id, scope, key) DO UPDATE
       SET body_hash = excluded.body_hash, result_id = 0, created_at = now()
     WHERE idempotency_keys.created_at <= now() - interval '1 day'""")
SETTLE_KEY = Command("""
    UPDATE idempotency_keys SET result_id = $4 WHERE user_id = $1 AND scope = $2 AND key = $3""")
FORGET_KEY = Command("""
    DELETE FROM idempotency_keys
     WHERE user_id = $1 AND scope = $2 AND key = $3 AND created_at <= now() - interval '1 day'""")
TRIM_KEYS = Command(trimming("idempotency_keys", "created_at < now() - interval '1 day'"))


async def claim(connection: asyncpg.Connection, key: Key) -> bool:
    """Take the key in this transaction; False when somebody has."""
    return await CLAIM_KEY.run(connection, key.user_id, key.scope, key.key, key.body_hash) > 0


async def settle(connection: asyncpg.Connection, key: Key, result_id: int) -> None:
    """Store what a claimed key has led to."""
    await SETTLE_KEY.run(connection, key.user_id, key.scope, key.key, result_id)


async def forget(db: Database, key: Key) -> None:
    """Delete a key if it is older than a day."""
    await FORGET_KEY.run(db, key.user_id, key.scope, key.key)


async def trim(db: Database) -> int:
    """Delete keys that are older than a day; return how many."""
    return await in_portions(db, TRIM_KEYS)
