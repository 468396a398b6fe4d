"""Images of users: a row for each, and its two files in the media store.

The row is written before the files and goes after them, so nothing is in the store that has no row.
What no avatar and no post refers to is removed: at once by whoever ended the reference, and else by
remove_all_unused, be it what a killed process left behind or what went with its owner.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from storage.database.pool import Database
from storage.database.query import Command, Scalar
from storage.media.store import MediaStore

SUFFIX = ".webp"
THUMBNAIL_SUFFIX = ".thumb.webp"
BATCH = 1000


@dataclass(frozen=True, slots=True)
class Picture:
    """An image as it is stored and sent; width and height in pixels."""

    data: bytes
    content_type: str
    width: int
    height: int


def thumbnail(key: str) -> str:
    """Return the key (or URL) of the small version of the image with this key (or URL)."""
    return key.removesuffix(SUFFIX) + THUMBNAIL_SUFFIX


ADD_IMAGE = Command("""
    INSERT INTO media (key, owner_id, content_type, width, height, bytes)
    VALUES ($1, $2, $3, $4, $5, $6)""")


async def store_image(
    db: Database, store: MediaStore, owner_id: int, key: str, image: Picture, small: Picture
) -> None:
    """Store an image and its thumbnail under a new key.

    It is removed again (remove_all_unused) unless something refers to it within the hour.
    """
    size = len(image.data)
    await ADD_IMAGE.run(db, key, owner_id, image.content_type, image.width, image.height, size)
    await store.put(key, image.data, image.content_type)
    await store.put(thumbnail(key), small.data, small.content_type)


UNUSED_IMAGES = Scalar(
    """
    SELECT key FROM media m WHERE key = ANY($1::text[])
       AND NOT EXISTS (SELECT FROM users WHERE avatar = m.key)
       AND NOT EXISTS (SELECT FROM posts WHERE image = m.key)""",
    str,
)
DELETE_IMAGES = Command("DELETE FROM media WHERE key = ANY($1::text[])")


async def remove_unused(db: Database, store: MediaStore, keys: Sequence[str]) -> None:
    """Remove those of these that nothing refers to.

    Nothing comes to refer to an image twice, so what is unused now stays so.
    """
    unused = await UNUSED_IMAGES.all(db, keys)
    if unused:
        await store.delete([file for key in unused for file in (key, thumbnail(key))])
        await DELETE_IMAGES.run(db, unused)


IMAGES_AT_ONCE = 100  # that are removed before anything else is looked at
UNUSED_IMAGES_OF_OWNER = Scalar(
    f"""
    SELECT key FROM media m WHERE owner_id = $1
       AND NOT EXISTS (SELECT FROM users WHERE avatar = m.key)
       AND NOT EXISTS (SELECT FROM posts WHERE image = m.key) LIMIT {IMAGES_AT_ONCE}""",
    str,
)


async def remove_some_unused_of(db: Database, store: MediaStore, owner_id: int) -> bool:
    """Remove unused images of an owner who is gone; return whether that were all.

    Any other owner may be about to use what is unused.
    """
    keys = await UNUSED_IMAGES_OF_OWNER.all(db, owner_id)
    await remove_unused(db, store, keys)
    return len(keys) < IMAGES_AT_ONCE


IMAGES_AN_HOUR_OLD = Scalar(
    """
    SELECT key FROM media WHERE key > $1 AND created_at < now() - interval '1 hour'
     ORDER BY key LIMIT $2""",
    str,
)


async def remove_all_unused(db: Database, store: MediaStore) -> None:
    """Remove all that is unused and an hour old: what is younger may be about to be used."""
    last = ""
    while keys := await IMAGES_AN_HOUR_OLD.all(db, last, BATCH):
        await remove_unused(db, store, keys)
        last = keys[-1]
