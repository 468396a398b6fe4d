"""Pictures of posts and messages: sent first, described, then attached to one post or message.

What a post has shown stays with it, position being NULL for what only an earlier version shows; a
message has no earlier versions, and what is taken off it is for nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import asyncpg

from storage.database.pool import Database
from storage.database.query import Command, Executor, Query, Scalar
from storage.database.user_columns import media
from storage.errors import NotFound, TooManyPictures, UnusablePictures
from storage.events import log
from storage.media import image_files
from storage.media.image_files import PICTURES_WAIT
from storage.media.store import MediaStore
from storage.records import Media

PICTURES_MAX = 4  # of a post or message
WAITING_MAX = 40  # of one user

Of = Literal["post", "message"]

MEDIA = media("m")
# That a picture m of media is for a post or message yet.
WAITS = f"""m.post_id IS NULL AND m.message_id IS NULL AND NOT m.is_reported
       AND m.uploaded_at > now() - interval '{PICTURES_WAIT}'"""
# And no avatar or banner. What was reported and then taken off, or deleted with what showed it, is
# its owner's no more, as without a report.
IS_PICTURE = """(m.uploaded_at IS NOT NULL OR m.post_id IS NOT NULL)
       AND NOT (m.is_reported AND m.post_id IS NULL AND m.message_id IS NULL)"""

PICTURE = Query(
    f"SELECT {MEDIA} FROM media m WHERE m.id = $2 AND m.owner_id = $1 AND {IS_PICTURE}", MEDIA
)
WAITING = Scalar(f"SELECT count(*) FROM media m WHERE m.owner_id = $1 AND {WAITS}", int)


async def get(db: Executor, owner_id: int, media_id: int) -> Media:
    """Return a picture. NotFound unless it is the owner's."""
    if found := await PICTURE.maybe(db, owner_id, media_id):
        return found
    raise NotFound("picture")


@dataclass(frozen=True, slots=True)
class Stored:
    """A picture by its id, and its key in the store."""

    id: int
    key: str


STORED_PICTURE = Query("SELECT id, key FROM media WHERE key = $1", Stored)


async def stored(db: Database, key: str) -> Stored:
    """Return the picture that is stored under this key."""
    return await STORED_PICTURE.one(db, key)


async def check_room(db: Executor, owner_id: int) -> None:
    """Raise TooManyPictures where so many wait that another one may not be sent."""
    if await WAITING.one(db, owner_id) >= WAITING_MAX:
        raise TooManyPictures(WAITING_MAX)


async def store_waiting(
    db: Database, store: MediaStore, owner_id: int, key: str, rendered: image_files.Rendered
) -> None:
    """Store a picture that waits for its post or message. Raises what check_room does."""
    async with db.transaction() as connection:
        await log.lock(connection, [owner_id])  # else many at once would all find room
        await check_room(connection, owner_id)
        await image_files.add_row(connection, owner_id, key, rendered, is_picture=True)
    await image_files.put_files(store, key, rendered)


@dataclass(frozen=True, slots=True)
class Place:
    """What shows a picture."""

    post_id: int | None
    message_id: int | None


PLACE = Query(
    f"""
    SELECT m.post_id, m.message_id FROM media m
     WHERE m.id = $2 AND m.owner_id = $1 AND {IS_PICTURE}""",
    Place,
)
DESCRIBE = Query(
    f"""
    UPDATE media m SET alt = $3
     WHERE m.id = $2 AND m.owner_id = $1 AND m.message_id IS NOT DISTINCT FROM $4 AND {IS_PICTURE}
    RETURNING m.post_id, m.message_id""",
    Place,
)


async def message_of(db: Executor, owner_id: int, media_id: int) -> int | None:
    """Return the message that has a picture, if one does. NotFound unless it is the owner's."""
    if place := await PLACE.maybe(db, owner_id, media_id):
        return place.message_id
    raise NotFound("picture")


async def describe(
    db: Executor, owner_id: int, media_id: int, message_id: int | None, alt: str
) -> Place | None:
    """Say what a picture shows; None unless it is the owner's, and of this message or of none."""
    return await DESCRIBE.maybe(db, owner_id, media_id, alt, message_id)


