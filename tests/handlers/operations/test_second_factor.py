"""Logins that take a code besides the password."""

import base64
import time
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from handlers.rate_limits import Bucket
from handlers.security import one_time_codes
from server.config.load import Config
from storage.database.pool import Database
from tests.conftest import running
from tests.people import PASSWORD, Instance, Person

PATH = "/api/users/second_factor/"
CONFIRM = f"{PATH}confirm/"
CODES = f"{PATH}recovery_codes/"
WITH_PASSWORD = {"password": PASSWORD}
AGAIN = "UPDATE second_factors SET last_step = 0 WHERE user_id = $1"


def code_of(uri: str, *, steps: int = 0) -> str:
    """What the program of a user shows so many steps from now."""
    given = parse_qs(urlsplit(uri).query)
    assert given["issuer"] == ["Mini-Twitter"]
    secret = given["secret"][0]
    key = base64.b32decode(secret)
    totp = TOTP(key, 6, SHA1(), int(given.get("period", ["30"])[0]))
    return totp.generate(int(time.time()) + 30 * steps).decode()


async def log_in(instance: Instance, person: Person, status: int, **more: Any) -> str:
    given = {"username": person.username, "password": PASSWORD, **more}
    reply = await instance.post("/api/users/token/", None, given, status=status)
    return "" if status == 200 else str(reply["code"])


@pytest.fixture
async def ann(instance: Instance) -> Person:
    return await instance.person("ann")


async def begun(instance: Instance, person: Person) -> str:
    reply = await instance.post(PATH, person, WITH_PASSWORD)
    return str(reply["uri"])


async def enabled(instance: Instance, person: Person) -> tuple[str, list[str]]:
    """The address of the secret, and the recovery codes; a code was used."""
    uri = await begun(instance, person)
    reply = await instance.post(CONFIRM, person, {"code": code_of(uri)})
    return uri, reply["codes"]


async def test_a_login_takes_a_code_once_the_program_has_made_one(
    instance: Instance, ann: Person
) -> None:
    secret = await instance.post(PATH, ann, WITH_PASSWORD)
    assert secret["uri"].startswith(f"otpauth://totp/Mini-Twitter:{ann.username}?")
    assert secret["secret"] in secret["uri"]
    assert ET.fromstring(secret["qr_code"]).tag.endswith("svg")
    await log_in(instance, ann, 200)
    assert (await instance.get(PATH, ann))["enabled"] is False
    await instance.post(CONFIRM, ann, {"code": "000000"}, status=422)
    await instance.post(CONFIRM, ann, {"code": code_of(secret["uri"])})
    assert (await instance.get(PATH, ann)).body == {"enabled": True, "recovery_codes_left": 10}
    assert await log_in(instance, ann, 401) == "second_factor_required"
    assert await log_in(instance, ann, 422, code="12345x") == "wrong_code"
    await log_in(instance, ann, 200, code=code_of(secret["uri"], steps=1))
    wrong = {"username": ann.username, "password": "is not the one"}
    reply = await instance.post("/api/users/token/", None, wrong, status=401)
    assert reply["code"] == "wrong_credentials"
    await instance.get("/api/users/me/", ann)  # her session of before goes on


async def test_a_code_is_good_once_and_about_a_minute(
    instance: Instance, ann: Person, db: Database
) -> None:
    uri, _ = await enabled(instance, ann)
    code = code_of(uri, steps=1)
    spaced = f"{code[:3]} {code[3:]}"
    await log_in(instance, ann, 200, code=spaced)
    assert await log_in(instance, ann, 422, code=code) == "wrong_code"
    assert await log_in(instance, ann, 422, code=code_of(uri)) == "wrong_code"
    await db.execute(AGAIN, ann.id)
    for steps in (-3, 3):
        assert await log_in(instance, ann, 422, code=code_of(uri, steps=steps)) == "wrong_code"
    await log_in(instance, ann, 200, code=code_of(uri))


async def test_a_recovery_code_is_good_once(instance: Instance, ann: Person) -> None:
    _, codes = await enabled(instance, ann)
    assert len(set(codes)) == 10
    await log_in(instance, ann, 200, code=codes[0].upper().replace("-", " "))
    assert await log_in(instance, ann, 422, code=codes[0]) == "wrong_code"
    assert (await instance.get(PATH, ann))["recovery_codes_left"] == 9
    await instance.post(CODES, ann, WITH_PASSWORD, status=422)
    reply = await instance.post(CODES, ann, WITH_PASSWORD | {"code": codes[0]}, status=422)
    assert reply["code"] == "wrong_code"
    fresh = (await instance.post(CODES, ann, WITH_PASSWORD | {"code": codes[1]}))["codes"]
    assert not set(fresh) & set(codes)
    assert await log_in(instance, ann, 422, code=codes[2]) == "wrong_code"
    await log_in(instance, ann, 200, code=fresh[1])


async def test_it_takes_the_password_and_a_code_to_end_it(instance: Instance, ann: Person) -> None:
    uri, codes = await enabled(instance, ann)
    reply = await instance.post(PATH, ann, WITH_PASSWORD, status=409)
    assert reply["code"] == "second_factor_enabled"
    for given in (
        {"password": "is not the one", "code": codes[0]},
        {"password": PASSWORD, "code": "000000"},
    ):
        await instance.call("DELETE", PATH, ann, json=given, status=422)
    await instance.call(
        "DELETE", PATH, ann, json={"password": PASSWORD, "code": code_of(uri, steps=1)}
    )
    await log_in(instance, ann, 200)
    assert (await instance.get(PATH, ann)).body == {"enabled": False, "recovery_codes_left": 0}
    assert (await instance.post(CODES, ann, given))["codes"] == []


async def test_a_secret_that_was_not_confirmed_is_replaced_by_the_next(
    instance: Instance, ann: Person
) -> None:
    first, second = await begun(instance, ann), await begun(instance, ann)
    reply = await instance.post(CONFIRM, ann, {"code": code_of(first)}, status=422)
    assert reply["code"] == "wrong_code"
    await instance.post(CONFIRM, ann, {"code": code_of(second)})


async def test_codes_cannot_be_guessed(settings: Config) -> None:
    quota = Bucket.CODE.value
    assert 3 * (quota.burst + 86_400 * quota.per_second) / 10**6 < 0.001  # in a day
    async with running(replace(settings, rate_limits=True)) as instance:
        ann = await instance.person("ann")
        uri, _ = await enabled(instance, ann)
        for _ in range(quota.burst - 1):  # one was spent to enable it
            assert await log_in(instance, ann, 422, code="none") == "wrong_code"
        assert await log_in(instance, ann, 429, code=code_of(uri, steps=1)) == "too_many_attempts"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (20000000000, "353130")],
)
def test_codes_are_those_of_the_standard(
    monkeypatch: pytest.MonkeyPatch, seconds: int, code: str
) -> None:
    """The last six digits of those in RFC 6238, appendix B."""
    monkeypatch.setattr(time, "time", lambda: float(seconds))
    secret = b"12345678901234567890"
    assert one_time_codes.step(secret, code, 0) == seconds // 30
    assert one_time_codes.step(secret, code, seconds // 30) is None
    assert one_time_codes.step(secret, "000000", 0) is None
    assert one_time_codes.step(secret, "½", 0) is None
