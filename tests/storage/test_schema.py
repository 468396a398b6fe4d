"""Migrations: each applied once, by whoever comes first, and never edited afterwards."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from functools import partial

import asyncpg
import pytest

from storage.database.pool import Database, open_database
from storage.messaging import messages, opening
from storage.migrations import ChangedMigration, files, migrate
from tests.conftest import Services
from tests.storage.own_database import empty_database, own_database
from tests.storage.users import new_users
from tests.waiting import until

NAMES = [name for name, _sql in files()]

# Of migrations that databases have applied: with another text these would be refused.
RELEASED = {
    "0001_initial.sql": "f82d8d7b5f102a427da4fa389cad5ac5a6dc6222a7273683c2342ff187cd002d",
    "0002_media_outlives_owner.sql": (
        "420a46b3d036e463af77d3ae438acbdb733c447e659093ed970a94718b17991b"
    ),
    "0003_feed_versions.sql": "36256776400cff934b531ee81ceac3d8c5b5b08c9e6dc9e0bf3d192324410d8e",
    "0004_what_was_reported.sql": (
        "38c75aab02e34818ddd2cd527374c05b4a42515876aba23079ec48b68a4369d8"
    ),
}


def test_released_migrations_have_not_been_edited() -> None:
    texts = dict(files())
    assert {name: hashlib.sha256(texts[name].encode()).hexdigest() for name in RELEASED} == RELEASED


@pytest.fixture
async def empty_url(services: Services) -> AsyncIterator[str]:
    async with empty_database(services.database_url) as url:
        yield url


async def test_of_many_that_migrate_at_once_one_applies(empty_url: str) -> None:
    done = await asyncio.gather(*(migrate(empty_url) for _ in range(4)))
    assert sorted(done) == [[], [], [], NAMES]
    assert await migrate(empty_url) == []
    connection = await asyncpg.connect(empty_url)
    applied = await connection.fetch("SELECT name FROM migrations ORDER BY name")
    await connection.close()
    assert [row["name"] for row in applied] == NAMES


async def test_migration_that_was_edited_is_refused(services: Services) -> None:
    async with own_database(services.database_url) as url:
        connection = await asyncpg.connect(url)
        await connection.execute("UPDATE migrations SET sha256 = 'of the former text'")
        with pytest.raises(ChangedMigration, match=NAMES[0]):
            await migrate(url)
        # Nobody waits for the one that failed.
        assert (
            await connection.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
            == 0
        )
        await connection.close()


async def test_migration_that_fails_leaves_nothing(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = ("9999_broken.sql", "CREATE TABLE half_done (); SELECT 1 / 0")
    monkeypatch.setattr("storage.migrations.files", lambda: [*files(), broken])
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(empty_url)
    monkeypatch.undo()
    assert await migrate(empty_url) == []
    connection = await asyncpg.connect(empty_url)
    assert await connection.fetchval("SELECT to_regclass('half_done')") is None
    await connection.close()


async def test_migration_that_meets_a_deadlock_with_a_serving_release_is_tried_again(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migrate(empty_url)
    meets = "LOCK TABLE likes; SELECT pg_sleep(0.2); LOCK TABLE posts; CREATE TABLE met ()"
    monkeypatch.setattr("storage.migrations.files", lambda: [("9999_meets.sql", meets)])
    serving = await asyncpg.connect(empty_url)
    # So that it is the migration that PostgreSQL ends.
    await serving.execute("SET deadlock_timeout = '1min'")
    async with serving.transaction():
        await serving.execute("LOCK TABLE posts IN ROW SHARE MODE")
        migrating = asyncio.create_task(migrate(empty_url))
        await until(partial(is_locked, serving, "likes"))
        await serving.execute("LOCK TABLE likes IN ROW SHARE MODE")
    assert await migrating == ["9999_meets.sql"]
    assert await serving.fetchval("SELECT to_regclass('met')") is not None
    await serving.close()


async def is_locked(connection: asyncpg.Connection, table: str) -> bool:
    held = "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = $1::text::regclass AND granted)"
    return bool(await connection.fetchval(held, table))


UNINDEXED = """
    SELECT c.conrelid::regclass::text AS referring, a.attname AS name
      FROM pg_constraint c
      JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
     WHERE c.contype = 'f' AND c.confrelid = 'posts'::regclass AND NOT EXISTS (
           SELECT FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1])
     ORDER BY 1, 2"""


async def test_every_reference_to_a_post_begins_an_index(db: Database) -> None:
    """Posts are deleted for good: without it that reads the whole table. Accounts leave a row."""
    assert [(row["referring"], row["name"]) for row in await db.fetch(UNINDEXED)] == []


# What triggers look at, as a CHECK costs whoever writes something else to the row.
UNSOUND = {
    "a direct conversation without a key": "UPDATE conversations SET direct_key = NULL",
    "a direct conversation with a title": "UPDATE conversations SET title = 'a title'",
    "another kind of conversation": "UPDATE conversations SET kind = 'other'",
    "a group with a direct conversation's key": """
        INSERT INTO conversations (kind, direct_key, created_rank, rank)
        VALUES ('group', '0:0', 0, 0)""",
    "a group with a title that is too long": """
        INSERT INTO conversations (kind, title, created_rank, rank)
        VALUES ('group', repeat('x', 4097), 0, 0)""",
    "a group to which strangers may add": "UPDATE conversations SET who_may_add = 'strangers'",
    "a group that strangers may rename": "UPDATE conversations SET who_may_rename = 'strangers'",
    "a group in which strangers may pin": "UPDATE conversations SET who_may_pin = 'strangers'",
    "another role": "UPDATE participants SET role = 'king'",
    "a message that was taken back and says something": "UPDATE messages SET deleted_at = now()",
}


@pytest.mark.parametrize("statement", UNSOUND.values(), ids=UNSOUND.keys())
async def test_the_schema_refuses(services: Services, statement: str) -> None:
    async with own_database(services.database_url) as url, open_database(url, 1) as db:
        ann, bob = await new_users(db, 2)
        talk = (await opening.create(db, ann, [bob], None)).conversation_id
        await messages.send(db, ann, talk, "a message", None, None)
        with pytest.raises(asyncpg.CheckViolationError):
            await db.execute(statement)


async def test_messages_go_with_the_account_whose_they_are_and_no_others(
    services: Services,
) -> None:
    async with own_database(services.database_url) as url, open_database(url, 1) as db:
        ann, bob, cat = await new_users(db, 3)
        for sender, other in ((ann, bob), (bob, ann), (bob, cat)):
            talk = (await opening.create(db, sender, [other], None)).conversation_id
            await messages.send(db, sender, talk, "a message", None, None)
        await db.execute("DELETE FROM users WHERE id = $1", ann)
        left = await db.fetch("SELECT sender_id FROM messages")
    assert [row["sender_id"] for row in left] == [bob, bob]


async def test_whoever_leaves_has_no_role_any_more(services: Services) -> None:
    async with own_database(services.database_url) as url, open_database(url, 1) as db:
        ann, bob, cat = await new_users(db, 3)
        await opening.create(db, ann, [bob, cat], "a group")
        await db.execute("UPDATE participants SET role = 'admin'")
        await db.execute("UPDATE participants SET left_at = now() WHERE user_id = $1", bob)
        roles = await db.fetch("SELECT user_id, role FROM participants ORDER BY user_id")
    assert [row["role"] for row in roles] == ["admin", "member", "admin"]
