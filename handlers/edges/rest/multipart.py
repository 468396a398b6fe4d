"""Forms with files in them: read as they come, files to disk, within bounds of size and time."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from aiohttp import BodyPartReader, hdrs, web
from aiohttp.http_exceptions import HttpProcessingError
from marshmallow import fields

from handlers.error_codes import ErrorCode
from handlers.errors import InvalidInput, OperationError
from handlers.media.purposes import FILE_BYTES_MAX
from handlers.media.upload import Upload
from handlers.schemas.fields import File

TEXT_BYTES_MAX = 2**16  # of one field
PARTS_MAX = 32
BODY_BYTES_MAX = FILE_BYTES_MAX + 2**20
SECONDS = 120  # in which the form must have arrived: a file of 16 MiB at 1.1 Mbit/s
AT_ONCE_MAX = 64  # forms in one process, which bounds the space that they take on disk: 1 GiB
CHUNK = 2**17

UNCHANGED = ("binary", "8bit", "7bit")  # of the values of Content-Transfer-Encoding
CHARSETS = ("utf-8", "utf8", "us-ascii", "iso-8859-1", "windows-1252")  # that clients still name

BROKEN = (
    ValueError,  # a UnicodeDecodeError is one
    RuntimeError,
    HttpProcessingError,
    web.RequestPayloadError,
    ConnectionResetError,
)


class Forms:
    """Reads forms.

    Their files are in this directory without a name, so that nothing is left of them however the
    process ends.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._reading = 0

    async def read(
        self, request: web.Request, taken: Mapping[str, fields.Field[Any]], files: ExitStack
    ) -> dict[str, str | Upload]:
        """Return text and uploads by the names of their fields: all that was sent, or an error.

        Args:
            request: One whose body is a form.
            taken: The fields of the input by name.
            files: Closes the uploads.

        Raises:
            OperationError: MALFORMED, BODY_TIMEOUT, PAYLOAD_TOO_LARGE, INVALID or BUSY.
        """
        if self._reading >= AT_ONCE_MAX:
            raise OperationError(ErrorCode.BUSY, "Too many uploads at once.", retry_after=2)
        if (request.content_length or 0) > BODY_BYTES_MAX:
            raise OperationError(ErrorCode.PAYLOAD_TOO_LARGE, "The body is too large.")
        self._reading += 1
        try:
            async with asyncio.timeout(SECONDS):
                return await self._parts(request, taken, files)
        except TimeoutError as error:
            raise OperationError(
                ErrorCode.BODY_TIMEOUT, "The body did not arrive in time."
            ) from error
        except BROKEN as error:
            raise OperationError(ErrorCode.MALFORMED, "The body is not a form.") from error
        finally:
            self._reading -= 1

    async def _parts(
        self, request: web.Request, taken: Mapping[str, fields.Field[Any]], files: ExitStack
    ) -> dict[str, str | Upload]:
        found: dict[str, str | Upload] = {}
        parts = await request.multipart()
        count = 0
        while (part := await parts.next()) is not None:
            count += 1
            if count > PARTS_MAX:
                raise OperationError(ErrorCode.MALFORMED, "The form has too many parts.")
            if not isinstance(part, BodyPartReader) or not part.name:
                raise OperationError(
                    ErrorCode.MALFORMED, "Each part of a form has a name and no parts of its own."
                )
            _check_encoding(part)
            name = part.name
            value = await self._value(request, part, taken, files)
            if value is None:
                continue
            if name in found:
                raise InvalidInput({name: ["This is given twice."]})
            found[name] = value
        return found

    async def _value(
        self,
        request: web.Request,
        part: BodyPartReader,
        taken: Mapping[str, fields.Field[Any]],
        files: ExitStack,
    ) -> str | Upload | None:
        """Return what the part holds; None for a file that was not chosen.

        That is what browsers send for an empty file input: no bytes, and no file name.
        """
        name = str(part.name)
        if isinstance(taken.get(name), File):
            upload = await self._upload(name, _chunks(request, part, FILE_BYTES_MAX), files)
            if upload.size:
                return upload
            if part.filename:
                raise InvalidInput({name: ["This file is empty."]}, ErrorCode.INVALID_IMAGE)
            return None
        if part.filename is not None:
            images = [field for field, kind in taken.items() if isinstance(kind, File)]
            raise InvalidInput({name: [f"No file is taken here: send it as {', '.join(images)}."]})
        text = [chunk async for chunk in _chunks(request, part, TEXT_BYTES_MAX)]
        return b"".join(text).decode(_charset(part))

    async def _upload(self, name: str, chunks: AsyncIterator[bytes], files: ExitStack) -> Upload:
        opened = await asyncio.to_thread(TemporaryFile, "w+b", dir=self._directory)
        file = files.enter_context(opened)
        digest = hashlib.sha256()
        size = 0

        def write(chunk: bytes) -> None:
            digest.update(chunk)
            file.write(chunk)

        async for chunk in chunks:
            size += len(chunk)
            await asyncio.to_thread(write, chunk)
        return Upload(name, file, size, digest.hexdigest())


def _check_encoding(part: BodyPartReader) -> None:
    """Raise MALFORMED for a part whose bytes are not what they stand for."""
    transfer = part.headers.get(hdrs.CONTENT_TRANSFER_ENCODING, "binary").lower()
    if (
        transfer not in UNCHANGED
        or part.headers.get(hdrs.CONTENT_ENCODING, "identity") != "identity"
    ):
        raise OperationError(
            ErrorCode.MALFORMED, f"Send `{part.name}` as it is, without an encoding of its own."
        )


def _charset(part: BodyPartReader) -> str:
    charset = part.get_charset("utf-8").lower()
    if charset not in CHARSETS:
        raise OperationError(ErrorCode.MALFORMED, f"Send `{part.name}` in UTF-8.")
    return charset


async def _chunks(request: web.Request, part: BodyPartReader, most: int) -> AsyncIterator[bytes]:
    """Yield what the part holds; raise once it, or all of the body so far, is over its limit."""
    size = 0
    while chunk := await part.read_chunk(CHUNK):
        size += len(chunk)
        if size > most:
            raise OperationError(
                ErrorCode.PAYLOAD_TOO_LARGE, f"`{part.name}` is over {most} bytes."
            )
        if request.content.total_bytes > BODY_BYTES_MAX:
            raise OperationError(ErrorCode.PAYLOAD_TOO_LARGE, "The body is too large.")
        yield chunk
