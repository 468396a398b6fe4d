"""Reports, and what admins do about them."""

from typing import Any

import pytest

from storage.database.pool import Database
from tests.handlers.session_helpers import stops_working
from tests.people import Instance, Person

Instances = tuple[Instance, Instance]


@pytest.fixture
async def admin(instance: Instance, db: Database) -> Person:
    person = await instance.person("admin")
    await db.execute("UPDATE users SET is_admin = true WHERE id = $1", person.id)
    return person


async def test_admin_paths_are_for_admins_only(instance: Instance) -> None:
    person = await instance.person()
    for path in ("/api/admin/users/", "/api/admin/reports/", "/api/admin/audit_log/"):
        await instance.get(path, person, status=403)
        await instance.get(path, status=401)
    await instance.post(f"/api/admin/users/{person.id}/suspend/", person, status=403)


async def test_suspended_user_is_out_within_a_second_on_every_instance_and_back_when_restored(
    two_instances: Instances, db: Database
) -> None:
    here, there = two_instances
    boss, rogue = await here.person("boss"), await there.person("rogue")
    await db.execute("UPDATE users SET is_admin = true WHERE id = $1", boss.id)
    async with there.socket(rogue) as socket:
        await socket.ready()
        account = await here.post(f"/api/admin/users/{rogue.id}/suspend/", boss, {"reason": "spam"})
        assert account["suspended_at"] is not None
        closing = await socket.next("session.closing")
        assert closing["reconnect_in_ms"] is None
    await stops_working(there, rogue.access)
    login = {"username": rogue.username, "password": "correct horse"}
    await there.post("/api/users/token/", json=login, status=403)
    await there.post("/api/users/token/refresh/", json={"refresh": rogue.refresh}, status=401)
    await here.post(f"/api/admin/users/{rogue.id}/restore/", boss)
    await there.log_in(rogue.id, rogue.username)


async def test_admins_find_accounts_by_parts_of_names_and_by_being_suspended(
    instance: Instance, admin: Person
) -> None:
    person = await instance.person("needle_100")
    part = person.username[3:]
    found = await instance.get(f"/api/admin/users/?search={part}", admin)
    assert [account["id"] for account in found["results"]] == [person.id]
    assert found["results"][0]["email"].startswith(person.username)
    none = await instance.get(f"/api/admin/users/?search={part}&suspended=true", admin)
    assert none["results"] == []
    assert (await instance.get("/api/admin/users/?search=%25needle", admin))["results"] == []


async def test_accounts_are_found_by_a_part_of_a_name_without_its_accents(
    instance: Instance, admin: Person
) -> None:
    bob = await instance.person("bob")
    update = "/api/users/profiles/update_my_profile/"
    name = f"Jan Łukasz{bob.id}x"
    await instance.call("PATCH", update, bob, json={"display_name": name})
    found = await instance.get(f"/api/admin/users/?search=lukasz{bob.id}x", admin)
    assert [account["id"] for account in found["results"]] == [bob.id]


async def test_nobody_suspends_themselves(instance: Instance, admin: Person) -> None:
    await instance.post(f"/api/admin/users/{admin.id}/suspend/", admin, status=422)


async def test_new_admin_may_do_what_admins_may(instance: Instance, admin: Person) -> None:
    person = await instance.person()
    await instance.post(f"/api/admin/users/{person.id}/make_admin/", admin)
    again = await instance.log_in(person.id, person.username)
    await instance.get("/api/admin/users/", again)
    await instance.post(f"/api/admin/users/{person.id}/revoke_admin/", admin)
    await stops_working(instance, again.access, "/api/admin/users/", 403)


async def test_who_is_no_admin_any_more_deletes_nobodys_post_on_a_socket_of_before(
    instance: Instance, admin: Person, db: Database
) -> None:
    author, former = await instance.people("ann", "former")
    await db.execute("UPDATE users SET is_admin = true WHERE id = $1", former.id)
    posts = [await instance.write(author, text) for text in ("one", "two")]
    async with instance.socket(former) as socket:
        await socket.do("post.delete", {"id": posts[0]["id"]})
        await instance.post(f"/api/admin/users/{former.id}/revoke_admin/", admin)
        ack = await socket.call("post.delete", {"id": posts[1]["id"]})
        assert ack["error"]["status"] == 403
    await instance.get(f"/api/posts/{posts[1]['id']}/")


async def test_report_of_a_post_is_seen_and_settled_once(instance: Instance, admin: Person) -> None:
    author, reader = await instance.person(), await instance.person()
    post = (await instance.post("/api/posts/", author, {"content": "bad"}))["id"]
    report = await instance.post(
        "/api/reports/", reader, {"post_id": post, "reason": "it is bad"}, status=201
    )
    assert report["user_id"] == author.id
    listed = await instance.get("/api/admin/reports/?status=open", admin)
    assert report["id"] in [found["id"] for found in listed["results"]]
    path = f"/api/admin/reports/{report['id']}/close/"
    assert (await instance.post(path, admin, {"status": "resolved"}))["status"] == "resolved"
    await instance.post(path, admin, {"status": "dismissed"}, status=409)
    await instance.post(
        "/api/admin/reports/999999999/close/", admin, {"status": "resolved"}, status=404
    )


