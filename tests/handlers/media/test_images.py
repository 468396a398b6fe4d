"""Images as they come out: upright, without what a camera wrote, and none that is not one."""

from collections.abc import Callable

import pytest
from PIL import Image

from server.config.load import Config
from tests.handlers.media.image_helpers import (
    colour_at,
    encoded,
    halves,
    kept,
    located,
    name,
    near,
    post,
    shown,
    thumbnail,
    wear,
)
from tests.people import Instance


async def test_nothing_that_a_camera_wrote_beside_the_pixels_is_kept(instance: Instance) -> None:
    ann = await instance.person("ann")
    sent = located()
    assert b"Camera of somebody" in sent
    written = await post(instance, ann, sent)
    for url in (written["image"], thumbnail(written["image"])):
        image = await shown(instance, url)
        assert not image.getexif()
        assert image.info.keys() <= {"loop", "background", "timestamp", "duration"}
        raw = (await instance.get(f"/media/{name(url)}")).body
        assert not any(chunk in raw for chunk in (b"EXIF", b"Camera", b"ICCP", b"XMP", b"at home"))


# Where red, on the left of the file, is to be seen: (x, y) of a point in it, for each orientation.
TURNED = {1: (0, 0), 2: (1, 0), 3: (1, 0), 4: (0, 0), 5: (0, 0), 6: (0, 0), 7: (0, 1), 8: (0, 1)}


@pytest.mark.parametrize(("orientation", "corner"), TURNED.items())
async def test_a_photograph_is_turned_the_way_the_camera_was_held(
    instance: Instance, orientation: int, corner: tuple[int, int]
) -> None:
    ann = await instance.person("ann")
    written = await post(instance, ann, located(orientation))
    image = await shown(instance, written["image"])
    assert image.size == ((80, 40) if orientation < 5 else (40, 80))
    x, y = (5 + place * (side - 10) for place, side in zip(corner, image.size, strict=True))
    assert near(colour_at(image.convert("RGB"), (x, y)), (255, 0, 0))


