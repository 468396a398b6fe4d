"""Registering, logging in, and how a user is seen."""

import asyncio
import secrets
import time
from dataclasses import replace
from typing import Any

import pytest

from server.config.load import Config
from tests.conftest import running
from tests.people import PASSWORD, Instance

USERS = "/api/users/"
TOKEN = "/api/users/token/"


def account(**changed: Any) -> dict[str, Any]:
    """What a newcomer sends, but for what is given; None leaves a field out."""
    name = f"new_{secrets.token_hex(5)}"
    fields = {"username": name, "email": f"{name}@example.org", "password": PASSWORD, **changed}
    return {key: value for key, value in fields.items() if value is not None}


async def test_newcomer_is_told_everything_about_their_account(instance: Instance) -> None:
    given = account(display_name="Ann Example")
    me = await instance.post(USERS, json=given, status=201)
    assert me["created_at"].endswith("Z")
    expected = {
        "id": me["id"],
        "username": given["username"],
        "email": given["email"],
        "display_name": "Ann Example",
        "avatar": None,
        "bio": "",
        "followers_count": 0,
        "following_count": 0,
        "posts_count": 0,
        "is_following": False,
        "is_followed_by": False,
        "blocked": False,
        "muted": False,
        "is_admin": False,
        "unread_notifications": 0,
        "unread_messages": 0,
    }
    assert expected.items() <= me.body.items()


async def test_display_name_is_the_username_where_none_is_given(instance: Instance) -> None:
    given = account()
    assert (await instance.post(USERS, json=given))["display_name"] == given["username"]


async def test_nobody_becomes_an_admin_by_asking(instance: Instance) -> None:
    refused = await instance.post(USERS, json=account(is_admin=True), status=422)
    assert list(refused["errors"]) == ["is_admin"]


@pytest.mark.parametrize("field", ["username", "email"])
async def test_what_is_taken_stays_taken_in_capitals(instance: Instance, field: str) -> None:
    given = account()
    await instance.post(USERS, json=given)
    refused = await instance.post(USERS, json=account(**{field: given[field].upper()}), status=409)
    assert list(refused["errors"]) == [field]


async def test_of_many_who_want_a_name_at_once_one_gets_it(instance: Instance) -> None:
    name = account()["username"]
    replies = await asyncio.gather(
        *(instance.http.post(instance.url + USERS, json=account(username=name)) for _ in range(8))
    )
    assert sorted(reply.status for reply in replies) == [201] + 7 * [409]


LONG_EMAIL = "abc@" + ".".join([60 * "b", 60 * "c", 60 * "d", 60 * "e", "example"])

GOOD = [
    {"username": "a_" + secrets.token_hex(14)},
    {"username": secrets.token_hex(2)[:3]},
    {"username": secrets.token_hex(5).upper() + "_Z9"},
    {"password": "k7fp-93x"},
    {"password": 128 * "p"},
    {"password": "пароль👍👍"},
    {"password": 128 * "👍"},
    {"display_name": 50 * "é"},
    {"display_name": ""},
]
BAD: list[dict[str, Any]] = [
    {"username": None},
    {"username": "ab"},
    {"username": 31 * "a"},
    {"username": "with space"},
    {"username": "naïve"},
    {"username": "dash-ed"},
    {"username": "line\n"},
    {"username": "nul\x00nul"},
    {"username": 12345},
    {"email": None},
    {"email": "nobody"},
    {"email": "nobody@"},
    {"email": "two@@example.org"},
    {"email": "a b@example.org"},
    {"email": "nul\x00@example.org"},
    {"email": "line@example.org\n"},
    {"email": LONG_EMAIL},
    {"email": []},
    {"password": None},
    {"password": "1234567"},
    {"password": 129 * "p"},
    {"password": "nul\x00nulnul"},
    {"password": 12345678},
    {"display_name": 51 * "d"},
    {"display_name": "nul\x00"},
    {"display_name": 5},
    {"favourite_colour": "blue"},
]


