"""All that is measured stands on: binaries and packages, PostgreSQL and Redis, a community."""

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

import psutil

from benchmarks.delivery import community, machine
from benchmarks.delivery.process import Failed, stop
from benchmarks.delivery.sites import HERE, PEERS, Setting

OURS = {
    "RATE_LIMITS": "off",  # one author posts, and one client asks, more often than anybody may
    "NEW_ACCOUNTS_OPEN_TO": "everybody",
    "ACCESS_TOKEN_SECONDS": str(community.TOKEN_SECONDS),
    "LOG_LEVEL": "warning",
    "BCRYPT_ROUNDS": "4",
}
PYTHON_PACKAGES = ["python-socketio", "python-engineio", "aiohttp", "uvloop", "redis", "hiredis"]
NODE_PACKAGES = ["socket.io", "@socket.io/redis-adapter", "ws", "redis"]


@contextmanager
def setting(tree: Path, *, with_node: bool) -> Iterator[Setting]:
    if len(machine.CORES) < 2:
        raise Failed("two cores are needed: one for the server that is measured, one for the rest")
    if with_node:
        install_node_peers()
    directory = Path(tempfile.mkdtemp(prefix="mt-bench-"))
    try:
        binaries = {
            "generator": compiled(HERE / "generator.c", directory),
            "raw": compiled(PEERS / "raw.c", directory),
        }
        os.sched_setaffinity(0, machine.OTHER_CORES)  # and so all that we start, unless it says so
        with services(tree, directory) as urls:
            environment = urls | OURS | {"JWT_SECRET": secrets.token_urlsafe(48)}
            migrate = [sys.executable, "-m", "server", "migrate"]
            subprocess.run(
                migrate,
                cwd=tree,
                env=os.environ | environment,
                check=True,
                stdout=subprocess.DEVNULL,
            )
            people = community.found(
                environment["DATABASE_URL"], environment["JWT_SECRET"], directory
            )
            yield Setting(tree, Path(sys.executable), environment, people, directory, binaries)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def compiled(source: Path, directory: Path) -> Path:
    if shutil.which("gcc") is None:
        raise Failed("gcc is needed for the load generator")
    binary = directory / source.stem
    subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-o", binary, source], check=True)
    return binary


def install_node_peers() -> None:
    """By peers/package-lock.json, unless it is done."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            raise Failed(f"{program} is needed to measure Node beside us: or leave it out, --only")
    lock, installed = PEERS / "package-lock.json", PEERS / "node_modules" / ".installed"
    if installed.exists() and installed.read_text() == lock.read_text():
        return
    subprocess.run(["npm", "ci", "--silent"], cwd=PEERS, check=True)
    installed.write_text(lock.read_text())


@contextmanager
def services(tree: Path, directory: Path) -> Iterator[dict[str, str]]:
    """PostgreSQL and Valkey out of the wheels, for this run."""
    data_dir = str(directory / "services")
    command = [sys.executable, "-m", "server", "services", "--data-dir", data_dir]
    with subprocess.Popen(command, cwd=tree, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise Failed("PostgreSQL and Valkey did not start; the reason stands above")
            yield json.loads(line)
        finally:
            stop(process)


def redis_and_postgres(found: Setting) -> tuple[list[int], list[int]]:
    """Their processes' ids; of PostgreSQL those that there are now."""
    data_dir = str(found.directory / "services")
    groups: tuple[list[int], list[int]] = [], []
    for process in psutil.process_iter(["cmdline", "name"]):
        if any(data_dir in word for word in process.info["cmdline"] or ()):
            if process.info["name"] == "postgres":
                groups[1].extend([process.pid, *(one.pid for one in process.children())])
            elif "server" in process.info["name"]:
                groups[0].append(process.pid)
    return groups


def versions(found: Setting, *, with_node: bool) -> Iterator[str]:
    """What was measured, and on what: lines of Markdown."""
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=found.tree, capture_output=True, text=True
    )
    kernel = os.uname().release.partition("-")[0]
    yield f"Mini-Twitter {commit.stdout.strip()}; {machine.processor()}, Linux {kernel},"
    yield f"{len(machine.CORES)} cores: the measured server on one, all else on the others."
    python = ".".join(map(str, sys.version_info[:3]))
    packages = ", ".join(f"{name} {metadata.version(name)}" for name in PYTHON_PACKAGES)
    yield f"CPython {python}, {packages}."
    if with_node:
        node = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout.strip()
        locked = json.loads((PEERS / "package-lock.json").read_text())["packages"]
        packages = ", ".join(
            f"{name} {locked[f'node_modules/{name}']['version']}" for name in NODE_PACKAGES
        )
        yield f"Node {node}, {packages}."
