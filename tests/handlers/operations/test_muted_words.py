"""Muted words: kept, told to one's own sockets, and asked about before one is notified."""

import json
from pathlib import Path
from typing import Any

import pytest

from storage.database.pool import Database
from storage.search_index.words import Indexed, phrase
from storage.social.muted_words import WORDS_MAX
from tests.people import Instance, Person

WORDS = "/api/users/me/muted_words/"
CASES = json.loads(
    (Path(__file__).parents[3] / "clients/javascript/test/muted-words.json").read_text("utf-8")
)
EVERYWHERE = ["feed", "notifications", "threads", "public"]


async def mute(instance: Instance, person: Person, text: str, **more: Any) -> Any:
    return (await instance.post(WORDS, person, {"text": text, **more})).body


async def listed(instance: Instance, person: Person) -> list[Any]:
    found: list[Any] = (await instance.get(WORDS, person))["results"]
    return found


async def kinds(instance: Instance, person: Person) -> list[str]:
    return [one["kind"] for one in await instance.walk("/api/notifications/", person)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['word']} in {case['text']}")
def test_server_and_libraries_find_the_same(case: dict[str, Any]) -> None:
    assert phrase(case["word"])(Indexed(case["text"])) is case["matches"]


async def test_words_are_muted_changed_and_muted_no_longer(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    word = await mute(instance, ann, " The  End ")
    assert (word["text"], word["tag"], word["action"]) == ("The  End", None, "warn")
    assert (word["contexts"], word["expires_at"]) == (EVERYWHERE, None)
    tag = await mute(instance, ann, "#ＦＵＬＬ", contexts=["public", "feed", "feed"], action="hide")
    assert (tag["tag"], tag["contexts"]) == ("full", ["feed", "public"])
    assert await listed(instance, ann) == [word, tag]
    path = f"{WORDS}{word['id']}/"
    changed = await instance.call("PATCH", path, ann, json={"expires_in": 60})
    assert changed.body == word | {"expires_at": changed["expires_at"]}
    changed = await instance.call("PATCH", path, ann, json={"action": "hide"})
    assert changed["expires_at"] is not None
    changed = await instance.call("PATCH", path, ann, json={"expires_in": None})
    assert (changed["expires_at"], changed["action"]) == (None, "hide")
    await instance.call("PATCH", path, bob, json={}, status=404)
    await instance.call("DELETE", path, bob, status=404)
    await instance.call("DELETE", path, ann, status=204)
    await instance.call("DELETE", path, ann, status=404)
    assert await listed(instance, ann) == [tag]
    assert await listed(instance, bob) == []


async def test_the_same_text_again_is_one_word(instance: Instance) -> None:
    ann = await instance.person("ann")
    first = await mute(instance, ann, "spoiler")
    again = await mute(instance, ann, "spoiler", action="hide", contexts=["feed"])
    assert again == first | {"action": "hide", "contexts": ["feed"]}
    assert await listed(instance, ann) == [again]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "!!! ..."}, "text"),
        ({"text": "x" * 101}, "text"),
        ({"text": "x", "contexts": []}, "contexts"),
        ({"text": "x", "contexts": ["messages"]}, "contexts.0"),
        ({"text": "x", "action": "blur"}, "action"),
        ({"text": "x", "expires_in": 59}, "expires_in"),
        ({}, "text"),
    ],
)
async def test_what_is_no_word_is_refused(
    instance: Instance, body: dict[str, Any], field: str
) -> None:
    ann = await instance.person("ann")
    assert list((await instance.post(WORDS, ann, body, status=422))["errors"]) == [field]


async def test_there_is_a_bound_and_what_is_over_makes_room(
    instance: Instance, db: Database
) -> None:
    ann = await instance.person("ann")
    for number in range(WORDS_MAX):
        await mute(instance, ann, f"word{number}")
    refused = await instance.post(WORDS, ann, {"text": "one more"}, status=409)
    assert refused["code"] == "muted_word_limit"
    await mute(instance, ann, "word7", action="hide")  # is there
    past = "UPDATE muted_words SET expires_at = now() WHERE user_id = $1 AND text = 'word7'"
    await db.execute(past, ann.id)
    assert len(await listed(instance, ann)) == WORDS_MAX - 1
    await mute(instance, ann, "one more")


