"""docs/protocol.md: what it has people paste works as it stands."""

import asyncio
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.people import Instance

PAGE = Path(__file__).parents[2] / "docs/protocol.md"


def block(language: str, url: str, number: int = 0) -> str:
    found = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return str(found[number]).replace("http://127.0.0.1:8000", url)


async def output(instance: Instance, *command: str) -> tuple[list[str], list[str]]:
    """What a program prints with the token of somebody, and what on stderr."""
    ann = await instance.person("ann")
    process = await asyncio.create_subprocess_exec(
        *command,
        env={**os.environ, "TOKEN": ann.access},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, errors = await asyncio.wait_for(process.communicate(), 60)
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, errors.decode()
    return out.decode().splitlines(), errors.decode().splitlines()


async def test_five_frames_lead_to_an_event(instance: Instance) -> None:
    program = block("python", instance.url)
    said, _ = await output(instance, sys.executable, "-c", program)
    assert said == re.findall(r"print\(.*\)  # (.*)", program)


async def test_five_frames_of_a_plain_websocket_lead_to_an_event(instance: Instance) -> None:
    program = block("python", instance.url, 1)
    said, _ = await output(instance, sys.executable, "-c", program)
    assert said == re.findall(r"print\(.*\)  # (.*)", program)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
async def test_curl_alone_is_a_client(instance: Instance) -> None:
    said, heard = await output(instance, "bash", "-c", block("sh", instance.url))
    assert said == ["ok", "ok", "ok"]
    assert any(line.startswith('42["session.ready"') for line in heard)
    assert heard[-1].startswith('431[{"ok":true')


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
async def test_curl_alone_goes_on_with_a_stream(
    instance: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said, _ = await output(instance, "bash", "-c", block("bash", instance.url))
    assert said == ['"content":"second #curl"']
