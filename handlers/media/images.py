"""Rendering of uploads: from whatever somebody calls an image to one that is safe to show.

Nothing of the file survives but its pixels: they are read by Pillow, turned upright, brought into
sRGB, made smaller and written anew, without EXIF (which may tell where a person lives), colour
profiles or comments. Of an animation the first frame is taken.

All is written as WebP, which every browser of the last years shows: at the same look it is smaller
than JPEG, and unlike it keeps what is transparent.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from io import BytesIO
from warnings import filterwarnings

from PIL import ExifTags, Image, ImageCms

from handlers.error_codes import ErrorCode
from handlers.errors import InvalidInput, OperationError
from handlers.media.purposes import FORMATS, PIXELS_MAX, Purpose
from handlers.media.upload import Upload
from handlers.worker_threads import WorkerThreads
from storage.media.image_files import Picture

QUALITY = 80
METHOD = 2  # of 0 to 6: twice as fast as the default 4, for files that are 4 % larger
CONTENT_TYPE = "image/webp"

# An image that is being worked on takes up to 8 bytes a pixel, 200 MB: hence so few at once.
THREADS = min(2, os.cpu_count() or 1)
QUEUE = 8  # images; each takes up to a second

# Pillow warns above its limit and refuses at twice that: here it refuses at once.
Image.MAX_IMAGE_PIXELS = PIXELS_MAX
filterwarnings("error", category=Image.DecompressionBombWarning)

WRONG_KIND = "Send an image: JPEG, PNG, WebP or GIF."
BROKEN = "This image is broken."
TOO_MANY_PIXELS = f"An image may have {PIXELS_MAX // 1_000_000} million pixels at most."

UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Images:
    """Renders images in threads of its own, a few at once."""

    def __init__(self, threads: WorkerThreads) -> None:
        self._threads = threads

    async def render(self, upload: Upload, purpose: Purpose) -> tuple[Picture, Picture]:
        """Return the image and its thumbnail, in turn; raise BUSY when many wait."""
        return await self._threads.run(partial(render, upload, purpose))


@contextmanager
def open_images() -> Iterator[Images]:
    """Open the threads that render; at the end, wait for what they are doing."""
    with ThreadPoolExecutor(THREADS, "images") as executor:
        yield Images(WorkerThreads(executor, QUEUE, "Too many images at once."))


def render(upload: Upload, purpose: Purpose) -> tuple[Picture, Picture]:
    """Return the image and its thumbnail, both as WebP.

    Raises:
        OperationError: UNSUPPORTED_IMAGE for what is no image of a kind that is read here,
            INVALID_IMAGE for one that is but cannot be decoded or has too many pixels.
    """
    if not _is_image(upload):
        raise OperationError(ErrorCode.UNSUPPORTED_IMAGE, WRONG_KIND)
    try:
        with Image.open(upload.file, formats=FORMATS) as source:
            if source.width * source.height > PIXELS_MAX:
                raise Image.DecompressionBombError
            image = _normalize(_resize(_decode(source, purpose), purpose), source)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InvalidInput({upload.field: [TOO_MANY_PIXELS]}, ErrorCode.INVALID_IMAGE) from error
    except Exception as error:  # decoders fail in as many ways as files can be damaged
        raise InvalidInput({upload.field: [BROKEN]}, ErrorCode.INVALID_IMAGE) from error
    small = image.copy()
    small.thumbnail((purpose.thumbnail, purpose.thumbnail), Image.Resampling.LANCZOS)
    return _encode(image), _encode(small)


def _is_image(upload: Upload) -> bool:
    upload.file.seek(0)
    head = upload.file.read(12)
    upload.file.seek(0)
    return head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")) or (
        head[:4] == b"RIFF" and head[8:] == b"WEBP"
    )


def _decode(source: Image.Image, purpose: Purpose) -> Image.Image:
    """Decode to 8 bits a channel, without a palette: pixels that can be mixed."""
    # A JPEG can be read at a fraction of its size, which is much faster; twice what is wanted
    # leaves enough to be made smaller well.
    source.draft(None, (2 * purpose.side, 2 * purpose.side))
    source.load()
    if source.mode in ("I", "F") or source.mode.startswith("I;16"):
        return source.point(lambda value: value * (1 / 256)).convert("L")
    if source.has_transparency_data:
        return source.convert("RGBA")
    return source if source.mode in ("L", "RGB", "CMYK") else source.convert("RGB")


def _resize(image: Image.Image, purpose: Purpose) -> Image.Image:
    width, height = image.size
    box: tuple[float, float, float, float] | None = None
    if purpose.square:
        side = min(width, height)
        left, top = (width - side) // 2, (height - side) // 2
        box = (left, top, left + side, top + side)
        size = (purpose.side, purpose.side)
    else:
        scale = min(1, purpose.side / max(width, height))
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return image.resize(size, Image.Resampling.LANCZOS, box=box, reducing_gap=2.0)


def _normalize(image: Image.Image, source: Image.Image) -> Image.Image:
    """Bring into sRGB and upright, as EXIF says; done late, when there are fewer pixels."""
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    if profile := source.info.get("icc_profile"):
        with suppress(ImageCms.PyCMSError, OSError):  # a bad profile is as good as none
            image = _to_srgb(image, profile, mode)
    image = image.convert(mode)
    orientation = 1
    with suppress(Exception):  # so is bad EXIF data
        orientation = source.getexif().get(ExifTags.Base.Orientation, 1)
    turn = UPRIGHT.get(orientation)
    return image if turn is None else image.transpose(turn)


def _to_srgb(image: Image.Image, profile: bytes, mode: str) -> Image.Image:
    given = ImageCms.ImageCmsProfile(BytesIO(profile))
    wanted = ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(image, given, wanted, outputMode=mode)
    return image if converted is None else converted


def _encode(image: Image.Image) -> Picture:
    image.info = {}  # Pillow may write what it finds there
    written = BytesIO()
    image.save(written, "WEBP", quality=QUALITY, method=METHOD)
    return Picture(written.getvalue(), CONTENT_TYPE, image.width, image.height)
