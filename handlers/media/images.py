"""Rendering of uploads: from whatever somebody calls an image to one that is safe to show.

Nothing of the file survives but its pixels: they are read by Pillow, turned upright, brought into
sRGB, made smaller and written anew, without EXIF (which may tell where a person lives), colour
profiles or comments. Of an animation the first frame is taken, unless it may go on moving.

All is written as WebP, which every browser of the last years shows: at the same look it is smaller
than JPEG, and unlike it keeps what is transparent.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO

from PIL import Image

from handlers.error_codes import ErrorCode
from handlers.errors import InvalidInput, OperationError
from handlers.media import apart
from handlers.media.animation import MEMORY as MOVING_MEMORY
from handlers.media.animation import TooMuchMovesError, is_moving
from handlers.media.decoding import HEIF, decode, open_image
from handlers.media.memory import BYTES_MAX, MemoryBudget, TooLargeError
from handlers.media.purposes import FRAMES_MAX, KINDS, MOVING_PIXELS_MAX, PIXELS_MAX, Purpose
from handlers.media.thumbhash import thumbhash
from handlers.media.upload import Upload
from handlers.worker_threads import RETRY_SECONDS, WorkerThreads
from storage.media.image_files import Picture, Rendered

QUALITY = 80
METHOD = 2  # of 0 to 6: twice as fast as the default 4, for files that are 4 % larger
CONTENT_TYPE = "image/webp"

THREADS = min(2, os.cpu_count() or 1)
QUEUE = 8  # images; each takes up to a few seconds

BUSY = "Too many images at once."
WRONG_KIND = f"Send an image: {KINDS}."
NO_HEIF = f"HEIC is not read by this server: send the image as {KINDS}."
BROKEN = "This image is broken."
TOO_MANY_PIXELS = f"An image may have {PIXELS_MAX // 1_000_000} million pixels at most."
TOO_LARGE = "Too many pixels for an image of this kind: send it as JPEG, or smaller."

TOO_MUCH_MOVES = (
    f"An animation may have {FRAMES_MAX} frames, and {MOVING_PIXELS_MAX // 1_000_000} million"
    " pixels in all of them: send a shorter or smaller one."
)

SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")
# The brands of ISO base media files (ISO/IEC 23008-12, AV1 Image File Format).
AVIF_BRANDS = frozenset({b"avif", b"avis"})
HEIF_BRANDS = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
)


@dataclass(slots=True)
class _Turn:
    """Which image of one user is rendered; count: how many are, or wait for it."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    count: int = 0


class Images:
    """Renders images in threads of its own, a few at once."""

    def __init__(self, threads: WorkerThreads) -> None:
        self._threads = threads
        self._memory = MemoryBudget()
        self._turns: dict[int, _Turn] = {}

    async def render(self, upload: Upload, purpose: Purpose, owner_id: int) -> Rendered:
        """Return the image as it is kept, in turn; raise BUSY when many wait.

        Of one user, one at a time is in the queue: what moves takes seconds, and would fill it.
        """
        async with self._turn(owner_id):
            return await self._threads.run(partial(render, upload, purpose, self._memory))

    @asynccontextmanager
    async def _turn(self, owner_id: int) -> AsyncIterator[None]:
        turn = self._turns.setdefault(owner_id, _Turn())
        if turn.count >= QUEUE:
            raise OperationError(ErrorCode.BUSY, BUSY, retry_after=RETRY_SECONDS)
        turn.count += 1
        try:
            async with turn.lock:
                yield
        finally:
            turn.count -= 1
            if not turn.count:
                del self._turns[owner_id]


@contextmanager
def open_images() -> Iterator[Images]:
    """Open the threads that render; at the end, wait for what they are doing."""
    with ThreadPoolExecutor(THREADS, "images") as executor:
        yield Images(WorkerThreads(executor, QUEUE, BUSY))


def render(upload: Upload, purpose: Purpose, memory: MemoryBudget) -> Rendered:
    """Return the image and its thumbnail, both as WebP, within this budget of memory.

    Raises:
        OperationError: UNSUPPORTED_IMAGE for what is no image of a kind that is read here,
            INVALID_IMAGE for one that is but cannot be decoded, or has or moves too many pixels.
    """
    _check_kind(upload)
    try:
        source, size = open_image(upload.file, purpose)
        if source.format in apart.FORMATS and size <= BYTES_MAX:
            # Deeper colours take more; how much more can be left to the bound of the process.
            size = min(2 * size, BYTES_MAX)
        moves = purpose.moves and is_moving(source)
        if moves:
            size += MOVING_MEMORY
        with source, memory.taken(size):
            if moves:
                image, moving = apart.animate_apart(upload.file, purpose, size)
                whole = Picture(moving, CONTENT_TYPE, image.width, image.height)
            else:
                if apart.is_for_apart(source, size):
                    image = apart.decode_apart(upload.file, purpose, size)
                else:
                    image = decode(source, purpose)
                whole = _encode(image)
            return Rendered(whole, _encode(_thumbnail(image, purpose)), thumbhash(image), moves)
    except TooMuchMovesError as error:
        raise InvalidInput({upload.field: [TOO_MUCH_MOVES]}, ErrorCode.INVALID_IMAGE) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InvalidInput({upload.field: [TOO_MANY_PIXELS]}, ErrorCode.INVALID_IMAGE) from error
    except TooLargeError as error:
        raise InvalidInput({upload.field: [TOO_LARGE]}, ErrorCode.INVALID_IMAGE) from error
    except Exception as error:  # decoders fail in as many ways as files can be damaged
        raise InvalidInput({upload.field: [BROKEN]}, ErrorCode.INVALID_IMAGE) from error


def _check_kind(upload: Upload) -> None:
    """Raise UNSUPPORTED_IMAGE unless the file begins as an image that is read here does."""
    upload.file.seek(0)
    head = upload.file.read(12)
    upload.file.seek(0)
    brand = head[8:] if head[4:8] == b"ftyp" else b""
    if brand in HEIF_BRANDS and not HEIF:
        raise OperationError(ErrorCode.UNSUPPORTED_IMAGE, NO_HEIF)
    is_webp = head[:4] == b"RIFF" and head[8:] == b"WEBP"
    if not (head.startswith(SIGNATURES) or is_webp or brand in AVIF_BRANDS | HEIF_BRANDS):
        raise OperationError(ErrorCode.UNSUPPORTED_IMAGE, WRONG_KIND)


def _thumbnail(image: Image.Image, purpose: Purpose) -> Image.Image:
    small = image.copy()
    small.thumbnail((purpose.thumbnail, purpose.thumbnail), Image.Resampling.LANCZOS)
    return small


def _encode(image: Image.Image) -> Picture:
    image.info = {}  # Pillow may write what it finds there
    written = BytesIO()
    image.save(written, "WEBP", quality=QUALITY, method=METHOD)
    return Picture(written.getvalue(), CONTENT_TYPE, image.width, image.height)
