"""Copies of the repository with one mechanism broken each."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.mutants.mutants import Mutant
from tests.processes import ROOT

LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "data", "build", "node_modules", "__pycache__", ".*_cache", ".hypothesis"
)


def broken(mutant: Mutant, text: str) -> str:
    """The text of its file with the patch. Raise ValueError where it does not apply."""
    if text.count(mutant.old) != 1:
        found = text.count(mutant.old)
        raise ValueError(f"{mutant.file} has what {mutant.name!r} replaces {found} times, not once")
    return text.replace(mutant.old, mutant.new)


@contextmanager
def copy_of_the_repository() -> Iterator[Path]:
    """What is in the checkout, without what was made there; gone at the end."""
    with tempfile.TemporaryDirectory(prefix="mini-twitter-mutant-") as directory:
        copy = Path(directory) / "copy"
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
        yield copy


@contextmanager
def patched(copy: Path, mutant: Mutant) -> Iterator[None]:
    """With the mechanism broken there, until the end of the block."""
    path = copy / mutant.file
    whole = path.read_text()
    path.write_text(broken(mutant, whole))
    try:
        yield
    finally:
        path.write_text(whole)


def run_test(python: str, copy: Path, test: str, seconds: float) -> tuple[int, str]:
    """The exit code of pytest, and what it printed. Raise TimeoutExpired."""
    command = [python, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", test]
    ended = subprocess.run(
        command, cwd=copy, capture_output=True, text=True, check=False, timeout=seconds
    )
    return ended.returncode, ended.stdout + ended.stderr
