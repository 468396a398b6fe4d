"""Changing a password, and setting a lost one anew."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from types import SimpleNamespace

import orjson
import pytest

from handlers.jobs import JOBS
from handlers.security.tokens import Tokens, fingerprint
from server.config.load import Config
from storage.accounts import mail_tokens
from storage.database.pool import Database
from tests.conftest import running
from tests.handlers.operations.test_sessions import Instances, closed_for_good
from tests.people import PASSWORD, Instance, Person

ANOTHER = "wrong battery"
RESET = "/api/users/password/reset/"
CONFIRM = "/api/users/password/reset/confirm/"


async def opens(instance: Instance, person: Person, password: str) -> bool:
    login = {"username": person.username, "password": password}
    async with instance.http.post(f"{instance.url}/api/users/token/", json=login) as response:
        assert response.status in (200, 401)
        return response.status == 200


@pytest.fixture
def tokens(settings: Config) -> Tokens:
    return Tokens(settings.jwt_secret, 900, 30)


async def reset_link(
    db: Database, tokens: Tokens, person: Person, nonce: str, purpose: mail_tokens.Purpose
) -> str:
    """What the job that mails it does."""
    secret = tokens.mailed(purpose, nonce + person.username)
    assert await mail_tokens.issue(db, fingerprint(secret), person.id, purpose)
    return secret


@pytest.mark.parametrize("name", ["current_password", "old_password"])
async def test_new_password_replaces_the_old_one(instance: Instance, name: str) -> None:
    ann = await instance.person("ann")
    change = {name: PASSWORD, "new_password": ANOTHER}
    await instance.post("/api/users/password/", ann, change, status=204)
    assert await opens(instance, ann, ANOTHER)
    assert not await opens(instance, ann, PASSWORD)


async def test_change_ends_all_other_sessions_everywhere(two_instances: Instances) -> None:
    here, there = two_instances
    ann = await here.person("ann")
    others = [await here.log_in(ann.id, ann.username) for _ in range(2)]
    async with there.socket(ann) as kept, AsyncExitStack() as stack:
        await kept.ready()
        closing = []
        for other in others:
            socket = await stack.enter_async_context(there.socket(other))
            await socket.ready()
            closing.append(closed_for_good(socket))
        async with closing[0], closing[1]:
            change = {"current_password": PASSWORD, "new_password": ANOTHER}
            await here.post("/api/users/password/", ann, change, status=204)
        assert kept.client.connected
        await here.get("/api/users/me/", ann)
    for other in others:
        await there.post("/api/users/token/refresh/", json={"refresh": other.refresh}, status=401)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"current_password": "not it", "new_password": ANOTHER}, "current_password"),
        ({"new_password": ANOTHER}, "current_password"),
        ({"current_password": PASSWORD, "new_password": "short"}, "new_password"),
        ({"current_password": PASSWORD, "new_password": "x" * 129}, "new_password"),
        ({"current_password": PASSWORD}, "new_password"),
    ],
)
async def test_change_that_cannot_be_made_changes_nothing(
    instance: Instance, change: dict[str, str], field: str
) -> None:
    ann = await instance.person("ann")
    refused = await instance.post("/api/users/password/", ann, change, status=422)
    assert list(refused["errors"]) == [field]
    assert await opens(instance, ann, PASSWORD)
    await instance.post("/api/users/password/", None, change, status=401)


async def test_two_changes_at_once_are_one(instance: Instance) -> None:
    ann = await instance.person("ann")

    async def change(new: str) -> int:
        async with instance.http.post(
            f"{instance.url}/api/users/password/",
            json={"current_password": PASSWORD, "new_password": new},
            headers={"Authorization": f"Bearer {ann.access}"},
        ) as response:
            return response.status

    outcomes = await asyncio.gather(*(change(f"{ANOTHER} {number}") for number in range(4)))
    assert sorted(outcomes) == [204, 422, 422, 422]
    assert await opens(instance, ann, f"{ANOTHER} {outcomes.index(204)}")


async def test_login_with_the_former_password_leaves_no_session_behind(
    two_instances: Instances,
) -> None:
    here, there = two_instances
    ann = await here.person("ann")
    change = {"current_password": PASSWORD, "new_password": ANOTHER}
    logins = [asyncio.create_task(opens(there, ann, PASSWORD)) for _ in range(8)]
    await here.post("/api/users/password/", ann, change, status=204)
    await asyncio.gather(*logins)
    assert len(await here.walk("/api/users/sessions/", ann)) == 1


async def test_asking_for_a_reset_is_the_same_work_whether_or_not_anybody_is_there(
    settings: Config, instance: Instance, db: Database
) -> None:
    ann = await instance.person("ann")

    async def asked(address: str) -> tuple[object, list[str]]:
        before = await db.fetchval("SELECT coalesce(max(id), 0) FROM jobs")
        reply = await instance.post(RESET, json={"email": address})
        jobs = await db.fetch("SELECT kind FROM jobs WHERE id > $1", before)
        own = ("date", "x-request-id")
        fixed = {name: reply.headers[name] for name in reply.headers if name.lower() not in own}
        return (reply.status, reply.body, fixed), [job["kind"] for job in jobs]

    there = await asked(f"{ann.username}@example.org")
    nowhere = await asked(f"{ann.username}@example.com")
    assert there == nowhere
    assert there[1] == ["email.reset"]


async def test_address_that_nobody_has_is_mailed_nothing(db: Database) -> None:
    await JOBS["email.reset"](SimpleNamespace(db=db), email="nobody@example.com", nonce="1")
    assert not await db.fetchval("SELECT count(*) FROM mail_tokens WHERE email LIKE 'nobody@%'")


async def test_link_sets_the_password_once_and_ends_every_session(
    two_instances: Instances, db: Database, tokens: Tokens
) -> None:
    here, there = two_instances
    ann = await here.person("ann")
    unused = await reset_link(db, tokens, ann, "2", "password_reset")
    secret = await reset_link(db, tokens, ann, "1", "password_reset")
    async with there.socket(ann) as socket:
        await socket.ready()
        async with closed_for_good(socket):
            await here.post(CONFIRM, json={"token": secret, "password": ANOTHER}, status=204)
    await there.post("/api/users/token/refresh/", json={"refresh": ann.refresh}, status=401)
    assert await opens(there, ann, ANOTHER)
    for used in (secret, unused):
        again = await there.post(CONFIRM, json={"token": used, "password": PASSWORD}, status=422)
        assert list(again["errors"]) == ["token"]
    assert await opens(there, ann, ANOTHER)


async def test_link_used_by_many_at_once_works_for_one(
    two_instances: Instances, db: Database, tokens: Tokens
) -> None:
    ann = await two_instances[0].person("ann")
    secret = await reset_link(db, tokens, ann, "1", "password_reset")

    async def use(number: int) -> int:
        one = two_instances[number % 2]
        given = {"token": secret, "password": f"{ANOTHER} {number}"}
        async with one.http.post(one.url + CONFIRM, json=given) as response:
            return response.status

    outcomes = await asyncio.gather(*(use(number) for number in range(6)))
    assert sorted(outcomes) == [204] + [422] * 5
    assert await opens(two_instances[0], ann, f"{ANOTHER} {outcomes.index(204)}")


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE mail_tokens SET expires_at = now() WHERE user_id = $1",
        "UPDATE mail_tokens SET purpose = 'email_verify' WHERE user_id = $1",
        "UPDATE users SET email = 'new.' || email WHERE id = $1",
        "UPDATE users SET suspended_at = now() WHERE id = $1",
    ],
)
async def test_link_that_is_good_no_longer_does_nothing(
    instance: Instance, db: Database, tokens: Tokens, spoil: str
) -> None:
    ann = await instance.person("ann")
    secret = await reset_link(db, tokens, ann, "1", "password_reset")
    await db.execute(spoil, ann.id)
    await instance.post(CONFIRM, json={"token": secret, "password": ANOTHER}, status=422)
    await db.execute("UPDATE users SET suspended_at = NULL WHERE id = $1", ann.id)
    assert await opens(instance, ann, PASSWORD)


async def test_token_of_another_purpose_does_nothing(
    instance: Instance, db: Database, tokens: Tokens
) -> None:
    ann = await instance.person("ann")
    verifying = await reset_link(db, tokens, ann, "1", "email_verify")
    resetting = await reset_link(db, tokens, ann, "1", "password_reset")
    for secret in (verifying, ann.access, ann.refresh[:200], tokens.unsubscribing(ann.id), "x"):
        await instance.post(CONFIRM, json={"token": secret[:200], "password": ANOTHER}, status=422)
    await instance.post("/api/users/email/verify/", json={"token": resetting}, status=422)
    assert not (await instance.get("/api/users/me/", ann))["email_verified"]
    await instance.post("/api/users/email/verify/", json={"token": verifying}, status=204)
    assert (await instance.get("/api/users/me/", ann))["email_verified"]
    await instance.post("/api/users/email/verify/", json={"token": verifying}, status=422)


async def test_change_withdraws_links_that_were_mailed(
    instance: Instance, db: Database, tokens: Tokens
) -> None:
    ann = await instance.person("ann")
    secret = await reset_link(db, tokens, ann, "1", "password_reset")
    change = {"current_password": PASSWORD, "new_password": ANOTHER}
    await instance.post("/api/users/password/", ann, change, status=204)
    await instance.post(CONFIRM, json={"token": secret, "password": PASSWORD}, status=422)


async def test_only_a_hash_of_a_mailed_secret_is_kept(
    instance: Instance, db: Database, tokens: Tokens
) -> None:
    ann = await instance.person("ann")
    secret = await reset_link(db, tokens, ann, "1", "password_reset")
    (row,) = await db.fetch("SELECT * FROM mail_tokens WHERE user_id = $1", ann.id)
    jobs = await db.fetch("SELECT payload FROM jobs")
    assert secret not in str(dict(row))
    assert not [job for job in jobs if secret in job["payload"]]
    assert all(orjson.loads(job["payload"]) for job in jobs)


async def test_no_account_is_mailed_links_without_end(
    instance: Instance, db: Database, tokens: Tokens
) -> None:
    ann = await instance.person("ann")
    for number in range(mail_tokens.HOURLY_MAX):
        await reset_link(db, tokens, ann, str(number), "password_reset")
    link = fingerprint("one too many" + ann.username)
    assert not await mail_tokens.issue(db, link, ann.id, "password_reset")
    # A job that is repeated finds its own link.
    secret = tokens.mailed("password_reset", "0" + ann.username)
    assert await mail_tokens.issue(db, fingerprint(secret), ann.id, "password_reset")


@pytest.fixture
async def limited(settings: Config) -> AsyncIterator[Instance]:
    async with running(replace(settings, rate_limits=True)) as one:
        yield one


async def test_guesses_with_a_stolen_token_are_limited(limited: Instance) -> None:
    ann = await limited.person("ann")
    guess = {"current_password": "not it", "new_password": ANOTHER}
    statuses = []
    for _ in range(60):  # on a busy machine some are allowed again meanwhile
        async with limited.http.post(
            f"{limited.url}/api/users/password/",
            json=guess,
            headers={"Authorization": f"Bearer {ann.access}"},
        ) as response:
            statuses.append(response.status)
            code = (await response.json())["code"]
        if statuses[-1] == 429:
            break
    assert statuses[:30] == [422] * 30
    assert (statuses[-1], code) == (429, "too_many_attempts")
