"""What a client would act on differently has a code of its own, over REST and in acks alike."""

import time
from typing import Any

import jwt
import pytest
import socketio

from handlers.error_codes import ErrorCode
from server.config.load import Config
from storage.database.pool import Database
from tests.handlers.media import image_helpers
from tests.people import CONNECT_SECONDS, PASSWORD, Instance, Person

POSTS = "/api/posts/"


@pytest.fixture
async def people(instance: Instance) -> list[Person]:
    return await instance.people("ann", "bob", "cat")


async def refused(
    instance: Instance, code: ErrorCode, method: str, path: str, by: Person | None, json: Any = None
) -> None:
    reply = await instance.call(method, path, by, json=json, status=code.status.value)
    assert reply["code"] == code.value, reply


async def test_a_block_is_told_apart_from_what_is_not_ones_own(
    instance: Instance, people: list[Person]
) -> None:
    ann, bob, cat = people
    post = await instance.write(ann, "mine")
    chat = await instance.chat(ann, bob)
    said = await instance.say(ann, chat, "hi")
    own = f"{POSTS}{post['id']}/"
    message = f"/api/messages/{chat}/messages/{said['id']}/"
    changed = {"content": "theirs"}
    await refused(instance, ErrorCode.NOT_AUTHOR, "PUT", own, bob, changed)
    await refused(instance, ErrorCode.NOT_AUTHOR, "DELETE", own, bob)
    await refused(instance, ErrorCode.NOT_AUTHOR, "PATCH", message, bob, changed)
    await refused(instance, ErrorCode.NOT_FOUND, "PATCH", message, cat, changed)
    await instance.post(f"/api/users/{bob.id}/block/", ann)
    send = f"/api/messages/{chat}/send_message/"
    for path, json in (
        (f"/api/users/{bob.id}/follow/", None),
        ("/api/messages/", {"participants": [bob.id]}),
        (send, {"content": "still there?"}),
    ):
        await refused(instance, ErrorCode.BLOCKED, "POST", path, ann, json)
    await refused(instance, ErrorCode.BLOCKED, "POST", f"{own}like/", bob)
    await refused(
        instance, ErrorCode.BLOCKED, "POST", POSTS, bob, {"content": "no", "reply_to": post["id"]}
    )


async def test_what_is_taken_is_named(instance: Instance, people: list[Person]) -> None:
    name = people[0].username
    account = {"username": name, "email": "x@example.org", "password": PASSWORD}
    await refused(instance, ErrorCode.USERNAME_TAKEN, "POST", "/api/users/", None, account)
    account |= {"username": "somebody_new", "email": f"{name}@example.org"}
    await refused(instance, ErrorCode.EMAIL_TAKEN, "POST", "/api/users/", None, account)


async def test_nobody_is_their_own_aim(instance: Instance, people: list[Person]) -> None:
    ann = people[0]
    for verb in ("follow", "block", "mute"):
        path = f"/api/users/{ann.id}/{verb}/"
        await refused(instance, ErrorCode.SELF_TARGET, "POST", path, ann)
    alone = {"participants": [ann.id]}
    await refused(instance, ErrorCode.SELF_TARGET, "POST", "/api/messages/", ann, alone)


async def test_tokens_say_what_is_wrong_with_them(
    instance: Instance, people: list[Person], settings: Config
) -> None:
    ann, bob, _ = people
    me = "/api/users/me/"
    await refused(instance, ErrorCode.TOKEN_MISSING, "GET", me, None)
    stranger = Person(ann.id, ann.username, "nonsense", "nonsense")
    await refused(instance, ErrorCode.TOKEN_INVALID, "GET", me, stranger)
    swapped = Person(ann.id, ann.username, ann.refresh, ann.refresh)
    await refused(instance, ErrorCode.TOKEN_INVALID, "GET", me, swapped)
    claims = jwt.decode(ann.access, options={"verify_signature": False})
    claims["exp"] = int(time.time()) - 60
    late = jwt.encode(claims, settings.jwt_secret, "HS256")
    expired = Person(ann.id, ann.username, late, late)
    await refused(instance, ErrorCode.TOKEN_EXPIRED, "GET", me, expired)
    revoke = {"refresh": bob.refresh}
    path = "/api/users/token/revoke/"
    await refused(instance, ErrorCode.TOKEN_MISMATCH, "POST", path, ann, revoke)
    await instance.post(path, bob, revoke)
    refresh = "/api/users/token/refresh/"
    await refused(instance, ErrorCode.SESSION_ENDED, "POST", refresh, None, revoke)