@dataclass(frozen=True, slots=True)
class _Named:
    """One that somebody has named: waits is whether it can be attached."""

    id: int
    key: str
    post_id: int | None
    message_id: int | None
    waits: bool


NAMED_PICTURES = Query(
    f"""
    SELECT m.id, m.key, m.post_id, m.message_id, {WAITS} IS TRUE AS waits FROM media m
     WHERE m.owner_id = $1 AND m.id = ANY($2::bigint[]) AND {IS_PICTURE}""",
    _Named,
)


async def first_key(
    db: Executor, owner_id: int, ids: Sequence[int], of: Of | None = None, of_id: int = 0
) -> str | None:
    """Return the key of the first of these pictures; None of none.

    UnusablePictures, unless all are the owner's and wait, or are of this post or message already.
    """
    if not ids:
        return None
    found = {one.id: one for one in await NAMED_PICTURES.all(db, owner_id, ids)}
    wrong = {}
    for place, media_id in enumerate(ids):
        if (one := found.get(media_id)) is None:
            wrong[place] = "No picture of mine, or no longer there."
        elif not one.waits and (of is None or getattr(one, f"{of}_id") != of_id):
            wrong[place] = "This picture is in another post or message."
    if wrong:
        raise UnusablePictures(wrong)
    return found[ids[0]].key


ATTACH = {
    of: Scalar(
        f"""
        UPDATE media m SET {of}_id = $1, position = listed.place
          FROM unnest($3::bigint[]) WITH ORDINALITY listed (id, place)
         WHERE m.id = listed.id AND m.owner_id = $2 AND (m.{of}_id = $1 OR {WAITS})
        RETURNING m.id""",
        int,
    )
    for of in ("post", "message")
}


async def attach(
    connection: asyncpg.Connection, owner_id: int, of: Of, of_id: int, ids: Sequence[int]
) -> None:
    """Attach these pictures in this order, in the transaction that writes what they are of.

    UnusablePictures where somebody else was faster.
    """
    if not ids:
        return
    attached = set(await ATTACH[of].all(connection, of_id, owner_id, ids))
    if missing := [place for place, media_id in enumerate(ids) if media_id not in attached]:
        raise UnusablePictures(dict.fromkeys(missing, "This picture was just used."))


SHOWN = {
    of: Scalar(
        f"SELECT id FROM media WHERE {of}_id = $1 AND position IS NOT NULL ORDER BY position", int
    )
    for of in ("post", "message")
}


async def shown(connection: asyncpg.Connection, of: Of, of_id: int) -> list[int]:
    """Return the ids of what a post or message shows, in order."""
    return await SHOWN[of].all(connection, of_id)


HIDE_FROM_POST = Command("UPDATE media SET position = NULL WHERE post_id = $1 AND id = ANY($2)")
TAKE_OFF_MESSAGE = Command("""
    UPDATE media SET message_id = NULL, position = NULL WHERE message_id = $1 AND id = ANY($2)""")


async def replace(
    connection: asyncpg.Connection,
    owner_id: int,
    of: Of,
    of_id: int,
    ids: Sequence[int],
    before: Sequence[int],
) -> str | None:
    """Have it show these pictures instead of those before; return the key of the first."""
    key = await first_key(connection, owner_id, ids, of, of_id)
    gone = [media_id for media_id in before if media_id not in ids]
    statement = HIDE_FROM_POST if of == "post" else TAKE_OFF_MESSAGE
    await statement.run(connection, of_id, gone)
    await attach(connection, owner_id, of, of_id, ids)
    return key


KEYS_OF = {of: Scalar(f"SELECT key FROM media WHERE {of}_id = $1", str) for of in ATTACH}


async def keys_of(connection: asyncpg.Connection, of: Of, of_id: int) -> list[str]:
    """Return the keys of all pictures of a post or message, those of earlier versions, too."""
    return await KEYS_OF[of].all(connection, of_id)
