"""Users for tests of storage, which need no password."""

import secrets

from storage.accounts import accounts, session_snapshot
from storage.database.pool import Database
from storage.events.log import Position


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


async def position(db: Database, user_id: int) -> Position:
    """Where the user's log stands."""
    arrival = await session_snapshot.session_snapshot(db, user_id, 0)
    assert arrival is not None
    return arrival.position
