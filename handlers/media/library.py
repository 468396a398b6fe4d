"""Images of users: stored from an upload, and removed when nothing refers to them."""

import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from handlers.media.images import Images
from handlers.media.purposes import Purpose
from handlers.media.upload import Upload
from storage.database.pool import Database
from storage.errors import StorageError, Unavailable
from storage.media import image_files
from storage.media.store import MediaStore

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
        image, small = await self._images.render(upload, purpose)
        key = f"{secrets.token_hex(16)}{image_files.SUFFIX}"
        await image_files.store_image(self._db, self.store, owner_id, key, image, small)
        try:
            yield key
        except Unavailable:
            raise
        except StorageError:
            await self.discard(key)
            raise

    async def discard(self, key: str | None) -> None:
        """Remove an image unless something refers to it. Never fails: else housekeeping does it."""
        if key is None:
            return
        try:
            await image_files.remove_unused(self._db, self.store, [key])
        except Unavailable as error:
            logger.warning("image %s is left to housekeeping: %s", key, error)

    async def discard_unused_of(self, owner_id: int) -> None:
        """Remove images that nothing refers to of a user who is gone: those beyond some, a job."""
        await image_files.remove_some_unused_of(self._db, self.store, owner_id)
