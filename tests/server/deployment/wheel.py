"""Wheels of this tree, and virtual environments with one of them and what it requires, no more."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.processes import ROOT, environment, printed

SOURCES = (
    *("mini_twitter", "demo", "handlers", "realtime", "server", "storage"),
    *("setup.cfg", "pyproject.toml", "build_backend.py", "MANIFEST.in", "requirements.lock"),
    *("README.md", "LICENSE"),
)
VERSIONS = ("3.11", "3.12", "3.13", "3.14")
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
PIP_SECONDS = 300
STOP_SECONDS = 15
LOCK = ROOT / "requirements.lock"


def copy_sources(target: Path) -> Path:
    """Copy what a distribution is made of: building writes beside it."""
    for name in SOURCES:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, target / name, ignore=ignored)
        elif (ROOT / name).exists():
            target.mkdir(exist_ok=True)
            shutil.copy(ROOT / name, target / name)
    return target


def build(source: Path, kind: str, target: Path) -> Path:
    """Call the backend's hook `build_KIND` as pip does without isolation."""
    target.mkdir(exist_ok=True)
    code = f"import build_backend; print(build_backend.build_{kind}({str(target)!r}))"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=source,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return target / done.stdout.splitlines()[-1]


def pythons() -> dict[str, Path]:
    """Return the interpreters at hand by version: ours, those of PATH and those of pyenv."""
    ours = f"{sys.version_info.major}.{sys.version_info.minor}"
    found = {ours: Path(sys.executable)}
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for version in VERSIONS:
        named = shutil.which(f"python{version}")
        candidates = [*pyenv.glob(f"{version}.*/bin/python"), *([Path(named)] if named else [])]
        for candidate in candidates:
            if version not in found and _has_version(candidate, version):
                found[version] = candidate
    return found


def _has_version(python: Path, version: str) -> bool:
    code = f"import sys, venv; sys.exit('%d.%d' % sys.version_info[:2] != {version!r})"
    return subprocess.run([python, "-c", code], capture_output=True, check=False).returncode == 0


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment without pip."""

    directory: Path
    version: str

    @property
    def python(self) -> Path:
        return self.directory / "bin" / "python"

    @property
    def site(self) -> Path:
        return self.directory / "lib" / f"python{self.version}" / "site-packages"

    def pip_install(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*PIP, "--python", str(self.python), "install", "--no-compile", *arguments],
            check=False,
            capture_output=True,
            text=True,
            timeout=PIP_SECONDS,
        )

    def link_requirements(self, requirements: Iterable[str], pool: Path) -> None:
        """Link what these need, and what that needs in turn, out of another site-packages."""
        known = {
            str(canonicalize_name(each.name)): each for each in distributions(path=[str(pool)])
        }
        code = "import platform; print(platform.python_version())"
        full = self.run("python", "-c", code).stdout.strip()
        versions = {"python_version": self.version, "python_full_version": full}
        for distribution in _closure(requirements, known, versions):
            for name in {path.parts[0] for path in distribution.files or ()}:
                if name not in ("..", "__pycache__") and not (self.site / name).exists():
                    (self.site / name).symlink_to(pool / name)

    def run(
        self, *command: str, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command of this environment to its end, far from the sources."""
        return subprocess.run(
            [self.directory / "bin" / command[0], *command[1:]],
            cwd=self.directory,
            env=environment(env),
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )

    @contextmanager
    def serving(
        self, *command: str, flags: tuple[str, ...] = (), env: Mapping[str, str] | None = None
    ) -> Iterator[str]:
        """Yield the URL of a server, which has to end in order at the end."""
        with subprocess.Popen(
            [self.directory / "bin" / command[0], *command[1:], "serve", "--port", "0", *flags],
            cwd=self.directory,
            env=environment(env),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield printed(process).removeprefix("ready on ")
                process.send_signal(signal.SIGTERM)
                _out, err = process.communicate(timeout=STOP_SECONDS)
                assert (process.returncode, "Traceback" in err) == (0, False), err
            finally:
                process.kill()


@contextmanager
def moved_away(path: Path) -> Iterator[None]:
    """For the time of the block there is nothing at this path."""
    aside = path.with_name(f"{path.name}.aside")
    path.rename(aside)
    try:
        yield
    finally:
        aside.rename(path)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One process at a time."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def make_environment(directory: Path, python: Path, version: str) -> Environment:
    """Make an empty one."""
    subprocess.run([python, "-m", "venv", "--without-pip", directory], check=True)
    return Environment(directory, version)


def _closure(
    requirements: Iterable[str], known: Mapping[str, Distribution], versions: Mapping[str, str]
) -> list[Distribution]:
    found: dict[tuple[str, str], Distribution] = {}
    waiting = [Requirement(each) for each in requirements]
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        for extra in ("", *requirement.extras):
            if (name, extra) in found:
                continue
            found[name, extra] = known[name]
            waiting += [
                each
                for each in map(Requirement, known[name].requires or ())
                if each.marker is None or each.marker.evaluate({**versions, "extra": extra})
            ]
    return list(found.values())
