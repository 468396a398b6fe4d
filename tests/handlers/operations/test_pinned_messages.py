"""Pinned messages: who may pin, what is told of it, and what becomes of them."""

from typing import Any

from storage.accounts import purge
from storage.database.pool import Database
from storage.messaging import pins
from tests.people import PASSWORD, Instance, Person, Reply


async def pin(
    instance: Instance, by: Person, talk: int, message: int, verb: str = "pin", status: int = 200
) -> Reply:
    return await instance.post(
        f"/api/messages/{talk}/messages/{message}/{verb}/", by, status=status
    )


async def pinned(instance: Instance, by: Person, talk: int) -> list[int]:
    return [one["message"]["id"] for one in await instance.walk(f"/api/messages/{talk}/pins/", by)]


async def count(instance: Instance, by: Person, talk: int) -> int:
    return int((await instance.get(f"/api/messages/{talk}/", by))["pinned_count"])


async def test_both_of_a_direct_conversation_pin_and_are_told(
    two_instances: tuple[Instance, Instance],
) -> None:
    here, there = two_instances
    ann, bob = await here.people("ann", "bob")
    talk = await here.chat(ann, bob)
    first, second = [await here.say(ann, talk, text) for text in ("one", "two")]
    async with there.socket(bob) as bobs, here.socket(ann) as anns:
        since = (await bobs.ready())["seq"]
        await anns.ready()
        assert (await pin(here, bob, talk, first["id"])).body == first.body
        told = {"conversation_id": talk, "message_id": first["id"]}
        assert await bobs.next("message.pinned") == told
        assert await anns.next("message.pinned") == told
        await pin(here, ann, talk, second["id"])
        await pin(here, ann, talk, first["id"])  # it is already
        (last, before) = await there.walk(f"/api/messages/{talk}/pins/", ann)
        assert (last["message"], last["user"]["id"]) == (second.body, ann.id)
        assert (before["message"], before["user"]["id"]) == (first.body, bob.id)
        assert await count(here, bob, talk) == 2
        await pin(here, ann, talk, first["id"], "unpin")
        assert await bobs.next("message.unpinned") == told
        await pin(here, ann, talk, first["id"], "unpin")
        heard = [name for _, name, _ in bobs.durable()]
        assert heard == ["message.pinned", "message.pinned", "message.unpinned"]
    async with there.socket(bob, since=since) as bobs:
        await bobs.next("message.unpinned")
        assert [name for _, name, _ in bobs.durable()] == heard
    assert await pinned(there, bob, talk) == [second["id"]]


async def test_a_group_says_who_may_pin(instance: Instance) -> None:
    ann, bob, cleo = await instance.people("ann", "bob", "cleo")
    group = await instance.chat(ann, bob, cleo, title="all")
    said = (await instance.say(ann, group, "the rules"))["id"]
    await pin(instance, bob, group, said)
    path = f"/api/messages/{group}/"
    body: dict[str, Any] = {"who_may_pin": "admins"}
    await instance.call("PATCH", path, bob, json=body, status=403)
    changed = await instance.call("PATCH", path, ann, json=body)
    assert changed["who_may_pin"] == "admins"
    refused = await pin(instance, bob, group, said, "unpin", status=403)
    assert refused["code"] == "role_required"
    await instance.post(f"{path}role/", ann, {"user_id": bob.id, "role": "admin"})
    await pin(instance, bob, group, said, "unpin")
    await pin(instance, cleo, group, said, status=403)
    await pin(instance, ann, group, said)


