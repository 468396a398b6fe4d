"""Accounts by their e-mail address, however that is written, now and before it had one form."""

import unicodedata
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import asyncpg
import pytest

from server.config.load import Config
from storage import jobs
from storage.accounts import old_addresses
from storage.database.pool import Database, open_database
from storage.jobs import JobCounts
from storage.migrations import migrate
from tests.conftest import Services, running
from tests.handlers.operations.test_accounts import TOKEN, USERS, account
from tests.inbox import mail_about, mails_to, token
from tests.people import PASSWORD, Instance, Person
from tests.server.jobs.mail_server import MailServer, mail_server
from tests.server.jobs.worker_helpers import no_jobs, until, working
from tests.storage.own_database import own_database

RESET = "/api/users/password/reset/"


def written(name: str) -> list[str]:
    """One address in all ways."""
    return [
        f"{name}@bücher.example",
        f"{name}@xn--bcher-kva.example",
        unicodedata.normalize("NFD", f"{name}@bücher.example"),
        f"{name.upper()}@BÜCHER.EXAMPLE",
        f"{name}@XN--bcher-KVA.example",
        f"{name}@ｂüｃｈｅｒ。example",
    ]


async def login(instance: Instance, name: str, status: int = 200) -> Any:
    return await instance.post(TOKEN, json={"username": name, "password": PASSWORD}, status=status)


async def me_of(instance: Instance, name: str) -> Any:
    pair = await login(instance, name)
    return await instance.get("/api/users/me/", Person(0, name, pair["access"], pair["refresh"]))


async def test_an_address_has_one_account_however_it_is_written(instance: Instance) -> None:
    for number in range(len(written(""))):
        given = account()
        ways = written(given["username"])
        ways = ways[number:] + ways[:number]
        me = await instance.post(USERS, json=given | {"email": ways[0]}, status=201)
        assert me["email"].lower() == f"{given['username']}@xn--bcher-kva.example"
        for way in ways:
            refused = await instance.post(USERS, json=account(email=way), status=409)
            assert (refused["code"], list(refused["errors"])) == ("email_taken", ["email"])
            assert (await me_of(instance, way))["id"] == me["id"]


@pytest.mark.parametrize(
    "address",
    [
        "a@localhost", '"a b"@example.org', "a@[127.0.0.1]", "a@example.org.", "a＠example.org",
        "ａ@example.org", "=?utf-8?q?a?=@example.org", "a@" + "b" * 64 + ".example", "a@xn--a.org",
        "a" * 65 + "@example.org",
    ],
)  # fmt: skip
async def test_an_address_that_mail_cannot_go_to_is_refused(
    instance: Instance, address: str
) -> None:
    refused = await instance.post(USERS, json=account(email=address), status=422)
    assert list(refused["errors"]) == ["email"]


@dataclass(frozen=True, slots=True)
class World:
    """An instance and a worker with a mail server, on a database of their own."""

    instance: Instance
    smtp: MailServer
    db: asyncpg.Connection
    database: Database
    settings: Config


@pytest.fixture(params=[True, False], ids=["SMTPUTF8", "ASCII"])
async def world(
    request: pytest.FixtureRequest, settings: Config, services: Services
) -> AsyncIterator[World]:
    async with own_database(services.database_url) as url, mail_server(utf8=request.param) as smtp:
        smtp_url = f"smtp://127.0.0.1:{smtp.port}"
        own = replace(settings, database_url=url, smtp_url=smtp_url)
        async with running(own) as instance, working(own, smtp), open_database(url) as database:
            db = await asyncpg.connect(url)
            yield World(instance, smtp, db, database, own)
            await db.close()


async def old_account(world: World, address: str) -> Person:
    """One whose address is stored as it was typed, as releases did."""
    person = await world.instance.person("old")
    await until(no_jobs(world.db))
    world.smtp.recipients.clear()
    await world.db.execute("UPDATE users SET email = $2 WHERE id = $1", person.id, address)
    return person


async def test_letters_of_any_script_before_the_at_are_taken_where_the_mail_server_takes_them(
    world: World,
) -> None:
    given = account(email="jörg@bücher.example")
    if not world.smtp.utf8:
        refused = await world.instance.post(USERS, json=given, status=422)
        assert list(refused["errors"]) == ["email"]
        return
    await world.instance.post(USERS, json=given, status=201)
    await mail_about(world.smtp, "jörg@xn--bcher-kva.example", "Verify")
    again = account(email=unicodedata.normalize("NFD", "JÖRG@bücher.example"))
    await world.instance.post(USERS, json=again, status=409)
    assert world.smtp.recipients == ["jörg@xn--bcher-kva.example"]


async def test_mail_to_a_domain_of_any_script_goes_to_its_name_in_ascii(world: World) -> None:
    await world.instance.post(USERS, json=account(email="ann@bücher.example"), status=201)
    mail = await mail_about(world.smtp, "ann@xn--bcher-kva.example", "Verify")
    verify = {"token": token(mail)}
    await world.instance.post("/api/users/email/verify/", json=verify, status=204)
    assert world.smtp.recipients == ["ann@xn--bcher-kva.example"]


