"""Images of users: stored from an upload, and removed when nothing refers to them."""

import logging
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from handlers.media.images import Images
from handlers.media.purposes import POST, Purpose
from handlers.media.upload import Upload
from storage.database.pool import Database
from storage.errors import StorageError, Unavailable
from storage.media import image_files, pictures
from storage.media.keys import SUFFIX
from storage.media.store import MediaStore
from storage.records import Media

logger = logging.getLogger(__name__)


class MediaLibrary:
    """Renders and stores images, and removes them from the store."""

    def __init__(self, db: Database, store: MediaStore, images: Images) -> None:
        self.store = store
        self._db = db
        self._images = images

    @asynccontextmanager
    async def kept(
        self, owner_id: int, upload: Upload | None, purpose: Purpose
    ) -> AsyncIterator[str | None]:
        """Yield the key of the stored image, for a block that has something refer to it.

        None without an upload. A block that ends in a StorageError leaves nothing behind; one that
        does not know its outcome (Unavailable) leaves the image to the hourly housekeeping. Raises
        what Images.render and the store do.
        """
        if upload is None:
            yield None
            return
        rendered = await self._images.render(upload, purpose, owner_id)
        key = _new_key()
        await image_files.store_image(self._db, self.store, owner_id, key, rendered)
        async with self._kept_by(key):
            yield key

    @asynccontextmanager
    async def posted(
        self, owner_id: int, upload: Upload | None
    ) -> AsyncIterator[pictures.Stored | None]:
        """Yield the stored picture, for a block that attaches it; otherwise as `kept`."""
        if upload is None:
            yield None
            return
        stored = await self._store_picture(owner_id, upload)
        async with self._kept_by(stored.key):
            yield stored

    async def upload(self, owner_id: int, upload: Upload, alt: str) -> Media:
        """Store a picture that waits for its post or message. Raises TooManyPictures, too."""
        await pictures.check_room(self._db, owner_id)
        key, rendered = _new_key(), await self._images.render(upload, POST, owner_id)
        await pictures.store_waiting(self._db, self.store, owner_id, key, rendered)
        stored = await pictures.stored(self._db, key)
        if alt:
            await pictures.describe(self._db, owner_id, stored.id, None, alt)
        return await pictures.get(self._db, owner_id, stored.id)

    async def discard(self, keys: Sequence[str]) -> None:
        """Remove images unless something refers to them. Never fails: else housekeeping does it."""
        if not keys:
            return
        try:
            await image_files.remove_unused(self._db, self.store, keys)
        except Unavailable as error:
            logger.warning("image %s is left to housekeeping: %s", ", ".join(keys), error)

    async def _store_picture(self, owner_id: int, upload: Upload) -> pictures.Stored:
        rendered = await self._images.render(upload, POST, owner_id)
        key = _new_key()
        await image_files.store_image(
            self._db, self.store, owner_id, key, rendered, is_picture=True
        )
        return await pictures.stored(self._db, key)

    @asynccontextmanager
    async def _kept_by(self, key: str) -> AsyncIterator[None]:
        """Remove the image where the block fails, and surely so."""
        try:
            yield
        except Unavailable:
            raise
        except StorageError:
            await self.discard([key])
            raise

    async def discard_unused_of(self, owner_id: int) -> None:
        """Remove images that nothing refers to of a user who is gone: those beyond some, a job."""
        await image_files.remove_some_unused_of(self._db, self.store, owner_id)


def _new_key() -> str:
    return f"{secrets.token_hex(16)}{SUFFIX}"
