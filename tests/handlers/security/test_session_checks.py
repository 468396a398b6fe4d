"""Sessions are looked up for all who asked lately at once."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from handlers.security import auth
from storage.accounts import sessions
from storage.accounts.sessions import Session
from storage.database.pool import Database
from tests.people import PASSWORD, Instance

ME = "/api/users/me/"
REVOKE = "UPDATE sessions SET revoked_at = now() WHERE user_id = $1"


@dataclass
class Seen:
    """How many sessions each look-up was about."""

    alone: int = 0
    together: list[int] = field(default_factory=list)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Seen:
    found = Seen()
    active, all_active = sessions.active, sessions.all_active

    async def one(db: Database, session_id: int) -> Session | None:
        found.alone += 1
        return await active(db, session_id)

    async def many(db: Database, session_ids: Sequence[int]) -> list[Session]:
        found.together.append(len(session_ids))
        return await all_active(db, session_ids)

    monkeypatch.setattr(sessions, "active", one)
    monkeypatch.setattr(sessions, "all_active", many)
    return found


async def test_all_who_asked_are_looked_up_by_one_statement(
    instance: Instance, db: Database, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "TRUSTED_SECONDS", 0)
    monkeypatch.setattr(auth, "KEPT_SECONDS", 3600)
    people = await instance.people("ann", "bob", "cat", "dan", "eve")
    for person in people:
        await instance.get(ME, person)
    assert (seen.alone, seen.together) == (5, [])
    monkeypatch.setattr(auth, "TRUSTED_SECONDS", 3600)
    await db.execute(REVOKE, people[2].id)
    statuses = [200, 200, 401, 200, 200]
    for _ in range(2):
        await asyncio.gather(
            *(
                instance.get(ME, person, status=status)
                for person, status in zip(people, statuses, strict=True)
            )
        )
    assert seen.together == [5]
    assert seen.alone == 7  # the revoked one is no longer known, and was asked about twice


async def test_who_has_not_asked_for_a_while_is_asked_about_no_more(
    instance: Instance, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "TRUSTED_SECONDS", 0)
    monkeypatch.setattr(auth, "KEPT_SECONDS", 3600)
    ann, bob = await instance.people("ann", "bob")
    await instance.get(ME, ann)
    for _ in range(2):
        await instance.get(ME, bob)
    monkeypatch.setattr(auth, "KEPT_SECONDS", 0)
    await instance.get(ME, bob)
    assert seen.together == [2, 0]


async def test_look_up_that_took_too_long_is_made_up_for_by_each(
    instance: Instance, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "TRUSTED_SECONDS", 0)
    ann, bob = await instance.people("ann", "bob")
    for _ in range(2):  # with nothing trusted a common look-up is out of date as soon as it is made
        for person in (ann, bob):
            await instance.get(ME, person)
    assert seen.alone == 4


ADMIN = "UPDATE users SET is_admin = true WHERE id = $1"


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
