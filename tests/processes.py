"""Start this program as a user would, watch what it prints, and leave nothing of it behind."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = ("-m", "server")

# Settings of the developer's own shell must not decide a test.
OWN = {
    "DATABASE_URL",
    "DATABASE_REPLICA_URLS",
    "REDIS_URL",
    "REDIS_CLUSTER",
    "JWT_SECRET",
    "LOG_LEVEL",
    "LOG_FORMAT",
    "SUPERUSER_PASSWORD",
}


# What tests mean unless they say otherwise: people who write to each other know each other.
USUAL = {"NEW_ACCOUNTS_OPEN_TO": "everybody"}


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The shell's variables without settings, those that tests usually have, and `extra`."""
    inherited = {key: value for key, value in os.environ.items() if key not in OWN}
    return inherited | USUAL | dict(extra or {})


def run(
    *arguments: str, env: Mapping[str, str] | None = None, seconds: float = 60
) -> subprocess.CompletedProcess[str]:
    """`python -m server ARGUMENTS` to its end."""
    return subprocess.run(
        [sys.executable, *PROGRAM, *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment(env),
        stdin=subprocess.DEVNULL,
        timeout=seconds,
    )


@contextmanager
def running(
    *arguments: str,
    env: Mapping[str, str] | None = None,
    program: tuple[str, ...] = PROGRAM,
    keep: tuple[int, ...] = (),
    cwd: Path = ROOT,
) -> Iterator[subprocess.Popen[str]]:
    """`python -m server ARGUMENTS` beside the block; killed at its end if it still runs.

    It inherits the file descriptors `keep`.
    """
    with subprocess.Popen(
        [sys.executable, *program, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        env=environment(env),
        pass_fds=keep,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def printed(process: subprocess.Popen[str]) -> str:
    """The next line on stdout; fails with what stands on stderr if there is none."""
    assert process.stdout is not None
    assert process.stderr is not None
    line = process.stdout.readline()
    assert line, process.stderr.read()
    return line.rstrip("\n")
