"""Where files rest: a directory and a bucket keep the same promises."""

import asyncio
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import obstore
import pytest
from obstore.store import S3Store

from server.config import ConfigError, load_config
from server.config.load import Config
from storage.database.pool import Database
from storage.errors import Unavailable
from storage.media import image_files
from storage.media.store import MediaStore, Remote, media_store
from storage.media.store.address import S3Address, parse
from tests.conftest import running
from tests.handlers.media.image_helpers import encoded, halves, post, shown, thumbnail, wear
from tests.handlers.media.s3_server import BUCKET, REGION, Bucket, nowhere, serving

KEY, OTHER = f"{'a' * 32}.webp", f"{'a' * 32}.thumb.webp"


@pytest.fixture(scope="module")
def bucket_server() -> Iterator[Bucket]:
    with serving() as bucket:
        yield bucket


@pytest.fixture
def bucket(bucket_server: Bucket, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """Other tests have files in it, too. Its credentials are in the environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", bucket_server.key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", bucket_server.secret)
    return bucket_server


@pytest.fixture(params=["directory", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> MediaStore:
    if request.param == "directory":
        return media_store(None, tmp_path)
    return in_bucket(request.getfixturevalue("bucket"), tmp_path)


def in_bucket(bucket: Bucket, tmp_path: Path) -> MediaStore:
    """Empty, and this test's only."""
    return media_store(bucket.under(f"some/{tmp_path.name}"), tmp_path)


async def content(store: MediaStore, key: str) -> bytes | None:
    found = await store.open(key)
    if isinstance(found, Remote):
        whole = b"".join([chunk async for chunk in found.chunks])
        assert len(whole) == found.size
        return whole
    return None if found is None else found.read_bytes()


async def test_what_is_put_is_there_until_it_is_deleted(store: MediaStore) -> None:
    assert await content(store, KEY) is None
    large = bytes(range(256)) * 4096
    await asyncio.gather(
        store.put(KEY, large, "image/webp"), store.put(OTHER, b"small", "image/webp")
    )
    assert await content(store, KEY) == large
    assert await content(store, OTHER) == b"small"
    await store.delete([KEY])
    assert await content(store, KEY) is None
    assert await content(store, OTHER) == b"small"


async def test_what_is_not_there_is_deleted_already(store: MediaStore) -> None:
    await store.delete([KEY, OTHER])
    await store.put(KEY, b"x", "image/webp")
    await store.delete([OTHER, KEY])
    assert await content(store, KEY) is None


async def test_a_directory_holds_no_file_in_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = media_store(None, tmp_path)

    def fails(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", fails)
    with pytest.raises(Unavailable):
        await store.put(KEY, b"x", "image/webp")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


async def test_what_a_killed_process_wrote_of_a_file_goes_with_it(tmp_path: Path) -> None:
    store = media_store(None, tmp_path)
    await store.put(KEY, b"x", "image/webp")
    left = tmp_path / KEY[:2] / f".{OTHER}"
    left.write_bytes(b"half")
    await store.delete([KEY, OTHER])
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


async def test_thousands_of_files_are_deleted_at_once(bucket: Bucket, tmp_path: Path) -> None:
    store = in_bucket(bucket, tmp_path)
    keys = [f"{number:032x}.webp" for number in range(2100)]
    kept = [keys[0], keys[1500], keys[-1]]
    for key in kept:
        await store.put(key, b"x", "image/webp")
    await store.delete(keys)
    assert [await content(store, key) for key in kept] == [None] * 3


async def test_a_bucket_itself_says_that_a_file_is_an_image_and_good_for_ever(
    bucket: Bucket, tmp_path: Path
) -> None:
    await in_bucket(bucket, tmp_path).put(KEY, b"x", "image/webp")
    opened = S3Store(
        BUCKET,
        prefix=f"some/{tmp_path.name}",
        endpoint=bucket.endpoint,
        region=REGION,
        client_options={"allow_http": True},
    )
    found = await obstore.get_async(opened, KEY)
    assert found.attributes == {
        "Content-Type": "image/webp",
        "Cache-Control": "public, max-age=31536000, immutable",
        "Content-Disposition": "inline",
    }


@pytest.mark.parametrize("wrong", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
async def test_a_bucket_that_does_not_know_us_is_unavailable(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    await in_bucket(bucket, tmp_path).put(KEY, b"x", "image/webp")
    monkeypatch.setenv(wrong, "not this one")
    store = in_bucket(bucket, tmp_path)
    with pytest.raises(Unavailable):
        await store.put(OTHER, b"x", "image/webp")
    with pytest.raises(Unavailable):
        await store.open(KEY)
    with pytest.raises(Unavailable):
        await store.delete([KEY])


async def test_a_bucket_that_is_away_is_unavailable(bucket: Bucket) -> None:
    store = media_store(nowhere(), Path())
    with pytest.raises(Unavailable):
        await store.put(KEY, b"x", "image/webp")
    with pytest.raises(Unavailable):
        await store.open(KEY)
    with pytest.raises(Unavailable):
        await store.delete([KEY])


async def test_a_server_keeps_images_in_a_bucket_and_shows_them(
    settings: Config, tmp_path: Path, bucket: Bucket
) -> None:
    there = replace(settings, media_store_url=bucket.under(), media_dir=tmp_path)
    async with running(there) as instance:
        ann = await instance.person("ann")
        url = (await post(instance, ann, encoded(halves(), "PNG")))["image"]
        assert (await shown(instance, url)).size == (80, 40)
        path = url[url.index("/media/") :]
        head = await instance.call("HEAD", path)
        whole = await instance.get(path)
        assert head.body == b""
        assert int(head.headers["Content-Length"]) == len(whole.body)
        assert whole.headers["Content-Type"] == "image/webp"
        assert whole.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        avatar = (await wear(instance, ann, encoded(halves(), "PNG")))["avatar"]
        assert (await shown(instance, thumbnail(avatar))).size == (96, 96)
        await wear(instance, ann, encoded(halves(), "PNG"))
        gone = avatar[avatar.index("/media/") :]
        await instance.get(gone, status=404)
        await instance.get(thumbnail(gone), status=404)
    assert list(tmp_path.iterdir()) == []


async def test_without_the_bucket_an_image_waits_and_the_rest_goes_on(
    settings: Config, db: Database, bucket: Bucket
) -> None:
    away = replace(settings, media_store_url=nowhere())
    async with running(away) as instance:
        ann = await instance.person("ann")
        reply = await post(instance, ann, encoded(halves(), "PNG"), 503)
        assert "Retry-After" in reply.headers
        await instance.write(ann, "no image")
        rows = "SELECT count(*) FROM media WHERE owner_id = $1"
        assert await db.fetchval(rows, ann.id) == 1
        age = "UPDATE media SET created_at = now() - interval '2 hours' WHERE owner_id = $1"
        await db.execute(age, ann.id)
        await image_files.remove_all_unused(db, media_store(bucket.under(), Path()))
        assert await db.fetchval(rows, ann.id) == 0


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("", None),
        ("s3://images", S3Address("images", None, None, None)),
        ("s3://images/of/users/", S3Address("images", "of/users", None, None)),
        (
            "s3://images?endpoint=http://10.0.0.1:9000&region=eu-central-1",
            S3Address("images", None, "http://10.0.0.1:9000", "eu-central-1"),
        ),
    ],
)
def test_the_address_of_a_bucket(text: str, address: S3Address | None) -> None:
    assert parse(text) == address


@pytest.mark.parametrize(
    "text",
    ["images", "https://images", "s3:///x", "s3://key:secret@images", "s3://images?size=1",
     "s3://images?endpoint=10.0.0.1"],
)  # fmt: skip
def test_what_is_no_address_of_a_bucket_is_refused_at_the_start(text: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="s3://BUCKET"):
        load_config({"MEDIA_STORE_URL": text}, tmp_path)


def test_without_the_client_for_buckets_the_start_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)
    with pytest.raises(ConfigError, match="mini-twitter\\[s3\\]"):
        load_config({"MEDIA_STORE_URL": f"s3://{BUCKET}"}, tmp_path)


def test_images_are_under_the_public_url_unless_told_otherwise(tmp_path: Path) -> None:
    public = {"PUBLIC_URL": "https://bird.example"}
    assert load_config(public, tmp_path).media_url == "https://bird.example/media/"
    elsewhere = load_config(public | {"MEDIA_URL": "https://cdn.example/images"}, tmp_path)
    assert elsewhere.media_url == "https://cdn.example/images/"
    with pytest.raises(ConfigError, match="MEDIA_URL"):
        load_config({"MEDIA_URL": "https://cdn.example/?image="}, tmp_path)
