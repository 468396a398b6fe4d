"""Answers to messages: what they show of what they answer, and to whom."""

from typing import Any

import pytest

from tests.handlers.media.image_helpers import encoded, form, halves, send
from tests.people import Instance, Person

PNG = encoded(halves(), "PNG")


async def reply(
    instance: Instance, by: Person, talk: int, to: int, content: str = "yes", status: int = 201
) -> Any:
    body = {"content": content, "reply_to_id": to}
    return await instance.post(f"/api/messages/{talk}/send_message/", by, body, status=status)


async def listed(instance: Instance, by: Person, talk: int) -> dict[int, Any]:
    return {one["id"]: one for one in await instance.walk(f"/api/messages/{talk}/messages/", by)}


async def test_an_answer_shows_what_it_answers_live_read_and_missed(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    talk = await instance.chat(ann, bob)
    first = await instance.say(ann, talk, "a" * 300)
    async with instance.socket(bob) as bobs:
        seq = (await bobs.ready())["seq"]
        answer = await reply(instance, bob, talk, first["id"])
        heard = (await bobs.next("message.created"))["message"]
    assert answer["reply_to"] == {
        "id": first["id"],
        "sender": first["sender"],
        "content": "a" * 200,
        "image": None,
        "deleted": False,
    }
    assert heard == answer.body
    assert (await listed(instance, ann, talk))[answer["id"]] == answer.body
    assert (await listed(instance, ann, talk))[first["id"]]["reply_to"] is None
    async with instance.socket(bob, since=seq) as bobs:
        assert (await bobs.next("message.created"))["message"] == answer.body
    last = (await instance.get(f"/api/messages/{talk}/", ann))["last_message"]
    assert last == answer.body


async def test_what_was_taken_back_or_edited_is_quoted_as_it_is_now(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    talk = await instance.chat(ann, bob)
    first = await instance.say(ann, talk, "a mistake")
    answer = await reply(instance, bob, talk, first["id"])
    path = f"/api/messages/{talk}/messages/{first['id']}/"
    await instance.call("PATCH", path, ann, json={"content": "mended"})
    assert (await listed(instance, bob, talk))[answer["id"]]["reply_to"]["content"] == "mended"
    await instance.call("DELETE", path, ann, status=204)
    quoted = (await listed(instance, bob, talk))[answer["id"]]["reply_to"]
    assert (quoted["id"], quoted["content"], quoted["deleted"]) == (first["id"], "", True)
    refused = await reply(instance, bob, talk, first["id"], status=422)
    assert refused["errors"] == {
        "reply_to_id": ["There is no such message here, or it was taken back."]
    }


async def test_only_what_one_sees_in_the_same_conversation_can_be_answered(
    instance: Instance,
) -> None:
    ann, bob, cleo = await instance.people("ann", "bob", "cleo")
    talk, other = await instance.chat(ann, bob), await instance.chat(ann, cleo)
    group = await instance.chat(ann, bob, title="all")
    foreign = (await instance.say(cleo, other, "elsewhere"))["id"]
    before = (await instance.say(ann, group, "before cleo came"))["id"]
    await instance.call("PATCH", f"/api/messages/{group}/", ann, json={"add": [cleo.id]})
    hidden = (await instance.say(bob, group, "by who is blocked"))["id"]
    await instance.post(f"/api/users/{bob.id}/block/", cleo)
    refusals = [
        await reply(instance, ann, talk, foreign, status=422),
        await reply(instance, ann, talk, 2**40, status=422),
        await reply(instance, cleo, group, before, status=422),
        await reply(instance, cleo, group, hidden, status=422),
    ]
    assert {one["errors"]["reply_to_id"][0] for one in refusals} == {
        "There is no such message here, or it was taken back."
    }
    assert len({one["detail"] for one in refusals}) == 1
    await reply(instance, bob, other, foreign, status=404)
    assert len(await listed(instance, ann, talk)) == 0


async def test_who_may_not_see_what_is_answered_sees_an_answer_to_nothing(
    instance: Instance,
) -> None:
    ann, bob, cleo, dora = await instance.people("ann", "bob", "cleo", "dora")
    group = await instance.chat(ann, bob, cleo, title="all")
    first = await instance.say(bob, group, "secret to cleo and dora")
    await instance.call("PATCH", f"/api/messages/{group}/", ann, json={"add": [dora.id]})
    await instance.post(f"/api/users/{bob.id}/block/", cleo)
    async with (
        instance.socket(bob) as bobs,
        instance.socket(cleo) as cleos,
        instance.socket(dora) as doras,
    ):
        seqs = {}
        for person, socket in ((cleo, cleos), (dora, doras), (bob, bobs)):
            seqs[person] = (await socket.ready())["seq"]
        answer = await reply(instance, ann, group, first["id"])
        assert (await bobs.next("message.created"))["message"] == answer.body
        alone = {**answer.body, "reply_to": None}
        assert (await cleos.next("message.created"))["message"] == alone
        assert (await doras.next("message.created"))["message"] == alone
        path = f"/api/messages/{group}/messages/{answer['id']}/"
        edited = await instance.call("PATCH", path, ann, json={"content": "edited"})
        assert edited["reply_to"] == answer["reply_to"]
        assert (await bobs.next("message.updated"))["message"] == edited.body
        alone = {**edited.body, "reply_to": None}
        assert (await cleos.next("message.updated"))["message"] == alone
        assert (await doras.next("message.updated"))["message"] == alone
    for person in (cleo, dora):
        assert (await listed(instance, person, group))[answer["id"]] == alone
        async with instance.socket(person, since=seqs[person]) as socket:
            assert (await socket.next("message.created"))["message"] == alone
    await instance.post(f"/api/users/{bob.id}/block/", ann)
    path = f"/api/messages/{group}/messages/{answer['id']}/"
    async with instance.socket(bob) as bobs:
        await bobs.ready()
        again = await instance.call("PATCH", path, ann, json={"content": "once more"})
        assert again["reply_to"] is None
        heard = (await bobs.next("message.updated"))["message"]
        assert heard == {**again.body, "reply_to": answer["reply_to"]}


async def test_a_retry_answers_the_first_result_and_another_answer_is_another_body(
    instance: Instance,
) -> None:
    ann, bob = await instance.people("ann", "bob")
    talk = await instance.chat(ann, bob)
    first, second = [(await instance.say(bob, talk, text))["id"] for text in ("one", "two")]
    path = f"/api/messages/{talk}/send_message/"
    body = {"content": "yes", "reply_to_id": first, "client_id": "a" * 16}
    sent = await instance.post(path, ann, body, status=201)
    again = await instance.post(path, ann, body, status=200)
    assert again.body == sent.body
    await instance.post(path, ann, body | {"reply_to_id": second}, status=422)
    without = {"content": "no", "reply_to_id": None}
    assert (await instance.post(path, ann, without, status=201))["reply_to"] is None


@pytest.mark.parametrize("wrong", ["7", 0, -1, 1.5, [], {}, True])
async def test_what_is_no_id_is_refused(instance: Instance, wrong: Any) -> None:
    ann, bob = await instance.people("ann", "bob")
    talk = await instance.chat(ann, bob)
    refused = await reply(instance, ann, talk, wrong, status=422)
    assert "reply_to_id" in refused["errors"]


async def test_an_answer_with_a_picture_and_to_a_picture(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    talk = await instance.chat(ann, bob)
    pictures = [
        (await send(instance, "POST", "/api/media/", ann, form("file", PNG), 201)).body["id"]
        for _ in range(2)
    ]
    path = f"/api/messages/{talk}/send_message/"
    first = await instance.post(path, ann, {"media_ids": [pictures[0]]}, status=201)
    body = {"media_ids": [pictures[1]], "reply_to_id": first["id"]}
    answer = await instance.post(path, ann, body, status=201)
    assert answer["reply_to"]["image"] == first["image"]
    assert [one["id"] for one in answer["media"]] == [pictures[1]]
    await instance.call("DELETE", f"/api/messages/{talk}/messages/{first['id']}/", ann, status=204)
    shown = (await listed(instance, bob, talk))[answer["id"]]
    assert (shown["reply_to"]["image"], shown["image"]) == (None, answer["image"])