async def test_my_other_sockets_are_told_and_once_more_after_being_away(
    two_instances: tuple[Instance, Instance],
) -> None:
    here, there = two_instances
    ann = await here.person("ann")
    async with there.socket(ann) as socket:
        ready = await socket.ready()
        assert ready["user"]["has_muted_words"] is False
        word = await mute(here, ann, "spoiler")
        assert await socket.next("muted_word.changed") == {"id": word["id"], "word": word}
        other = await mute(here, ann, "other")
        await socket.next("muted_word.changed")
        await here.call("DELETE", f"{WORDS}{word['id']}/", ann, status=204)
        gone = {"id": word["id"], "word": None}
        assert await socket.next("muted_word.changed") == gone
        assert (await here.get("/api/users/me/", ann))["has_muted_words"] is True
    since = {"since": ready["seq"], "epoch": ready["epoch"]}
    async with here.socket(ann, **since) as socket:
        await socket.ready()
        told = [await socket.next("muted_word.changed") for _ in range(3)]
        assert told == [gone, {"id": other["id"], "word": other}, gone]
    await here.call("DELETE", f"{WORDS}{other['id']}/", ann, status=204)
    assert (await here.get("/api/users/me/", ann))["has_muted_words"] is False


async def test_nobody_is_notified_of_what_has_a_hidden_word(
    instance: Instance, db: Database
) -> None:
    ann, bob, cat = await instance.people("ann", "bob", "cat")
    await mute(instance, ann, "spoiler", action="hide")
    await mute(instance, ann, "#got", action="hide", contexts=["notifications"])
    await mute(instance, ann, "finale", action="warn")
    await mute(instance, ann, "elsewhere", action="hide", contexts=["feed"])
    mine = (await instance.write(ann, "hello"))["id"]
    both = f"@{ann.username} @{cat.username}"
    await instance.write(bob, f"a SPÖILER, {both}")
    await instance.write(bob, "a spoiler", reply_to=mine)
    await instance.write(bob, f"so #GoT {both}")
    poll = {"options": ["a spoiler", "none"], "expires_in": 300}
    await instance.write(bob, f"what is it? {both}", poll=poll)
    assert await kinds(instance, ann) == []
    assert await kinds(instance, cat) == ["mention"] * 3
    await instance.write(bob, f"the finale, elsewhere; got it? {both}")
    await instance.write(bob, "spoilers", reply_to=mine)  # another word
    assert await kinds(instance, ann) == ["reply", "mention"]
    await db.execute("UPDATE muted_words SET expires_at = now() WHERE user_id = $1", ann.id)
    await instance.write(bob, f"a spoiler, {both}")
    assert await kinds(instance, ann) == ["mention", "reply", "mention"]


async def test_a_mention_that_an_edit_brings_is_asked_about_too(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    await mute(instance, ann, "spoiler", action="hide")
    post = (await instance.write(bob, "a spoiler"))["id"]
    edited = {"content": f"a spoiler, @{ann.username}"}
    await instance.call("PATCH", f"/api/posts/{post}/", bob, json=edited)
    assert await kinds(instance, ann) == []


async def test_what_others_do_with_my_posts_is_told_whatever_they_say(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    await mute(instance, ann, "spoiler", action="hide")
    mine = (await instance.write(ann, "a spoiler"))["id"]
    await instance.post(f"/api/posts/{mine}/like/", bob)
    assert await kinds(instance, ann) == ["like"]


async def test_posts_are_answered_as_they_are(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    await instance.follow(ann, bob)
    await mute(instance, ann, "spoiler", action="hide")
    post = (await instance.write(bob, "a spoiler"))["id"]
    assert [one["id"] for one in await instance.walk("/api/posts/feed/", ann)] == [post]