async def test_account_at_the_limits_can_log_in(instance: Instance) -> None:
    for fields in GOOD:
        given = account(**fields)
        await instance.post(USERS, json=given, status=201)
        login = {name: given[name] for name in ("username", "password")}
        await instance.post(TOKEN, json=login, status=200)


async def test_account_beyond_the_limits_is_refused_by_field(instance: Instance) -> None:
    for fields in BAD:
        ((field, value),) = fields.items()
        given = account(**fields)
        refused = await instance.post(USERS, json=given, status=422)
        assert list(refused["errors"]) == [field], (field, value, refused)
        assert all(isinstance(text, str) for text in refused["errors"][field])


async def test_all_that_is_wrong_is_told_at_once(instance: Instance) -> None:
    refused = await instance.post(USERS, json={"username": "x", "email": "y"}, status=422)
    assert set(refused["errors"]) == {"username", "email", "password"}


async def test_one_logs_in_by_name_or_address_in_any_case(instance: Instance) -> None:
    given = account()
    await instance.post(USERS, json=given)
    for login in (given["username"], given["email"].upper(), given["username"].upper()):
        pair = await instance.post(TOKEN, json={"username": login, "password": PASSWORD})
        assert set(pair.body) == {"access", "refresh", "token_type", "expires_in", "user_id"}
        assert (pair["token_type"], pair["expires_in"]) == ("Bearer", 900)


async def test_bytes_of_a_password_beyond_72_count(instance: Instance) -> None:
    given = account(password=100 * "x" + "right")
    await instance.post(USERS, json=given)
    login = {"username": given["username"]}
    for wrong in (100 * "x" + "wrong", 100 * "x", 72 * "x"):
        await instance.post(TOKEN, json=login | {"password": wrong}, status=401)
    await instance.post(TOKEN, json=login | {"password": given["password"]})


async def test_wrong_password_and_unknown_user_get_the_same_answer(instance: Instance) -> None:
    given = account()
    await instance.post(USERS, json=given)
    known = {"username": given["username"], "password": "wrong horse"}
    wrong = await instance.post(TOKEN, json=known, status=401)
    unknown = await instance.post(TOKEN, json=known | {"username": "nobody_here"}, status=401)
    assert wrong.problem == unknown.problem
    assert wrong.headers["WWW-Authenticate"] == "Bearer"
    assert unknown.headers["WWW-Authenticate"] == "Bearer"


async def test_me_is_for_those_with_a_token(instance: Instance) -> None:
    ann = await instance.person("ann")
    me = await instance.get("/api/users/me/", ann)
    assert (me["id"], me["email"]) == (ann.id, f"{ann.username}@example.org")
    refused = await instance.get("/api/users/me/", status=401)
    assert refused.headers["WWW-Authenticate"] == "Bearer"


async def test_others_do_not_see_what_is_private(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    await instance.follow(bob, ann)
    anonymous = await instance.get(f"/api/users/{bob.id}/")
    seen = await instance.get(f"/api/users/{bob.id}/", ann)
    assert set(seen.body) == {
        "id", "username", "display_name", "avatar", "bio", "followers_count", "following_count",
        "posts_count", "created_at", "is_following", "is_followed_by", "blocked", "muted", "is_bot",
    }  # fmt: skip
    assert (seen["is_following"], seen["is_followed_by"]) == (False, True)
    assert anonymous.body == seen.body | {"is_followed_by": False}


async def test_absent_user_is_not_found(instance: Instance) -> None:
    await instance.get(f"/api/users/{2**53 - 1}/", status=404)


async def test_unknown_user_takes_as_long_to_refuse_as_a_wrong_password(settings: Config) -> None:
    """By the processor's time in all threads, which a busy machine does not stretch."""
    async with running(replace(settings, bcrypt_rounds=9)) as instance:
        ann = await instance.person("ann")
        taken: dict[str, list[float]] = {ann.username: [], "nobody_here": []}
        for _ in range(7):
            for name, seconds in taken.items():
                started = time.process_time()
                login = {"username": name, "password": "wrong horse"}
                await instance.post(TOKEN, json=login, status=401)
                seconds.append(time.process_time() - started)
    known, unknown = (min(seconds) for seconds in taken.values())
    assert unknown > 0.6 * known
