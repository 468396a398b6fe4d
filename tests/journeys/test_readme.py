"""What the README has newcomers paste works as it stands."""

import asyncio
import re
import sys
from pathlib import Path

from tests.people import Instance

README = Path(__file__).parents[2] / "README.md"


def pasted(language: str, url: str, number: int = 0) -> str:
    """The README's block of a language with this number, pointed at this server."""
    found = re.findall(rf"```{language}\n(.*?)```", README.read_text(), re.DOTALL)
    return str(found[number]).replace("http://127.0.0.1:8000", url)


async def test_message_arrives_live_in_the_python_example(usual_instance: Instance) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", pasted("python", usual_instance.url), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0
    assert out.startswith(b"live: {'seq': 2")
    assert b"hello" in out


def test_both_examples_are_about_twenty_lines() -> None:
    for language in ("python", "js"):
        lines = [line for line in pasted(language, "").splitlines() if line.strip()]
        assert len(lines) <= 28
