"""Photos as phones of today take them: large, turned, in colours of their own, in new formats."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PIL import ExifTags, Image

from handlers.media import images
from handlers.media.memory import BYTES_MAX, MIB, MemoryBudget, TooLargeError
from tests.handlers.media.color_profiles import display_p3
from tests.handlers.media.image_helpers import (
    colour_at,
    encoded,
    halves,
    name,
    near,
    post,
    shown,
    thumbnail,
    wear,
)
from tests.people import Instance

LARGEST = (9280, 6944)  # of 64 megapixels
WIDE_RED, SRGB_RED = (234, 51, 35), (255, 0, 0)  # one colour, in Display P3 and in sRGB
HEIC = Path(__file__).with_name("photo.heic").read_bytes()


def photo(kind: str) -> bytes:
    """A photo of a phone that was held upright, red on top, in Display P3."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Make] = "Camera of somebody"
    image = Image.new("RGB", (128, 64), WIDE_RED)
    image.paste("blue", (64, 0, 128, 64))
    return encoded(image, kind, exif=exif, icc_profile=display_p3(), quality=95)


async def looks_right(instance: Instance, url: str) -> None:
    image = await shown(instance, url)
    assert image.size == (64, 128)
    assert near(colour_at(image.convert("RGB"), (32, 20)), SRGB_RED)
    raw = (await instance.get(f"/media/{name(url)}")).body
    assert not any(chunk in raw for chunk in (b"EXIF", b"Camera", b"ICCP", b"XMP"))


@pytest.mark.parametrize("kind", ["JPEG", "AVIF", "WEBP", "PNG"])
async def test_a_photo_in_wide_colours_is_upright_and_in_srgb(
    instance: Instance, kind: str
) -> None:
    ann = await instance.person("ann")
    written = await post(instance, ann, photo(kind))
    await looks_right(instance, written["image"])


async def test_a_heic_is_as_good_as_any_where_its_decoder_is_installed(instance: Instance) -> None:
    pytest.importorskip("pi_heif")
    ann = await instance.person("ann")
    written = await post(instance, ann, HEIC)
    await looks_right(instance, written["image"])
    avatar = (await wear(instance, ann, HEIC))["avatar"]
    assert (await shown(instance, avatar)).size == (400, 400)
    await post(instance, ann, HEIC[: len(HEIC) // 2], 422)


async def test_a_heic_is_refused_in_words_where_its_decoder_is_not_installed(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "HEIF", False)
    ann = await instance.person("ann")
    reply = await post(instance, ann, HEIC, 415)
    assert reply["code"] == "unsupported_image"
    assert reply["detail"].startswith("HEIC is not read by this server")


FLAT = Image.new("RGB", LARGEST, "red")
LARGE = {
    "jpeg": lambda: encoded(FLAT, "JPEG"),
    "progressive jpeg": lambda: encoded(FLAT, "JPEG", progressive=True, subsampling=0),
    "png": lambda: encoded(FLAT, "PNG", compress_level=1),
    "panorama": lambda: encoded(Image.new("RGB", (32_000, 2000), "red"), "JPEG"),
    "tower": lambda: encoded(Image.new("RGBA", (1000, 64_000), "red"), "PNG", compress_level=1),
}


@pytest.mark.parametrize("kind", LARGE)
async def test_sixty_four_megapixels_are_taken(instance: Instance, kind: str) -> None:
    ann = await instance.person("ann")
    written = await post(instance, ann, LARGE[kind]())
    image = await shown(instance, written["image"])
    assert max(image.size) == 2048
    assert near(colour_at(image.convert("RGB"), (10, 10)), (255, 0, 0))
    small = await shown(instance, thumbnail(written["image"]))
    assert max(small.size) == 680


async def test_what_would_take_too_much_memory_is_refused_with_what_to_do(
    instance: Instance,
) -> None:
    ann = await instance.person("ann")
    large = encoded(Image.new("RGB", (8000, 4000)), "WEBP", lossless=True, method=0, quality=0)
    reply = await post(instance, ann, large, 422)
    assert reply["errors"] == {"image": [images.TOO_LARGE]}


INTERPRETER = 64 * MIB  # of the process that decodes, with its libraries

# A process by itself, as a peak belongs to one.
PEAK = """
import asyncio, re, resource, sys
from pathlib import Path
from handlers.media.images import open_images
from handlers.media.purposes import POST
from handlers.media.upload import Upload

def peak():
    return int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1]) * 1024

async def main(paths):
    with open_images() as images:
        before = peak()
        files = [open(path, "rb") for path in paths]
        uploads = [Upload("image", file, 0, "") for file in files]
        renders = [images.render(upload, POST, n) for n, upload in enumerate(uploads)]
        done = await asyncio.gather(*renders)
        apart = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
        print(len(done), peak() - before, apart)

asyncio.run(main(sys.argv[1:]))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peaks are read from Linux")
def test_images_that_are_read_at_once_stay_within_the_bound_together(tmp_path: Path) -> None:
    large = {
        "a.png": encoded(Image.new("RGBA", (8000, 8000), "red"), "PNG", compress_level=1),
        "b.webp": encoded(halves(5900, 4000, "RGBA"), "WEBP", method=0),
        "c.jpg": encoded(FLAT, "JPEG", progressive=True, subsampling=0),
    }
    for file, data in large.items():
        (tmp_path / file).write_bytes(data)
    paths = [str(tmp_path / file) for file in large] * 2
    command = [sys.executable, "-c", PEAK, *paths]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    count, here, apart = map(int, done.stdout.split())
    assert count == 6
    # Each takes more than half of the bound, so no two are read at once.
    assert BYTES_MAX / 2 < here + apart < BYTES_MAX + INTERPRETER


def test_a_budget_lets_in_what_fits_and_the_large_one_in_its_turn() -> None:
    budget = MemoryBudget(100)
    with pytest.raises(TooLargeError), budget.taken(101):
        pass
    order: list[str] = []
    waiting = threading.Event()

    def large() -> None:
        waiting.set()
        with budget.taken(90):
            order.append("large")

    with budget.taken(60):
        thread = threading.Thread(target=large)
        thread.start()
        waiting.wait()
        thread.join(0.05)
        assert order == []
    thread.join()
    with budget.taken(100):
        order.append("all")
    assert order == ["large", "all"]
