"""Images as people send them, and what comes of them."""

from io import BytesIO
from typing import Any

import aiohttp
from PIL import ExifTags, Image

from server.config.load import Config
from tests.people import Instance, Person, Reply

UPDATE = "/api/users/profiles/update_my_profile/"


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    written = BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def halves(width: int = 80, height: int = 40, mode: str = "RGB") -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", (width, height), "red")
    image.paste("blue", (width // 2, 0, width, height))
    return image.convert(mode)


def located(orientation: int = 1) -> bytes:
    """A JPEG that tells where it was taken."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Make] = "Camera of somebody"
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(
        {ExifTags.GPS.GPSLatitudeRef: "N", ExifTags.GPS.GPSLatitude: (52.0, 31.0, 12.0)}
    )
    return encoded(halves(), "JPEG", exif=exif, comment=b"at home", quality=95)


def form(name: str, data: bytes, filename: str = "me.png", **text: str) -> aiohttp.FormData:
    """A file that claims to be a PNG, and text fields before it."""
    made = aiohttp.FormData(text)
    # From a file, as people do: aiohttp warns of large bytes.
    made.add_field(name, BytesIO(data), filename=filename, content_type="image/png")
    return made


async def post(
    instance: Instance, by: Person | None, data: bytes, status: int = 201, **text: str
) -> Reply:
    text = {"content": "look", **text}
    return await send(instance, "POST", "/api/posts/", by, form("image", data, **text), status)


async def wear(instance: Instance, by: Person | None, data: bytes, status: int = 200) -> Reply:
    return await send(instance, "PATCH", UPDATE, by, form("avatar", data), status)


async def send(
    instance: Instance, method: str, path: str, by: Person | None, data: Any, status: int
) -> Reply:
    return await instance.call(method, path, by, data=data, status=status)


async def shown(instance: Instance, url: str) -> Image.Image:
    """The image at this URL, whatever origin that names."""
    reply = await instance.get(url[url.index("/media/") :])
    image = Image.open(BytesIO(reply.body))
    image.load()
    return image


def thumbnail(url: str) -> str:
    return url.removesuffix(".webp") + ".thumb.webp"


def kept(settings: Config) -> set[str]:
    """The names of all files in the store."""
    return {path.name for path in settings.media_dir.rglob("*") if path.is_file()}


def name(url: str) -> str:
    return url.rpartition("/")[2]


def colour_at(image: Image.Image, point: tuple[int, int]) -> tuple[int, ...]:
    """The red, green and blue of a pixel, and its alpha where the image has one."""
    colour = image.getpixel(point)
    assert isinstance(colour, tuple), f"mode {image.mode} has one channel"
    return colour


def near(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(abs(a - b) < 24 for a, b in zip(one[:3], other, strict=True))
