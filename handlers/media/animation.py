"""What moves is kept moving: a GIF or WebP of several frames becomes a WebP of as many.

Each frame is drawn anew as a still image is. All work is bounded: by frames, by pixels of all of
them together as they are read and as they are kept (they are made smaller until they fit), and by
bytes of the result; and by the time and memory of the process that does it (apart.py).
"""

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO

from PIL import Image

from handlers.media.decoding import decode
from handlers.media.memory import MIB
from handlers.media.purposes import FRAMES_MAX, MOVING_PIXELS_MAX, Purpose

FORMATS = ("GIF", "WEBP")
KEPT_PIXELS_MAX = 20_000_000  # of all frames: 480 x 270 for 150 of them
BYTES_MAX = 8 * MIB
MEMORY = 4 * KEPT_PIXELS_MAX + 96 * MIB  # for the frames, and what writes them
QUALITY = 70
METHOD = 0  # of 0 to 6: the quickest
STILL_MS = 100  # for a frame that names no time, or one so short that browsers take this
SHORTEST_MS = 20


class TooMuchMovesError(Exception):
    """An animation beyond the bounds."""


def is_moving(source: Image.Image) -> bool:
    """Whether an opened image has more than one frame, of a kind that is kept moving."""
    return source.format in FORMATS and bool(getattr(source, "is_animated", False))


def animate(source: Image.Image, purpose: Purpose) -> tuple[Image.Image, bytes]:
    """Return the first frame, and the animation as WebP.

    Raises:
        TooMuchMovesError: It has too many frames or pixels, or would be too large.
    """
    count: int = source.n_frames  # type: ignore[attr-defined]
    pixels = source.width * source.height * count
    if count > FRAMES_MAX or pixels > MOVING_PIXELS_MAX:
        raise TooMuchMovesError
    longer = max(source.size)
    fits = min(1.0, (KEPT_PIXELS_MAX / pixels) ** 0.5)
    smaller = replace(purpose, side=max(1, min(purpose.side, int(longer * fits))))
    frames, times = zip(*_frames(source, smaller, count), strict=True)
    written = BytesIO()
    frames[0].save(
        written,
        "WEBP",
        save_all=True,
        append_images=frames[1:],
        duration=list(times),
        loop=_loop(source),
        quality=QUALITY,
        method=METHOD,
    )
    if written.tell() > BYTES_MAX:
        raise TooMuchMovesError
    return frames[0], written.getvalue()


def _frames(source: Image.Image, purpose: Purpose, count: int) -> Iterator[tuple[Image.Image, int]]:
    for place in range(count):
        source.seek(place)
        frame = decode(source, purpose).convert("RGBA")
        frame.info = {}
        time = int(source.info.get("duration", 0))  # that of a WebP is known once it is loaded
        yield frame, time if time >= SHORTEST_MS else STILL_MS


def _loop(source: Image.Image) -> int:
    """Return how often it is to be played, 0 for ever; a GIF says how often again, or nothing."""
    if source.format != "GIF":
        return int(source.info.get("loop", 0))
    again = source.info.get("loop")
    if again is None:
        return 1
    return 0 if again == 0 else min(int(again) + 1, 65535)
