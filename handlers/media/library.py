"""Images of users, on their way from an upload to something that refers to them."""

import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from handlers.media.images import Images, Purpose
from handlers.media.upload import Upload
from storage.database.pool import Database
from storage.errors import StorageError, Unavailable
from storage.media import image_files
from storage.media.store import MediaStore

logger = logging.getLogger(__name__)


class MediaLibrary:
    def __init__(self, db: Database, store: MediaStore, images: Images) -> None:
        self.store = store
        self._db = db
        self._images = images

    @asynccontextmanager
    async def kept(
        self, owner_id: int, upload: Upload | None, purpose: Purpose
    ) -> AsyncIterator[str | None]:
        """The key of the stored image, for a block that has something refer to it.

        None without an upload. A block that is refused leaves nothing behind; one that does not
        know its outcome leaves it to the sweep. Raises what Images.render and the store do.
        """
        if upload is None:
            yield None
            return
        image, small = await self._images.render(upload, purpose)
        key = f"{secrets.token_hex(16)}{image_files.SUFFIX}"
        await image_files.keep(self._db, self.store, owner_id, key, image, small)
        try:
            yield key
        except Unavailable:
            raise
        except StorageError:
            await self.discard(key)
            raise

    async def discard(self, key: str | None) -> None:
        """Remove an image unless something refers to it. Never fails: else the sweep does it."""
        if key is None:
            return
        try:
            await image_files.remove_unused(self._db, self.store, [key])
        except Unavailable as error:
            logger.warning("image %s is left to the sweep: %s", key, error)