# Made by who needs one: every test process reads this file.
KINDS = {
    "jpeg": lambda: encoded(halves(), "JPEG", quality=95),
    "jpeg-cmyk": lambda: encoded(halves(mode="CMYK"), "JPEG", quality=95),
    "jpeg-progressive": lambda: encoded(halves(), "JPEG", quality=95, progressive=True),
    "png": lambda: encoded(halves(), "PNG"),
    "png-palette": lambda: encoded(halves(mode="P"), "PNG"),
    "png-alpha": lambda: encoded(halves(mode="RGBA"), "PNG"),
    "png-bad-profile": lambda: encoded(halves(), "PNG", icc_profile=b"no profile"),
    "avif": lambda: encoded(halves(), "AVIF"),
    "avif-alpha": lambda: encoded(halves(mode="RGBA"), "AVIF"),
    "avif-animated": lambda: encoded(
        halves(), "AVIF", save_all=True, append_images=[Image.new("RGB", (80, 40), "lime")]
    ),
    "webp": lambda: encoded(halves(), "WEBP"),
    "webp-lossless": lambda: encoded(halves(mode="RGBA"), "WEBP", lossless=True),
    "gif": lambda: encoded(halves(), "GIF"),
    "gif-animated": lambda: encoded(
        halves(), "GIF", save_all=True, append_images=[Image.new("RGB", (80, 40), "lime")]
    ),
    "webp-animated": lambda: encoded(
        halves(), "WEBP", save_all=True, append_images=[Image.new("RGB", (80, 40), "lime")]
    ),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_of_image_looks_as_it_did(instance: Instance, kind: str) -> None:
    ann = await instance.person("ann")
    written = await post(instance, ann, KINDS[kind]())
    image = await shown(instance, written["image"])
    moves = kind in ("gif-animated", "webp-animated")
    assert (image.size, getattr(image, "n_frames", 1)) == ((80, 40), 2 if moves else 1)
    colours = image.convert("RGB")
    assert near(colour_at(colours, (10, 20)), (255, 0, 0))
    assert near(colour_at(colours, (70, 20)), (0, 0, 255))


async def test_sixteen_bits_a_channel_become_eight_of_the_same_brightness(
    instance: Instance,
) -> None:
    ann = await instance.person("ann")
    deep = Image.new("I;16", (40, 40), 0x8000)
    image = await shown(instance, (await post(instance, ann, encoded(deep, "PNG")))["image"])
    assert near(colour_at(image.convert("RGB"), (20, 20)), (128, 128, 128))


async def test_what_is_transparent_stays_so(instance: Instance) -> None:
    ann = await instance.person("ann")
    clear = halves(mode="RGBA")
    clear.putalpha(0)
    image = await shown(instance, (await post(instance, ann, encoded(clear, "PNG")))["image"])
    assert image.mode == "RGBA"
    assert colour_at(image, (10, 20))[3] == 0


WRONG = {
    "html": b"<!doctype html><script>alert(1)</script>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "bmp": encoded(halves(), "BMP"),
    "tiff": encoded(halves(), "TIFF"),
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "text": b"x",
}


@pytest.mark.parametrize("kind", WRONG)
async def test_what_is_no_image_of_a_known_kind_is_refused(
    instance: Instance, settings: Config, kind: str
) -> None:
    ann = await instance.person("ann")
    before = kept(settings)
    await post(instance, ann, WRONG[kind], 415)
    await wear(instance, ann, WRONG[kind], 415)
    assert kept(settings) == before


def jpeg() -> bytes:
    return encoded(halves(600, 600), "JPEG")


def png() -> bytes:
    return encoded(Image.effect_noise((200, 200), 90), "PNG")


def avif() -> bytes:
    return encoded(Image.effect_noise((200, 200), 90), "AVIF")


def half(image: bytes) -> bytes:
    return image[: len(image) // 2]


def damaged(image: bytes) -> bytes:
    return image[:2000] + b"\0" * 100 + image[2100:]


def endless_scans() -> bytes:
    """A progressive JPEG whose last scan is repeated: each is a pass over all of its pixels."""
    whole = encoded(halves(), "JPEG", progressive=True)
    last = whole.rindex(b"\xff\xda")
    return whole[:-2] + whole[last:-2] * 200 + whole[-2:]


def lying_avif() -> bytes:
    """An AVIF of 67 million pixels that says it has a few (ISO/IEC 23008-12, 6.5.3)."""
    data = encoded(Image.new("RGB", (8192, 8192), "red"), "AVIF", speed=10, subsampling="4:4:4")
    at = data.index(b"ispe") + 8
    return data[:at] + (64).to_bytes(4) + (48).to_bytes(4) + data[at + 8 :]


BROKEN: dict[str, Callable[[], bytes]] = {
    "half a jpeg": lambda: half(jpeg()),
    "half a png": lambda: half(png()),
    "damaged png": lambda: damaged(png()),
    "head of a jpeg": lambda: jpeg()[:20],
    "webp of nothing": lambda: b"RIFF\x04\0\0\0WEBP",
    "gif of nothing": lambda: b"GIF89a" + b"\0" * 20,
    "html in a gif": lambda: b"GIF89a<script>alert(1)</script>",
    "too many pixels": lambda: encoded(Image.new("1", (8100, 8100)), "PNG"),
    "jpeg of endless scans": endless_scans,
    "half an avif": lambda: half(avif()),
    "avif that is larger than it says": lying_avif,
    "bomb": lambda: encoded(Image.new("1", (20_000, 20_000)), "PNG"),
}


@pytest.mark.parametrize("kind", BROKEN)
async def test_an_image_that_cannot_be_read_is_refused_by_its_field(
    instance: Instance, settings: Config, kind: str
) -> None:
    ann = await instance.person("ann")
    before, data = kept(settings), BROKEN[kind]()
    assert list((await post(instance, ann, data, 422))["errors"]) == ["image"]
    assert list((await wear(instance, ann, data, 422))["errors"]) == ["avatar"]
    assert kept(settings) == before
