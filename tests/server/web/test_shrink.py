"""The page makes photos smaller before it sends them."""

import asyncio
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from handlers.media.purposes import FILE_BYTES_MAX, IMAGE_SIDE_MAX
from tests.people import Instance

RUNNER = Path(__file__).with_name("shrink_runner.mjs")
# How a WebP begins whose first chunk says that it moves.
MOVING = [*b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0", 2]
MIB = 2**20

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")


async def sent(instance: Instance, directory: Path, *files: dict[str, Any]) -> Any:
    """What becomes of these files, by the scripts that the instance serves."""
    for name in ("shrink.js", "limits.js"):
        (directory / name).write_bytes((await instance.get(f"/web/{name}")).body)
    (directory / "package.json").write_text('{"type": "module"}')
    shutil.copy(RUNNER, directory)
    command = ["node", str(directory / RUNNER.name), json.dumps(files)]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=True)
    return json.loads(done.stdout)


async def test_the_page_goes_by_the_limits_of_the_server(instance: Instance) -> None:
    limits = (await instance.get("/web/limits.js")).body.decode()
    assert f"export const FILE_BYTES_MAX = {FILE_BYTES_MAX};" in limits
    assert f"export const IMAGE_SIDE_MAX = {IMAGE_SIDE_MAX};" in limits


@needs_node
async def test_a_photo_of_a_phone_is_made_as_small_as_the_server_keeps_it(
    instance: Instance, tmp_path: Path
) -> None:
    photo = {"size": 20 * MIB, "type": "image/jpeg", "pixels": [8064, 6048]}
    screenshot = {"size": 4 * MIB, "type": "image/png", "pixels": [1440, 6000]}
    told = await sent(instance, tmp_path, photo, screenshot)
    jpeg, webp = told["answers"]
    assert jpeg == {
        "same": False, "again": True, "size": 2048 * 1536 // 8, "type": "image/jpeg",
        "name": "photo",
    }  # fmt: skip
    assert (webp["type"], webp["size"]) == ("image/webp", round(2048 * 1440 / 6000) * 2048 // 8)
    assert told["decoded"] == 2  # once for each, not once more for a retry


@needs_node
async def test_what_is_small_or_cannot_be_decoded_or_made_smaller_is_sent_as_it_is(
    instance: Instance, tmp_path: Path
) -> None:
    files = [
        {"size": 1000, "type": "image/png", "pixels": [4000, 4000]},
        {"size": 3 * MIB, "type": "image/jpeg", "pixels": [2048, 1000]},
        {"size": 3 * MIB, "type": "image/heic", "pixels": None},
        {"size": 3 * MIB, "type": "image/gif", "pixels": [4096, 4096]},
        {"size": MIB // 2 + 1, "type": "image/webp", "pixels": [4096, 4096]},
        {"size": 3 * MIB, "type": "image/webp", "pixels": [4096, 4096], "head": MOVING},
    ]
    told = await sent(instance, tmp_path, *files)
    assert [answer["size"] for answer in told["answers"][:4]] == [
        file["size"] for file in files[:4]
    ]
    same = [answer["same"] for answer in told["answers"]]
    assert same == [True, True, True, True, False, True]
