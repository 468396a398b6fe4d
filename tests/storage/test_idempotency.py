"""Idempotency keys: one result a key, for a day."""

from collections.abc import Awaitable, Callable

import pytest

from storage import idempotency
from storage.database.pool import Database
from storage.errors import KeyReused
from storage.idempotency import Key
from tests.storage.users import new_users

AGE = "UPDATE idempotency_keys SET created_at = created_at - $2::interval WHERE user_id = $1"
Write = Callable[[Key, int], Awaitable[bool]]


@pytest.fixture
def write(db: Database) -> Write:
    """Claim a key for the write of this id; whether it was free."""

    async def claim_and_settle(key: Key, id: int) -> bool:
        async with db.transaction() as connection:
            if not await idempotency.claim(connection, key):
                return False
            await idempotency.settle(connection, key, id)
            return True

    return claim_and_settle


async def test_key_leads_to_its_first_result(db: Database, write: Write) -> None:
    (ann,) = await new_users(db, 1)
    key = Key(ann, "message", "k", b"body")
    assert await idempotency.result(db, key) is None
    assert await write(key, 7)
    assert not await write(key, 8)
    assert await idempotency.result(db, key) == 7


async def test_key_is_one_users_for_one_kind_of_write(db: Database, write: Write) -> None:
    ann, bob = await new_users(db, 2)
    keys = [
        Key(user, scope, name, b"body")
        for user in (ann, bob)
        for scope in ("post", "message")
        for name in ("k", "K")
    ]
    for id, key in enumerate(keys, start=1):
        assert await write(key, id)
    assert [await idempotency.result(db, key) for key in keys] == [1, 2, 3, 4, 5, 6, 7, 8]


async def test_key_with_another_body_is_refused(db: Database, write: Write) -> None:
    (ann,) = await new_users(db, 1)
    await write(Key(ann, "post", "k", b"body"), 7)
    other = Key(ann, "post", "k", b"other body")
    assert not await write(other, 8)
    with pytest.raises(KeyReused):
        await idempotency.result(db, other)


async def test_key_of_a_write_that_failed_is_free(db: Database, write: Write) -> None:
    (ann,) = await new_users(db, 1)
    key = Key(ann, "post", "k", b"body")
    async with db.connection() as connection:
        transaction = connection.transaction()
        await transaction.start()
        assert await idempotency.claim(connection, key)
        await transaction.rollback()
    assert await idempotency.result(db, key) is None
    assert await write(Key(ann, "post", "k", b"other body"), 8)


@pytest.mark.parametrize(("age", "kept"), [("23 hours 59 minutes", True), ("24 hours", False)])
async def test_key_lasts_a_day(db: Database, write: Write, age: str, kept: bool) -> None:
    (ann,) = await new_users(db, 1)
    key = Key(ann, "post", "k", b"body")
    await write(key, 7)
    await db.execute(AGE.replace("$2", f"'{age}'"), ann)
    assert await idempotency.result(db, key) == (7 if kept else None)
    await idempotency.trim(db)
    left = await db.fetchval("SELECT count(*) FROM idempotency_keys WHERE user_id = $1", ann)
    assert left == kept


async def test_key_older_than_a_day_may_be_used_anew(db: Database, write: Write) -> None:
    (ann,) = await new_users(db, 1)
    await write(Key(ann, "post", "k", b"body"), 7)
    await db.execute(AGE.replace("$2", "'25 hours'"), ann)
    new = Key(ann, "post", "k", b"other body")
    assert await write(new, 8)
    assert await idempotency.result(db, new) == 8
