"""What peers need, each in a directory of its own outside the tree's tracked files.

It is installed from the registries when a benchmark that needs it runs, and again when its
requirements have changed.
"""

import fcntl
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.delivery.process import Failed

PEERS = Path(__file__).with_name("peers")


@contextmanager
def kept(directory: Path) -> Iterator[Path]:
    """Hold what is kept, which two benchmarks at once would take from each other.

    Raises:
        Failed: Another has it.
    """
    directory = directory.absolute()
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Failed(f"another benchmark uses {directory}") from error
        yield directory


def python(name: str, keep: Path, peers: Path = PEERS, interpreter: str = sys.executable) -> Path:
    """Return the Python of a venv that has what a peer's requirements.txt names.

    Raises:
        Failed: They cannot be installed.
    """
    requirements = peers / name / "requirements.txt"
    venv = keep / f"venv-{name}"
    if not _is_installed(venv, requirements):
        _run(name, [interpreter, "-m", "venv", "--clear", "--without-pip", venv])
        pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
        _run(name, [*pip, "--python", venv, "install", "--requirement", requirements])
        _stamp(venv, requirements)
    return venv / "bin/python"


def node(name: str, keep: Path) -> Path:
    """Return a copy of a peer's directory that has its node_modules.

    Raises:
        Failed: There is no Node.js, or they cannot be installed.
    """
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            raise Failed(f"{program} is not installed")
    source, copy = PEERS / name, keep / f"node-{name}"
    lock = source / "package-lock.json"
    if not _is_installed(copy, lock):
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir(parents=True)
        for file in ("package.json", "package-lock.json"):
            shutil.copy(source / file, copy)
        _run(name, ["npm", "ci", "--silent", "--prefix", copy])
        _stamp(copy, lock)
    for script in source.glob("*.js"):
        shutil.copy(script, copy)
    return copy


def _is_installed(directory: Path, requirements: Path) -> bool:
    stamp = directory / ".installed"
    return stamp.exists() and stamp.read_text() == requirements.read_text()


def _stamp(directory: Path, requirements: Path) -> None:
    (directory / ".installed").write_text(requirements.read_text())


def _run(name: str, command: Sequence[str | Path]) -> None:
    print(f"benchmark: {name}: {' '.join(map(str, command))}", file=sys.stderr, flush=True)
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise Failed(f"{name} cannot be installed: {done.stderr.strip()[-500:]}")
