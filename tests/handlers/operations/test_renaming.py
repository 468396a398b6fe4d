"""A username that is changed: the one before leads to the account, and is nobody else's."""

import secrets

import pytest

from storage.accounts import usernames
from storage.database.pool import Database
from tests.people import PASSWORD, Instance, Person

RENAME = "/api/users/username/"
OLD = "UPDATE former_usernames SET given_up_at = now() - interval '31 days' WHERE user_id = $1"
OLD_HASH = f"""
    UPDATE freed_usernames SET freed_at = now() - interval '31 days'
     WHERE hash = {usernames.HASH.format("$1::text")}"""


def fresh(name: str) -> str:
    return f"{name}_{secrets.token_hex(5)}"


async def rename(instance: Instance, person: Person, username: str, status: int = 200) -> str:
    reply = await instance.post(RENAME, person, {"username": username}, status=status)
    return str(reply["username"] if status == 200 else reply["code"])


async def found(instance: Instance, username: str, status: int = 200) -> int | None:
    reply = await instance.get(
        f"/api/users/profiles/lookup/?username={username}", None, status=status
    )
    return int(reply["id"]) if status == 200 else None


async def register(instance: Instance, username: str, status: int) -> None:
    email = f"{secrets.token_hex(8)}@example.org"
    account = {"username": username, "email": email, "password": PASSWORD}
    await instance.post("/api/users/", None, account, status=status)


async def test_the_name_before_leads_to_the_account_and_is_nobody_elses(
    instance: Instance,
) -> None:
    ann, bob = await instance.people("ann", "bob")
    post = (await instance.write(bob, f"hello @{ann.username}"))["id"]
    new = fresh("anna")
    assert await rename(instance, ann, new) == new
    assert await found(instance, new) == ann.id
    assert await found(instance, ann.username.upper()) == ann.id
    await register(instance, ann.username, 409)
    assert await rename(instance, bob, ann.username.title(), 409) == "username_taken"
    # What was written before names her as she is called now.
    read = await instance.get(f"/api/posts/{post}/", bob)
    assert [one["username"] for one in read["mentions"]] == [new]
    own = await instance.write(ann, "mine")
    listed = await instance.get(f"/api/posts/?author=@{ann.username}", bob)
    assert [one["id"] for one in listed["results"]] == [own["id"]]
    searched = await instance.get(f"/api/search/?type=users&q={new}", bob)
    assert [one["id"] for one in searched["results"]] == [ann.id]
    login = {"username": new, "password": PASSWORD}
    assert (await instance.post("/api/users/token/", None, login))["user_id"] == ann.id


async def test_after_a_while_the_name_before_is_free_and_leads_to_who_has_it(
    instance: Instance, db: Database
) -> None:
    ann, bob = await instance.people("ann", "bob")
    await rename(instance, ann, fresh("anna"))
    await db.execute(OLD, ann.id)
    await db.execute(OLD_HASH, ann.username)
    assert await found(instance, ann.username, 404) is None
    assert await rename(instance, bob, ann.username) == ann.username
    assert await found(instance, ann.username) == bob.id
    await rename(instance, bob, fresh("bobby"))
    assert await found(instance, ann.username) == bob.id
    assert await rename(instance, ann, ann.username, 409) == "username_taken"
    await usernames.trim(db)
    assert await found(instance, bob.username) == bob.id


async def test_an_account_may_take_its_name_back(instance: Instance) -> None:
    ann = await instance.person("ann")
    new = fresh("anna")
    for _ in range(4):
        await rename(instance, ann, new)
        assert await rename(instance, ann, ann.username) == ann.username
    assert await found(instance, new) == ann.id


async def test_capitals_change_at_any_time_and_keep_nothing_back(
    instance: Instance, db: Database
) -> None:
    ann = await instance.person("ann")
    for _ in range(5):
        for name in (ann.username.upper(), ann.username):
            assert await rename(instance, ann, name) == name
    assert not await db.fetchval("SELECT count(*) FROM former_usernames WHERE user_id = $1", ann.id)


async def test_three_names_are_kept_back_for_one_account_and_no_more(
    instance: Instance, db: Database
) -> None:
    ann = await instance.person("ann")
    names = [fresh("anna") for _ in range(4)]
    for name in names[:3]:
        await rename(instance, ann, name)
    reply = await instance.http.post(
        instance.url + RENAME,
        json={"username": names[3]},
        headers={"Authorization": f"Bearer {ann.access}"},
    )
    assert (reply.status, (await reply.json())["code"]) == (429, "rate_limited")
    assert 29 * 86400 < int(reply.headers["Retry-After"]) <= 30 * 86400
    assert await found(instance, names[2]) == ann.id
    await found(instance, names[3], 404)
    await db.execute(OLD, ann.id)
    assert await rename(instance, ann, names[3]) == names[3]


@pytest.mark.parametrize("name", ["ab", "a" * 31, "ä" * 5, "with space", "deleted_7", "Deleted_7"])
async def test_what_is_no_username_is_refused(instance: Instance, name: str) -> None:
    ann = await instance.person("ann")
    assert await rename(instance, ann, name, 422) == "invalid"


async def test_a_name_that_is_taken_is_refused_and_the_own_one_kept(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    assert await rename(instance, ann, bob.username.upper(), 409) == "username_taken"
    assert (await instance.get("/api/users/me/", ann))["username"] == ann.username
    assert await found(instance, bob.username) == bob.id


async def test_of_a_deleted_account_no_name_leads_anywhere(
    instance: Instance, db: Database
) -> None:
    ann = await instance.person("ann")
    await rename(instance, ann, fresh("anna"))
    await instance.call("DELETE", "/api/users/me/", ann, json={"password": PASSWORD})
    await found(instance, ann.username, 404)
    await register(instance, ann.username, 409)
    assert not await db.fetchval("SELECT count(*) FROM former_usernames WHERE user_id = $1", ann.id)
