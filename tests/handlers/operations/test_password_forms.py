"""One password, however it is typed, and which ones are refused."""

import asyncio
import base64
import hashlib
import hmac
import unicodedata
from typing import Any

import bcrypt
import pytest

from handlers.security.tokens import Tokens, fingerprint
from server.cli.superuser import create_superuser
from server.config import ConfigError
from server.config.load import Config
from storage.accounts import mail_tokens
from storage.database.pool import Database
from tests.handlers.operations.test_accounts import TOKEN, USERS, account
from tests.people import PASSWORD, Instance, Person

COMPOSED = "Überraschung12"
FORMS = [
    unicodedata.normalize("NFD", COMPOSED),
    COMPOSED.replace("12", "１２"),
    "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in COMPOSED),
    COMPOSED,
]


def hashed_as_typed(password: str) -> str:
    """As releases before passwords were prepared hashed them."""
    digest = hmac.digest(b"mini-twitter password", password.encode(), hashlib.sha256)
    return bcrypt.hashpw(base64.b64encode(digest), bcrypt.gensalt(4)).decode()


async def login(instance: Instance, username: str, password: str, status: int = 200) -> Any:
    given = {"username": username, "password": password}
    return await instance.post(TOKEN, json=given, status=status)


async def registered(instance: Instance, password: str) -> Person:
    given = account(password=password)
    me = await instance.post(USERS, json=given, status=201)
    pair = await login(instance, given["username"], password)
    return Person(me["id"], given["username"], pair["access"], pair["refresh"])


async def reset_link(db: Database, settings: Config, person: Person) -> str:
    secret = Tokens(settings.jwt_secret, 900, 30).mailed("password_reset", person.username)
    assert await mail_tokens.issue(db, fingerprint(secret), person.id, "password_reset")
    return secret


@pytest.mark.parametrize("typed", FORMS, ids=["decomposed", "digits", "full width", "composed"])
async def test_a_password_is_the_same_however_it_is_typed(instance: Instance, typed: str) -> None:
    ann = await registered(instance, typed)
    for other in FORMS:
        await login(instance, ann.username, other)
    await login(instance, ann.username, COMPOSED.replace("Ü", "U"), 401)


async def test_every_verb_takes_it_in_every_form(
    instance: Instance, db: Database, settings: Config
) -> None:
    ann = await registered(instance, COMPOSED)
    change = {"current_password": FORMS[0], "new_password": "Żółw " + FORMS[1]}
    await instance.post("/api/users/password/", ann, change, status=204)
    await login(instance, ann.username, "Żółw " + COMPOSED)
    secret = await reset_link(db, settings, ann)
    again = {"token": secret, "password": FORMS[2]}
    await instance.post("/api/users/password/reset/confirm/", json=again, status=204)
    pair = await login(instance, ann.username, COMPOSED)
    ann = Person(ann.id, ann.username, pair["access"], pair["refresh"])
    await instance.call("DELETE", "/api/users/me/", ann, json={"password": FORMS[0]}, status=204)


@pytest.mark.parametrize("typed", FORMS[:3])
async def test_an_old_hash_goes_on_working_and_is_renewed_at_the_next_login(
    instance: Instance, db: Database, typed: str
) -> None:
    ann = await instance.person("ann")
    old = hashed_as_typed(typed)
    await db.execute("UPDATE users SET password_hash = $2 WHERE id = $1", ann.id, old)
    await login(instance, ann.username, COMPOSED, 401)
    assert await db.fetchval("SELECT password_hash FROM users WHERE id = $1", ann.id) == old
    await asyncio.gather(*(login(instance, ann.username, typed) for _ in range(3)))
    assert await db.fetchval("SELECT password_hash FROM users WHERE id = $1", ann.id) != old
    for form in FORMS:
        await login(instance, ann.username, form)
    await instance.get("/api/users/me/", ann)  # no session ended of it


