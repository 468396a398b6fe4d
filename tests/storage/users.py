"""Users for tests of storage, which need no password."""

import secrets

from storage import accounts
from storage.pool import Database


async def new_users(db: Database, count: int) -> list[int]:
    """Ids, ascending."""
    return [await _new_user(db) for _ in range(count)]


async def _new_user(db: Database) -> int:
    name = f"u_{secrets.token_hex(8)}"
    return await accounts.create(
        db,
        username=name,
        email=f"{name}@example.org",
        password_hash="none",
        display_name=name,
    )
