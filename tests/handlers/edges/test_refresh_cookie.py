"""The refresh token in a cookie: for pages of ours, out of reach of scripts and of other pages."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from handlers.rate_limits import Bucket
from server.config.load import Config
from storage.database.pool import Database
from tests.conftest import running
from tests.handlers.session_helpers import stops_working, works
from tests.people import PASSWORD, Instance, Person, Reply

LOG_IN = "/api/users/token/"
REFRESH = "/api/users/token/refresh/"
REVOKE = "/api/users/token/revoke/"
PLAIN = "mini_twitter_refresh"
DAYS_30 = 30 * 24 * 60 * 60


def own(instance: Instance) -> dict[str, str]:
    """What a browser says of a request by our own page."""
    return {"Origin": instance.url, "Sec-Fetch-Site": "same-origin"}


def set_cookie(reply: Reply) -> tuple[str, str, set[str]]:
    """Name, value and attributes of the only cookie that an answer sets."""
    (header,) = reply.headers.getall("Set-Cookie")
    pair, *attributes = header.split("; ")
    name, _, value = pair.partition("=")
    return name, value, set(attributes)


def attributes(*more: str, seconds: int = DAYS_30) -> set[str]:
    return {
        "HttpOnly", "SameSite=Strict", "Path=/api/users/token/", f"Max-Age={seconds}", *more,
    }  # fmt: skip


def sets_nothing(reply: Reply) -> bool:
    return "Set-Cookie" not in reply.headers


async def log_in(
    instance: Instance, person: Person, headers: dict[str, str] | None = None
) -> Reply:
    asked = {"username": person.username, "password": PASSWORD, "cookie": True}
    return await instance.post(LOG_IN, json=asked, headers=headers or own(instance))


async def logged_in(instance: Instance, person: Person) -> tuple[str, Reply]:
    """The cookie as it is sent back, and the answer that brought it."""
    reply = await log_in(instance, person)
    name, value, _ = set_cookie(reply)
    return f"{name}={value}", reply


async def by_cookie(
    instance: Instance, path: str, cookie: str, by: Person | None = None, **more: Any
) -> Reply:
    headers = own(instance) | {"Cookie": cookie} | more.pop("headers", {})
    return await instance.post(path, by, more.pop("json", {}), headers=headers, **more)


def next_cookie(reply: Reply) -> str:
    name, value, _ = set_cookie(reply)
    return f"{name}={value}"


def as_user(person: Person, reply: Reply) -> Person:
    return replace(person, access=reply["access"])


async def test_page_that_asks_for_it_gets_the_refresh_token_in_a_cookie_only(
    instance: Instance,
) -> None:
    ann = await instance.person("ann")
    reply = await log_in(instance, ann)
    name, value, given = set_cookie(reply)
    assert name == PLAIN
    assert given == attributes()
    assert reply["refresh"] is None
    assert reply["user_id"] == ann.id
    assert value not in str(reply.body)
    assert await works(instance, reply["access"])


async def test_its_time_is_that_of_the_setting(settings: Config) -> None:
    async with running(replace(settings, refresh_token_days=3)) as instance:
        reply = await log_in(instance, await instance.person())
        seconds = int(timedelta(days=3).total_seconds())
        assert set_cookie(reply)[2] == attributes(seconds=seconds)


async def test_cookie_is_exchanged_for_the_next_and_an_access_token(
    two_instances: tuple[Instance, Instance],
) -> None:
    here, there = two_instances
    ann = await here.person("ann")
    cookie, first = await logged_in(here, ann)
    second = await by_cookie(there, REFRESH, cookie)
    name, value, given = set_cookie(second)
    assert (name, given) == (PLAIN, attributes())
    assert f"{name}={value}" != cookie
    assert second["refresh"] is None
    assert second["user_id"] == ann.id
    assert second["access"] != first["access"]
    assert await works(here, second["access"])
    await by_cookie(here, REFRESH, next_cookie(second))


@pytest.mark.parametrize("body", [{"cookie": False}, {"cookie": True}, {"refresh": None}])
async def test_what_is_in_the_cookie_is_never_answered(
    instance: Instance, body: dict[str, Any]
) -> None:
    cookie, _ = await logged_in(instance, await instance.person())
    reply = await by_cookie(instance, REFRESH, cookie, json=body)
    assert reply["refresh"] is None
    assert set_cookie(reply)[1]


async def test_refresh_needs_no_body_but_its_media_type(instance: Instance) -> None:
    cookie, _ = await logged_in(instance, await instance.person())
    headers = own(instance) | {"Cookie": cookie}
    as_json = headers | {"Content-Type": "application/json"}
    for form in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data"):
        refused = await instance.call(
            "POST", REFRESH, headers=headers | {"Content-Type": form}, status=415
        )
        assert sets_nothing(refused)
    await instance.call("POST", REFRESH, headers=headers, status=415)
    await instance.call("POST", REFRESH, headers=as_json)


async def test_tabs_that_refresh_at_once_and_an_answer_that_is_lost_go_on(
    two_instances: tuple[Instance, Instance],
) -> None:
    here, there = two_instances
    lost, _ = await logged_in(here, await here.person())
    first = await by_cookie(here, REFRESH, lost)
    again = await by_cookie(there, REFRESH, lost)  # the same successor
    await by_cookie(there, REFRESH, next_cookie(first))
    await by_cookie(here, REFRESH, next_cookie(again))


async def test_copy_of_a_cookie_that_was_used_up_ends_the_session_and_is_deleted(
    instance: Instance,
) -> None:
    copy, _ = await logged_in(instance, await instance.person())
    second = await by_cookie(instance, REFRESH, copy)
    third = await by_cookie(instance, REFRESH, next_cookie(second))
    refused = await by_cookie(instance, REFRESH, copy, status=401)
    assert refused["code"] == "session_ended"
    assert set_cookie(refused) == (PLAIN, "", attributes(seconds=0))
    await by_cookie(instance, REFRESH, next_cookie(third), status=401)
    await stops_working(instance, third["access"])


async def test_revoke_by_cookie_ends_the_session_and_deletes_the_cookie(
    two_instances: tuple[Instance, Instance],
) -> None:
    here, there = two_instances
    ann = await here.person("ann")
    cookie, reply = await logged_in(here, ann)
    this = as_user(ann, reply)
    await by_cookie(here, REVOKE, cookie, status=401)  # with the cookie alone
    assert await works(here, this.access)
    gone = await by_cookie(here, REVOKE, cookie, this, status=204)
    assert set_cookie(gone) == (PLAIN, "", attributes(seconds=0))
    await stops_working(there, this.access)
    await by_cookie(there, REFRESH, cookie, status=401)
    assert await works(here, ann.access)  # of a session of its own


async def test_who_has_logged_in_over_anothers_session_is_not_logged_out_by_them(
    instance: Instance,
) -> None:
    ann, bob = await instance.people("ann", "bob")
    _, hers = await logged_in(instance, ann)
    cookie, _ = await logged_in(instance, bob)  # in another tab: one cookie a browser
    refused = await by_cookie(instance, REVOKE, cookie, as_user(ann, hers), status=403)
    assert refused["code"] == "token_mismatch"
    assert sets_nothing(refused)
    assert await works(instance, hers["access"])
    assert (await by_cookie(instance, REFRESH, cookie))["user_id"] == bob.id


async def test_log_in_over_another_session_is_of_the_new_account(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    cookie, _ = await logged_in(instance, ann)
    asked = {"username": bob.username, "password": PASSWORD, "cookie": True}
    reply = await by_cookie(instance, LOG_IN, cookie, json=asked)
    assert reply["user_id"] == bob.id
    assert (await by_cookie(instance, REFRESH, next_cookie(reply)))["user_id"] == bob.id
    wrong = asked | {"password": "wrong horse"}
    assert sets_nothing(await by_cookie(instance, LOG_IN, cookie, json=wrong, status=401))


async def test_without_a_token_in_body_or_cookie_one_is_missing(instance: Instance) -> None:
    ann = await instance.person()
    for headers in (own(instance), {}):
        for path, by in ((REFRESH, None), (REVOKE, ann)):
            for cookie in ({}, {"Cookie": f"{PLAIN}="}, {"Cookie": "other=1"}):
                refused = await instance.post(path, by, {}, headers=headers | cookie, status=401)
                assert refused["code"] == "token_missing"
                assert sets_nothing(refused)


@pytest.mark.parametrize("value", ["garbage", "\udcff", "a.b.c", "x" * 4001])
async def test_cookie_that_is_none_of_ours_is_refused(instance: Instance, value: str) -> None:
    cookie = f"{PLAIN}={value}".encode(errors="surrogateescape").decode("latin-1")
    refused = await by_cookie(instance, REFRESH, cookie, status=401)
    assert refused["code"] == "token_invalid"
    assert set_cookie(refused) == (PLAIN, "", attributes(seconds=0))


async def test_access_token_in_the_cookie_is_no_refresh_token(instance: Instance) -> None:
    ann = await instance.person()
    await by_cookie(instance, REFRESH, f"{PLAIN}={ann.access}", status=401)


async def test_token_in_the_body_counts_and_leaves_the_cookie_alone(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    cookie, _ = await logged_in(instance, ann)
    foreign = {"Cookie": cookie, "Origin": "https://evil.example"}
    pair = await instance.post(REFRESH, json={"refresh": bob.refresh}, headers=foreign)
    assert sets_nothing(pair)
    assert (pair["user_id"], bool(pair["refresh"])) == (bob.id, True)
    await instance.post(REVOKE, bob, {"refresh": pair["refresh"]}, headers=foreign, status=204)
    refused = await by_cookie(
        instance, REFRESH, cookie, json={"refresh": pair["refresh"]}, status=401
    )
    assert sets_nothing(refused)
    await by_cookie(instance, REFRESH, cookie)


async def test_token_of_the_body_moves_into_the_cookie(instance: Instance) -> None:
    ann = await instance.person()
    asked = {"refresh": ann.refresh, "cookie": True}
    reply = await instance.post(REFRESH, json=asked, headers=own(instance))
    assert reply["refresh"] is None
    await by_cookie(instance, REFRESH, next_cookie(reply))
    refused = await instance.post(REFRESH, json=asked, status=403)
    assert refused["code"] == "cross_origin"


async def ended_by_suspension(instance: Instance, db: Database, person: Person) -> None:
    await db.execute("UPDATE users SET suspended_at = now() WHERE id = $1", person.id)


async def ended_by_password(instance: Instance, db: Database, person: Person) -> None:
    change = {"current_password": PASSWORD, "new_password": "another horse 5"}
    await instance.post("/api/users/password/", person, change, status=204)


async def ended_by_deletion(instance: Instance, db: Database, person: Person) -> None:
    password = {"password": PASSWORD}
    await instance.call("DELETE", "/api/users/me/", person, json=password, status=204)


async def ended_from_elsewhere(instance: Instance, db: Database, person: Person) -> None:
    newest = (await instance.get("/api/users/sessions/", person))["results"][0]
    assert not newest["current"]
    await instance.call("DELETE", f"/api/users/sessions/{newest['id']}/", person, status=204)


@pytest.mark.parametrize(
    "end", [ended_by_suspension, ended_by_password, ended_by_deletion, ended_from_elsewhere]
)
async def test_cookie_of_a_session_that_has_ended_works_no_longer_and_is_deleted(
    two_instances: tuple[Instance, Instance],
    db: Database,
    end: Callable[[Instance, Database, Person], Awaitable[None]],
) -> None:
    here, there = two_instances
    ann = await here.person("ann")  # with a session elsewhere, too
    cookie, _ = await logged_in(here, ann)
    await end(here, db, ann)
    refused = await by_cookie(there, REFRESH, cookie, status=401)
    assert refused["code"] == "session_ended"
    assert set_cookie(refused) == (PLAIN, "", attributes(seconds=0))


async def test_session_that_changes_the_password_keeps_its_cookie(
    instance: Instance, db: Database
) -> None:
    ann = await instance.person("ann")
    cookie, reply = await logged_in(instance, ann)
    await ended_by_password(instance, db, as_user(ann, reply))
    await by_cookie(instance, REFRESH, cookie)


async def test_suspended_account_is_given_no_cookie(instance: Instance, db: Database) -> None:
    ann = await instance.person("ann")
    await ended_by_suspension(instance, db, ann)
    asked = {"username": ann.username, "password": PASSWORD, "cookie": True}
    refused = await instance.post(LOG_IN, json=asked, headers=own(instance), status=403)
    assert refused["code"] == "account_suspended"
    assert sets_nothing(refused)


async def test_cookie_gives_access_to_nothing_but_the_exchange(instance: Instance) -> None:
    cookie, _ = await logged_in(instance, await instance.person())
    headers = own(instance) | {"Cookie": cookie}
    for method, path in (
        ("GET", "/api/users/me/"), ("POST", "/api/posts/"), ("GET", "/api/users/sessions/"),
    ):  # fmt: skip
        await instance.call(method, path, json={"content": "x"}, headers=headers, status=401)


async def test_cookie_that_is_refused_for_now_stays(settings: Config) -> None:
    """What is no fault of the token must not end the session: a rate limit."""
    async with running(replace(settings, rate_limits=True)) as instance:
        cookie, _ = await logged_in(instance, await instance.person())
        statuses = set()
        for _ in range(2 * Bucket.LOGIN.value.burst):
            async with instance.http.post(
                instance.url + REFRESH, json={}, headers=own(instance) | {"Cookie": cookie}
            ) as response:
                statuses.add(response.status)
                if response.status == 429:
                    assert "Set-Cookie" not in response.headers
                    break
        assert statuses == {200, 429}