async def test_passwords_and_links_say_what_is_wrong_with_them(
    instance: Instance, people: list[Person]
) -> None:
    ann = people[0]
    login = {"username": ann.username, "password": "not this one"}
    await refused(instance, ErrorCode.WRONG_CREDENTIALS, "POST", "/api/users/token/", None, login)
    wrong = {"password": "not this one"}
    await refused(instance, ErrorCode.WRONG_PASSWORD, "DELETE", "/api/users/me/", ann, wrong)
    for path in ("email/verify/", "unsubscribe/?token=x"):
        path, json = f"/api/users/{path}", {"token": "x"}
        await refused(instance, ErrorCode.LINK_INVALID, "POST", path, None, json)


async def test_a_key_that_is_used_again_is_told_apart_from_two_that_differ(
    instance: Instance, people: list[Person]
) -> None:
    ann = people[0]
    await instance.write(ann, "first", client_id="one")
    again = {"content": "second", "client_id": "one"}
    await refused(instance, ErrorCode.KEY_REUSED, "POST", POSTS, ann, again)
    reply = await instance.post(POSTS, ann, again, headers={"Idempotency-Key": "two"}, status=422)
    assert reply["code"] == "contradiction"


async def test_groups_say_why_they_do_not_change(
    instance: Instance, people: list[Person], db: Database
) -> None:
    ann, bob, cat = people
    direct = await instance.chat(ann, bob)
    path, change = f"/api/messages/{direct}/", {"add": [cat.id]}
    await refused(instance, ErrorCode.NOT_A_GROUP, "PATCH", path, ann, change)
    group = await instance.chat(ann, bob, title="Everybody")
    await db.execute(
        """
        WITH crowd AS (
            INSERT INTO users (username, email, password_hash, display_name)
            SELECT $2 || n, $2 || n || '@example.org', '', '' FROM generate_series(1, 98) n
            RETURNING id)
        INSERT INTO participants (conversation_id, user_id) SELECT $1, id FROM crowd""",
        group,
        ann.username[:20],
    )
    path = f"/api/messages/{group}/"
    await refused(instance, ErrorCode.CONVERSATION_FULL, "PATCH", path, ann, change)


async def test_admins_and_the_suspended_are_told_so(
    instance: Instance, people: list[Person], db: Database
) -> None:
    ann, bob, _ = people
    users = "/api/admin/users/"
    await refused(instance, ErrorCode.ADMIN_REQUIRED, "GET", users, ann)
    await db.execute("UPDATE users SET is_admin = true WHERE id = $1", ann.id)
    admin = await instance.log_in(ann.id, ann.username)
    await refused(instance, ErrorCode.SELF_TARGET, "POST", f"{users}{ann.id}/suspend/", admin, {})
    report = await instance.post("/api/reports/", ann, {"user_id": bob.id, "reason": "rude"})
    close, resolved = f"/api/admin/reports/{report['id']}/close/", {"status": "resolved"}
    await instance.post(close, admin, resolved)
    await refused(instance, ErrorCode.REPORT_CLOSED, "POST", close, admin, resolved)
    await instance.post(f"{users}{bob.id}/suspend/", admin, {})
    login = {"username": bob.username, "password": PASSWORD}
    await refused(instance, ErrorCode.ACCOUNT_SUSPENDED, "POST", "/api/users/token/", None, login)


async def test_images_say_what_is_wrong_with_them(instance: Instance, people: list[Person]) -> None:
    for data, code in (
        (b"no image", ErrorCode.UNSUPPORTED_IMAGE),
        (b"\x89PNG\r\n\x1a\n broken", ErrorCode.INVALID_IMAGE),
    ):
        reply = await image_helpers.post(instance, people[0], data, code.status.value)
        assert reply["code"] == code.value


async def test_refused_connections_have_codes(instance: Instance, people: list[Person]) -> None:
    ann = people[0]
    for auth, code in (
        ({}, ErrorCode.TOKEN_MISSING),
        ({"token": "nonsense"}, ErrorCode.TOKEN_INVALID),
        ({"token": ann.access, "since": "yesterday"}, ErrorCode.INVALID_RESUME),
    ):
        client = socketio.AsyncClient(reconnection=False)
        heard: list[Any] = []
        client.on("connect_error", heard.append)
        with pytest.raises(socketio.exceptions.ConnectionError):
            await client.connect(
                instance.url, auth=auth, transports=["websocket"], wait_timeout=CONNECT_SECONDS
            )
        assert heard[0]["data"]["code"] == code.value
        assert heard[0]["data"]["type"].endswith(code.reference)


async def test_an_ack_has_the_same_code_as_the_answer_over_rest(
    instance: Instance, people: list[Person]
) -> None:
    ann, bob, _ = people
    await instance.post(f"/api/users/{ann.id}/block/", bob)
    reply = await instance.post(f"/api/users/{bob.id}/follow/", ann, status=403)
    async with instance.socket(ann) as socket:
        ack = await socket.call("user.follow", {"id": bob.id})
    assert {**ack["error"], "request_id": None} == {**reply.body, "request_id": None}
