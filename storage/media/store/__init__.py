"""The media store: files of users, in a directory or in a bucket of any S3-compatible store."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from storage.media.store.address import S3Address
from storage.media.store.disk import Disk


@dataclass(frozen=True, slots=True)
class Remote:
    """A file in a bucket: its size in bytes, and its content as it comes."""

    size: int
    chunks: AsyncIterator[bytes]


class MediaStore(Protocol):
    """Where files are stored, by key.

    Every method raises Unavailable when the store does not do it in time.
    """

    async def put(self, key: str, data: bytes, content_type: str) -> None:
        """Store the file under this key, whole or not at all. A key is used once."""

    async def delete(self, keys: Sequence[str]) -> None:
        """Delete these files; those that are not there are gone already."""

    async def open(self, key: str) -> Path | Remote | None:
        """Return the file for reading; None when there is none."""


def media_store(address: S3Address | None, directory: Path) -> MediaStore:
    """Return the store in the bucket at the address, else the one in the directory.

    Raises:
        ImportError: The client for S3 is not installed.
    """
    if address is None:
        return Disk(directory)
    from storage.media.store.s3 import S3  # an optional dependency

    return S3(address)
