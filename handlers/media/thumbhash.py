"""ThumbHash: some 25 bytes that look like an image until it is loaded.

The format is Evan Wallace's, https://evanw.github.io/thumbhash/: a discrete cosine transform of
brightness, two differences of colours and opacity, of which the lowest frequencies are kept.
"""

from base64 import b64encode
from collections.abc import Sequence
from math import cos, pi
from typing import NamedTuple

from PIL import Image

SIDE = (
    32  # of what is transformed; the format has at most 7 frequencies a side, and takes up to 100
)


class _Channel(NamedTuple):
    """A channel by its frequencies: their mean, what the others are scaled by, and the others."""

    mean: float
    scale: float
    others: list[float]


def thumbhash(image: Image.Image) -> str:
    """Return the hash of an RGB or RGBA image, in base64."""
    small = image.convert("RGBA")
    small.thumbnail((SIDE, SIDE))
    width, height = small.size
    pixels = list(zip(*[iter(small.tobytes())] * 4, strict=True))
    opacity = [a / 255 for _, _, _, a in pixels]
    total = sum(opacity)
    has_alpha = total < len(pixels)
    # What is transparent takes the mean colour of the rest.
    mean = [sum(p[c] * p[3] for p in pixels) / (65025 * total) if total else 0 for c in range(3)]
    colours = [
        [m * (1 - a) + a * c / 255 for m, c in zip(mean, p, strict=False)]
        for p, a in zip(pixels, opacity, strict=True)
    ]
    most = 5 if has_alpha else 7
    longer = max(width, height)
    across, down = max(1, round(most * width / longer)), max(1, round(most * height / longer))

    def encoded(values: list[float], nx: int, ny: int) -> _Channel:
        return _encode_channel(values, width, nx, ny)

    lightness = encoded([sum(c) / 3 for c in colours], max(3, across), max(3, down))
    yellow_blue = encoded([(r + g) / 2 - b for r, g, b in colours], 3, 3)
    red_green = encoded([r - g for r, g, _ in colours], 3, 3)
    alpha = encoded(opacity, 5, 5) if has_alpha else None

    landscape = width > height
    header = (
        round(63 * lightness.mean)
        | round(31.5 + 31.5 * yellow_blue.mean) << 6
        | round(31.5 + 31.5 * red_green.mean) << 12
        | round(31 * lightness.scale) << 18
        | has_alpha << 23
    )
    more = (
        (down if landscape else across)
        | round(63 * yellow_blue.scale) << 3
        | round(63 * red_green.scale) << 9
        | landscape << 15
    )
    made = header.to_bytes(3, "little") + more.to_bytes(2, "little")
    if alpha is not None:
        made += bytes([round(15 * alpha.mean) | round(15 * alpha.scale) << 4])
    channels = [lightness, yellow_blue, red_green, *([alpha] if alpha else [])]
    return b64encode(made + _nibbles([f for one in channels for f in one.others])).decode()


def _encode_channel(values: Sequence[float], width: int, nx: int, ny: int) -> _Channel:
    """Transform rows, then columns; keep the frequencies of the triangle below nx and ny."""
    height = len(values) // width
    rows = [values[y * width : (y + 1) * width] for y in range(height)]
    waves = [[cos(pi / width * cx * (x + 0.5)) for x in range(width)] for cx in range(nx)]
    across = [
        [sum(a * b for a, b in zip(row, wave, strict=True)) for row in rows] for wave in waves
    ]
    mean, others = 0.0, []
    for cy in range(ny):
        wave = [cos(pi / height * cy * (y + 0.5)) for y in range(height)]
        cx = 0
        while cx * ny < nx * (ny - cy):
            found = sum(a * b for a, b in zip(across[cx], wave, strict=True)) / len(values)
            if cx or cy:
                others.append(found)
            else:
                mean = found
            cx += 1
    scale = max(map(abs, others))
    if scale:
        others = [0.5 + 0.5 / scale * one for one in others]
    return _Channel(mean, scale, others)


def _nibbles(values: list[float]) -> bytes:
    fours = [round(15 * value) for value in values]
    if len(fours) % 2:
        fours.append(0)
    return bytes(low | high << 4 for low, high in zip(fours[::2], fours[1::2], strict=True))
