"""Run the tests of storage and delivery once more, on Debian's own PostgreSQL, Redis, PgBouncer.

`make test` has servers out of wheels, on Unix sockets; these are reached by TCP and ask for a
password. The packages are installed where they are missing. Their services stay as they are: the
servers here are this script's own, and end with it.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypedDict

# Each part runs beside the others, on servers of its own; they wait for a third of their time.
PARTS = (
    ["tests/realtime"],
    ["tests/storage"],
    ["tests/journeys", "tests/faults", "tests/server/jobs/test_worker.py"],
)
# What comes to the same whichever servers these are: `make test` has run it.
SAME = (
    # It asks neither PostgreSQL nor Redis.
    "tests/realtime/broker/test_shards.py",
    "tests/realtime/protocol",
    "tests/realtime/test_tasks.py",
    "tests/realtime/test_throttled_logger.py",
    "tests/storage/accounts/test_addresses.py",
    "tests/storage/database/test_raw_sql.py",
    "tests/storage/search_index/test_fold.py",
    # It is about the connections of clients.
    "tests/realtime/transport",
    # It starts servers of its own, out of the wheel.
    "tests/faults/test_promotion.py",
    "tests/faults/test_replicas.py",
)
PACKAGES = ("postgresql", "redis-server", "pgbouncer")
POLICY = Path("/usr/sbin/policy-rc.d")
START_SECONDS = 20
STOP_SECONDS = 10


def main() -> int:
    """Run all parts and return the worst exit code; 0 where the packages cannot be had."""
    os.chdir(Path(__file__).parent.parent)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if reason := installed():
        print(f"skipped: the tests on Debian's PostgreSQL and Redis: {reason}")
        return 0
    for program in (programs_of_postgresql() / "postgres", "redis-server"):
        subprocess.run([program, "--version"], check=True)
    if gone := [path for path in SAME if not Path(path).exists()]:
        sys.exit(f"SAME names what is not there: {', '.join(gone)}")
    with ExitStack() as stack:
        runs = [stack.enter_context(tests(part)) for part in PARTS]
        codes = [report(run, output) for run, output in runs]
    return max(codes)


def installed() -> str:
    """Install the packages; return why they cannot be, or nothing when they are there."""
    if not Path("/etc/debian_version").exists() or shutil.which("apt-get") is None:
        return "this is not Debian"
    if os.geteuid() != 0:
        return "only root may install them and run servers as others"
    return "" if found() else installed_packages(*PACKAGES)


def found() -> bool:
    """Return whether all their programs are there."""
    programs = (
        postgresql(),
        shutil.which("redis-server"),
        shutil.which("pgbouncer", path="/usr/sbin"),
    )
    return None not in programs


def installed_packages(*names: str) -> str:
    """Install these; return why they cannot be, or nothing when they are."""
    if not Path("/etc/debian_version").exists() or shutil.which("apt-get") is None:
        return "this is not Debian"
    if os.geteuid() != 0:
        return "only root may install them"
    with no_services_started():
        for command in (["update"], ["install", "--yes", "--no-install-recommends", *names]):
            done = subprocess.run(
                ["apt-get", "-qq", *command],
                env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            if done.returncode:
                print(done.stdout)
                return f"apt-get {command[0]} failed"
    return ""


def postgresql() -> Path | None:
    """Return the directory of its programs, of the newest version."""
    versions = [
        path for path in Path("/usr/lib/postgresql").glob("*") if (path / "bin/postgres").exists()
    ]
    return max(versions, key=lambda path: int(path.name)) / "bin" if versions else None


def programs_of_postgresql() -> Path:
    """Return the same where it is installed."""
    programs = postgresql()
    if programs is None:
        raise FileNotFoundError("PostgreSQL is not installed")
    return programs


@contextmanager
def no_services_started() -> Iterator[None]:
    """Forbid by a policy that installing a server starts it."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()


