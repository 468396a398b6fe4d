"""Pictures of posts and messages: sent first, described, attached, changed, taken back."""

import asyncio
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from server.config.load import Config
from storage.database.pool import Database, open_database
from storage.media import image_files
from storage.media.store.disk import Disk
from storage.migrations import files
from tests.conftest import running
from tests.handlers.media.image_helpers import encoded, form, halves, kept, name, send, shown
from tests.people import PASSWORD, Instance, Person, Reply
from tests.storage.locks import waiting

PNG = encoded(halves(), "PNG")


async def sent(instance: Instance, by: Person, data: bytes = PNG, **text: str) -> Any:
    reply = await send(instance, "POST", "/api/media/", by, form("file", data, **text), 201)
    return reply.body


async def ids(instance: Instance, by: Person, count: int) -> list[int]:
    return [(await sent(instance, by))["id"] for _ in range(count)]


async def posted(instance: Instance, by: Person, status: int = 201, **fields: Any) -> Reply:
    return await instance.call("POST", "/api/posts/", by, json=fields, status=status)


def moving(kind: str, frames: int = 3, size: tuple[int, int] = (60, 30)) -> bytes:
    """Frames of different colours, each for 120 ms, again and again."""
    images = [Image.new("RGB", size, (90 * n % 256, 255 - 80 * n % 256, 40)) for n in range(frames)]
    more = {"save_all": True, "append_images": images[1:], "duration": 120, "loop": 0}
    return encoded(images[0], kind, **more)


