"""A session is looked up once, and again when something of it, or of its user, has changed."""

import asyncio
from collections.abc import Set
from dataclasses import dataclass

import pytest

from handlers.security import auth
from storage.accounts import session_changes, sessions
from storage.accounts.session_changes import Moment
from storage.accounts.sessions import Session
from storage.database.pool import Database
from storage.errors import Unavailable
from tests.handlers.session_helpers import ME, stops_working
from tests.people import PASSWORD, Instance, Person

ADMIN = "UPDATE users SET is_admin = true WHERE id = $1"
REVOKE = "UPDATE sessions SET revoked_at = now() WHERE user_id = $1"


@dataclass
class Seen:
    """How many sessions were looked up, and how often their changes were read."""

    looked_up: int = 0
    read: int = 0


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Seen:
    found = Seen()
    active, since = sessions.active, session_changes.since

    async def one(db: Database, session_id: int) -> Session | None:
        found.looked_up += 1
        return await active(db, session_id)

    async def changes(db: Database, former: Moment | None) -> tuple[Moment, Set[int] | None]:
        found.read += 1
        return await since(db, former)

    monkeypatch.setattr(sessions, "active", one)
    monkeypatch.setattr(session_changes, "since", changes)
    return found


async def ask(instance: Instance, *people: Person, times: int = 1) -> None:
    for _ in range(times):
        await asyncio.gather(*(instance.get(ME, person) for person in people))