async def test_a_password_is_reset_by_any_way_to_write_the_address(world: World) -> None:
    given = account()
    ways = written(given["username"])
    await world.instance.post(USERS, json=given | {"email": ways[0]}, status=201)
    kept = f"{given['username']}@xn--bcher-kva.example"
    for number, way in enumerate(ways[:5], 1):
        await world.instance.post(RESET, json={"email": way}, status=204)
        mails = await mail_about(world.smtp, kept, "new password", number)
    reset = {"token": token(mails), "password": "wrong battery"}
    await world.instance.post(f"{RESET}confirm/", json=reset, status=204)


async def test_an_old_account_goes_on_before_and_after_its_address_is_rewritten(
    world: World,
) -> None:
    person = await old_account(world, "old@bücher.example")
    await world.instance.post("/api/users/email/verify/resend/", person, status=204)
    mail = await mail_about(world.smtp, "old@xn--bcher-kva.example", "Verify")
    for _ in range(2):
        for way in written("old"):
            assert (await me_of(world.instance, way))["id"] == person.id
            await world.instance.post(USERS, json=account(email=way), status=409)
        await world.instance.post(RESET, json={"email": "old@bücher.example"}, status=204)
        await until(no_jobs(world.db))
        await old_addresses.rewrite_all(world.database)
    assert (await me_of(world.instance, person.username))["email"] == "old@xn--bcher-kva.example"
    # The link that was mailed to the address before it was rewritten is good.
    verify = {"token": token(mail)}
    await world.instance.post("/api/users/email/verify/", json=verify, status=204)
    assert len(mails_to(world.smtp, "old@xn--bcher-kva.example")) == 3


async def test_two_old_accounts_of_one_address_both_go_on(world: World) -> None:
    shown = await old_account(world, "two@bücher.example")
    ascii_only = await old_account(world, "two@xn--bcher-kva.example")
    for _ in range(2):
        for way, person in (
            ("two@bücher.example", shown),
            ("two@xn--bcher-kva.example", ascii_only),
        ):
            assert (await me_of(world.instance, way))["id"] == person.id
        await old_addresses.rewrite_all(world.database)
    for number, person in ((1, shown), (2, ascii_only)):
        way = (await me_of(world.instance, person.username))["email"]
        await world.instance.post(RESET, json={"email": way}, status=204)
        mail = await mail_about(world.smtp, "two@xn--bcher-kva.example", "new password", number)
        reset = {"token": token(mail), "password": f"wrong battery {number}"}
        await world.instance.post(f"{RESET}confirm/", json=reset, status=204)
        again = {"username": person.username, "password": f"wrong battery {number}"}
        await world.instance.post(TOKEN, json=again)


@pytest.mark.parametrize("address", ["jörg@example.org", "=?utf-8?q?j=C3=B6rg?=@example.org"])
async def test_mail_to_an_old_address_that_it_cannot_reach_is_held_at_once(
    world: World, caplog: pytest.LogCaptureFixture, address: str
) -> None:
    person = await old_account(world, address)
    await world.instance.post("/api/users/email/verify/resend/", person, status=204)
    if world.smtp.utf8 and not address.isascii():
        await mail_about(world.smtp, address, "Verify")
        assert world.smtp.recipients == [address]
        return
    await until(partial(_is_held, world.db))
    assert await world.db.fetchval("SELECT attempts = 1 FROM jobs WHERE held_at IS NOT NULL")
    assert "is held, it would fail for ever" in caplog.text
    assert b"\nmini_twitter_jobs_held 1.0\n" in (await world.instance.get("/metrics")).body
    assert world.smtp.recipients == []


async def _is_held(db: asyncpg.Connection) -> bool:
    return await jobs.counts(db) == JobCounts(queued=0, held=1)


async def test_the_migration_has_a_job_rewrite_what_is_old_if_anything_is(
    world: World, settings: Config
) -> None:
    url = world.settings.database_url
    again = """DROP TABLE freed_usernames;
        DELETE FROM migrations WHERE name = '0008_names_and_addresses.sql'"""
    await world.instance.person("new")
    await until(no_jobs(world.db))
    await world.db.execute(again)
    await migrate(url)
    assert await no_jobs(world.db)()
    person = await old_account(world, "old@bücher.example")
    await world.db.execute(again)
    await migrate(url)
    # Instances of the release before, which may still run, find it as it stands for an hour.
    assert await world.db.fetchval("SELECT run_at > now() + interval '55 minutes' FROM jobs")
    await world.db.execute("UPDATE jobs SET run_at = now()")
    await world.instance.post("/api/users/email/verify/resend/", person, status=204)  # wakes it
    await until(no_jobs(world.db))
    assert (await me_of(world.instance, person.username))["email"] == "old@xn--bcher-kva.example"
