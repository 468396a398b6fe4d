"""How much memory images may take while they are read, and what one takes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from PIL import Image

MIB = 2**20
BYTES_MAX = 512 * MIB  # of all that are read at once, in one process

# By format, measured: what decoders hold at their peak for one pixel. That of WebP holds the canvas
# four times; those of AVIF and HEIC hold the planes of colour besides, here of 8 bits.
PIXEL_BYTES = {"WEBP": 18, "AVIF": 9, "HEIF": 8}
KEPT_PIXEL_BYTES = 4  # by Pillow, in the end

START_OF_FRAME = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
IN_ONE_PASS = {0xC0, 0xC1, 0xC9}  # frames that need not be progressive
START_OF_SCAN = 0xDA
SCANS_MAX = 100  # encoders write about ten; each is a pass over all pixels


class TooLargeError(Exception):
    """An image that cannot be read within BYTES_MAX."""


class MemoryBudget:
    """Lets threads in as long as what they take together is within BYTES_MAX."""

    def __init__(self, total: int = BYTES_MAX) -> None:
        self._total = self._free = total
        self._turn = threading.Lock()
        self._changed = threading.Condition()

    @contextmanager
    def taken(self, size: int) -> Iterator[None]:
        """Take so many bytes for the time of the block, waiting for them in turn.

        Raises:
            TooLargeError: There are not so many in all.
        """
        if size > self._total:
            raise TooLargeError
        # Who waits keeps the turn, so that a large image is not overtaken by small ones for ever.
        with self._turn, self._changed:
            self._changed.wait_for(lambda: self._free >= size)
            self._free -= size
        try:
            yield
        finally:
            with self._changed:
                self._free += size
                self._changed.notify()


def decoding_bytes(source: Image.Image, file: IO[bytes]) -> int:
    """Return what decoding takes; of a JPEG, at the size that Image.draft has chosen.

    Args:
        source: The image, opened and not loaded.
        file: What it was opened from; its position is kept.

    Raises:
        ValueError: A JPEG of so many scans that it was made to keep us busy.
    """
    per_pixel = PIXEL_BYTES.get(str(source.format), KEPT_PIXEL_BYTES)
    size = source.width * source.height * per_pixel
    return size + _jpeg_coefficients(file) if source.format == "JPEG" else size


def _jpeg_coefficients(file: IO[bytes]) -> int:
    """Return what a JPEG in several scans takes beside its pixels.

    All coefficients are kept then, two bytes each, whatever size is wanted in the end.
    """
    position = file.tell()
    file.seek(0)
    data = file.read()
    file.seek(position)
    at, samples, in_one_pass, components = 2, 0, True, 0
    while at + 10 < len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        if marker == 0xFF:  # fill bytes may stand before a marker
            at += 1
            continue
        if marker == START_OF_SCAN:
            if in_one_pass and data[at + 4] == components:
                return 0
            break
        if marker in START_OF_FRAME:
            in_one_pass, components = marker in IN_ONE_PASS, data[at + 9]
            samples = _samples(data[at + 5 : at + 2 + length])
        at += 2 + length
    if data.count(bytes((0xFF, START_OF_SCAN))) > SCANS_MAX:
        raise ValueError("too many scans")
    return 2 * samples


def _samples(frame: bytes) -> int:
    """Return how many samples a frame has, by its header from the height on."""
    height, width = int.from_bytes(frame[0:2]), int.from_bytes(frame[2:4])
    factors = [(one >> 4) * (one & 15) for one in frame[6::3]]
    return height * width * sum(factors) // max(1, *factors)