async def test_an_old_hash_changes_and_deletes_without_a_login_before(
    instance: Instance, db: Database
) -> None:
    ann = await instance.person("ann")
    old = "UPDATE users SET password_hash = $2 WHERE id = $1"
    await db.execute(old, ann.id, hashed_as_typed(FORMS[0]))
    change = {"current_password": FORMS[0], "new_password": PASSWORD}
    await instance.post("/api/users/password/", ann, change, status=204)
    await db.execute(old, ann.id, hashed_as_typed(FORMS[1]))
    await instance.call("DELETE", "/api/users/me/", ann, json={"password": FORMS[1]}, status=204)


async def test_an_old_password_that_could_not_be_set_now_still_logs_in(
    instance: Instance, db: Database
) -> None:
    ann = await instance.person("ann")
    for password in ("bell\x07bell", "❤\ufe0f❤\ufe0f❤\ufe0f❤\ufe0f", "password", "\ufb2c" * 128):
        await db.execute(
            "UPDATE users SET password_hash = $2 WHERE id = $1", ann.id, hashed_as_typed(password)
        )
        await login(instance, ann.username, password)
        await login(instance, ann.username, password)


@pytest.mark.parametrize(
    ("password", "status"),
    [
        ("e\u0301" * 128, 201),  # 256 typed, 128 prepared
        ("e\u0301" * 129, 422),
        ("e\u0301" * 7, 422),  # 14 typed, 7 prepared
        ("e\u0301" * 8, 201),
        ("\u1fc0" * 8, 201),
        ("\ufb2c" * 43, 422),  # NFC makes three of it
        ("\ufb2c" * 42, 201),
        ("e" * 100_000, 422),
    ],
)
async def test_length_is_counted_as_it_is_kept(
    instance: Instance, password: str, status: int
) -> None:
    reply = await instance.post(USERS, json=account(password=password), status=status)
    if status == 422:
        assert (
            "ength" in reply["errors"]["password"][0] or "onger" in reply["errors"]["password"][0]
        )


COMMON = [
    "password", "PassWord", "12345678", "１２３４５６７８", "qwertyuiop", "iloveyou", "Password123",
    "P@ssw0rd", "ｐａｓｓｗｏｒｄ", "11111111", "sunshine", "mini-twitter", "Mini-Twitter",
]  # fmt: skip


async def test_what_many_people_have_is_no_new_password_anywhere(
    instance: Instance, db: Database, settings: Config
) -> None:
    ann = await instance.person("ann")
    secret = await reset_link(db, settings, ann)
    for common in COMMON:
        given = {"current_password": PASSWORD, "new_password": common}
        for path, body, field in (
            (USERS, account(password=common), "password"),
            ("/api/users/password/", given, "new_password"),
            (
                "/api/users/password/reset/confirm/",
                {"token": secret, "password": common},
                "password",
            ),
        ):
            refused = await instance.post(path, ann, body, status=422)
            assert list(refused["errors"]) == [field], (path, common)
            assert refused["code"] == "invalid"
    # None of it has used the link up.
    fine = {"token": secret, "password": "wrong battery"}
    await instance.post("/api/users/password/reset/confirm/", json=fine, status=204)


async def test_no_name_of_the_account_is_its_password(
    instance: Instance, db: Database, settings: Config
) -> None:
    ann = await instance.person("ann")
    secret = await reset_link(db, settings, ann)
    address = f"{ann.username}@example.org"
    for name in (ann.username, ann.username.upper(), address, "ａｎｎ" + address[3:]):
        given = {"current_password": PASSWORD, "new_password": name}
        again = {"token": secret, "password": name}
        for path, body, field in (
            ("/api/users/password/", given, "new_password"),
            ("/api/users/password/reset/confirm/", again, "password"),
        ):
            refused = await instance.post(path, ann, body, status=422)
            assert list(refused["errors"]) == [field]
        mine = account(username=ann.username, email=address, password=name)
        assert list((await instance.post(USERS, json=mine, status=422))["errors"]) == ["password"]
    someone = account(email="somebody.else@example.org", password="Somebody.Else")
    assert list((await instance.post(USERS, json=someone, status=422))["errors"]) == ["password"]
    await login(instance, ann.username, PASSWORD)


async def test_the_first_admin_has_no_common_password(settings: Config) -> None:
    with pytest.raises(ConfigError, match=r"^this cannot be an account: password: Many people"):
        await create_superuser(settings, "boss_1", "boss@example.org", "administrator")
