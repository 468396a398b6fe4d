"""Generated pictures on their way into the media store.

Their rows are there first, as storage.media has it, and without an owner until the community is
loaded: should that fail, the sweep removes what nothing refers to.
"""

import asyncio
import secrets
from collections.abc import Callable, Sequence

import asyncpg

from storage.media import SUFFIX, Picture, thumbnail
from storage.media_store import MediaStore

AT_ONCE = 4  # drawn or written; each is held in memory meanwhile

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
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._writing = asyncio.Lock()  # a connection does one thing at a time
        self._keys: list[str] = []

    async def hang(self, draw: Draw, hues: Sequence[float | None]) -> list[str | None]:
        """The key of a picture for each hue, None for none."""
        async with asyncio.TaskGroup() as tasks:
            hung = [
                None if hue is None else tasks.create_task(self._one(draw, hue)) for hue in hues
            ]
        return [None if task is None else task.result() for task in hung]

    async def give_away(self) -> None:
        """To those whose avatars and posts they have become."""
        await self._connection.execute(OWN, self._keys)

    async def _one(self, draw: Draw, hue: float) -> str:
        async with self._turns:
            image, small = await asyncio.to_thread(draw, hue)
            key = f"{secrets.token_hex(16)}{SUFFIX}"
            size = len(image.data)
            async with self._writing:
                await self._connection.execute(
                    KEEP, key, image.content_type, image.width, image.height, size
                )
            await self._store.put(key, image.data, image.content_type)
            await self._store.put(thumbnail(key), small.data, small.content_type)
        self._keys.append(key)
        return key
