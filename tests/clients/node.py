"""The JavaScript client beside the packages that its tests need, and programs run with Node.js."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "clients/javascript"
INSTALL = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]

needs_node = pytest.mark.skipif(
    not (shutil.which("node") and shutil.which("npm")), reason="node is not installed"
)


def run(*command: str, cwd: Path, seconds: float = 120) -> str:
    """What a command prints; it must succeed."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=seconds)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the client with the packages of its tests."""
    folder = tmp_path_factory.mktemp("client") / "javascript"
    shutil.copytree(SOURCE, folder, ignore=shutil.ignore_patterns("node_modules"))
    run(*INSTALL, cwd=folder)
    return folder


@asynccontextmanager
async def program(
    *command: str | Path, cwd: Path | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A running program, with pipes to its stdin and from its stdout; killed at the end."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=cwd, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def printed(process: asyncio.subprocess.Process, beginning: str) -> str:
    """The next line that begins so."""
    assert process.stdout is not None
    async with asyncio.timeout(30):
        while line := (await process.stdout.readline()).decode().rstrip("\n"):
            if line.startswith(beginning):
                return line
    raise AssertionError(f"it ended before {beginning!r}")
