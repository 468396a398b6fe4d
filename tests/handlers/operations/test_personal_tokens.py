"""Personal access tokens: made, used, listed, and ended."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
import socketio

from handlers.security import personal_tokens
from handlers.security.tokens import fingerprint
from storage.accounts.personal_tokens import TOKENS_MAX
from storage.database.pool import Database
from tests.handlers.edges.test_event_streams import events
from tests.handlers.operations.test_second_factor import code_of, enabled
from tests.handlers.session_helpers import stops_working
from tests.handlers.token_helpers import TOKENS, by_token, make_token
from tests.people import PASSWORD, Instance, Person

GIVEN = {"name": "bot", "scopes": ["posts:read"], "password": PASSWORD}


@pytest.fixture
async def ann(instance: Instance) -> Person:
    return await instance.person("ann")


async def test_a_token_is_shown_once_and_kept_as_a_hash(
    instance: Instance, ann: Person, db: Database
) -> None:
    made = await make_token(instance, ann, "posts:write", "posts:read", expires_in_days=30)
    token = made.pop("token")
    assert re.fullmatch(r"mt_pat_[0-9A-Za-z]{36}", token)
    assert made["hint"] == token[-4:]
    assert made["scopes"] == ["posts:read", "posts:write"]
    assert made["user"]["id"] == ann.id
    assert made["expires_at"] is not None
    assert made["last_used_at"] is None
    listed = await instance.get(TOKENS, ann)
    assert listed["results"] == [made]
    [stored] = await db.fetch("SELECT * FROM personal_tokens WHERE user_id = $1", ann.id)
    assert stored["hash"] == fingerprint(token)
    assert token not in repr(stored)


async def test_it_is_used_over_rest_sockets_and_server_sent_events(
    instance: Instance, ann: Person
) -> None:
    program = await by_token(instance, ann)
    post = await instance.write(program, "by a program")
    assert post["author"]["id"] == ann.id
    async with instance.socket(program) as socket, events(instance, program) as stream:
        ready = await socket.ready()
        assert ready["user"]["email"].startswith("ann")
        assert ready["expires_at"] is None
        assert (await socket.do("post.get", {"id": post["id"]}))["id"] == post["id"]
        assert (await stream.next("session.ready"))["session_id"] == ready["session_id"]


async def test_a_token_that_was_made_up_typed_wrongly_or_of_another_kind_is_none(
    instance: Instance, ann: Person
) -> None:
    good = (await make_token(instance, ann))["token"]
    wrong = [
        personal_tokens.new_token(), good[:-1] + ("a" if good[-1] != "a" else "b"), good + "a",
        "mt_pat_", "mt_pat_" + "é" * 36,
    ]  # fmt: skip
    for token in wrong:
        reply = await instance.ask("GET", "/api/users/me/", replace(ann, access=token))
        assert (reply.status, reply["code"]) == (401, "token_invalid"), token
        refused = socketio.AsyncSimpleClient()
        with pytest.raises(socketio.exceptions.ConnectionError):
            await refused.connect(instance.url, auth={"token": token})
    refresh = {"refresh": good}
    reply = await instance.post("/api/users/token/refresh/", None, refresh, status=401)
    assert reply["code"] == "token_invalid"


async def test_to_make_one_takes_the_password_and_the_code(instance: Instance, ann: Person) -> None:
    wrong = GIVEN | {"password": "not mine at all"}
    assert (await instance.post(TOKENS, ann, wrong, status=422))["code"] == "wrong_password"
    uri, _ = await enabled(instance, ann)
    missing = await instance.post(TOKENS, ann, GIVEN, status=401)
    assert missing["code"] == "second_factor_required"
    wrong = GIVEN | {"code": "000000"}
    assert (await instance.post(TOKENS, ann, wrong, status=422))["code"] == "wrong_code"
    right = GIVEN | {"code": code_of(uri, steps=1)}
    await instance.post(TOKENS, ann, right, status=201)


@pytest.mark.parametrize(
    "wrong",
    [
        {"scopes": []}, {"scopes": ["posts:admin"]}, {"scopes": ["posts:read", "posts:read"]},
        {"scopes": "posts:read"}, {"name": ""}, {"name": "x" * 51}, {"expires_in_days": 0},
        {"expires_in_days": 367}, {"scopes": [{}]},
    ],
    ids=str,
)  # fmt: skip
async def test_what_makes_no_sense_is_refused(
    instance: Instance, ann: Person, wrong: dict[str, object]
) -> None:
    reply = await instance.post(TOKENS, ann, GIVEN | wrong, status=422)
    assert next(iter(reply["errors"])).partition(".")[0] == next(iter(wrong))


async def test_an_account_has_so_many_and_no_more(
    instance: Instance, ann: Person, db: Database
) -> None:
    await make_token(instance, ann)
    await db.execute(
        """WITH opened AS (
               INSERT INTO sessions (user_id, expires_at, is_token)
               SELECT $1, 'infinity', true FROM generate_series(2, $2) RETURNING id)
           INSERT INTO personal_tokens (session_id, user_id, hash, hint, name, scopes)
           SELECT id, $1, sha256(id::text::bytea), 'abcd', 'one of many', '{}' FROM opened""",
        ann.id,
        TOKENS_MAX,
    )
    assert (await instance.post(TOKENS, ann, GIVEN, status=409))["code"] == "token_limit"
    [last, *_] = (await instance.get(TOKENS, ann))["results"]
    await instance.call("DELETE", f"{TOKENS}{last['id']}/", ann)
    await instance.post(TOKENS, ann, GIVEN, status=201)


async def test_it_is_no_login_and_is_not_among_them(instance: Instance, ann: Person) -> None:
    id = (await make_token(instance, ann))["id"]
    assert id not in [one["id"] for one in await instance.walk("/api/users/sessions/", ann)]
    reply = await instance.ask("DELETE", f"/api/users/sessions/{id}/", ann)
    assert reply.status == 404


async def test_nobody_ends_the_token_of_another_and_one_that_ended_is_none(
    instance: Instance, ann: Person
) -> None:
    bob = await instance.person("bob")
    path = f"{TOKENS}{(await make_token(instance, ann))['id']}/"
    assert (await instance.ask("DELETE", path, bob)).status == 404
    assert (await instance.ask("DELETE", path, ann)).status == 204
    assert (await instance.ask("DELETE", path, ann)).status == 404
    login = (await instance.get("/api/users/sessions/", ann))["results"][0]["id"]
    assert (await instance.ask("DELETE", f"{TOKENS}{login}/", ann)).status == 404


async def revoked(instance: Instance, ann: Person, db: Database) -> None:
    [token] = (await instance.get(TOKENS, ann))["results"]
    await instance.call("DELETE", f"{TOKENS}{token['id']}/", ann)


async def password_changed(instance: Instance, ann: Person, db: Database) -> None:
    change = {"current_password": PASSWORD, "new_password": "another horse"}
    await instance.post("/api/users/password/", ann, change)


async def suspended(instance: Instance, ann: Person, db: Database) -> None:
    admin = await instance.person("admin")
    await db.execute("UPDATE users SET is_admin = true WHERE id = $1", admin.id)
    await instance.post(f"/api/admin/users/{ann.id}/suspend/", admin)


async def deleted(instance: Instance, ann: Person, db: Database) -> None:
    await instance.call("DELETE", "/api/users/me/", ann, json={"password": PASSWORD})


@pytest.mark.parametrize("end", [revoked, password_changed, suspended, deleted])
async def test_it_ends_with_its_sockets_and_streams_on_all_instances(
    two_instances: tuple[Instance, Instance],
    db: Database,
    end: Callable[[Instance, Person, Database], Awaitable[None]],
) -> None:
    here, there = two_instances
    ann = await here.person("ann")
    program = await by_token(here, ann)
    async with there.socket(program) as socket, events(there, program) as stream:
        await socket.ready()
        await stream.next("session.ready")
        await end(here, ann, db)
        assert (await socket.next("session.closing"))["code"] == "session_ended"
        assert (await stream.next("session.closing"))["code"] == "session_ended"
    for instance in (here, there):
        await stops_working(instance, program.access)
        reply = await instance.ask("GET", "/api/users/me/", program)
        assert reply["code"] in ("session_ended", "token_invalid")  # purged with the account


async def test_it_ends_when_its_time_is_over(instance: Instance, ann: Person, db: Database) -> None:
    made = await make_token(instance, ann, expires_in_days=1)
    program = replace(ann, access=made["token"])
    for table, id in (("personal_tokens", "session_id"), ("sessions", "id")):
        await db.execute(
            f"UPDATE {table} SET expires_at = now() + interval '3 s' WHERE {id} = $1", made["id"]
        )
    async with instance.socket(program) as socket:
        await socket.ready()
        assert (await socket.next("session.closing"))["code"] == "token_expired"
    reply = await instance.ask("GET", "/api/users/me/", program)
    assert (reply.status, reply["code"]) == (401, "token_expired")
    assert (await instance.get(TOKENS, ann))["results"] == []


async def test_its_use_is_noted_without_a_write_for_each_request(
    instance: Instance, ann: Person, db: Database
) -> None:
    program = await by_token(instance, ann)
    await instance.get("/api/users/me/", program)
    [token] = (await instance.get(TOKENS, ann))["results"]
    assert token["last_used_at"] is not None
    version = "SELECT xmin::text FROM personal_tokens WHERE user_id = $1"
    before = await db.fetchval(version, ann.id)
    for _ in range(5):
        await instance.get("/api/users/me/", program)
    assert await db.fetchval(version, ann.id) == before


async def test_one_made_at_the_moment_of_it_does_not_outlive_a_change_of_the_password(
    instance: Instance, ann: Person
) -> None:
    change = {"current_password": PASSWORD, "new_password": "another horse"}
    made, _ = await asyncio.gather(
        instance.ask("POST", TOKENS, ann, json=GIVEN),
        instance.ask("POST", "/api/users/password/", ann, json=change),
    )
    if made.status == 201:
        await stops_working(instance, made["token"])
    else:
        assert made["code"] == "wrong_password"


async def test_the_token_of_an_admin_has_no_rights_of_one(
    instance: Instance, ann: Person, db: Database
) -> None:
    bob = await instance.person("bob")
    post = await instance.write(bob, "mine")
    await db.execute("UPDATE users SET is_admin = true WHERE id = $1", ann.id)
    program = await by_token(instance, ann)
    assert (await instance.ask("DELETE", f"/api/posts/{post['id']}/", program)).status == 403
    assert (await instance.ask("GET", "/api/admin/users/", program)).status == 403
    assert (await instance.ask("DELETE", f"/api/posts/{post['id']}/", ann)).status == 204
