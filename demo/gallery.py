"""Generated pictures on their way into the media store.

Their rows are there first, as storage.media.image_files has it, and without an owner until the
community is loaded: should that fail, the sweep removes what nothing refers to.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

import asyncpg

from storage.media.image_files import SUFFIX, Picture, thumbnail
from storage.media.store import MediaStore

T = TypeVar("T")

AT_ONCE = 8  # drawn or written, which is to wait for the disk

KEEP = "INSERT INTO media (key, content_type, width, height, bytes) VALUES ($1, $2, $3, $4, $5)"
OWN = """
    UPDATE media m SET owner_id = coalesce(
        (SELECT id FROM users WHERE avatar = m.key),
        (SELECT author_id FROM posts WHERE image = m.key LIMIT 1))
     WHERE key = ANY($1::text[])"""

Draw = Callable[[float], tuple[Picture, Picture]]


class Gallery:
    def __init__(self, connection: asyncpg.Connection, store: MediaStore) -> None:
        self._connection = connection
        self._store = store
        self._keys: list[str] = []

    async def hang(self, draw: Draw, hues: Sequence[float | None]) -> list[str | None]:
        """The key of a picture for each hue, None for none."""
        places = [place for place, hue in enumerate(hues) if hue is not None]
        pairs = await _few_at_once(asyncio.to_thread(draw, hue) for hue in hues if hue is not None)
        keys = [f"{secrets.token_hex(16)}{SUFFIX}" for _ in pairs]
        self._keys += keys
        rows = [
            (key, image.content_type, image.width, image.height, len(image.data))
            for key, (image, _) in zip(keys, pairs, strict=True)
        ]
        await self._connection.executemany(KEEP, rows)
        await _few_at_once(
            self._store.put(name, picture.data, picture.content_type)
            for key, pair in zip(keys, pairs, strict=True)
            for name, picture in zip((key, thumbnail(key)), pair, strict=True)
        )
        hung = dict(zip(places, keys, strict=True))
        return [hung.get(place) for place in range(len(hues))]

    async def give_away(self) -> None:
        """To those whose avatars and posts they have become."""
        await self._connection.execute(OWN, self._keys)


async def _few_at_once(work: Iterable[Awaitable[T]]) -> list[T]:
    """The results in order."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(awaited: Awaitable[T]) -> T:
        async with turns:
            return await awaited

    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(one(awaited)) for awaited in work]
    return [task.result() for task in running]
