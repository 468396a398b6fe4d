"""An address that is changed: both are told, and the new one confirms it."""

import pytest

from tests.inbox import mail_about, mails_to, text, token
from tests.people import PASSWORD, Person
from tests.server.jobs.test_mails import World, address, world

__all__ = ["world"]

CHANGE = "/api/users/email/"
CONFIRM = "/api/users/email/confirm/"
ME = "/api/users/me/"


def elsewhere(person: Person) -> str:
    return f"{person.username}@elsewhere.example.org"


async def ask(world: World, person: Person, email: str, status: int = 200) -> str | None:
    change = {"email": email, "password": PASSWORD}
    reply = await world.instance.post(CHANGE, person, change, status=status)
    return str(reply["pending_email"]) if status == 200 else str(reply["code"])


async def link(world: World, email: str, number: int = 1) -> dict[str, str]:
    return {"token": token(await mail_about(world.smtp, email, "Confirm your new", number))}


async def test_the_new_address_confirms_it_and_both_are_told(world: World) -> None:
    ann = await world.instance.person("ann")
    new = elsewhere(ann)
    assert await ask(world, ann, new.replace("example.org", "EXAMPLE.org")) == new
    notice = await mail_about(world.smtp, address(ann), "about to change")
    assert f"{world.settings.public_url}/settings" in text(notice)
    assert new not in text(notice)
    me = await world.instance.get(ME, ann)
    assert (me["email"], me["email_verified"]) == (address(ann), False)
    confirm = await link(world, me["pending_email"])
    await world.instance.post(CONFIRM, None, confirm, status=204)
    me = await world.instance.get(ME, ann)
    assert (me["email"], me["pending_email"], me["email_verified"]) == (new, None, True)
    await mail_about(world.smtp, address(ann), "has changed")
    await world.instance.post(CONFIRM, None, confirm, status=422)
    for login, status in ((new, 200), (address(ann), 401)):
        given = {"username": login, "password": PASSWORD}
        await world.instance.post("/api/users/token/", None, given, status=status)


async def test_links_for_the_address_before_are_good_no_longer(world: World) -> None:
    ann = await world.instance.person("ann")
    verify = {"token": token(await mail_about(world.smtp, address(ann), "Verify"))}
    await world.instance.post(
        "/api/users/password/reset/", None, {"email": address(ann)}, status=204
    )
    reset = token(await mail_about(world.smtp, address(ann), "new password"))
    await ask(world, ann, elsewhere(ann))
    await world.instance.post(CONFIRM, None, await link(world, elsewhere(ann)), status=204)
    await world.instance.post("/api/users/email/verify/", None, verify, status=422)
    given = {"token": reset, "password": "sixteen tons of it"}
    await world.instance.post("/api/users/password/reset/confirm/", None, given, status=422)


@pytest.mark.parametrize("way", ["another", "cancelled", "password", "reset", "deleted"])
async def test_a_link_is_void_when_it_is_wanted_no_longer(world: World, way: str) -> None:
    ann = await world.instance.person("ann")
    await ask(world, ann, elsewhere(ann))
    confirm = await link(world, elsewhere(ann))
    match way:
        case "another":
            await ask(world, ann, "third@example.org")
        case "cancelled":
            reply = await world.instance.call("DELETE", CHANGE, ann)
            assert reply["pending_email"] is None
        case "password":
            change = {"current_password": PASSWORD, "new_password": "sixteen tons of it"}
            await world.instance.post("/api/users/password/", ann, change, status=204)
        case "reset":
            ask_for = {"email": address(ann)}
            await world.instance.post("/api/users/password/reset/", None, ask_for, status=204)
            secret = token(await mail_about(world.smtp, address(ann), "new password"))
            given = {"token": secret, "password": "sixteen tons of it"}
            await world.instance.post("/api/users/password/reset/confirm/", None, given, status=204)
        case "deleted":
            await world.instance.call("DELETE", ME, ann, json={"password": PASSWORD})
    reply = await world.instance.post(CONFIRM, None, confirm, status=422)
    assert reply["code"] == "link_invalid"
    has = "SELECT count(*) FROM users WHERE email = $1"
    assert await world.db.fetchval(has, elsewhere(ann)) == 0


async def test_an_address_that_another_has_is_refused_then_and_when_it_is_confirmed(
    world: World,
) -> None:
    ann, bob = await world.instance.people("ann", "bob")
    assert await ask(world, ann, address(bob).replace("example", "EXAMPLE"), 409) == "email_taken"
    await ask(world, ann, elsewhere(ann))
    confirm = await link(world, elsewhere(ann))
    await ask(world, bob, elsewhere(ann))
    second = await link(world, elsewhere(ann), 2)
    await world.instance.post(CONFIRM, None, second, status=204)
    reply = await world.instance.post(CONFIRM, None, confirm, status=409)
    assert reply["code"] == "email_taken"
    assert (await world.instance.get(ME, ann))["email"] == address(ann)


async def test_it_takes_the_password_and_another_address(world: World) -> None:
    ann = await world.instance.person("ann")
    wrong = {"email": elsewhere(ann), "password": "is not the one"}
    reply = await world.instance.post(CHANGE, ann, wrong, status=422)
    assert reply["code"] == "wrong_password"
    assert await ask(world, ann, address(ann), 422) == "invalid"
    assert await ask(world, ann, "no address", 422) == "invalid"
    await world.settled()
    assert len(mails_to(world.smtp, address(ann))) == 1  # to verify it


async def test_a_password_that_an_older_release_changes_voids_the_link_too(world: World) -> None:
    ann = await world.instance.person("ann")
    await ask(world, ann, elsewhere(ann))
    confirm = await link(world, elsewhere(ann))
    await world.db.execute("UPDATE users SET password_hash = 'another' WHERE id = $1", ann.id)
    await world.instance.post(CONFIRM, None, confirm, status=422)


async def test_an_account_that_an_older_release_deletes_leaves_none_of_its_names(
    world: World,
) -> None:
    ann = await world.instance.person("ann")
    await ask(world, ann, elsewhere(ann))
    new = {"username": f"{ann.username[:20]}_2"}
    await world.instance.post("/api/users/username/", ann, new)
    await world.db.execute("UPDATE users SET deleted_at = now() WHERE id = $1", ann.id)
    left = "SELECT count(pending_email) FROM users WHERE id = $1"
    assert await world.db.fetchval(left, ann.id) == 0
    names = "SELECT count(*) FROM former_usernames WHERE user_id = $1"
    assert await world.db.fetchval(names, ann.id) == 0
