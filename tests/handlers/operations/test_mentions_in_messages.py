"""Mentions in messages: who in a group is notified, and until when."""

from typing import Any

from tests.people import Instance, Person

NOTIFICATIONS = "/api/notifications/"


async def mentions(instance: Instance, by: Person) -> list[Any]:
    found = await instance.walk(NOTIFICATIONS, by)
    return [one for one in found if one["kind"] == "message_mention"]


async def unread(instance: Instance, by: Person) -> int:
    return int((await instance.get(f"{NOTIFICATIONS}unread_count/", by))["unread_count"])


async def test_who_is_in_a_group_and_named_is_notified_on_any_instance(
    two_instances: tuple[Instance, Instance],
) -> None:
    here, there = two_instances
    ann, bob, cleo, dora = await here.people("ann", "bob", "cleo", "dora")
    group = await here.chat(ann, bob, cleo, title="all")
    async with there.socket(bob) as bobs, there.socket(cleo) as cleos:
        since = (await bobs.ready())["seq"]
        await cleos.ready()
        text = f"@{bob.username} and @{bob.username.upper()}, tell @{dora.username} @{ann.username}"
        said = await here.say(ann, group, text)
        heard = await bobs.next("notification.created")
        assert heard == {
            "notification": {
                "id": heard["notification"]["id"],
                "kind": "message_mention",
                "actor": said["sender"],
                "post_id": None,
                "read": False,
                "created_at": heard["notification"]["created_at"],
                "post": None,
                "message_id": said["id"],
                "conversation_id": group,
                "message": {
                    "id": said["id"],
                    "sender": said["sender"],
                    "content": text,
                    "image": None,
                    "deleted": False,
                },
            },
            "unread_count": 1,
        }
        await here.say(ann, group, "the end")
        await cleos.next("message.created")
        await cleos.next("message.created")
        assert "notification.created" not in cleos.names()
    assert [name for _, name, _ in bobs.durable()][:2] == [
        "message.created", "notification.created",
    ]  # fmt: skip
    async with there.socket(bob, since=since) as bobs:
        assert await bobs.next("notification.created") == heard
    assert await mentions(there, bob) == [heard["notification"]]
    for person in (ann, cleo, dora):
        assert await mentions(here, person) == []


async def test_the_same_person_is_notified_of_each_message_once(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    group = await instance.chat(ann, bob, title="all")
    path = f"/api/messages/{group}/send_message/"
    body = {"content": f"@{bob.username}!", "client_id": "a" * 16}
    first = await instance.post(path, ann, body, status=201)
    await instance.post(path, ann, body, status=200)
    second = await instance.say(ann, group, f"again, @{bob.username}")
    found = [one["message_id"] for one in await mentions(instance, bob)]
    assert found == [second["id"], first["id"]]
    assert await unread(instance, bob) == 2


async def test_nobody_is_notified_in_a_direct_conversation_or_over_a_block_or_a_mute(
    instance: Instance,
) -> None:
    ann, bob, cleo, dora = await instance.people("ann", "bob", "cleo", "dora")
    direct = await instance.chat(ann, bob)
    group = await instance.chat(ann, bob, cleo, dora, title="all")
    await instance.say(ann, direct, f"@{bob.username}")
    await instance.post(f"/api/users/{ann.id}/block/", bob)
    await instance.post(f"/api/users/{ann.id}/mute/", cleo)
    await instance.post(f"/api/users/{dora.id}/block/", ann)
    names = " ".join(f"@{one.username}" for one in (bob, cleo, dora))
    await instance.say(ann, group, names)
    for person in (bob, cleo, dora):
        assert (await mentions(instance, person), await unread(instance, person)) == ([], 0)


async def test_an_edit_takes_a_mention_out_and_brings_one_in(instance: Instance) -> None:
    ann, bob, cleo = await instance.people("ann", "bob", "cleo")
    group = await instance.chat(ann, bob, cleo, title="all")
    said = await instance.say(ann, group, f"@{bob.username}")
    path = f"/api/messages/{group}/messages/{said['id']}/"
    (before,) = await mentions(instance, bob)
    async with instance.socket(bob) as bobs, instance.socket(cleo) as cleos:
        await bobs.ready()
        await cleos.ready()
        await instance.call("PATCH", path, ann, json={"content": f"@{cleo.username}"})
        gone = await bobs.next("notification.deleted")
        assert gone == {"ids": [before["id"]], "unread_count": 0}
        new = (await cleos.next("notification.created"))["notification"]
        assert new["message"]["content"] == f"@{cleo.username}"
    assert await mentions(instance, bob) == []
    await instance.post(f"{NOTIFICATIONS}{new['id']}/mark_as_read/", cleo)
    await instance.call("PATCH", path, ann, json={"content": "nobody"})
    assert [one["id"] for one in await mentions(instance, cleo)] == [new["id"]]
    both = f"@{cleo.username} @{bob.username}"
    await instance.call("PATCH", path, ann, json={"content": both})
    assert [one["id"] for one in await mentions(instance, cleo)] == [new["id"]]
    assert (len(await mentions(instance, bob)), await unread(instance, bob)) == (1, 1)


async def test_a_mention_goes_with_its_message_also_for_who_has_left(instance: Instance) -> None:
    ann, bob, cleo = await instance.people("ann", "bob", "cleo")
    group = await instance.chat(ann, bob, cleo, title="all")
    said = await instance.say(ann, group, f"@{bob.username} @{cleo.username}")
    await instance.call("PATCH", f"/api/messages/{group}/", cleo, json={"leave": True})
    (left,) = await mentions(instance, cleo)
    assert (left["message"], left["message_id"]) == (None, said["id"])
    path = f"/api/messages/{group}/messages/{said['id']}/"
    await instance.call("DELETE", path, ann, status=204)
    for person in (bob, cleo):
        assert (await mentions(instance, person), await unread(instance, person)) == ([], 0)
    assert (await instance.get("/api/messages/unread_count/", bob))["unread_count"] == 0


async def test_who_was_blocked_later_has_no_mention_left(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    group = await instance.chat(ann, bob, title="all")
    await instance.say(ann, group, f"@{bob.username}")
    await instance.post(f"/api/users/{ann.id}/block/", bob)
    assert (await mentions(instance, bob), await unread(instance, bob)) == ([], 0)
