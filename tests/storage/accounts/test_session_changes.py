"""Between two looks come those whose sessions have changed, or it may be anybody's."""

from dataclasses import replace
from datetime import timedelta

from storage.accounts import session_changes
from storage.accounts.session_changes import CHANGES_MAX, since
from storage.database.pool import Database
from tests.storage.users import new_users

END = "UPDATE users SET sessions_ended_up_to = sessions_ended_up_to + 1 WHERE id = $1"


async def test_a_change_comes_once_though_its_transaction_began_before_the_first_look(
    own_db: Database,
) -> None:
    ann, bob = await new_users(own_db, 2)
    async with own_db.transaction() as late:
        await late.execute(END, ann)
        first, _ = await since(own_db, None)
        await own_db.execute(END, bob)
        second, changed = await since(own_db, first)
        assert changed == {bob}
        third, changed = await since(own_db, second)
        assert changed == set()
    fourth, changed = await since(own_db, third)
    assert changed == {ann}
    _, changed = await since(own_db, fourth)
    assert changed == set()


async def test_who_has_not_looked_for_an_hour_or_elsewhere_is_told_that_it_may_be_anybody(
    own_db: Database,
) -> None:
    seen, changed = await since(own_db, None)
    assert changed is None
    for former in (
        replace(seen, at=seen.at - timedelta(hours=1)),
        replace(seen, server="1:2:3"),
        replace(seen, snapshot="900000000:900000001:"),  # that server has lost what was after this
    ):
        _, changed = await since(own_db, former)
        assert changed is None
    _, changed = await since(own_db, replace(seen, at=seen.at - timedelta(minutes=59)))
    assert changed == set()


async def test_more_changes_than_are_read_may_be_of_anybody(own_db: Database) -> None:
    (ann,) = await new_users(own_db, 1)
    more = "INSERT INTO session_changes (user_id) SELECT $1 FROM generate_series(1, $2::integer)"
    seen, _ = await since(own_db, None)
    await own_db.execute(more, ann, CHANGES_MAX)
    following, changed = await since(own_db, seen)
    assert changed == {ann}
    await own_db.execute(more, ann, 1)
    _, changed = await since(own_db, seen)
    assert changed is None
    _, changed = await since(own_db, following)
    assert changed == {ann}


async def test_changes_are_kept_for_a_day(own_db: Database) -> None:
    (ann,) = await new_users(own_db, 1)
    for hours in (23, 25):
        await own_db.execute(
            "INSERT INTO session_changes (user_id, at) VALUES ($1, now() - $2::interval)",
            *(ann, timedelta(hours=hours)),
        )
    assert await session_changes.trim(own_db) == 1
    assert await session_changes.trim(own_db) == 0