@contextmanager
def tests(part: Sequence[str]) -> Iterator[tuple["subprocess.Popen[str]", Path]]:
    """Run a part; yield the process, and the file with what it prints."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="debian-")))
        directory.chmod(0o755)
        output = directory / "output"
        urls = {
            "DATABASE_URL": stack.enter_context(postgres_server(directory)),
            "REDIS_URL": stack.enter_context(redis_server()),
            "TEST_REDIS_SERVER": shutil.which("redis-server") or "",
        }
        ignored = [f"--ignore={path}" for path in SAME]
        pytest = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *ignored, *part]
        with output.open("w") as file:
            run = subprocess.Popen(
                pytest, env=os.environ | urls, stdout=file, stderr=subprocess.STDOUT, text=True
            )
        try:
            yield run, output
        finally:
            end(run, signal.SIGINT)


def report(run: "subprocess.Popen[str]", output: Path) -> int:
    """Wait for a run, print what it printed, and return its exit code."""
    code = run.wait()
    print(output.read_text(), flush=True)
    return code


@contextmanager
def postgres_server(directory: Path) -> Iterator[str]:
    """Its URL."""
    programs = programs_of_postgresql()
    port, password = free_port(), secrets.token_hex(16)
    own = directory / "postgresql"
    own.mkdir()
    shutil.chown(own, "postgres", "postgres")
    given = own / "password"
    given.write_text(password)
    shutil.chown(given, "postgres", "postgres")
    given.chmod(0o600)
    options = ["--username=postgres", "--auth=md5", "--encoding=UTF8", "--locale=C.UTF-8"]
    subprocess.run(
        [programs / "initdb", *options, "--no-sync", f"--pwfile={given}", own / "data"],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=own,
        **as_user("postgres"),
    )
    listen = [f"--port={port}", "--listen-addresses=127.0.0.1", f"--unix_socket_directories={own}"]
    command: list[str | Path]
    # Nothing of it has to outlive the machine's crash.
    command = [programs / "postgres", "-D", own / "data", "-c", "fsync=off", *listen]
    ready: list[str | Path]
    ready = [programs / "pg_isready", "--quiet", "--host=127.0.0.1", f"--port={port}"]
    with server(command, own, "postgres", ready):
        yield f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"


@contextmanager
def redis_server() -> Iterator[str]:
    """Run Redis on a free port; yield its URL."""
    port, password = str(free_port()), secrets.token_hex(16)
    listen = ["--bind", "127.0.0.1", "--port", port, "--requirepass", password]
    command = ["redis-server", *listen, "--save", "", "--appendonly", "no"]
    ready = ["redis-cli", "-p", port, "--no-auth-warning", "-a", password, "ping"]
    with server(command, Path("/"), "redis", ready):
        yield f"redis://:{password}@127.0.0.1:{port}"


@contextmanager
def server(
    command: Sequence[str | Path], directory: Path, user: str, ready: Sequence[str | Path]
) -> Iterator[None]:
    """Keep it running until the end, from when `ready` says that it answers.

    SIGINT ends both kinds quickly.
    """
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(
            command,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for the tests first
            **as_user(user),
        ) as process,
    ):
        try:
            deadline = time.monotonic() + START_SECONDS
            while not succeeds(ready):
                if process.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    sys.exit(f"{command[0]} did not start: {log.read().decode()}")
                time.sleep(0.05)
            yield
        finally:
            end(process, signal.SIGINT)


def succeeds(command: Sequence[str | Path]) -> bool:
    """Return whether it ends with 0; what it prints is dropped."""
    nowhere = subprocess.DEVNULL
    return subprocess.run(command, check=False, stdout=nowhere, stderr=nowhere).returncode == 0


def end(process: "subprocess.Popen[str] | subprocess.Popen[bytes]", by: signal.Signals) -> None:
    """Stop a process by this signal, or kill it when that takes too long."""
    if process.poll() is None:
        process.send_signal(by)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()


class User(TypedDict):
    """Whose rights a process has, as subprocess takes it."""

    user: str
    group: str
    extra_groups: list[str]


def as_user(name: str) -> User:
    """Return what gives a process the rights of this user and of no other group."""
    return {"user": name, "group": name, "extra_groups": []}


def free_port() -> int:
    """Return a TCP port on which nobody listens now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
