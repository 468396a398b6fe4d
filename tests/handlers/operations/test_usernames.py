"""A username that an account gave up is given to nobody for 30 days."""

import asyncio
from datetime import timedelta

import pytest

from server.cli.superuser import create_superuser
from server.config import ConfigError
from server.config.load import Config
from storage.accounts import deactivation, usernames
from storage.database.pool import Database
from tests.handlers.operations.test_accounts import USERS, account
from tests.handlers.operations.test_deactivation import delete
from tests.people import Instance

HASH = "sha256(convert_to(lower($1::text), 'UTF8'))"


async def age(db: Database, username: str, days: timedelta) -> None:
    """Let so much time pass since the name was given up."""
    await db.execute(
        f"UPDATE freed_usernames SET freed_at = now() - $2::interval WHERE hash = {HASH}",
        username,
        days,
    )


async def test_nobody_is_given_the_name_until_then(instance: Instance, db: Database) -> None:
    ann = await instance.person("Ann")
    taken = account(username=(await instance.person("bob")).username)
    ordinary = await instance.post(USERS, json=taken, status=409)
    await delete(instance, ann)
    for name in (ann.username, ann.username.upper(), ann.username.lower()):
        # Also with the address that the account had: it is free, and whose it was is not known.
        for email in (None, f"{ann.username}@example.org"):
            given = account(username=name) | ({"email": email} if email else {})
            refused = await instance.post(USERS, json=given, status=409)
            assert refused.problem == ordinary.problem
    await age(db, ann.username, timedelta(days=29, hours=23))
    await instance.post(USERS, json=account(username=ann.username), status=409)
    await age(db, ann.username, timedelta(days=30, seconds=1))
    await instance.post(USERS, json=account(username=ann.username.upper()), status=201)


async def test_a_name_given_up_twice_is_kept_back_from_the_second_time_on(
    instance: Instance, db: Database
) -> None:
    ann = await instance.person("ann")
    await delete(instance, ann)
    await age(db, ann.username, timedelta(days=31))
    again = await instance.post(USERS, json=account(username=ann.username), status=201)
    await delete(instance, await instance.log_in(again["id"], ann.username))
    await instance.post(USERS, json=account(username=ann.username), status=409)


async def test_an_admin_is_not_given_it_either(instance: Instance, settings: Config) -> None:
    ann = await instance.person("ann")
    await delete(instance, ann)
    with pytest.raises(ConfigError, match="taken"):
        await create_superuser(settings, ann.username, "admin@example.org", "correct horse")


async def test_nothing_of_the_name_is_kept_and_the_rest_no_longer_than_needed(
    instance: Instance, db: Database
) -> None:
    ann = await instance.person("ann")
    await delete(instance, ann)
    (kept,) = await db.fetch(f"SELECT * FROM freed_usernames WHERE hash = {HASH}", ann.username)
    assert set(dict(kept)) == {"hash", "freed_at"}
    await age(db, ann.username, timedelta(days=30, seconds=1))
    await usernames.trim(db)
    assert not await db.fetch(f"SELECT * FROM freed_usernames WHERE hash = {HASH}", ann.username)


async def test_who_registers_while_the_account_is_being_deleted_does_not_get_it(
    instance: Instance, db: Database
) -> None:
    """The insert waits for the row that has the name; what it looks up then must be new."""
    ann = await instance.person("ann")
    password_hash = await db.fetchval("SELECT password_hash FROM users WHERE id = $1", ann.id)
    async with db.transaction() as closing:
        assert await deactivation.DEACTIVATE_USER.run(closing, ann.id, password_hash)
        waiting = asyncio.create_task(
            instance.post(USERS, json=account(username=ann.username), status=409)
        )
        async with asyncio.timeout(20):
            while not await db.fetchval(
                """SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'
                      AND query LIKE '%INSERT INTO users%')"""
            ):
                await asyncio.sleep(0.01)
    assert (await waiting)["code"] == "username_taken"