async def seen_by(admin: Person, instance: Instance, report_id: int) -> dict[str, Any]:
    reports = (await instance.get("/api/admin/reports/", admin))["results"]
    return next(report for report in reports if report["id"] == report_id)


async def test_admin_reads_a_reported_message_as_it_was_whatever_its_sender_does_then(
    instance: Instance, admin: Person
) -> None:
    ann, bob = await instance.people("ann", "bob")
    talk = (await instance.post("/api/messages/", ann, {"participants": [bob.id]}))["id"]
    messages = f"/api/messages/{talk}/messages/"
    sent = f"/api/messages/{talk}/send_message/"
    rude = (await instance.post(sent, ann, {"content": "rude words"}))["id"]
    await instance.post(sent, ann, {"content": "not reported"})
    body = {"message_id": rude, "reason": "see for yourself"}
    report = await instance.post("/api/reports/", bob, body)
    assert "reported" not in report.body
    await instance.call("PATCH", f"{messages}{rude}/", ann, json={"content": "kind words"})
    first = (await seen_by(admin, instance, report["id"]))["reported"]
    assert first["author"]["id"] == ann.id
    assert (first["content"], first["conversation_id"]) == ("rude words", talk)
    await instance.call("DELETE", f"{messages}{rude}/", ann, status=204)
    assert (await seen_by(admin, instance, report["id"]))["reported"] == first
    await instance.get(f"/api/messages/{talk}/", admin, status=404)
    path = f"/api/admin/reports/{report['id']}/close/"
    assert (await instance.post(path, admin, {"status": "resolved"}))["reported"] == first


async def test_admin_reads_a_reported_post_after_its_deletion(
    instance: Instance, admin: Person
) -> None:
    ann, bob = await instance.people("ann", "bob")
    post = await instance.write(ann, "bad words")
    body = {"post_id": post["id"], "reason": "bad"}
    report = await instance.post("/api/reports/", bob, body)
    await instance.call("DELETE", f"/api/posts/{post['id']}/", ann, status=204)
    seen = await seen_by(admin, instance, report["id"])
    assert (seen["post_id"], seen["user_id"]) == (None, ann.id)
    assert seen["reported"]["content"] == "bad words"
    assert seen["reported"]["author"]["username"] == ann.username
    assert seen["reported"]["conversation_id"] is None


async def test_report_of_a_user_is_about_no_content(instance: Instance, admin: Person) -> None:
    ann, bob = await instance.people("ann", "bob")
    report = await instance.post("/api/reports/", bob, {"user_id": ann.id, "reason": "a robot"})
    seen = await seen_by(admin, instance, report["id"])
    assert (seen["user_id"], seen["reported"]) == (ann.id, None)


async def test_report_needs_exactly_one_subject_that_its_reporter_can_see(
    instance: Instance,
) -> None:
    ann, bob, eve = [await instance.person(name) for name in ("ann", "bob", "eve")]
    talk = (await instance.post("/api/messages/", ann, {"participants": [bob.id]}))["id"]
    message = (
        await instance.post(f"/api/messages/{talk}/send_message/", ann, {"content": "psst"})
    )["id"]
    await instance.post("/api/reports/", bob, {"message_id": message, "reason": "rude"})
    await instance.post(
        "/api/reports/", eve, {"message_id": message, "reason": "curious"}, status=404
    )
    await instance.post("/api/reports/", eve, {"reason": "nothing"}, status=422)
    both = {"user_id": ann.id, "message_id": message, "reason": "both"}
    await instance.post("/api/reports/", bob, both, status=422)
    await instance.post("/api/reports/", bob, {"post_id": 2**40, "reason": "?"}, status=404)


async def test_every_act_of_an_admin_is_in_the_audit_log(instance: Instance, admin: Person) -> None:
    person = await instance.person()
    post = (await instance.post("/api/posts/", person, {"content": "to be removed"}))["id"]
    await instance.call("DELETE", f"/api/admin/posts/{post}/", admin, status=204)
    await instance.get(f"/api/posts/{post}/", status=404)
    await instance.post(f"/api/admin/users/{person.id}/suspend/", admin, {"reason": "why"})
    await instance.post(f"/api/admin/users/{person.id}/restore/", admin)
    lines = (await instance.get("/api/admin/audit_log/?limit=3", admin))["results"]
    assert [(line["action"], line["target_kind"], line["target_id"]) for line in lines] == [
        ("restore", "user", person.id),
        ("suspend", "user", person.id),
        ("delete", "post", post),
    ]
    assert {line["admin"]["id"] for line in lines} == {admin.id}
    assert "why" in lines[1]["detail"]
