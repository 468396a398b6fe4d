"""Idempotency keys: a retry within a day answers the first result."""

from dataclasses import dataclass
from typing import Literal

import asyncpg

from storage.database.pool import Database
from storage.database.query import Executor
from storage.errors import KeyReused


@dataclass(frozen=True, slots=True)
class Key:
    """What a client calls a write, and a hash of the body it sent with it."""

    user_id: int
    scope: Literal["post", "message"]
    key: str
    body_hash: bytes


FIND = """
    SELECT body_hash, result_id FROM idempotency_keys
     WHERE user_id = $1 AND scope = $2 AND key = $3 AND created_at > now() - interval '1 day'"""


async def result(db: Executor, key: Key) -> int | None:
    """The id that the key led to. KeyReused when it came with another body."""
    row = await db.fetchrow(FIND, key.user_id, key.scope, key.key)
    if row is None:
        return None
    if row["body_hash"] != key.body_hash:
        raise KeyReused("This idempotency key was used with another body.")
    return int(row["result_id"])


CLAIM = """
    INSERT INTO idempotency_keys (user_id, scope, key, body_hash, result_id)
    VALUES ($1, $2, $3, $4, 0)
    ON CONFLICT (user_id, scope, key) DO UPDATE
       SET body_hash = excluded.body_hash, result_id = 0, created_at = now()
     WHERE idempotency_keys.created_at <= now() - interval '1 day'"""
SETTLE = """
    UPDATE idempotency_keys SET result_id = $4 WHERE user_id = $1 AND scope = $2 AND key = $3"""
TRIM = "DELETE FROM idempotency_keys WHERE created_at < now() - interval '1 day'"


async def claim(connection: asyncpg.Connection, key: Key) -> bool:
    """Take the key in this transaction; False when somebody has."""
    done: str = await connection.execute(CLAIM, key.user_id, key.scope, key.key, key.body_hash)
    return done != "INSERT 0 0"


async def settle(connection: asyncpg.Connection, key: Key, result_id: int) -> None:
    await connection.execute(SETTLE, key.user_id, key.scope, key.key, result_id)


async def trim(db: Database) -> None:
    await db.execute(TRIM)
