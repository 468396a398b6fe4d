"""Images of users: a row for each, and its two files in the media store.

The row is written before the files and goes after them, so nothing is in the store that has no row.
What no avatar, banner, post, message or report refers to is removed: at once by whoever ended the
reference, and else by remove_all_unused, be it what a killed process left or what nobody used.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from storage.database.pool import Database
from storage.database.query import Command, Executor, Scalar
from storage.media.keys import thumbnail
from storage.media.store import MediaStore

BATCH = 1000
PICTURES_WAIT = timedelta(hours=24)  # for the post or message that they are for


@dataclass(frozen=True, slots=True)
class Picture:
    """An image as it is stored and sent; width and height in pixels."""

    data: bytes
    content_type: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Rendered:
    """An image as it is kept: with its small version, and what is shown until either is loaded."""

    image: Picture
    small: Picture
    thumbhash: str
    animated: bool


ADD_IMAGE = Command("""
    INSERT INTO media (key, owner_id, content_type, width, height, bytes, thumbhash, animated,
                       uploaded_at, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, CASE WHEN $9 THEN now() END,
            CASE WHEN $9 THEN 'infinity' ELSE now() END)""")


async def store_image(
    db: Database,
    store: MediaStore,
    owner_id: int,
    key: str,
    rendered: Rendered,
    *,
    is_picture: bool = False,
) -> None:
    """Store an image and its thumbnail under a new key.

    It is removed again (remove_all_unused) unless something refers to it within the hour; a picture
    for a post or a message, within PICTURES_WAIT.
    """
    await add_row(db, owner_id, key, rendered, is_picture=is_picture)
    await put_files(store, key, rendered)


async def add_row(
    db: Executor, owner_id: int, key: str, rendered: Rendered, *, is_picture: bool
) -> None:
    """Have a row for an image, whose files come next."""
    image = rendered.image
    await ADD_IMAGE.run(
        db,
        key,
        owner_id,
        image.content_type,
        image.width,
        image.height,
        len(image.data),
        rendered.thumbhash,
        rendered.animated,
        is_picture,
    )


async def put_files(store: MediaStore, key: str, rendered: Rendered) -> None:
    """Put an image and its thumbnail into the store."""
    image, small = rendered.image, rendered.small
    await store.put(key, image.data, image.content_type)
    await store.put(thumbnail(key), small.data, small.content_type)


# That nothing refers to an image m of media.
UNUSED = """m.post_id IS NULL AND m.message_id IS NULL AND NOT m.is_reported
       AND NOT EXISTS (SELECT FROM users WHERE avatar = m.key)
       AND NOT EXISTS (SELECT FROM profiles WHERE banner = m.key)
       AND NOT EXISTS (SELECT FROM posts WHERE image = m.key)"""
UNUSED_IMAGES = Scalar(
    f"SELECT key FROM media m WHERE key = ANY($1::text[]) AND {UNUSED}",
    str,
)
DELETE_IMAGES = Command("DELETE FROM media WHERE key = ANY($1::text[])")


async def remove_unused(db: Database, store: MediaStore, keys: Sequence[str]) -> int:
    """Remove those of these that nothing refers to; return how many.

    Nothing comes to refer to an image twice, so what is unused now stays so.
    """
    unused = await UNUSED_IMAGES.all(db, keys)
    if unused:
        await store.delete([file for key in unused for file in (key, thumbnail(key))])
        await DELETE_IMAGES.run(db, unused)
    return len(unused)


IMAGES_AT_ONCE = 100  # that are removed before anything else is looked at
UNUSED_IMAGES_OF_OWNER = Scalar(
    f"SELECT key FROM media m WHERE owner_id = $1 AND {UNUSED} LIMIT {IMAGES_AT_ONCE}",
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
# The last hour is for who attached one at the last moment, and has not committed.
PICTURES_LEFT = Scalar(
    f"""
    SELECT key FROM media
     WHERE uploaded_at < now() - interval '{PICTURES_WAIT + timedelta(hours=1)}'
       AND post_id IS NULL AND message_id IS NULL AND NOT is_reported LIMIT {BATCH}""",
    str,
)


async def remove_all_unused(db: Database, store: MediaStore) -> int:
    """Remove all that is unused for as long as it may be: what is younger is about to be used."""
    last, removed = "", 0
    while keys := await IMAGES_AN_HOUR_OLD.all(db, last, BATCH):
        removed += await remove_unused(db, store, keys)
        last = keys[-1]
    while (keys := await PICTURES_LEFT.all(db)) and (some := await remove_unused(db, store, keys)):
        removed += some
    return removed