async def test_a_picture_is_sent_described_and_shown(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    picture = await sent(instance, ann, alt="red and blue")
    assert (picture["type"], picture["animated"]) == ("image", False)
    assert picture["alt"] == "red and blue"
    assert (picture["width"], picture["height"]) == (80, 40)
    assert 20 <= len(picture["thumbhash"]) <= 40
    path = f"/api/media/{picture['id']}/"
    changed = await instance.call("PATCH", path, ann, json={"alt": "a flag"})
    assert changed.body == {**picture, "alt": "a flag"}
    await instance.call("GET", path, bob, status=404)
    await instance.call("PATCH", path, bob, json={"alt": "mine"}, status=404)
    post = await posted(instance, ann, media_ids=[picture["id"]], sensitive=True)
    assert post["content"] == ""
    assert (post["media"], post["sensitive"]) == ([changed.body], True)
    assert post["image"] == picture["url"]
    assert (await instance.get(f"/api/posts/{post['id']}/", bob)).body["media"] == post["media"]
    assert (await shown(instance, picture["preview_url"])).size == (80, 40)


async def test_pictures_keep_their_order_and_stay_with_one_post(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    first, second, third, fourth = await ids(instance, ann, 4)
    order = [third, first, fourth, second]
    post = await posted(instance, ann, content="four", media_ids=order)
    assert [one["id"] for one in post["media"]] == order
    other = (await ids(instance, bob, 1))[0]
    for wrong, place in (([third], 0), ([2**40], 0), ([other], 0)):
        refused = await posted(instance, ann, 422, content="x", media_ids=wrong)
        assert list(refused["errors"]) == [f"media_ids.{place}"]
    five = await ids(instance, ann, 5)
    for wrong in (five, [five[0], five[0]]):
        assert "media_ids" in (await posted(instance, ann, 422, media_ids=wrong))["errors"]
    nothing: list[dict[str, Any]] = [
        {},
        {"content": ""},
        {"content": " \u200b "},
        {"media_ids": []},
    ]
    for blank in nothing:
        assert "content" in (await posted(instance, ann, 422, **blank))["errors"]


async def test_an_edit_changes_pictures_and_the_history_keeps_them(
    instance: Instance, settings: Config
) -> None:
    ann = await instance.person("ann")
    first, second, third = await ids(instance, ann, 3)
    post = await posted(instance, ann, content="one", media_ids=[first, second])
    path = f"/api/posts/{post['id']}/"
    words = (await instance.call("PATCH", path, ann, json={"content": "two"})).body
    assert words["media"] == post["media"]
    both = {"content": "two", "media_ids": [third, first]}
    swapped = (await instance.call("PATCH", path, ann, json=both)).body
    assert [one["id"] for one in swapped["media"]] == [third, first]
    assert swapped["image"] == swapped["media"][0]["url"]
    marked = (await instance.call("PATCH", path, ann, json={"sensitive": True})).body
    assert marked == {**swapped, "sensitive": True}
    bare = {"content": "three", "media_ids": []}
    none = (await instance.call("PATCH", path, ann, json=bare)).body
    assert (none["media"], none["image"]) == ([], None)
    await instance.call("PATCH", path, ann, json={"content": ""}, status=422)
    history = (await instance.get(f"{path}history/", ann)).body["results"]
    assert [[one["id"] for one in version["media"]] for version in history] == [
        [third, first],
        [first, second],
        [first, second],
    ]
    back = {"content": "three", "media_ids": [second]}
    assert (await instance.call("PATCH", path, ann, json=back)).body["media"][0]["id"] == second
    files = {name(one["url"]) for version in history for one in version["media"]}
    assert files <= kept(settings)
    await instance.call("DELETE", path, ann, status=204)
    assert not files & kept(settings)


async def test_a_message_has_pictures_which_go_with_it(
    instance: Instance, settings: Config
) -> None:
    ann, bob = await instance.people("ann", "bob")
    path = f"/api/messages/{await instance.chat(ann, bob)}/"
    first, second = await ids(instance, ann, 2)
    body = {"media_ids": [second, first], "client_id": "once"}
    async with instance.socket(bob) as socket:
        await socket.ready()
        to = f"{path}send_message/"
        said = (await instance.call("POST", to, ann, json=body, status=201)).body
        assert [one["id"] for one in said["media"]] == [second, first]
        assert said["image"] == said["media"][0]["url"]
        assert (await socket.next("message.created"))["message"] == said
        again = await instance.call("POST", to, ann, json=body, status=200)
        assert again.body == said
        listed = (await instance.get(f"{path}messages/", bob)).body["results"]
        assert listed == [said]
        await instance.call("PATCH", f"/api/media/{first}/", ann, json={"alt": "the sea"})
        told = (await socket.next("message.updated"))["message"]
        assert [one["alt"] for one in told["media"]] == ["", "the sea"]
        edit = {"content": "", "media_ids": [first]}
        one = f"{path}messages/{said['id']}/"
        edited = (await instance.call("PATCH", one, ann, json=edit)).body
        assert [picture["id"] for picture in edited["media"]] == [first]
        assert name(said["media"][0]["url"]) not in kept(settings)
        await instance.call("PATCH", one, ann, json={"media_ids": []}, status=422)
        await instance.call("DELETE", one, ann, status=204)
        gone = (await instance.get(f"{path}messages/", bob)).body["results"][0]
        assert (gone["media"], gone["image"], gone["deleted"]) == ([], None, True)
    assert name(edited["image"]) not in kept(settings)
    wrong = await instance.call(
        "POST", f"{path}send_message/", ann, json={"media_ids": [first]}, status=422
    )
    assert list(wrong.body["errors"]) == ["media_ids.0"]


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
async def test_what_moves_goes_on_moving(instance: Instance, kind: str) -> None:
    ann = await instance.person("ann")
    picture = await sent(instance, ann, moving(kind))
    assert picture["animated"]
    raw = (await instance.get(f"/media/{name(picture['url'])}")).body
    whole = Image.open(BytesIO(raw))
    assert (whole.size, whole.n_frames, whole.info["loop"]) == ((60, 30), 3, 0)  # type: ignore[attr-defined]
    whole.seek(1)
    whole.load()
    assert whole.info["duration"] == 120
    assert getattr(await shown(instance, picture["preview_url"]), "n_frames", 1) == 1


async def test_what_moves_too_much_is_refused_in_words(instance: Instance) -> None:
    ann = await instance.person("ann")
    for data in (moving("GIF", 301, (2, 2)), moving("GIF", 120, (1000, 1000))):
        refused = await send(instance, "POST", "/api/media/", ann, form("file", data), 422)
        assert "animation" in refused["errors"]["file"][0]


async def test_a_large_animation_is_made_smaller_until_it_fits(instance: Instance) -> None:
    ann = await instance.person("ann")
    picture = await sent(instance, ann, moving("GIF", 60, (900, 600)))
    assert picture["animated"]
    assert picture["width"] * picture["height"] * 60 <= 20_000_000
    assert abs(picture["width"] / picture["height"] - 1.5) < 0.01


async def test_only_so_many_may_wait(instance: Instance, settings: Config) -> None:
    ann = await instance.person("ann")
    picture = await sent(instance, ann)
    async with open_database(settings.database_url) as db:
        await db.execute(
            """INSERT INTO media (key, owner_id, content_type, width, height, bytes, uploaded_at)
               SELECT $1 || n, $2, 'image/webp', 1, 1, 1, now() FROM generate_series(1, 39) n""",
            f"waits-{ann.id}-",
            ann.id,
        )
        refused = await send(instance, "POST", "/api/media/", ann, form("file", PNG), 409)
        assert refused["code"] == "media_limit"
        await posted(instance, ann, media_ids=[picture["id"]])
        await sent(instance, ann)
        await db.execute("DELETE FROM media WHERE key LIKE 'waits-%'")


async def test_many_at_once_find_no_more_room_than_there_is(
    instance: Instance, db: Database
) -> None:
    ann = await instance.person("ann")
    await db.execute(
        """INSERT INTO media (key, owner_id, content_type, width, height, bytes, uploaded_at)
           SELECT $1 || n, $2, 'image/webp', 1, 1, 1, now() FROM generate_series(1, 39) n""",
        f"at-once-{ann.id}-",
        ann.id,
    )
    async with db.transaction() as connection:
        await connection.execute("SELECT FROM user_seq WHERE user_id = $1 FOR UPDATE", ann.id)
        calls = [asyncio.create_task(upload(instance, ann, PNG)) for _ in range(3)]
        await waiting(db, 3, "user_seq")
    assert sorted([await call for call in calls]) == [201, 409, 409]
    await db.execute("DELETE FROM media WHERE key LIKE 'at-once-%'")


async def upload(instance: Instance, by: Person, data: bytes) -> int:
    headers = {"Authorization": f"Bearer {by.access}"}
    address = f"{instance.url}/api/media/"
    async with instance.http.post(address, data=form("file", data), headers=headers) as reply:
        return reply.status


async def test_what_nobody_used_is_removed_after_a_day(own_settings: Config) -> None:
    async with (
        running(own_settings) as instance,
        open_database(own_settings.database_url) as db,
    ):
        ann = await instance.person("ann")
        used, late, unused = [await sent(instance, ann) for _ in range(3)]
        await posted(instance, ann, media_ids=[used["id"]])
        store = Disk(own_settings.media_dir)
        await image_files.remove_all_unused(db, store)
        files = {name(one[url]) for one in (used, late, unused) for url in ("url", "preview_url")}
        assert files <= kept(own_settings)
        age = "UPDATE media SET uploaded_at = uploaded_at - $1::interval"
        await db.execute(age, timedelta(hours=24, minutes=1))
        await posted(instance, ann, 422, media_ids=[late["id"]])
        await image_files.remove_all_unused(db, store)
        assert files <= kept(own_settings)  # who attached one just before has an hour to commit
        await db.execute(age, timedelta(hours=1))
        await image_files.remove_all_unused(db, store)
        assert files & kept(own_settings) == {name(used["url"]), name(used["preview_url"])}


async def test_a_retry_answers_the_first_post_and_another_body_is_refused(
    instance: Instance,
) -> None:
    ann = await instance.person("ann")
    first, second = await ids(instance, ann, 2)
    body: dict[str, Any] = {"content": "", "media_ids": [first], "client_id": "a name"}
    one = await posted(instance, ann, **body)
    assert (await posted(instance, ann, 200, **body))["id"] == one["id"]
    await posted(instance, ann, 422, **{**body, "media_ids": [second]})


async def test_a_report_keeps_the_pictures_of_what_is_gone(
    instance: Instance, settings: Config
) -> None:
    ann, bob = await instance.people("ann", "bob")
    admin = await instance.person("admin")
    async with open_database(settings.database_url) as db:
        await db.execute("UPDATE users SET is_admin = true WHERE id = $1", admin.id)
    picture = await sent(instance, ann)
    post = await posted(instance, ann, media_ids=[picture["id"]])
    about = {"post_id": post["id"], "reason": "look at this"}
    await instance.call("POST", "/api/reports/", bob, json=about, status=201)
    await instance.call("DELETE", f"/api/posts/{post['id']}/", ann, status=204)
    reports = (await instance.get("/api/admin/reports/", admin)).body["results"]
    assert reports[0]["reported"]["media"] == [picture]
    assert name(picture["url"]) in kept(settings)


async def test_what_was_reported_stays_as_it_was_and_comes_in_no_other_post(
    instance: Instance, db: Database
) -> None:
    ann, bob, admin = await instance.people("ann", "bob", "admin")
    await db.execute("UPDATE users SET is_admin = true WHERE id = $1", admin.id)
    first, second = [await sent(instance, ann, alt=alt) for alt in ("cruel", "words")]
    post = await posted(instance, ann, media_ids=[second["id"], first["id"]])
    about = {"post_id": post["id"], "reason": "look at this"}
    await instance.call("POST", "/api/reports/", bob, json=about, status=201)
    path = f"/api/media/{first['id']}/"
    changed = await instance.call("PATCH", path, ann, json={"alt": "a lamb"}, status=200)
    assert changed["alt"] == "a lamb"

    async def reported() -> Any:
        return (await instance.get("/api/admin/reports/", admin))["results"][0]["reported"]["media"]

    assert await reported() == [second, first]
    await instance.call("DELETE", f"/api/posts/{post['id']}/", ann, status=204)
    for method in ("GET", "PATCH"):
        body = {"alt": "two lambs"} if method == "PATCH" else None
        await instance.call(method, path, ann, json=body, status=404)
    refused = await posted(instance, ann, 422, media_ids=[first["id"]])
    assert refused["errors"] == {"media_ids.0": ["No picture of mine, or no longer there."]}
    chat = await instance.chat(ann, bob)
    to = f"/api/messages/{chat}/send_message/"
    await instance.call("POST", to, ann, json={"media_ids": [first["id"]]}, status=422)
    assert await reported() == [second, first]


@pytest.mark.parametrize(("apart", "status"), [("ban", 404), ("leave", 404), ("block", 403)])
async def test_who_may_write_there_no_more_describes_nothing_there(
    instance: Instance, apart: str, status: int
) -> None:
    ann, bob = await instance.people("ann", "bob")
    picture = await sent(instance, ann, alt="hills")
    title = None if apart == "block" else "club"
    path = f"/api/messages/{await instance.chat(bob, ann, title=title)}/"
    about, body = f"/api/media/{picture['id']}/", {"media_ids": [picture["id"]]}
    said = await instance.call("POST", f"{path}send_message/", ann, json=body, status=201)
    match apart:
        case "ban":
            await instance.call("POST", f"{path}ban/", bob, json={"user_id": ann.id}, status=200)
        case "leave":
            await instance.call("PATCH", path, ann, json={"leave": True}, status=200)
        case "block":
            await instance.call("POST", f"/api/users/{ann.id}/block/", bob, status=200)
    async with instance.socket(bob) as bobs:
        await bobs.ready()
        for what, to in (("content", f"{path}messages/{said['id']}/"), ("alt", about)):
            await instance.call("PATCH", to, ann, json={what: "x"}, status=status)
        assert (await instance.get(about, ann))["alt"] == "hills"
        assert bobs.names() == ["session.ready"]


async def test_pictures_reach_followers_on_the_other_instance(
    two_instances: tuple[Instance, Instance],
) -> None:
    here, there = two_instances
    ann, bob = await here.people("ann", "bob")
    await here.follow(bob, ann)
    picture = await sent(here, ann, alt="hills")
    async with there.socket(bob) as socket:
        await socket.ready()
        post = await posted(here, ann, media_ids=[picture["id"]])
        heard = (await socket.next("post.created"))["post"]
        assert (heard["media"], heard["image"]) == (post["media"], picture["url"])
        await here.call("PATCH", f"/api/media/{picture['id']}/", ann, json={"alt": "mountains"})
        assert (await socket.next("post.updated"))["post"]["media"][0]["alt"] == "mountains"
    assert (await shown(there, picture["url"])).size == (80, 40)


async def test_what_an_instance_of_the_release_before_writes_has_its_pictures(
    instance: Instance, db: Database
) -> None:
    ann, bob = await instance.people("ann", "bob")
    first, second = [await sent(instance, ann) for _ in range(2)]
    key = name(first["url"])
    post = "INSERT INTO posts (author_id, content, image) VALUES ($1, 'look', $2) RETURNING id"
    old = await db.fetchval(post, ann.id, key)
    shown_by_it = (await instance.get(f"/api/posts/{old}/", bob)).body
    assert (shown_by_it["media"], shown_by_it["image"]) == ([first], first["url"])
    # And what was there before the migration.
    await db.execute(
        "UPDATE media SET id = NULL, post_id = NULL, position = NULL WHERE key = $1", key
    )
    ((_, sql),) = [one for one in files() if one[0].startswith("0041")]
    (backfill,) = [one for one in sql.split(";\n") if one.startswith("DO")]
    await db.execute(backfill)
    (again,) = (await instance.get(f"/api/posts/{old}/", bob)).body["media"]
    assert again == {**first, "id": again["id"]}
    chat = await instance.chat(ann, bob)
    said = await instance.say(ann, chat, "", media_ids=[second["id"]])
    taken_back = "UPDATE messages SET content = '', deleted_at = now() WHERE id = $1"
    await db.execute(taken_back, said["id"])
    (left,) = (await instance.get(f"/api/messages/{chat}/messages/", bob))["results"]
    assert (left["media"], left["image"]) == ([], None)
    waits = "SELECT message_id IS NULL FROM media WHERE id = $1"
    assert await db.fetchval(waits, second["id"])


async def test_a_message_keeps_its_pictures_when_its_sender_is_gone(
    instance: Instance, settings: Config
) -> None:
    ann, bob = await instance.people("ann", "bob")
    in_message, in_post, unused = [await sent(instance, ann, alt="x") for _ in range(3)]
    chat = await instance.chat(ann, bob)
    await instance.say(ann, chat, "", media_ids=[in_message["id"]])
    await posted(instance, ann, media_ids=[in_post["id"]])
    await instance.call("DELETE", "/api/users/me/", ann, json={"password": PASSWORD}, status=204)
    (message,) = (await instance.get(f"/api/messages/{chat}/messages/", bob))["results"]
    assert message["media"] == [in_message]
    names = {name(one["url"]) for one in (in_message, in_post, unused)}
    assert names & kept(settings) == {name(in_message["url"])}
