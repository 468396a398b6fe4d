"""Generated pictures, stored as uploads are.

Their rows are there first, as storage.media.image_files has it, and without an owner until the
community is loaded: should that fail, the clean-up of media removes what nothing refers to.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

import asyncpg

from storage.media.image_files import Picture
from storage.media.keys import SUFFIX, thumbnail
from storage.media.store import MediaStore

T = TypeVar("T")

CONCURRENCY = 8  # pictures drawn, or written: much of it waits for the disk

INSERT_MEDIA = (
    "INSERT INTO media (key, content_type, width, height, bytes) VALUES ($1, $2, $3, $4, $5)"
)
ASSIGN_OWNERS = """
    UPDATE media m SET owner_id = coalesce(
        (SELECT id FROM users WHERE avatar = m.key),
        (SELECT author_id FROM posts WHERE image = m.key LIMIT 1))
     WHERE key = ANY($1::text[])"""

Draw = Callable[[float], tuple[Picture, Picture]]


class Gallery:
    """The pictures of one community."""

    def __init__(self, connection: asyncpg.Connection, store: MediaStore) -> None:
        self._connection = connection
        self._store = store
        self._keys: list[str] = []

    async def store_pictures(self, draw: Draw, hues: Sequence[float | None]) -> list[str | None]:
        """Draw and store a picture for each hue; return its key, None where there is no hue."""
        places = [place for place, hue in enumerate(hues) if hue is not None]
        pairs = await _gather_bounded(
            asyncio.to_thread(draw, hue) for hue in hues if hue is not None
        )
        keys = [f"{secrets.token_hex(16)}{SUFFIX}" for _ in pairs]
        self._keys += keys
        rows = [
            (key, image.content_type, image.width, image.height, len(image.data))
            for key, (image, _) in zip(keys, pairs, strict=True)
        ]
        await self._connection.executemany(INSERT_MEDIA, rows)
        await _gather_bounded(
            self._store.put(name, picture.data, picture.content_type)
            for key, pair in zip(keys, pairs, strict=True)
            for name, picture in zip((key, thumbnail(key)), pair, strict=True)
        )
        stored = dict(zip(places, keys, strict=True))
        return [stored.get(place) for place in range(len(hues))]

    async def assign_owners(self) -> None:
        """Give each picture to whose avatar or post it has become."""
        await self._connection.execute(ASSIGN_OWNERS, self._keys)


async def _gather_bounded(work: Iterable[Awaitable[T]]) -> list[T]:
    """Await a few at once; return the results in order."""
    slots = asyncio.Semaphore(CONCURRENCY)

    async def one(awaited: Awaitable[T]) -> T:
        async with slots:
            return await awaited

    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(one(awaited)) for awaited in work]
    return [task.result() for task in running]
