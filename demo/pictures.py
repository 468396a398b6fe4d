"""Landscapes for avatars and posts, drawn in the media store's own format."""

from colorsys import hls_to_rgb
from io import BytesIO
from random import Random

from PIL import Image, ImageDraw, ImageOps

from handlers.media.images import CONTENT_TYPE, QUALITY
from handlers.media.purposes import AVATAR, POST, Purpose
from storage.media.image_files import Picture

AVATAR_SIZE = (200, 200)  # pixels
POST_SIZE = (640, 400)
HILLS = 3


def avatar(hue: float) -> tuple[Picture, Picture]:
    """Return the image and its thumbnail; hues are from 0 to 1."""
    return _with_thumbnail(_landscape(hue, AVATAR_SIZE), AVATAR)


def post_image(hue: float) -> tuple[Picture, Picture]:
    """Return the image and its thumbnail; hues are from 0 to 1."""
    return _with_thumbnail(_landscape(hue, POST_SIZE), POST)


def _landscape(hue: float, size: tuple[int, int]) -> Image.Image:
    """Draw a sun and hills before the evening sky; the same for the same hue."""
    rng = Random(hue)
    width, height = size
    sky = Image.linear_gradient("L").resize(size)
    image = ImageOps.colorize(sky, _colour(hue, 0.45), _colour(hue + 0.12, 0.85))
    draw = ImageDraw.Draw(image)
    x, y = width * rng.uniform(0.2, 0.8), height * rng.uniform(0.15, 0.45)
    radius = height * rng.uniform(0.06, 0.16)
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), _colour(hue + 0.5, 0.9))
    for hill in range(HILLS):
        level = height * (0.5 + 0.14 * hill)
        points = [(width * step / 8, level + height * rng.uniform(-0.1, 0.1)) for step in range(9)]
        draw.polygon([(0, height), *points, (width, height)], _colour(hue, 0.4 - 0.11 * hill))
    return image


def _colour(hue: float, lightness: float) -> tuple[int, int, int]:
    red, green, blue = hls_to_rgb(hue % 1, lightness, 0.55)
    return round(red * 255), round(green * 255), round(blue * 255)


def _with_thumbnail(image: Image.Image, purpose: Purpose) -> tuple[Picture, Picture]:
    small = image.copy()
    side = purpose.thumbnail
    small.thumbnail((side, side), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return _encode(image), _encode(small)


def _encode(image: Image.Image) -> Picture:
    data = BytesIO()
    image.save(data, "WEBP", quality=QUALITY, method=0)
    return Picture(data.getvalue(), CONTENT_TYPE, image.width, image.height)