async def test_who_does_not_see_a_message_neither_pins_nor_finds_it(instance: Instance) -> None:
    ann, bob, cleo, dora, eve = await instance.people("ann", "bob", "cleo", "dora", "eve")
    group = await instance.chat(ann, bob, cleo, title="all")
    before = (await instance.say(ann, group, "before dora came"))["id"]
    await instance.call("PATCH", f"/api/messages/{group}/", ann, json={"add": [dora.id]})
    by_bob = (await instance.say(bob, group, "by bob"))["id"]
    await instance.post(f"/api/users/{bob.id}/block/", cleo)
    await instance.call("PATCH", f"/api/messages/{group}/", bob, json={"leave": True})
    async with instance.socket(cleo) as cleos, instance.socket(dora) as doras:
        await cleos.ready()
        await doras.ready()
        await pin(instance, ann, group, by_bob)
        await pin(instance, ann, group, before)
        assert (await cleos.next("message.pinned"))["message_id"] == before
        assert (await doras.next("message.pinned"))["message_id"] == by_bob
        assert (cleos.names() + doras.names()).count("message.pinned") == 2
    assert await pinned(instance, ann, group) == [before, by_bob]
    assert (await pinned(instance, cleo, group), await count(instance, cleo, group)) == (
        [before],
        1,
    )
    assert (await pinned(instance, dora, group), await count(instance, dora, group)) == (
        [by_bob],
        1,
    )
    unseen = [
        await pin(instance, dora, group, before, status=404),
        await pin(instance, cleo, group, by_bob, "unpin", status=404),
        await pin(instance, eve, group, by_bob, status=404),
        await pin(instance, bob, group, by_bob, status=404),
        await pin(instance, ann, group, 2**40, status=404),
    ]
    assert len({one["detail"] for one in unseen}) == 1
    for stranger in (eve, bob):
        await instance.call("GET", f"/api/messages/{group}/pins/", stranger, status=404)


async def test_the_two_of_a_block_pin_nothing_and_nobody_pins_in_a_request(
    instance: Instance,
) -> None:
    ann, bob, cleo = await instance.people("ann", "bob", "cleo")
    talk = await instance.chat(ann, bob)
    said = (await instance.say(ann, talk, "hello"))["id"]
    await pin(instance, ann, talk, said)
    await instance.post(f"/api/users/{ann.id}/block/", bob)
    for verb in ("pin", "unpin"):
        assert (await pin(instance, ann, talk, said, verb, status=403))["code"] == "blocked"
    await instance.call("PATCH", "/api/users/me/", cleo, json={"who_may_write_to_me": "requests"})
    asked = await instance.chat(ann, cleo)
    said = (await instance.say(ann, asked, "hello"))["id"]
    for person in (ann, cleo):
        refused = await pin(instance, person, asked, said, status=403)
        assert refused["code"] == "not_accepted"


async def test_there_is_a_limit(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    talk = await instance.chat(ann, bob)
    said = [(await instance.say(ann, talk, f"{n}"))["id"] for n in range(pins.PINS_MAX + 1)]
    for message in said[:-1]:
        await pin(instance, ann, talk, message)
    refused = await pin(instance, bob, talk, said[-1], status=409)
    assert refused["code"] == "pin_limit"
    await pin(instance, bob, talk, said[0], "unpin")
    await pin(instance, bob, talk, said[-1])
    assert await count(instance, ann, talk) == pins.PINS_MAX


async def test_a_pin_goes_with_its_message_and_stays_without_who_pinned_it(
    instance: Instance, db: Database
) -> None:
    ann, bob, cleo = await instance.people("ann", "bob", "cleo")
    group = await instance.chat(ann, bob, cleo, title="all")
    first, second = [(await instance.say(ann, group, text))["id"] for text in ("one", "two")]
    await pin(instance, bob, group, first)
    await pin(instance, bob, group, second)
    path = f"/api/messages/{group}/messages/{first}/"
    await instance.call("DELETE", path, ann, status=204)
    assert (await pinned(instance, cleo, group), await count(instance, cleo, group)) == (
        [second],
        1,
    )
    await pin(instance, bob, group, first, status=404)
    await instance.call("DELETE", "/api/users/me/", bob, json={"password": PASSWORD})
    await purge.purge_account(db, bob.id, 10)
    (left,) = await instance.walk(f"/api/messages/{group}/pins/", cleo)
    assert (left["message"]["id"], left["user"]) == (second, None)
