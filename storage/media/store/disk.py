"""Files in a directory, which every instance and worker must see."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISREG

from storage.errors import Unavailable


class Disk:
    """A media store in a directory: files are spread over 256 by the beginning of the key."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def put(self, key: str, data: bytes, content_type: str) -> None:
        """Store the file; the type is that of the suffix, as a file system has no place for it."""
        with _translate_errors():
            await asyncio.to_thread(self._put, key, data)

    async def delete(self, keys: Sequence[str]) -> None:
        """Delete these files, where they are there."""
        with _translate_errors():
            await asyncio.to_thread(self._delete, keys)

    async def open(self, key: str) -> Path | None:
        """Return the path of the file; None when there is none."""
        with _translate_errors():
            return await asyncio.to_thread(self._regular, key)

    def _put(self, key: str, data: bytes) -> None:
        path, aside = self._path(key), self._aside(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with aside.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
        except OSError:
            aside.unlink(missing_ok=True)
            raise

    def _delete(self, keys: Sequence[str]) -> None:
        for key in keys:
            self._aside(key).unlink(missing_ok=True)  # of a process that was killed
            self._path(key).unlink(missing_ok=True)

    def _regular(self, key: str) -> Path | None:
        path = self._path(key)
        try:
            return path if S_ISREG(path.lstat().st_mode) else None  # a link leads who knows where
        except FileNotFoundError:
            return None

    def _path(self, key: str) -> Path:
        return self._directory / key[:2] / key

    def _aside(self, key: str) -> Path:
        return self._directory / key[:2] / f".{key}"


@contextmanager
def _translate_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable(f"Images cannot be kept or read ({type(error).__name__}).") from error
