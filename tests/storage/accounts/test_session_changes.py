"""Between two looks come those whose sessions have changed, or it may be anybody's."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from server.config.load import Config
from storage.accounts import session_changes
from storage.accounts.session_changes import CHANGES_MAX, since
from storage.database.pool import Database, open_database
from tests.storage.users import new_users

END = "UPDATE users SET sessions_ended_up_to = sessions_ended_up_to + 1 WHERE id = $1"


@pytest.fixture
async def db(own_settings: Config) -> AsyncIterator[Database]:
    async with open_database(own_settings.database_url) as database:
        yield database


async def test_a_change_comes_once_though_its_transaction_began_before_the_first_look(
    db: Database,
) -> None:
    ann, bob = await new_users(db, 2)
    async with db.transaction() as late:
        await late.execute(END, ann)
        first, _ = await since(db, None)
        await db.execute(END, bob)
        second, changed = await since(db, first)
        assert changed == {bob}
        third, changed = await since(db, second)
        assert changed == set()
    fourth, changed = await since(db, third)
    assert changed == {ann}
    _, changed = await since(db, fourth)
    assert changed == set()


async def test_who_has_not_looked_for_an_hour_or_elsewhere_is_told_that_it_may_be_anybody(
    db: Database,
) -> None:
    seen, changed = await since(db, None)
    assert changed is None
    for former in (
        replace(seen, at=seen.at - timedelta(hours=1)),
        replace(seen, server="1:2:3"),
        replace(seen, snapshot="900000000:900000001:"),  # that server has lost what was after this
    ):
        _, changed = await since(db, former)
        assert changed is None
    _, changed = await since(db, replace(seen, at=seen.at - timedelta(minutes=59)))
    assert changed == set()


async def test_more_changes_than_are_read_may_be_of_anybody(
    db: Database,
) -> None:
    (ann,) = await new_users(db, 1)
    more = "INSERT INTO session_changes (user_id) SELECT $1 FROM generate_series(1, $2::integer)"
    seen, _ = await since(db, None)
    await db.execute(more, ann, CHANGES_MAX)
    following, changed = await since(db, seen)
    assert changed == {ann}
    await db.execute(more, ann, 1)
    _, changed = await since(db, seen)
    assert changed is None
    _, changed = await since(db, following)
    assert changed == {ann}


async def test_changes_are_kept_for_a_day(db: Database) -> None:
    (ann,) = await new_users(db, 1)
    for hours in (23, 25):
        await db.execute(
            "INSERT INTO session_changes (user_id, at) VALUES ($1, now() - $2::interval)",
            *(ann, timedelta(hours=hours)),
        )
    assert await session_changes.trim(db) == 1
    assert await session_changes.trim(db) == 0