async def test_a_session_is_looked_up_once_and_its_changes_twice_a_second_with_all_others(
    instance: Instance, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = await instance.people("ann", "bob", "cat", "dan", "eve")
    await ask(instance, *people)
    assert seen.looked_up == 5
    monkeypatch.setattr(auth, "TRUSTED_SECONDS", 3600)
    before = seen.read
    await ask(instance, *people, times=3)
    assert (seen.looked_up, seen.read) == (5, before)
    monkeypatch.setattr(auth, "TRUSTED_SECONDS", 0.2)
    await asyncio.sleep(0.3)
    await ask(instance, *people)
    assert seen.read > before
    assert seen.looked_up == 5


async def test_who_has_nothing_changed_is_not_looked_up_because_another_has(
    instance: Instance, db: Database, seen: Seen
) -> None:
    ann, bob = await instance.people("ann", "bob")
    await ask(instance, ann, bob)
    await db.execute(REVOKE, ann.id)
    await stops_working(instance, ann.access)
    before = seen.looked_up
    await ask(instance, bob)
    assert seen.looked_up == before


CHANGES = {
    "a session is revoked": REVOKE,
    "a session is over earlier": "UPDATE sessions SET expires_at = now() WHERE user_id = $1",
    "a session is deleted": "DELETE FROM sessions WHERE user_id = $1",
    "all of a user end": "UPDATE users SET sessions_ended_up_to = 1000000 WHERE id = $1",
    "a user is suspended": "UPDATE users SET suspended_at = now() WHERE id = $1",
    "a user is gone": "UPDATE users SET deleted_at = now() WHERE id = $1",
    "a user is no admin": "UPDATE users SET is_admin = false WHERE id = $1",
}


@pytest.mark.parametrize("why", CHANGES)
async def test_whoever_changes_it_the_session_is_looked_up_again(
    instance: Instance, db: Database, why: str
) -> None:
    (ann,) = await instance.people("ann")
    await db.execute(ADMIN, ann.id)
    reports = "/api/admin/reports/"
    await instance.get(reports, ann)
    await db.execute(CHANGES[why], ann.id)
    await stops_working(instance, ann.access, reports, 403 if "no admin" in why else 401)


async def test_what_is_changed_by_a_long_transaction_is_noticed_when_that_ends(
    instance: Instance, db: Database, seen: Seen
) -> None:
    ann, bob = await instance.people("ann", "bob")
    await ask(instance, ann, bob)
    async with db.transaction() as connection:
        await connection.execute(REVOKE, ann.id)
        before = seen.read
        await db.execute(REVOKE, bob.id)  # a later transaction, which is over first
        await stops_working(instance, bob.access)
        assert seen.read > before
        await ask(instance, ann)
    await stops_working(instance, ann.access)


async def test_while_changes_cannot_be_read_each_session_is_looked_up_by_itself(
    instance: Instance, db: Database, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bob = await instance.people("ann", "bob")
    await ask(instance, ann, bob)
    monkeypatch.setattr(auth, "TRUSTED_SECONDS", 0)  # what was read is out of date at once
    await db.execute(REVOKE, ann.id)
    await instance.get(ME, ann, status=401)
    before = seen.looked_up
    await ask(instance, bob, times=3)
    assert seen.looked_up == before + 3


async def test_who_waited_in_vain_for_changes_is_looked_up(
    instance: Instance, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bob = await instance.people("ann", "bob")
    await ask(instance, ann, bob)
    begun, ended = asyncio.Event(), asyncio.Event()

    async def fail(db: Database, former: Moment | None) -> tuple[Moment, Set[int] | None]:
        begun.set()
        await ended.wait()
        raise Unavailable("PostgreSQL does not answer.")

    since = session_changes.since
    monkeypatch.setattr(session_changes, "since", fail)
    monkeypatch.setattr(auth, "TRUSTED_SECONDS", 0)
    first = asyncio.ensure_future(instance.get(ME, bob, status=503))
    await begun.wait()
    second = asyncio.ensure_future(instance.get(ME, ann, status=401))
    await db.execute(REVOKE, ann.id)
    await asyncio.sleep(0.1)  # until it waits, too; whether it does or not, the answer is one
    ended.set()
    await asyncio.gather(first, second)
    monkeypatch.setattr(session_changes, "since", since)
    await ask(instance, bob)


async def test_of_too_many_sessions_the_first_is_forgotten(
    instance: Instance, db: Database, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "CACHED", 2)
    ann, bob, cat = await instance.people("ann", "bob", "cat")
    for person in (ann, bob, cat, bob, cat):
        await ask(instance, person)
    assert seen.looked_up == 3
    await ask(instance, ann)
    assert seen.looked_up == 4
    await db.execute(REVOKE, bob.id)
    await stops_working(instance, bob.access)
    await db.execute(REVOKE, ann.id)
    await stops_working(instance, ann.access)
    await ask(instance, cat)


@pytest.mark.parametrize("way", ["revoke", "end", "password", "suspend", "delete"])
async def test_the_instance_that_ended_a_session_refuses_it_at_once(
    instance: Instance, db: Database, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr(auth, "TRUSTED_SECONDS", 3600)
    ann, boss = await instance.people("ann", "boss")
    await db.execute(ADMIN, boss.id)
    other = await instance.log_in(ann.id, ann.username)
    for person in (ann, other):
        await instance.get(ME, person)
    match way:
        case "revoke":
            await instance.post("/api/users/token/revoke/", ann, {"refresh": other.refresh})
        case "end":
            listed = await instance.get("/api/users/sessions/", ann)
            ended = next(one for one in listed["results"] if not one["current"])
            await instance.call("DELETE", f"/api/users/sessions/{ended['id']}/", ann)
        case "password":
            change = {"current_password": PASSWORD, "new_password": "another one, as long"}
            await instance.post("/api/users/password/", ann, change)
        case "suspend":
            await instance.post(f"/api/admin/users/{ann.id}/suspend/", boss, {})
        case "delete":
            await instance.call("DELETE", ME, ann, json={"password": PASSWORD})
    refused = await instance.get(ME, other, status=401)
    assert refused["code"] == "session_ended"
    await instance.get(ME, ann, status=401 if way in ("suspend", "delete") else 200)


async def test_an_answer_that_was_asked_for_before_a_session_ended_is_not_trusted_after_it(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "TRUSTED_SECONDS", 3600)
    ann = await instance.person("ann")
    found, ended = asyncio.Event(), asyncio.Event()
    active = sessions.active

    async def slowly(db: Database, session_id: int) -> Session | None:
        session = await active(db, session_id)
        found.set()
        await ended.wait()
        return session

    monkeypatch.setattr(sessions, "active", slowly)
    asked = asyncio.ensure_future(instance.get(ME, ann))
    await found.wait()
    monkeypatch.setattr(sessions, "active", active)
    await instance.post("/api/users/token/revoke/", ann, {"refresh": ann.refresh})
    ended.set()
    await asked
    await instance.get(ME, ann, status=401)
