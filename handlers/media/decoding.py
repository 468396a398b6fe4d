"""From a file to pixels of the size that is wanted: upright, in sRGB, within a bound of memory.

Pixels are made fewer while they are read where the format can do that (JPEG), and else band by
band, so that beside what the decoder needs there is never a second copy of all of them.
"""

from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from typing import IO
from warnings import filterwarnings

from PIL import AvifImagePlugin, ExifTags, Image, ImageCms

from handlers.media.memory import KEPT_PIXEL_BYTES, MIB, decoding_bytes
from handlers.media.purposes import PIXELS_MAX, Purpose

try:
    import pi_heif
except ImportError:  # the extra `heif`
    HEIF = False
else:
    HEIF = True
    pi_heif.register_heif_opener(thumbnails=False, decode_threads=2)

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "HEIF")  # as Pillow names them
AvifImagePlugin.DEFAULT_MAX_THREADS = 2

# Pillow warns above its limit and refuses at twice that: here it refuses at once.
Image.MAX_IMAGE_PIXELS = PIXELS_MAX
filterwarnings("error", category=Image.DecompressionBombWarning)

# A JPEG is read at a half, a quarter or an eighth where that leaves so much more than is wanted.
DRAFT = 1.5
BAND_PIXELS = 2**20
ENCODING_BYTES = 64 * MIB  # what is done with few pixels: colours, turning, writing

UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

Box = tuple[int, int, int, int]


def open_image(file: IO[bytes], purpose: Purpose) -> tuple[Image.Image, int]:
    """Return the image, whose pixels have not been read yet, and the bytes that reading them takes.

    Raises:
        Image.DecompressionBombError, Image.DecompressionBombWarning: It has too many pixels.
        Exception: The file is damaged.
    """
    source = Image.open(file, formats=FORMATS)
    if source.width * source.height > PIXELS_MAX:
        raise Image.DecompressionBombError
    scale = DRAFT * purpose.side / _measured_side(source, purpose)
    source.draft(None, (round(source.width * scale), round(source.height * scale)))
    size, box = _target(source, purpose)
    kept = KEPT_PIXEL_BYTES * (source.width * source.height + size[0] * (box[3] - box[1]))
    return source, max(decoding_bytes(source, file), kept) + ENCODING_BYTES


def decode(source: Image.Image, purpose: Purpose) -> Image.Image:
    """Return the pixels of an opened image as they are to be seen, RGB or RGBA."""
    source.load()
    size, box = _target(source, purpose)
    return _normalize(_shrink(source, size, box), source)


def _measured_side(image: Image.Image, purpose: Purpose) -> int:
    return min(image.size) if purpose.square else max(image.size)


def _target(source: Image.Image, purpose: Purpose) -> tuple[tuple[int, int], Box]:
    """Return the size that is wanted and the part of the source that it shows."""
    width, height = source.size
    if purpose.square:
        side = min(width, height)
        left, top = (width - side) // 2, (height - side) // 2
        return (purpose.side, purpose.side), (left, top, left + side, top + side)
    scale = min(1, purpose.side / max(width, height))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return size, (0, 0, width, height)


def _shrink(source: Image.Image, size: tuple[int, int], box: Box) -> Image.Image:
    """Return that part at that size: first made narrower, band by band, then lower."""
    mode, convert = _conversion(source)
    left, top, right, bottom = box
    rows = max(1, BAND_PIXELS // (right - left))
    narrow = Image.new(mode, (size[0], bottom - top))
    for y in range(top, bottom, rows):
        band = convert(source.crop((left, y, right, min(y + rows, bottom))))
        narrow.paste(band.resize((size[0], band.height), Image.Resampling.LANCZOS), (0, y - top))
    shrunk = narrow.resize(size, Image.Resampling.LANCZOS)
    return shrunk.convert("RGBA") if mode == "RGBa" else shrunk


def _conversion(source: Image.Image) -> tuple[str, Callable[[Image.Image], Image.Image]]:
    """Return a mode of 8 bits a channel whose pixels can be mixed, and how to get there."""
    if source.mode in ("I", "F") or source.mode.startswith("I;16"):
        return "L", lambda band: band.point(lambda value: value * (1 / 256)).convert("L")
    if source.has_transparency_data:  # mixed by how opaque they are
        return "RGBa", lambda band: band.convert("RGBA").convert("RGBa")
    mode = source.mode if source.mode in ("L", "RGB", "CMYK") else "RGB"
    return mode, lambda band: band.convert(mode)


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
