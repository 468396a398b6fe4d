"""Avatars and images of posts: what is taken, what is kept of it, and what becomes of the files."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from handlers.errors import OperationError
from handlers.media import images
from handlers.media.purposes import POST
from handlers.media.upload import Upload
from server.config.load import Config
from storage.database.pool import open_database
from storage.media import image_files
from storage.media.store.disk import Disk
from tests.conftest import running
from tests.handlers.media.image_helpers import (
    UPDATE,
    colour_at,
    encoded,
    form,
    halves,
    kept,
    name,
    near,
    post,
    shown,
    thumbnail,
    wear,
)
from tests.people import PASSWORD, Instance


async def test_an_avatar_is_a_square_and_a_small_one_in_every_place(instance: Instance) -> None:
    ann = await instance.person("ann")
    avatar = (await wear(instance, ann, encoded(halves(800, 500), "JPEG")))["avatar"]
    whole, small = await shown(instance, avatar), await shown(instance, thumbnail(avatar))
    assert (whole.format, whole.size, small.size) == ("WEBP", (400, 400), (96, 96))
    assert near(colour_at(whole, (20, 200)), (255, 0, 0))
    assert near(colour_at(whole, (380, 200)), (0, 0, 255))
    written = await instance.write(ann, "hello")
    mine = await instance.get("/api/users/profiles/my_profile/", ann)
    me = await instance.get("/api/users/me/", ann)
    places = [mine["avatar"], mine["user"]["avatar"], me["avatar"], written["author"]["avatar"]]
    assert places == [avatar] * 4


async def test_text_beside_an_avatar_changes_too(instance: Instance) -> None:
    ann = await instance.person("ann")
    sent = form("avatar", encoded(halves(), "PNG"), bio="Hi", display_name="Ann")
    profile = await instance.call("PUT", UPDATE, ann, data=sent)
    assert (profile["bio"], profile["display_name"]) == ("Hi", "Ann")
    assert profile["avatar"] is not None


async def test_addresses_of_images_begin_with_the_media_url(settings: Config) -> None:
    elsewhere = replace(settings, media_url="https://cdn.example/m/")
    async with running(elsewhere) as instance:
        ann = await instance.person("ann")
        written = await post(instance, ann, encoded(halves(), "PNG"))
    assert written["image"].startswith("https://cdn.example/m/")


async def test_an_avatar_that_is_replaced_or_taken_off_is_gone(
    instance: Instance, settings: Config
) -> None:
    ann = await instance.person("ann")
    before = kept(settings)
    first = (await wear(instance, ann, encoded(halves(), "PNG")))["avatar"]
    second = (await wear(instance, ann, encoded(halves(), "PNG")))["avatar"]
    assert kept(settings) - before == {name(second), name(thumbnail(second))}
    await instance.get(f"/media/{name(first)}", status=404)
    profile = await instance.call("PATCH", UPDATE, ann, json={"avatar": None})
    assert profile["avatar"] is None
    assert kept(settings) == before


async def test_of_avatars_sent_at_once_one_is_kept(instance: Instance, settings: Config) -> None:
    ann = await instance.person("ann")
    before = kept(settings)
    await asyncio.gather(*(wear(instance, ann, encoded(halves(), "PNG")) for _ in range(5)))
    avatar = (await instance.get("/api/users/me/", ann))["avatar"]
    assert kept(settings) - before == {name(avatar), name(thumbnail(avatar))}


async def test_a_banner_keeps_its_shape_and_goes_when_it_is_replaced_or_taken_off(
    instance: Instance, settings: Config
) -> None:
    ann = await instance.person("ann")
    before = kept(settings)
    both = form("banner", encoded(halves(3000, 1000), "JPEG"))
    both.add_field("avatar", BytesIO(encoded(halves(), "PNG")), filename="me.png")
    first = await instance.call("PATCH", UPDATE, ann, data=both)
    assert (await shown(instance, first["banner"])).size == (1500, 500)
    assert (await shown(instance, first["avatar"])).size == (400, 400)
    sent = form("banner", encoded(halves(300, 100), "PNG"))
    second = await instance.call("PATCH", UPDATE, ann, data=sent)
    assert second["avatar"] == first["avatar"]
    assert (await instance.get(f"/api/users/profiles/{ann.id}/"))["banner"] == second["banner"]
    images = (second["avatar"], second["banner"])
    assert kept(settings) - before == {file for url in images for file in files_of(url)}
    third = await instance.call("PATCH", UPDATE, ann, json={"banner": None})
    assert third["banner"] is None
    assert kept(settings) - before == set(files_of(first["avatar"]))


def files_of(url: str) -> tuple[str, str]:
    return name(url), name(thumbnail(url))


async def test_the_image_of_a_post_is_made_smaller_but_never_larger(instance: Instance) -> None:
    ann = await instance.person("ann")
    large = await post(instance, ann, encoded(halves(3000, 1500), "JPEG"))
    assert (await shown(instance, large["image"])).size == (2048, 1024)
    assert (await shown(instance, thumbnail(large["image"]))).size == (680, 340)
    little = await post(instance, ann, encoded(halves(1, 1), "PNG"))
    assert (await shown(instance, little["image"])).size == (1, 1)
    assert (await shown(instance, thumbnail(little["image"]))).size == (1, 1)
    assert [p["image"] for p in await instance.walk("/api/posts/feed/", ann)] == [
        little["image"],
        large["image"],
    ]


async def test_the_image_of_a_deleted_post_is_gone(instance: Instance, settings: Config) -> None:
    ann = await instance.person("ann")
    before = kept(settings)
    written = await post(instance, ann, encoded(halves(), "PNG"))
    assert len(kept(settings) - before) == 2
    await instance.call("DELETE", f"/api/posts/{written['id']}/", ann, status=204)
    assert kept(settings) == before


async def test_the_images_of_a_closed_account_are_gone(
    instance: Instance, settings: Config
) -> None:
    ann = await instance.person("ann")
    before = kept(settings)
    data = encoded(halves(), "PNG")
    await wear(instance, ann, data)
    await post(instance, ann, data)
    assert len(kept(settings) - before) == 4
    me = "/api/users/me/"
    await instance.call("DELETE", me, ann, json={"password": PASSWORD}, status=204)
    assert kept(settings) == before


async def test_a_retry_answers_the_first_result_and_leaves_no_second_file(
    instance: Instance, settings: Config
) -> None:
    ann = await instance.person("ann")
    before = kept(settings)
    data = encoded(halves(), "PNG")
    first = await post(instance, ann, data, client_id="one")
    again = await post(instance, ann, data, 200, client_id="one")
    assert (again["id"], again["image"]) == (first["id"], first["image"])
    other = await post(instance, ann, encoded(halves(9, 9), "PNG"), 422, client_id="one")
    assert list(other["errors"]) == ["client_id"]
    without = {"content": "look", "client_id": "one"}
    await instance.post("/api/posts/", ann, without, status=422)
    assert len(kept(settings) - before) == 2


async def test_retries_at_once_leave_one_post_and_one_image(
    instance: Instance, settings: Config
) -> None:
    ann = await instance.person("ann")
    before = kept(settings)

    async def attempt() -> tuple[int, str]:
        sent = form("image", encoded(halves(), "PNG"), content="look")
        headers = {"Idempotency-Key": "k"}
        reply = await instance.call("POST", "/api/posts/", ann, data=sent, headers=headers)
        return reply["id"], reply["image"]

    found = set(await asyncio.gather(*(attempt() for _ in range(5))))
    assert len(found) == 1
    assert len(kept(settings) - before) == 2


async def test_a_post_that_is_refused_leaves_no_image(instance: Instance, settings: Config) -> None:
    ann = await instance.person("ann")
    before = kept(settings)
    await post(instance, ann, encoded(halves(), "PNG"), 404, reply_to=str(2**52))
    assert kept(settings) == before


async def test_a_reply_may_have_an_image(instance: Instance) -> None:
    ann = await instance.person("ann")
    first = await instance.write(ann, "first")
    reply = await post(instance, ann, encoded(halves(), "PNG"), reply_to=str(first["id"]))
    assert reply["reply_to"] == first["id"]


async def test_more_images_than_can_wait_are_told_to_come_later(
    settings: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "QUEUE", 1)
    async with running(settings) as instance:
        ann = await instance.person("ann")
        large = encoded(Image.new("L", (4000, 4000)), "PNG")
        sent = [
            instance.http.post(
                f"{instance.url}/api/posts/",
                data=form("image", large, content="look"),
                headers={"Authorization": f"Bearer {ann.access}"},
            )
            for _ in range(4)
        ]
        replies = await asyncio.gather(*sent)
        statuses = {reply.status for reply in replies}
        assert statuses == {201, 429}
        late = [reply for reply in replies if reply.status == 429]
        assert all("Retry-After" in reply.headers for reply in late)
        assert {(await reply.json())["code"] for reply in late} == {"busy"}


async def test_many_images_of_one_user_leave_room_for_those_of_others() -> None:
    large, small = encoded(Image.new("L", (2000, 2000)), "PNG"), encoded(halves(), "PNG")

    def render(data: bytes, owner_id: int) -> asyncio.Task[image_files.Rendered]:
        file = Upload("file", BytesIO(data), len(data), "")
        return asyncio.create_task(rendering.render(file, POST, owner_id))

    with images.open_images() as rendering:
        anns = [render(large, 1) for _ in range(images.QUEUE)]
        beyond = render(large, 1)
        assert (await render(small, 2)).image.width == 80
        with pytest.raises(OperationError, match=images.BUSY):
            await beyond
        assert {(await one).image.width for one in anns} == {2000}


async def test_the_event_loop_goes_on_while_an_image_is_worked_on(instance: Instance) -> None:
    ann = await instance.person("ann")
    large = encoded(Image.effect_noise((3000, 3000), 50), "JPEG")
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(0.005)
            longest = max(longest, loop.time() - before)

    watching = asyncio.create_task(watch())
    await post(instance, ann, large)
    watching.cancel()
    assert longest < 0.2


async def test_without_a_store_no_image_is_taken_or_shown(settings: Config, tmp_path: Path) -> None:
    (tmp_path / "media").write_text("not a directory")
    async with running(replace(settings, media_dir=tmp_path / "media")) as instance:
        ann = await instance.person("ann")
        reply = await post(instance, ann, encoded(halves(), "PNG"), 503)
        assert "Retry-After" in reply.headers
        assert reply["code"] == "unavailable"
        reply = await instance.get(f"/media/{'0' * 32}.webp", status=503)
        assert reply.headers["Cache-Control"] == "no-store"


async def test_the_sweep_takes_what_nothing_refers_to_after_an_hour(
    own_settings: Config,
) -> None:
    async with (
        running(own_settings) as instance,
        open_database(own_settings.database_url) as db,
    ):
        ann, bob = await instance.people("ann", "bob")
        before = kept(own_settings)
        data = encoded(halves(), "PNG")
        used = (await post(instance, ann, data))["image"]
        worn = (await wear(instance, ann, data))["avatar"]
        await wear(instance, bob, data)
        await post(instance, bob, data)
        store = Disk(own_settings.media_dir)
        picture = image_files.Picture(b"webp", "image/webp", 1, 1)
        young, old = f"{'a' * 32}.webp", f"{'b' * 32}.webp"
        rendered = image_files.Rendered(picture, picture, "", animated=False)
        for key in (young, old):
            await image_files.store_image(db, store, ann.id, key, rendered)
        # Not through the operation that closes an account: a row may go in other ways.
        await db.execute("DELETE FROM users WHERE id = $1", bob.id)
        age = """UPDATE media SET created_at = created_at - $1::interval,
                        uploaded_at = uploaded_at - 13 * $1::interval WHERE key <> $2"""
        await db.execute(age, timedelta(hours=2), young)
        await image_files.remove_all_unused(db, store)
        stays = {
            name(url) for image in (used, worn, f"/{young}") for url in (image, thumbnail(image))
        }
        assert kept(own_settings) - before == stays
        assert await db.fetchval("SELECT count(*) FROM media WHERE owner_id IS NULL") == 0
        await db.execute(age, timedelta(hours=2), "")
        await image_files.remove_all_unused(db, store)
        assert young not in kept(own_settings)


async def test_an_image_is_served_for_ever_and_harmlessly(instance: Instance) -> None:
    ann = await instance.person("ann")
    path = f"/media/{name((await post(instance, ann, encoded(halves(), 'PNG')))['image'])}"
    for method in ("GET", "HEAD"):
        reply = await instance.call(method, path, status=200)
        assert reply.headers["Content-Type"] == "image/webp"
        assert reply.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert reply.headers["Content-Disposition"] == "inline"
    etag = reply.headers["ETag"]
    await instance.get(path, headers={"If-None-Match": etag}, status=304)
    assert len((await instance.get(path, headers={"Range": "bytes=0-3"}, status=206)).body) == 4
    await instance.call("DELETE", path, status=405)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "aa/",
        f"{'a' * 32}.webp",
        f"{'a' * 32}.thumb.webp/",
        f"{'A' * 32}.webp",
        f".{'a' * 32}.webp",
        f"{'c' * 32}.webp",  # a link to a file that exists
        "..%2fjwt_secret",
        "%2e%2e/jwt_secret",
        "....//jwt_secret",
        "aa/..%2f..%2f..%2fjwt_secret",
        "%00.webp",
    ],
)
async def test_nothing_else_is_served(instance: Instance, settings: Config, path: str) -> None:
    (settings.media_dir / "cc").mkdir(parents=True, exist_ok=True)
    link = settings.media_dir / "cc" / f"{'c' * 32}.webp"
    link.unlink(missing_ok=True)
    link.symlink_to(settings.data_dir / "jwt_secret")
    reply = await instance.get(f"/media/{path}", status=404)
    assert reply.headers["Content-Type"].startswith("text/plain")
    link.unlink()
